import pytest

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalEvent, RunFinished, RunStarted
from cxone_async.journal.fold import JournalFold, RowsSettled, fold_of
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkProjection,
    ChunkState,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import (
    SegmentAdded,
    SegmentIntended,
    SegmentProjection,
    SegmentRefused,
    SegmentState,
)


@pytest.fixture
def fold(identity: RunIdentity) -> JournalFold:
    return JournalFold(RunStarted(identity))


def intended(chunk_id: str, **attempts: int) -> Intended:
    """`intended("c", row1=2)`: row 1 in its second attempt."""
    rows = tuple(RowAttempt(int(row[3:]), attempt) for row, attempt in attempts.items())
    return Intended(chunk_id, rows)


def bring_to(fold: JournalFold, chunk_id: str, row: int, *ends: SettledAs) -> None:
    """Send one row as many times as it has ends."""
    attempt = 1
    for number, end in enumerate(ends):
        name = f"{chunk_id}{number}"
        fold.apply(Intended(name, (RowAttempt(row, attempt),)))
        fold.apply(Accepted(name, f"import-{name}"))
        fold.apply(Settled(name, (RowSettlement(row, end),)))
        attempt += end is SettledAs.RETRY


def test_open_chunks_are_kept_whole_and_settled_ones_as_a_position(fold: JournalFold) -> None:
    sent = intended("a", row1=1, row2=1)
    fold.apply(sent)
    fold.apply(intended("b", row3=1))
    fold.apply(Accepted("a", "import-a"))
    assert fold.chunks == {
        "a": ChunkProjection("a", ChunkState.ACCEPTED, sent.rows, "import-a"),
        "b": ChunkProjection("b", ChunkState.SENDING, (RowAttempt(3, 1),)),
    }
    fold.apply(Settled("a", tuple(RowSettlement(row, SettledAs.IMPORTED) for row in (1, 2))))
    assert list(fold.chunks) == ["b"]
    assert fold.settled == {"a": 5}


@pytest.mark.parametrize(
    "event",
    [
        intended("c0", row1=2),
        Bounced("c0"),
        Accepted("c0", "import-2"),
        Settled("c0", (RowSettlement(1, SettledAs.IMPORTED),)),
    ],
)
def test_a_settled_chunk_takes_no_event(fold: JournalFold, event: JournalEvent) -> None:
    bring_to(fold, "c", 1, SettledAs.RETRY)
    with pytest.raises(ConfigurationError, match="chunk c0 cannot go from settled"):
        fold.apply(event)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (SettledAs.IMPORTED, "was imported"),
        (SettledAs.FAILED, "has its outcome"),
        (SettledAs.DUPLICATE, "has its outcome"),
        (SettledAs.UNRESOLVED, "has its outcome"),
    ],
)
@pytest.mark.parametrize("attempt", [1, 2, 252, 253, 254, 255, 256])
def test_a_row_that_has_its_outcome_is_never_sent_again(
    fold: JournalFold, end: SettledAs, why: str, attempt: int
) -> None:
    bring_to(fold, "c", 1, SettledAs.RETRY, end)
    with pytest.raises(ConfigurationError, match=f"that row {why}"):
        fold.apply(intended("d", row1=attempt))


@pytest.mark.parametrize("attempt", [1, 2, 253])
def test_a_row_is_in_one_open_chunk_only(fold: JournalFold, attempt: int) -> None:
    fold.apply(intended("c", row1=1))
    with pytest.raises(ConfigurationError, match="is in another chunk that is not settled"):
        fold.apply(intended("d", row2=1, row1=attempt))


@pytest.mark.parametrize(
    ("ends", "due"),
    [
        ((), 1),
        ((SettledAs.SPLIT,), 1),
        ((SettledAs.SPLIT, SettledAs.SPLIT), 1),
        ((SettledAs.RETRY,), 2),
        ((SettledAs.RETRY, SettledAs.SPLIT, SettledAs.RETRY), 3),
    ],
)
def test_a_row_goes_out_with_the_attempt_that_follows(
    fold: JournalFold, ends: tuple[SettledAs, ...], due: int
) -> None:
    bring_to(fold, "c", 7, *ends)
    for attempt in (due - 1, due + 1):
        with pytest.raises(ConfigurationError, match=f"row 7 .* is due in attempt {due}$"):
            fold.apply(intended("d", row7=attempt))
    fold.apply(intended("d", row7=due))
    assert fold.chunks["d"].rows == (RowAttempt(7, due),)


def test_a_row_that_was_retried_without_end_is_sent_no_more(fold: JournalFold) -> None:
    bring_to(fold, "c", 1, *[SettledAs.RETRY] * 252)
    with pytest.raises(ConfigurationError, match="row 1 in attempt 253"):
        fold.apply(intended("d", row1=253))


def test_a_refused_event_changes_nothing(fold: JournalFold) -> None:
    fold.apply(intended("c", row1=1))
    before = dict(fold.chunks)
    for event in (intended("d", row5=1, row1=1), Accepted("d", "import-d"), RunFinished(b"{}")):
        with pytest.raises(ConfigurationError):
            fold.apply(event)
    assert fold.chunks == before
    fold.apply(intended("e", row5=1))
    assert list(fold.chunks) == ["c", "e"]


