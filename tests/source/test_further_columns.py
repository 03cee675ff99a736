"""Which columns go out beside the fields."""

import pytest

from cxone_async.contacts.further import FurtherLimits
from cxone_async.contacts.model import MappedName
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.columns import ColumnUse, input_columns, unsettled
from cxone_async.source.further_columns import (
    NO_FURTHER,
    FurtherColumn,
    FurtherColumns,
    parse_fields,
    refuse_long_value,
    refuse_names,
)
from cxone_async.source.header import read_header
from cxone_async.source.mapping_template import sketch

NAMES = ("Konto", "Phone", "Email", "Home Phone", "Saldo", " ", "Vorwahl")
LIMITS = FurtherLimits(
    most=2, name_characters=5, value_characters=3, record_bytes=9, reserved=frozenset({"phone"})
)


def further(*items, external_id=""):
    return parse_fields(items, external_id)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("a=b", FurtherColumns(columns=(("a", "b"),))),
        (" a = b ", FurtherColumns(columns=(("a", "b"),))),
        ("a=b=c", FurtherColumns(columns=(("a", "b=c"),))),
        ("a=b:=c", FurtherColumns(columns=(("a", "b:=c"),))),
        ("a:=b=c, d", FurtherColumns(constants=(("a", "b=c, d"),))),
        (" * ", FurtherColumns(takes_rest=True)),
    ],
)
def test_an_item_is_a_column_a_constant_or_the_rest(item, expected):
    assert further(item) == expected
    assert further(*expected.items) == expected
    assert expected
    assert not NO_FURTHER


@pytest.mark.parametrize("item", ["", "a", "=b", "a=", ":=b", "a:=", "**", "a: b"])
def test_another_form_is_refused_without_being_quoted(item):
    with pytest.raises(ValueError, match="item 2 is not of the form"):
        further("x=y", item)


def test_constants_are_shown_as_digests_only():
    shown = further("a=b", "c:=secret", "*").without_values()
    assert "secret" not in str(shown.items)
    assert shown.without_values() == shown
    assert shown != further("a=b", "c:=other", "*").without_values()


def test_a_column_that_goes_out_is_no_field():
    columns = read_header(NAMES, {"phone": "Phone"}, further=further("home=home phone", "n=Saldo"))
    assert columns.indexes == (1, 2, None, None, None, None)
    assert columns.further == (FurtherColumn(3, "home"), FurtherColumn(4, "n"))
    record = ["k", "p", "e", "h", "s", "", "v"]
    (row,) = columns.select([record])
    assert row[-1] == ("h", "s")


def test_the_rest_are_all_columns_with_a_name_and_without_another_use():
    columns = read_header(
        NAMES, {"phone": "Phone"}, ignored=("Vorwahl",), further=further("*", external_id="konto")
    )
    assert columns.further == (
        FurtherColumn(0, "external_id"),
        FurtherColumn(3, "Home Phone", is_rest=True),
        FurtherColumn(4, "Saldo", is_rest=True),
    )
    uses = [one.used_as for one in input_columns(NAMES, columns)]
    assert uses[0] is ColumnUse.EXTERNAL_ID
    assert uses[4] is ColumnUse.CUSTOM_FIELD
    assert uses[6] is ColumnUse.IGNORED


def test_a_column_of_area_codes_is_not_settled_by_going_out():
    with pytest.raises(UnreadableInputError, match="area codes"):
        read_header(("Phone", "Vorwahl"), {}, further=further("code=Vorwahl"))


@pytest.mark.parametrize("column", ["DNC", "Blacklist"])
def test_a_column_that_speaks_of_do_not_call_is_never_sent(column):
    with pytest.raises((UsageError, UnreadableInputError), match=column):
        read_header(("Phone", column), {}, further=further(f"x={column}"))
    rest = further("*")
    if column == "DNC":
        assert read_header(("Phone", column), {}, further=rest).further == ()
    else:
        with pytest.raises(UnreadableInputError, match=column):
            read_header(("Phone", column), {}, further=rest)


@pytest.mark.parametrize(
    ("names", "item"),
    [
        (("Phone", "+12025550101"), "*"),
        (("Phone", "ann@example.com"), "*"),
        (("Phone", "a b", "x"), "ab=x"),
    ],
)
def test_a_name_that_is_data_or_taken_does_not_go_out(names, item):
    with pytest.raises(UnreadableInputError, match="--field '\\*'") as raised:
        read_header(names, {}, further=further(*{item, "*"}))
    assert "example.com" not in str(raised.value)


def test_only_the_last_columns_of_rejects_are_those_of_a_run():
    ours = ("_row", "_outcome", "_reason", "_detail")
    assert read_header(("Phone", *ours), {}, further=further("*")).further == ()
    assert read_header(("Phone", "_record", *ours), {}, further=further("*")).further == ()
    assert read_header(("Phone", "_record"), {}, further=further("*")).further == ()
    assert len(read_header(("Phone", "_record", "x"), {}, further=further("*")).further) == 2
    assert len(read_header(("Phone", *ours, "x"), {}, further=further("*")).further) == 5


@pytest.mark.parametrize(
    ("names", "said"),
    [(["Ph_one"], "reserved"), (["toolong"], "longer than the 5"), (["a\n"], "not printed"),
     (["a", "b"], "3 further fields, and at most 2")],
)  # fmt: skip
def test_names_beyond_the_dialect_are_refused(names, said):
    with pytest.raises(ValueError, match=said):
        refuse_names(names, LIMITS, has_id=True)
    refuse_names(["a", "b"], LIMITS, has_id=False)


def test_a_constant_beyond_the_dialect_is_refused():
    refuse_long_value("abc", LIMITS)
    with pytest.raises(ValueError, match="3 characters"):
        refuse_long_value("abcd", LIMITS)


def test_a_name_that_goes_out_with_the_rest_is_still_not_used_as_a_name():
    names = ("Kontakt 1", "Kundenname", "Mail")
    mapping: dict[MappedName, str] = {"phone": "Kontakt 1"}

    def said(*items):
        columns = read_header(names, mapping, further=further(*items))
        return unsettled(names, columns, mapped=mapping, ignored=(), is_country_given=True)

    assert "'Kundenname'" in said("*")[0]
    assert said("who=Kundenname") == ()


def test_what_goes_out_is_not_left_in_a_sketch():
    drawn = sketch(NAMES, {}, further=further("home=Home Phone", external_id="Konto"))
    assert drawn.found["phone"] == ("Phone",)
    assert drawn.left == ("Saldo", "Vorwahl")


@pytest.mark.parametrize("name", ["Marketing status", "Privacy", "Excluded", "Deceased", "DNC"])
def test_a_column_that_is_ignored_as_a_flag_may_go_out_as_data(name):
    names = ("Phone", "Email", name)
    columns = read_header(names, {}, ignored=[name], further=further(f"a={name}"))
    assert (columns.further, columns.flags, columns.consents) == ((FurtherColumn(2, "a"),), (), ())
    drawn = sketch(names, {}, ignored=[name], further=further(f"a={name}"))
    assert (drawn.marks, drawn.left) == ((), ())


@pytest.mark.parametrize("name", ["Marketing status", "Privacy", "Excluded", "Deceased"])
def test_a_column_that_speaks_of_do_not_call_goes_out_only_if_it_is_said_to_be_no_flag(name):
    with pytest.raises(UnreadableInputError, match="speaks of do-not-call"):
        read_header(("Phone", "Email", name), {}, further=further(f"a={name}"))
