"""Whom the rows of a file mark, before the first of them is prepared."""

import pytest
from fixtures.run_in_memory import outcome_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.checks import DoNotCall
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.flagged import identifier_key
from cxone_async.matching.corroborated.matcher import IDENTIFIER_BLOCK_LIMIT
from cxone_async.prepare.flagged import (
    MarkedRows,
    SharedValues,
    WordsOfNotCalling,
    can_mark_people,
    tells_people_apart,
)
from cxone_async.source.header import read_header

HEADER = "phone,email,first_name,dnc\n"
COUNTING = outcome_settings(Constraints(dnc_enabled=True))


def marked(content: str, cuts: list[int] | None = None, **changes: object) -> MarkedRows:
    found = MarkedRows(outcome_settings(Constraints(dnc_enabled=True), **changes))
    raw = content.encode()
    ends = sorted({min(cut, len(raw)) for cut in cuts or []} | {len(raw)})
    start = 0
    for end in ends:
        found.feed(raw[start:end])
        start = end
    found.finish()
    return found


def test_every_row_that_is_not_a_known_no_marks_its_phone_and_email_and_the_first_counts() -> None:
    found = marked(
        HEADER
        + "+12025550101,ann@example.com,Ann,yes\n"
        + "+12025550102,bob@example.com,Bob,no\n"
        + "+12025550103,cid@example.com,Cid,?\n"
        + "202 555 0101,dan@example.com,Dan,2024-01-31\n"
        + "12,eve@example.com,Eve,x\n"
        + "+12025550106,,Fay,1\n"
        + "too,few\n"
    )
    assert dict(found.marked) == {
        identifier_key(identifier): row
        for identifier, row in [
            ("12025550101", 1), ("ann@example.com", 1), ("12025550103", 3), ("cid@example.com", 3),
            ("dan@example.com", 4), ("eve@example.com", 5), ("12025550106", 6),
        ]
    }  # fmt: skip
    people = found.marked.people()
    assert people.row_of("12025550101") == 1
    assert people.row_of("12025550102") == 0


def test_a_flag_that_does_not_count_marks_nobody_and_a_missing_consent_does() -> None:
    found = MarkedRows(
        outcome_settings(
            Constraints(dnc_enabled=False), map={"consent": "may_we", "dnc_flag": "dnc"}
        )
    )
    found.feed(b"phone,dnc,may_we\n+12025550101,yes,yes\n+12025550102,yes,no\n+12025550103,,yes\n")
    found.finish()
    assert dict(found.marked) == {identifier_key("12025550102"): 2}


@pytest.mark.parametrize("cut", [*range(26, 120, 7), 500])
@pytest.mark.parametrize("alone", ["yes", ' "yes" ', "x", "1", "true", "ja", "do not call"])
def test_a_flag_that_a_line_break_cut_off_marks_the_row_above_it(alone: str, cut: int) -> None:
    found = marked(
        HEADER
        + "+12025550100,zoe@example.com,Zoe,no\n"
        + f"+12025550101,ann@example.com,Ann,\n{alone}\n"
        + "+12025550102,bob@example.com,Bob,no\n",
        [cut],
    )
    assert dict(found.marked) == {
        identifier_key("12025550101"): 3, identifier_key("ann@example.com"): 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "+12025550101,ann@example.com,Ann,\nno\n",
        HEADER + "+12025550101,ann@example.com,Ann,\nTotal: 1\n",
        HEADER + "+12025550101,ann@example.com,Ann,\nend of file\n",
        HEADER + "yes\n+12025550101,ann@example.com,Ann,\n",
        HEADER + "+12025550101,ann@example.com,Ann,\nTotal: 1\nyes\n",
        "phone,email,dnc,first_name\n+12025550101,ann@example.com,no,Ann\nyes\n",
    ],
)
def test_another_line_that_stands_alone_marks_nobody(content: str) -> None:
    assert dict(marked(content).marked) == {}


def test_a_cut_off_flag_of_a_list_of_two_columns_or_another_encoding_marks_too() -> None:
    people = marked("phone,dnc\n+12025550101,\nyes\n+12025550102,no\n").marked
    assert dict(people) == {identifier_key("12025550101"): 2}
    people = marked("\ufeffphone;email;dnc\r\n+12025550101;;\r\nja\r\n").marked
    assert dict(people) == {identifier_key("12025550101"): 2}


