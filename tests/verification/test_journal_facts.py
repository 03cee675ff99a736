from typing import Any

import pytest

from cxone_async.verification.journal_facts import JournalFacts

STARTED = ["run_started", {"command": "import", "segment_id": "S", "settings": {"encoding": "x"}}]
SENT = ["intended", "k", [[1, 1], [2, 1]]]
ACCEPTED = ["accepted", "k", "i"]
SETTLED = ["settled", "k", [[1, "imported", "c"], [2, "failed", "", "why", "detail"]]]
FINISHED = ["run_finished", b"{}"]


def told(*events: list[Any]) -> tuple[JournalFacts, list[str]]:
    said: list[str] = []
    facts = JournalFacts(said.append)
    for event in events:
        facts.apply(event)
    facts.conclude()
    return facts, said


def test_a_chunk_tells_how_its_rows_ended() -> None:
    facts, said = told(STARTED, SENT, ["bounced", "k"], SENT, ACCEPTED, SETTLED, FINISHED)
    assert said == []
    assert (facts.command, facts.segment_id, facts.settings) == ("import", "S", {"encoding": "x"})
    assert [facts.outcome(row) for row in (0, 1, 2, 3, 10**9)] == ["", "imported", "failed", "", ""]
    assert [facts.attempts(row) for row in (1, 2, 3, 10**9)] == [1, 1, 0, 0]
    assert facts.agrees(1, "c", "i", "")
    assert facts.agrees(2, "", "i", "why")
    assert not facts.agrees(2, "", "i", "other")
    assert list(facts.settled_rows()) == [1, 2]


def test_a_retried_row_ends_where_its_last_chunk_ends() -> None:
    facts, said = told(
        SENT,
        ["settled", "k", [[1, "retry"], [2, "split"]]],
        ["intended", "k2", [[1, 2], [2, 1]]],
        ["settled", "k2", [[1, "unresolved", "", "no_result"], [2, "imported", "c"]]],
        FINISHED,
    )
    assert said == []
    assert facts.outcome(1) == "unresolved"
    assert facts.attempts(1) == 2
    assert facts.attempts(2) == 1


def test_rows_are_in_the_segment_once_their_batch_is_confirmed() -> None:
    facts, said = told(
        SENT,
        ACCEPTED,
        SETTLED,
        ["segment_intended", "b1", [1]],
        ["segment_refused", "b1", "status_413"],
        ["segment_intended", "b2", [1]],
        ["segment_added", "b2"],
        FINISHED,
    )
    assert said == []
    assert facts.is_segmented(1)
    assert not facts.is_segmented(2)
    assert not facts.is_segmented(10**9)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([SENT, FINISHED], "journal.db: 1 chunk(s) were never settled"),
        ([], "journal.db does not say that the run has finished"),
        (
            [["segment_intended", "b", [1]], FINISHED],
            "journal.db: 1 segment batch(es) were never answered",
        ),
        ([SENT, SETTLED, SENT, FINISHED], "journal.db: chunk k was sent after it was settled"),
        (
            [SENT, ["intended", "k", [[1, 2]]], SETTLED, FINISHED],
            "journal.db: chunk k was sent with other rows",
        ),
        ([SENT, SETTLED, SETTLED, FINISHED], "journal.db: chunk k was settled but not open"),
        ([SENT, SETTLED, SETTLED, FINISHED], "row 1 is settled twice in journal.db"),
        (
            [SENT, ["settled", "k", [[1, "imported"]]], FINISHED],
            "journal.db: chunk k was settled for other rows than were sent",
        ),
        (
            [SENT, ["settled", "k", [[1, "imported"], [1, "imported"], [2, "failed"]]], FINISHED],
            "journal.db: chunk k was settled for other rows than were sent",
        ),
        (
            [SENT, ["settled", "k", [[1, "imported"], ["two", "failed"]]], FINISHED],
            "journal.db: chunk k holds a settlement of no known form",
        ),
        (
            [SENT, ["settled", "k", [[-1, "imported"], [1, "failed"]]], FINISHED],
            "journal.db: chunk k holds a settlement of no known form",
        ),
        (
            [SENT, SETTLED, ["segment_intended", "b", [2]], ["segment_added", "b"], FINISHED],
            "row 2 is in the segment by journal.db, but was not imported",
        ),
        ([["renamed", "k"], FINISHED], "journal.db: an event is of no known form"),
        (
            [["intended", "k", [["1", 1]]], SETTLED, FINISHED],
            "journal.db: chunk k was settled for other rows than were sent",
        ),
    ],
)
def test_what_contradicts_itself_is_said(events: list[list[Any]], said: str) -> None:
    assert said in told(*events)[1]


@pytest.mark.parametrize("finished", [FINISHED, [*FINISHED, {"outcomes.csv": "0" * 64}]])
def test_the_end_of_a_run_tells_its_totals_with_digests_and_without(finished: list[Any]) -> None:
    facts, said = told(finished)
    assert said == []
    assert facts.totals == b"{}"


def test_rows_far_apart_are_kept() -> None:
    facts, said = told(
        ["intended", "k", [[1, 300], [200_000, 1]]],
        ["settled", "k", [[1, "failed", "", "why"], [200_000, "imported", "c"]]],
        FINISHED,
    )
    assert said == []
    assert facts.outcome(200_000) == "imported"
    assert facts.agrees(200_000, "c", "", "")


def used(start: int, ended: bool, **requests: Any) -> list[Any]:
    return ["start_used", start, ended, [1.5, requests, 1, 1, 0, 0, None]]


def test_of_each_start_the_last_note_counts_and_the_last_start_is_apart() -> None:
    facts, said = told(
        STARTED,
        used(1, False),
        used(1, False, poll=2, token=1),
        used(1, True, poll=3, token=1),
        used(2, False, poll=5, odd="x"),
        used(3, False, poll=90),
        FINISHED,
    )
    assert said == []
    assert (facts.starts, facts.starts_cut_short, facts.knows_all_starts) == (3, 1, True)
    assert facts.earlier_requests == {"poll": 8, "token": 1}


def test_a_run_that_an_earlier_version_began_is_known_by_its_missing_first_note() -> None:
    facts, said = told(STARTED, used(2, False), FINISHED)
    assert (said, facts.starts, facts.knows_all_starts) == ([], 2, False)
    assert told(STARTED, FINISHED)[0].starts == 0


@pytest.mark.parametrize(
    "notes",
    [
        [used(3, False)],
        [used(0, False)],
        [used(1, True), used(1, False)],
        [used(1, False), used(3, False)],
        [used(1, False), used(2, False), used(1, False)],
    ],
)
def test_a_note_of_a_start_out_of_turn_is_told(notes: list[Any]) -> None:
    _, said = told(STARTED, *notes, FINISHED)
    assert len(said) == 1
    assert "a note of start" in said[0]
