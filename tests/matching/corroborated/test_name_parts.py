"""Which part of one row's name is the family's: examples of many cultures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.name_parts import NameParts, given_and_family
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameOrder, NameReading

GIVEN_FIRST = NameReading(one_field=NameOrder.GIVEN_FIRST, has_whole_names=True)
FAMILY_FIRST = NameReading(one_field=NameOrder.FAMILY_FIRST, has_whole_names=True)


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        (NameOrder.GIVEN_FIRST, NameParts("Nagy", "Eszter")),
        (NameOrder.FAMILY_FIRST, NameParts("Eszter", "Nagy")),
        (NameOrder.UNKNOWN, NameParts("Nagy", "Eszter", is_order_known=False)),
    ],
)
def test_two_columns_are_taken_as_the_list_shows(columns, parts):
    assert given_and_family("Nagy", "Eszter", NameReading(columns)) == parts


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Tanaka, Ichiro", "Ichiro", "Tanaka"),
        ("Tanaka\uff0cIchiro", "Ichiro", "Tanaka"),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("Berg, Jan van der", "Jan", "van der Berg"),
        ("Groot, de Anna", "Anna", "de Groot"),
        ("Howard, Andrew, Jr.", "Andrew", "Howard Jr."),
        ("García López, María José", "María José", "García López"),
    ],
)
def test_a_comma_tells_the_order_whatever_the_list_shows(name, given, family):
    for reading in (AS_THE_HEADER_SAYS, GIVEN_FIRST, FAMILY_FIRST):
        assert given_and_family(name, "", reading) == NameParts(given, family)
        assert given_and_family("", name, reading) == NameParts(given, family)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Andrew Howard, Jr.", "Andrew", "Howard Jr."),
        ("Jane Doe, MD", "Jane", "Doe"),
        ("Jan Berg, van der", "Jan", "van der Berg"),
    ],
)
def test_a_comma_before_a_mark_or_a_particle_is_another_one(name, given, family):
    assert given_and_family(name, "", GIVEN_FIRST) == NameParts(given, family)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Mr Jan van der Berg", "Jan", "van der Berg"),
        ("Dr. Andrew Howard Jr.", "Andrew", "Howard Jr."),
        ("Luiz Silva Neto", "Luiz", "Silva Neto"),
        ("Mary Ann Hollins", "Mary Ann", "Hollins"),
        ("Ahmed bin Rashid", "Ahmed", "bin Rashid"),
        ("Mrs Abbott", "Mrs", "Abbott"),
        ("van der Berg", "", "van der Berg"),
    ],
)
def test_given_first_in_one_field(name, given, family):
    assert given_and_family(name, "", GIVEN_FIRST) == NameParts(given, family)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Nguyễn Văn Hùng", "Văn Hùng", "Nguyễn"),
        ("Lê Thị Hoa", "Thị Hoa", "Lê"),
        ("Tanaka Ichiro", "Ichiro", "Tanaka"),
        ("van der Berg Jan", "Jan", "van der Berg"),
        ("Howard Jr. Andrew", "Andrew", "Howard Jr."),
        ("Abbott Mrs", "Mrs", "Abbott"),
        ("Abbott Dr. Xaver", "Xaver", "Abbott"),
        ("Gil Gil Omar", "Omar", "Gil Gil"),
        ("Nguyen Van Hung", "Van Hung", "Nguyen"),
    ],
)
def test_family_first_in_one_field(name, given, family):
    assert given_and_family(name, "", FAMILY_FIRST) == NameParts(given, family)


def test_where_the_list_does_not_tell_the_order_is_unknown():
    parts = given_and_family("Bilguun Naran", "", AS_THE_HEADER_SAYS)
    assert parts == NameParts("Bilguun", "Naran", is_order_known=False)


def test_known_words_cut_such_a_name_but_half_of_it_is_not_enough_to_know_its_order():
    assert given_and_family("Naran Eszter", "", AS_THE_HEADER_SAYS) == NameParts(
        "Naran", "Eszter", is_order_known=False
    )
    assert given_and_family("Szabo Naran", "", AS_THE_HEADER_SAYS) == NameParts(
        "Naran", "Szabo", is_order_known=False
    )
    assert given_and_family("Smith William", "", AS_THE_HEADER_SAYS) == NameParts(
        "William", "Smith"
    )


def test_words_that_the_list_has_shown_tell_the_order_of_one_row_against_the_rest():
    reading = NameReading(
        one_field=NameOrder.GIVEN_FIRST,
        given_words=frozenset(["bilguun"]),
        family_words=frozenset(["naran"]),
    )
    assert given_and_family("Naran Bilguun", "", reading) == NameParts("Bilguun", "Naran")
    assert given_and_family("Bilguun Naran", "", reading) == NameParts("Bilguun", "Naran")
    mixed = given_and_family("Naran Bilguun Naran", "", reading)
    assert mixed == NameParts("Naran Bilguun", "Naran")  # no order of its own: that of the list


def test_two_family_names_are_kept_together_where_the_list_has_them():
    family = frozenset(["garcia", "lopez"])
    first = NameReading(one_field=NameOrder.FAMILY_FIRST, family_words=family)
    last = NameReading(one_field=NameOrder.GIVEN_FIRST, family_words=family)
    assert given_and_family("García López Lucía", "", first) == NameParts("Lucía", "García López")
    assert given_and_family("Lucía García López", "", last) == NameParts("Lucía", "García López")


@pytest.mark.parametrize("has_two", [True, False])
def test_an_unknown_middle_word_is_of_the_kind_that_middle_words_of_the_list_are(has_two):
    reading = NameReading(one_field=NameOrder.FAMILY_FIRST, has_two_family_names=has_two)
    parts = given_and_family("Ontiveros Zapala Elvia", "", reading)
    assert parts.family == ("Ontiveros Zapala" if has_two else "Ontiveros")
    parts = given_and_family("Rojo de la Rosa Elvia", "", reading)
    assert parts.family == ("Rojo de la Rosa" if has_two else "Rojo")


def test_a_cell_of_given_names_only_has_no_family_name():
    reading = NameReading(
        one_field=NameOrder.FAMILY_FIRST,
        given_words=frozenset(["jose", "carlos"]),
        family_words=frozenset(["pena", "aleman"]),
        has_whole_names=True,
    )
    assert given_and_family("José Carlos", "", reading) == NameParts("José Carlos", "")
    assert given_and_family("Peña Alemán", "", reading) == NameParts("", "Peña Alemán")
    assert given_and_family("Peña", "", reading) == NameParts("", "Peña")
    assert given_and_family("José", "", reading) == NameParts("José", "")


@pytest.mark.parametrize(
    ("columns", "first_name", "last_name", "parts"),
    [
        (NameOrder.GIVEN_FIRST, "Ada", "", NameParts("Ada", "")),
        (NameOrder.GIVEN_FIRST, "", "Ada", NameParts("", "Ada")),
        (NameOrder.FAMILY_FIRST, "Nagy", "", NameParts("", "Nagy")),
        (NameOrder.UNKNOWN, "Nagy", "", NameParts("Nagy", "", is_order_known=False)),
        (NameOrder.GIVEN_FIRST, "", "", NameParts("", "")),
    ],
)
def test_one_word_is_what_its_column_holds(columns, first_name, last_name, parts):
    assert given_and_family(first_name, last_name, NameReading(columns)) == parts


XIAOMING, WANG = "\u5c0f\u660e", "\u738b"
ICHIRO, TANAKA = "\u4e00\u90ce", "\u7530\u4e2d"


def test_an_unspaced_name_is_cut_after_its_known_family_name():
    assert given_and_family(WANG + XIAOMING, "", AS_THE_HEADER_SAYS) == NameParts(XIAOMING, WANG)
    assert given_and_family(TANAKA + ICHIRO, "", GIVEN_FIRST) == NameParts(ICHIRO, TANAKA)
    assert given_and_family("\uae40\ucca0\uc218", "", GIVEN_FIRST).family == "\uae40"


def test_a_family_name_that_only_the_list_knows_cuts_an_unspaced_name():
    shown = NameReading(family_words=frozenset(["\u77ac\u7a7a"]))
    name = "\u77ac\u7a7a" + ICHIRO
    assert given_and_family(name, "", shown) == NameParts(ICHIRO, "\u77ac\u7a7a")
    assert given_and_family(name, "", AS_THE_HEADER_SAYS) == NameParts(name, "")


def test_a_given_name_alone_is_not_cut():
    fangfang = "\u65b9\u65b9"  # Fang is a family name too
    assert given_and_family(fangfang, "", AS_THE_HEADER_SAYS) == NameParts(fangfang, "")
    assert given_and_family(fangfang, "", GIVEN_FIRST) == NameParts("\u65b9", "\u65b9")
    known = NameReading(given_words=frozenset([fangfang]), has_whole_names=True)
    assert given_and_family(fangfang, "", known) == NameParts(fangfang, "")


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.sampled_from([AS_THE_HEADER_SAYS, GIVEN_FIRST, FAMILY_FIRST]),
)
def test_anything_has_parts_of_its_own_characters(first_name, last_name, reading):
    parts = given_and_family(first_name, last_name, reading)
    assert {*parts.given, *parts.family} <= {*first_name, *last_name, " "}
    assert given_and_family(first_name, last_name, reading) == parts


def test_a_very_long_cell_costs_no_more_than_a_long_one():
    assert len(given_and_family("Ada " * 100_000, "", GIVEN_FIRST).given) < 200