def test_a_cut_off_flag_below_a_row_without_a_usable_phone_marks_whom_it_may_mean() -> None:
    assert dict(marked(HEADER + "+12025550101,no,Ann,\nyes\n").marked) == {
        identifier_key("12025550101"): 2
    }


def test_a_cut_off_flag_that_does_not_count_marks_nobody() -> None:
    found = MarkedRows(outcome_settings(Constraints(dnc_enabled=False)))
    found.feed(b"phone,email,dnc\n+12025550101,,\nyes\n")
    found.finish()
    assert dict(found.marked) == {}


def test_all_phones_of_a_row_are_marked() -> None:
    found = marked(
        "Mobile,Home,email,dnc\nn/a,+12025550101,a1@example.com,y\n",
        map={"phone": "Mobile,Home"},
    )
    assert identifier_key("12025550101") in found.marked


@pytest.mark.parametrize(
    ("cell", "country", "marks"),
    [
        ("+2025550143", "US", "12025550143"),
        ("+ 202-555-0143", "US", "12025550143"),
        ("+02079460123", "GB", "442079460123"),
        ("+7700900123", "GB", "447700900123"),
        ("+07700 900123", "GB", "447700900123"),
        ("+44 7700 900123", "US", "447700900123"),
        ("00447700900123", "US", "447700900123"),
        ("+2025550143", "Nowhereland", "12025550143"),
        ("202 555 0143", "Nowhereland", "12025550143"),
    ],
)
def test_a_marked_row_whose_phone_cannot_be_used_marks_whom_it_may_mean(
    cell: str, country: str, marks: str
) -> None:
    found = MarkedRows(
        outcome_settings(Constraints(dnc_enabled=True, allowed_countries=frozenset({"US", "GB"})))
    )
    found.feed(f"phone,email,country,dnc\n{cell},,{country},yes\n".encode())
    found.finish()
    assert identifier_key(marks) in found.marked


@pytest.mark.parametrize(
    ("cell", "is_marked"),
    [
        ("2025550143 DNC", True),
        ("202-555-0143 (do not call)", True),
        ("2025550143 - opted out", True),
        ("2025550143 nicht anrufen", True),
        ("2025550143 Robinson", True),
        ("2025550143 ne pas appeler", True),
        ("2025550143 no llamar", True),
        ("DNC 2025550143", True),
        ("2025550143 nie dzwonić", True),
        ("2025550143 (aramay\u0131n)", True),
        ("2025550143 mobile", False),
        ("2025550143 ext 5", False),
        ("202-555-0143 home", False),
    ],
)
def test_words_beside_a_phone_that_say_not_to_call_mark_as_a_flag_does(
    cell: str, is_marked: bool
) -> None:
    found = marked(f"{HEADER}+12025550166,ann@example.com,Ann,no\n{cell},bob@example.com,Bob,no\n")
    assert (identifier_key("bob@example.com") in found.marked) is is_marked
    assert (identifier_key("12025550143") in found.marked) is is_marked
    assert identifier_key("12025550166") not in found.marked


def test_a_list_without_a_phone_column_marks_by_email() -> None:
    found = marked("email,dnc\nann@example.com,yes\nbob@example.com,no\n")
    assert dict(found.marked) == {identifier_key("ann@example.com"): 1}


@pytest.mark.parametrize(
    "row",
    [
        "+2025550143,jane@example.com,Jane,yes",
        "202-555-O143,jane@example.com,Jane,yes",
        "2025550143,jane@,Jane,yes",
        "202-555-0143 DNC,jane@example.com,Jane,no",
        "202-555-0143 fax (do not call),jane@example.com,Jane,",
        "nicht anrufen: +2025550143,jane@example.com,Jane,",
    ],
)
def test_a_row_that_says_not_to_call_marks_its_phone_even_if_that_cannot_be_used(row: str) -> None:
    assert identifier_key("12025550143") in marked(f"{HEADER}{row}\n").marked


def test_a_row_of_an_unknown_country_marks_its_phone_as_one_of_the_default_country() -> None:
    found = marked("phone,email,country,dnc\n2025550143,a@example.com,Atlantis,yes\n")
    assert identifier_key("12025550143") in found.marked


def test_another_label_marks_nobody() -> None:
    assert not dict(marked(HEADER + "202-555-0143 home,jane@example.com,Jane,no\n").marked)


