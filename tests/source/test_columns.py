"""What is said of a header: the use of each column, what is doubtful, what has changed."""

import pytest

from cxone_async.source.columns import (
    ColumnUse,
    Drift,
    InputColumn,
    drift,
    input_columns,
    three_samples,
    unsettled,
)
from cxone_async.source.header import read_header


def uses(names, mapping=None, ignored=()):
    columns = read_header(names, mapping or {}, ignored=ignored)
    return [(one.name, one.field or one.used_as) for one in input_columns(names, columns)]


def test_each_column_has_its_use_in_the_order_of_the_file():
    names = ("Nr.", "Handy", "Telefon", "DNC", "Opted Out", "OK to call", "", "E-Mail")
    mapping = {"phone": "Handy,Telefon", "consent": "OK to call"}
    assert uses(names, mapping) == [
        ("Nr.", "ignored"), ("Handy", "phone"), ("Telefon", "phone"), ("DNC", "dnc_flag"),
        ("Opted Out", "dnc_flag"), ("OK to call", "consent"), ("", "ignored"), ("E-Mail", "email"),
    ]  # fmt: skip


def test_a_name_that_may_be_a_contact_s_is_not_shown():
    names = ("phone", "ada@example.com", "+1 202 555 0143", "x" * 500, "two\nlines")
    shown = [name for name, _ in uses(names)]
    assert shown == ["phone", "column 2", "column 3", "x" * 100, "two lines"]


def said(names, mapping, ignored=(), *, is_country_given=False):
    columns = read_header(names, mapping, ignored=ignored)
    return unsettled(
        names, columns, mapped=mapping, ignored=ignored, is_country_given=is_country_given
    )


def test_unused_names_and_countries_are_told_once_a_column_was_mapped_by_hand():
    names = ("Kontakt 1", "Kundenname", "Lieferland", "Saldo")
    name, country = said(names, {"phone": "Kontakt 1"})
    assert "looks like a name is not used: 'Kundenname'" in name
    assert "looks like a country is not used: 'Lieferland'" in country


def test_a_file_without_names_or_countries_is_told_as_well():
    name, country = said(("Kontakt 1", "Saldo"), {"phone": "Kontakt 1"})
    assert "no column looks like a name" in name
    assert "--ignore-column name" in name
    assert "no column looks like a country" in country
    assert "--default-country" in country


def test_nothing_is_told_where_every_column_was_found_by_its_name():
    assert said(("Telefon", "Kundenname", "Lieferland"), {}) == ()
    assert said(("Telefon",), {}) == ()


def test_a_flag_that_was_mapped_says_nothing_of_the_rest():
    assert said(("Telefon", "Info", "Full Name"), {"dnc_flag": "Info"}) == ()


@pytest.mark.parametrize(
    ("names", "mapping", "ignored", "is_country_given"),
    [
        (("K", "Kundenname", "Lieferland"), {"last_name": "Kundenname", "country": "Lieferland"},
         (), False),
        (("K", "Kundenname", "Lieferland"), {}, ("kundenname", "Lieferland"), False),
        (("K", "Vorname", "Name", "Land"), {}, (), False),
        (("K", "Vorname", "Land"), {}, (), False),
        (("K", "First Name", "Surname", "Full Name", "Country"), {}, (), False),
        (("K",), {}, ("name", "country"), False),
        (("K",), {}, ("last_name",), True),
    ],
)  # fmt: skip
def test_a_mapping_an_ignored_column_or_a_default_settles_it(
    names, mapping, ignored, is_country_given
):
    mapping = {"phone": "K", **mapping}
    assert said(names, mapping, ignored, is_country_given=is_country_given) == ()


def test_a_default_country_does_not_settle_a_column_of_countries_that_is_not_used():
    names = ("K", "Name", "Vorname", "Lieferland")
    assert len(said(names, {"phone": "K"}, is_country_given=True)) == 1


def test_half_a_name_beside_an_unused_one_is_told():
    (name,) = said(("K", "First Name", "Kundenname", "Land"), {"phone": "K"})
    assert "'Kundenname'" in name


def test_columns_that_have_gone_or_come_are_named():
    expected = ("Telefon", "E-Mail", "Saldo")
    assert drift(("telefon ", "Saldo", "E-Mail", ""), expected) == Drift()
    changed = drift(("Telefon", "E-Mail", "Betrag", "ada@example.com"), expected)
    assert changed == Drift(("Saldo",), ("Betrag", "column 4"))
    assert bool(changed)
    assert not drift(("Telefon",), ())
    assert not drift((*expected, "_record"), expected)


def test_samples_are_the_first_three_values_that_differ():
    records = [["a", "", "x"], ["a", " ", "y"], ["b", "1", "z"], ["c", "", "v"], ["d", "", ""]]
    assert three_samples(records, 3) == (("a", "b", "c"), ("1",), ("x", "y", "z"))
    assert three_samples([], 2) == ((), ())


def test_another_use_has_a_place():
    assert InputColumn("Saldo", ColumnUse.CUSTOM_FIELD, "balance").used_as == "custom_field"
    assert {use.value for use in ColumnUse} == {"field", "custom_field", "external_id", "ignored"}
