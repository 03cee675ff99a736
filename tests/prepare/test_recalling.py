"""People of earlier runs as candidates: what a row's neighbours in the file do not change."""

import io
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.ledger.person import pack_person
from cxone_async.ledger.port import KnownPeopleAt, LedgerIdentity, LedgerRun, NotedPerson
from cxone_async.matching.corroborated.matcher import CorroboratedMatcher
from cxone_async.matching.policy import Duplicate, MatchPolicy
from cxone_async.matching.registry import new_ledger_matcher
from cxone_async.prepare.child_process import Failed
from cxone_async.prepare.matching_child import serve_matching
from cxone_async.prepare.recalling import RecallingMatcher, is_of_earlier_run
from cxone_async.prepare.rows import MatchJob
from cxone_async.testing import InMemoryLedger

IDENTITY = LedgerIdentity("https://acme.example", "list-1", "corroborated")


def contact(row, number, first="Ada"):
    phone, email = f"1202555{number:04}", f"{first.lower()}{number}@example.com"
    return Contact(row, phone, "", email, first, f"Family{number}", "US", phone, email)


def noted(one):
    match_input = CorroboratedMatcher.standardise(one)
    return NotedPerson(
        one.row,
        pack_person(
            CorroboratedMatcher.ledger_keys(match_input),
            CorroboratedMatcher.ledger_values(match_input),
        ),
    )


def recalling(*nights):
    """Return a matcher that finds the people of some nights, each a list of contacts."""
    ledger = InMemoryLedger(IDENTITY)
    for at, people in enumerate(nights):
        place = ledger.begin(LedgerRun(f"id-{at}", f"night-{at}", "", at), lambda _: None)
        ledger.note([noted(one) for one in people])
        ledger.end(place, None)
    place = ledger.begin(LedgerRun("id-now", "now", "", len(nights)), lambda _: None)
    return RecallingMatcher(
        new_ledger_matcher(MatchPolicy.CORROBORATED), ledger.known_people(place.number, 0)
    )


def decided(matcher, people, cut=None):
    inputs = [CorroboratedMatcher.standardise(one) for one in people]
    at = len(inputs) if cut is None else cut
    return [*matcher.decide_all(inputs[:at]), *matcher.decide_all(inputs[at:])]


def test_each_decision_names_the_run_and_row_of_the_person():
    matcher = recalling([contact(5, 1), contact(6, 2)], [contact(5, 3)], [contact(9, 4)])
    # The runs come in no order: the second, the first, the second once more, the third.
    found = decided(matcher, [contact(1, 3), contact(2, 1), contact(3, 2), contact(4, 4)])
    assert all(isinstance(one, Duplicate) and is_of_earlier_run(one) for one in found)
    assert [matcher.run_and_row(one.of_row) for one in found] == [
        ("night-1", 5),
        ("night-0", 5),
        ("night-0", 6),
        ("night-2", 9),
    ]


def test_of_the_same_values_sent_in_several_runs_the_last_stands_for_all():
    matcher = recalling(*[[contact(at + 1, 1)] for at in range(20)])
    (found,) = decided(matcher, [contact(1, 1)])
    assert matcher.run_and_row(found.of_row) == ("night-19", 20)


def test_a_kept_row_resembles_no_person_of_an_earlier_run():
    matcher = recalling([contact(1, 1)])
    first, second = decided(matcher, [contact(1, 1, "Bea"), contact(2, 1, "Cyrus")])
    assert first.resembles == ()
    assert [one.resembles_row for one in second.resembles] == [1]


def test_what_a_policy_standardises_is_not_asked_of_the_one_that_recalls():
    with pytest.raises(NotImplementedError):
        RecallingMatcher.standardise(contact(1, 1))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(("Ada", "Bea"))), max_size=12),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(("Ada", "Bea"))), max_size=12),
    st.integers(0, 12),
)
def test_decisions_do_not_depend_on_how_rows_are_cut_into_blocks(before, now, cut):
    people = [contact(row, *one) for row, one in enumerate(before, start=1)]
    rows = [contact(row, *one) for row, one in enumerate(now, start=1)]
    whole, in_parts = recalling(people), recalling(people)
    assert decided(whole, rows) == decided(in_parts, rows, cut)
    assert whole.statistics() == in_parts.statistics()


def test_a_child_passes_on_what_is_wrong_with_the_ledger(tmp_path):
    job = MatchJob(
        MatchPolicy.CORROBORATED,
        85.0,
        has_external_ids=False,
        known=KnownPeopleAt(str(tmp_path / "gone.db"), IDENTITY, 1, 0),
    )
    body = msgspec.msgpack.encode(job)
    target = io.BytesIO()
    serve_matching(io.BytesIO(struct.pack(">I", len(body)) + body), target)
    answer = target.getvalue()
    (length,) = struct.unpack(">I", answer[:4])
    failed = msgspec.msgpack.decode(answer[4 : 4 + length], type=Failed)
    assert failed.error == "ConfigurationError"
    assert "is not a ledger" in failed.message
    assert answer[4 + length :] == struct.pack(">I", 0)