def test_rows_are_counted_by_the_outcome_that_they_have_in_the_end(fold: JournalFold) -> None:
    assert fold.rows_settled == RowsSettled()
    bring_to(fold, "a", 1, SettledAs.IMPORTED)
    bring_to(fold, "b", 2, SettledAs.RETRY, SettledAs.SPLIT, SettledAs.IMPORTED)
    bring_to(fold, "c", 3, SettledAs.RETRY, SettledAs.FAILED)
    bring_to(fold, "d", 4, SettledAs.UNRESOLVED)
    bring_to(fold, "e", 5, SettledAs.DUPLICATE)
    bring_to(fold, "f", 6, SettledAs.RETRY)
    assert fold.rows_settled == RowsSettled(imported=2, failed=1, duplicate=1, unresolved=1)
    assert fold.rows_ended == 5


def test_a_chunk_goes_out_again_without_its_rows_being_free(fold: JournalFold) -> None:
    sent = intended("c", row1=1)
    for event in (sent, Bounced("c"), sent, sent):
        fold.apply(event)
    assert fold.chunks["c"].state is ChunkState.IN_DOUBT


def test_a_segment_batch_is_open_until_it_is_answered(fold: JournalFold) -> None:
    bring_to(fold, "c", 1, SettledAs.IMPORTED)
    fold.apply(SegmentIntended("b", (1,)))
    fold.apply(SegmentIntended("b", (1,)))
    assert fold.batches == {"b": SegmentProjection("b", SegmentState.ADDING, (1,))}
    fold.apply(SegmentRefused("b", "status_413"))
    fold.apply(SegmentIntended("b2", (1,)))
    fold.apply(SegmentAdded("b2"))
    assert fold.batches == {}


@pytest.mark.parametrize(
    ("last", "state"), [(SegmentAdded("b"), "added"), (SegmentRefused("b", "why"), "refused")]
)
def test_an_answered_batch_takes_no_event(fold: JournalFold, last, state: str) -> None:
    bring_to(fold, "c", 1, SettledAs.IMPORTED)
    fold.apply(SegmentIntended("b", (1,)))
    fold.apply(last)
    for event in (SegmentIntended("b", (1,)), SegmentAdded("b"), SegmentRefused("b", "why")):
        with pytest.raises(ConfigurationError, match=f"batch b cannot go from {state}"):
            fold.apply(event)


@pytest.mark.parametrize("row", [-3, -1, 0, 2, 3, 4, 10**12])
def test_a_segment_batch_holds_imported_rows_only(fold: JournalFold, row: int) -> None:
    bring_to(fold, "a", 1, SettledAs.IMPORTED)
    bring_to(fold, "b", 2, SettledAs.UNRESOLVED)
    bring_to(fold, "c", 3, SettledAs.RETRY)
    with pytest.raises(ConfigurationError, match=f"row {row}, which was not imported"):
        fold.apply(SegmentIntended("s", (1, row)))
    assert fold.batches == {}


@pytest.mark.parametrize(
    ("chunk", "batch"), [(True, False), (False, True), (True, True)], ids=["chunk", "batch", "both"]
)
def test_a_run_with_something_open_is_not_finished(
    fold: JournalFold, chunk: bool, batch: bool
) -> None:
    bring_to(fold, "c", 1, SettledAs.IMPORTED)
    if chunk:
        fold.apply(intended("d", row2=1))
    if batch:
        fold.apply(SegmentIntended("s", (1,)))
    with pytest.raises(
        ConfigurationError, match=f"{int(chunk)} chunks and {int(batch)} segment batches are open"
    ):
        fold.apply(RunFinished(b"{}"))
    assert fold.finished is None


@pytest.mark.parametrize("event", [intended("c", row1=1), RunFinished(b"{}")])
def test_nothing_follows_the_end_of_a_run(fold: JournalFold, event: JournalEvent) -> None:
    finished = RunFinished(b'{"total_input":0}', {"outcomes.csv": "0" * 64})
    fold.apply(finished)
    with pytest.raises(ConfigurationError, match="finished, nothing can follow"):
        fold.apply(event)
    assert fold.finished == finished


def test_a_run_starts_only_once(fold: JournalFold, identity: RunIdentity) -> None:
    with pytest.raises(ConfigurationError, match="starts only once"):
        fold.apply(RunStarted(identity))


def test_a_whole_journal_is_folded(identity: RunIdentity) -> None:
    fold = fold_of([RunStarted(identity), intended("c", row1=1)])
    assert fold.identity == identity
    assert list(fold.chunks) == ["c"]


@pytest.mark.parametrize("events", [[], [intended("c", row1=1)]], ids=["empty", "headless"])
def test_a_journal_that_does_not_say_whose_it_is_is_refused(events: list) -> None:
    with pytest.raises(ConfigurationError, match="is not the start of a run"):
        fold_of(events)


def test_a_contradiction_is_named_by_its_position(identity: RunIdentity) -> None:
    events: list[JournalEvent] = [
        RunStarted(identity),
        intended("c", row1=1),
        intended("d", row1=1),
    ]
    with pytest.raises(ConfigurationError, match=r"chunk d holds row 1 .* \(event 3\)$"):
        fold_of(events)