@pytest.mark.parametrize("cut", range(0, 60, 5))
def test_words_that_ask_not_to_call_are_found_wherever_the_text_was_cut(cut: int) -> None:
    text = b"phone,email\n202-555-0143 do not call,jane@example.com\n"
    words = WordsOfNotCalling()
    words.feed(text[:cut])
    words.feed(text[cut:])
    words.feed(b"+12025550177,joe@example.com\n")
    assert words.are_there


def test_a_text_without_such_words_has_none() -> None:
    words = WordsOfNotCalling()
    words.feed(b"phone,email\n202-555-0143 home,jane@example.com\n")
    assert not words.are_there


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["+12025550101", "+12025550102", "n/a", ""]),
        st.sampled_from(["ann@example.com", "none@example.com", "x", ""]),
        st.sampled_from(["", "yes", "no", "?", "1"]),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(ROWS, st.lists(st.integers(0, 500), max_size=6))
def test_the_result_does_not_depend_on_how_the_input_was_cut(
    rows: list[tuple[str, str, str]], cuts: list[int]
) -> None:
    content = HEADER + "".join(f"{phone},{email},A,{flag}\n" for phone, email, flag in rows)
    assert dict(marked(content, cuts).marked) == dict(marked(content).marked)


def office(rows: int, names: int) -> str:
    return HEADER + "".join(
        f"+12025550199,p{n}@example.com,Name{n % names},{'yes' if n == 0 else ''}\n"
        for n in range(rows)
    )


@pytest.mark.parametrize(
    ("rows", "names", "is_shared"),
    [(15, 15, False), (16, 9, True), (16, 8, False), (40, 40, True), (400, 1, False)],
)
def test_a_widely_shared_value_has_many_rows_and_many_first_names(
    rows: int, names: int, is_shared: bool
) -> None:
    content = office(rows, names)
    first = marked(content)
    assert bool(first.frequent_places()) is (rows >= IDENTIFIER_BLOCK_LIMIT)
    second = SharedValues(COUNTING, first.frequent_places(), first.marked)
    second.feed(content.encode())
    second.finish()
    key = identifier_key("12025550199")
    assert second.shared() == (frozenset({key}) if is_shared else frozenset())
    people = first.marked.people(second.shared())
    assert people.row_of("12025550199") == (0 if is_shared else 1)
    assert people.is_shared("12025550199") is is_shared
    assert people.row_of("p0@example.com") == 1


def test_empty_cells_are_not_counted() -> None:
    content = HEADER + "+12025550101,,A,yes\n" * 300
    assert not marked(content.replace("+12025550101", "")).frequent_places()


@pytest.mark.parametrize(
    "value",
    [
        "none@example.com", "info@example.com", "noreply@example.com", "test@test.com",
        "0000000000", "11111111111", "1234567890", "n/a@none.com", "j***@example.com", "123",
        "sales@example.org", "unknown@example.com", "12222222222", "kontakt@example.com",
        "contato@example.com", "contacto@example.com", "informazioni@example.com",
        "verkauf@example.com", "ventas@example.com", "buchhaltung@example.com",
        "comptabilite@example.com", "service.client@example.com", "biuro@example.com",
    ],
)  # fmt: skip
def test_placeholders_roles_and_masked_values_tell_nobody_apart(value: str) -> None:
    assert not tells_people_apart(value)


@pytest.mark.parametrize(
    "value",
    ["jane.doe@example.com", "12025550143", "447700900123", "marina@example.com", "m.info@x.org"],
)
def test_other_values_do(value: str) -> None:
    assert tells_people_apart(value)


@pytest.mark.parametrize(
    ("names", "overrides", "counts", "can"),
    [
        (("phone", "dnc"), {}, True, True),
        (("phone", "dnc"), {}, False, False),
        (("phone", "x"), {}, True, False),
        (("phone", "x"), {"consent": "x"}, False, True),
        (("phone", "x"), {"dnc_flag": "x"}, True, True),
    ],
)
def test_a_file_is_read_before_only_if_a_row_can_mark_somebody(
    names: tuple[str, ...], overrides: dict, counts: bool, can: bool
) -> None:
    columns = read_header(names, overrides)
    settings = outcome_settings(Constraints(dnc_enabled=counts))
    assert can_mark_people(columns, settings) is can


def test_always_means_always() -> None:
    columns = read_header(("phone", "dnc"), {})
    assert can_mark_people(columns, outcome_settings(Constraints(), dnc=DoNotCall.ALWAYS))
