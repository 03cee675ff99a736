"""The table of people whom a row of the file marks."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.flagged import MarkedIdentifiers, identifier_key

IDENTIFIERS = st.one_of(
    st.from_regex(r"[1-9][0-9]{6,20}", fullmatch=True), st.emails(), st.text(min_size=1)
)


@pytest.mark.slow
@given(st.dictionaries(IDENTIFIERS, st.integers(1, 10**9)), st.lists(IDENTIFIERS))
def test_exactly_the_marked_identifiers_are_found_with_their_rows(
    rows: dict[str, int], others: list[str]
) -> None:
    by_key = {identifier_key(one): row for one, row in rows.items()}
    people = MarkedIdentifiers(by_key.items()).people()
    for one in rows:
        assert people.row_of(one) == by_key[identifier_key(one)]
    for one in others:
        assert people.row_of(one) == by_key.get(identifier_key(one), 0)
    assert people.row_of("") == 0


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 31, 32, 33, 1000])
def test_a_table_of_any_size_has_room(count: int) -> None:
    phones = [f"1212555{number:04}" for number in range(count)]
    people = MarkedIdentifiers((identifier_key(one), n) for n, one in enumerate(phones, 1)).people()
    assert 0 in people.keys
    assert [people.row_of(one) for one in phones] == list(range(1, count + 1))
    assert people.row_of("13125550100") == 0


def test_a_phone_is_never_an_email() -> None:
    phones = {identifier_key(str(n)) for n in range(10**6, 10**6 + 1000)}
    emails = {identifier_key(f"{n}@example.com") for n in range(1000)}
    assert len(phones) == len(emails) == 1000
    assert not phones & emails


def test_it_goes_to_another_process_in_12_bytes_a_place() -> None:
    people = MarkedIdentifiers((identifier_key(str(n)), n) for n in range(1, 10_000)).people([5])
    sent = pickle.dumps(people)
    assert len(sent) < 48 * 10_000
    assert pickle.loads(sent) == people  # noqa: S301  written above


@given(
    st.lists(st.tuples(st.integers(1, 2**64 - 1), st.integers(1, 2**32 - 1)), max_size=60),
    st.sets(st.integers(1, 2**64 - 1), max_size=3),
)
def test_the_row_that_comes_first_marks_an_identifier(
    pairs: list[tuple[int, int]], others: set[int]
) -> None:
    marked = MarkedIdentifiers([*pairs, *pairs[::-1]])
    assert dict(marked) == dict(pairs[::-1])
    assert all(key in marked for key, _ in pairs)
    assert not [key for key in others - dict(pairs).keys() if key in marked]
