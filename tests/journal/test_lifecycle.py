import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import ConfigurationError
from cxone_async.journal.lifecycle import (
    TRANSITIONS,
    Accepted,
    Bounced,
    ChunkEvent,
    ChunkProjection,
    ChunkState,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
    advance,
)

ROWS = (RowAttempt(1, 1), RowAttempt(2, 3))
INTENDED = Intended("c", ROWS)
BOUNCED = Bounced("c")
ACCEPTED = Accepted("c", "import-1")
SETTLED = Settled("c", (RowSettlement(1, SettledAs.FAILED), RowSettlement(2, SettledAs.RETRY)))
EVENTS = (INTENDED, BOUNCED, ACCEPTED, SETTLED)

# The life of a chunk once more, as told by its states, to hold the table to.
MAY_FOLLOW: dict[ChunkState, dict[ChunkEvent, ChunkState]] = {
    ChunkState.NEW: {INTENDED: ChunkState.SENDING},
    ChunkState.SENDING: {
        INTENDED: ChunkState.IN_DOUBT,
        BOUNCED: ChunkState.UNSENT,
        ACCEPTED: ChunkState.ACCEPTED,
        SETTLED: ChunkState.SETTLED,
    },
    ChunkState.UNSENT: {INTENDED: ChunkState.SENDING},
    ChunkState.IN_DOUBT: {
        INTENDED: ChunkState.IN_DOUBT,
        BOUNCED: ChunkState.IN_DOUBT,
        ACCEPTED: ChunkState.ACCEPTED,
        SETTLED: ChunkState.SETTLED,
    },
    ChunkState.ACCEPTED: {SETTLED: ChunkState.SETTLED},
    ChunkState.SETTLED: {},
}


@pytest.mark.parametrize("state", ChunkState)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_only_the_events_of_the_table_move_a_chunk_on(state: ChunkState, event) -> None:
    record = ChunkProjection("c", state, () if state is ChunkState.NEW else ROWS)
    expected = MAY_FOLLOW[state].get(event)
    assert TRANSITIONS.get((state, type(event))) is expected
    if expected is None:
        with pytest.raises(ConfigurationError, match=rf"chunk c cannot go from {state}"):
            advance(record, event)
    else:
        assert advance(record, event).state is expected


def test_a_chunk_keeps_what_its_events_said() -> None:
    record = ChunkProjection("c")
    for event in (INTENDED, BOUNCED, INTENDED, INTENDED, ACCEPTED, SETTLED):
        record = advance(record, event)
    assert record == ChunkProjection("c", ChunkState.SETTLED, ROWS, "import-1", SETTLED.settlements)


def test_a_bounce_after_an_ambiguous_send_does_not_make_the_chunk_unsent() -> None:
    in_doubt = advance(advance(advance(ChunkProjection("c"), INTENDED), INTENDED), BOUNCED)
    assert in_doubt.state is ChunkState.IN_DOUBT


@pytest.mark.parametrize(
    "rows",
    [(), (RowAttempt(1, 1), RowAttempt(1, 2)), (RowAttempt(0, 1),), (RowAttempt(-3, 1),)],
    ids=["none", "one twice", "row 0", "negative"],
)
def test_a_chunk_names_its_rows_once_each_from_1(rows: tuple[RowAttempt, ...]) -> None:
    with pytest.raises(ConfigurationError, match="each once, counted from 1"):
        advance(ChunkProjection("c"), Intended("c", rows))


@pytest.mark.parametrize("rows", [ROWS[:1], ROWS[::-1], (RowAttempt(1, 2), ROWS[1])])
def test_a_chunk_that_goes_out_again_holds_the_same_rows(rows: tuple[RowAttempt, ...]) -> None:
    with pytest.raises(ConfigurationError, match="changed its rows"):
        advance(ChunkProjection("c", ChunkState.UNSENT, ROWS), Intended("c", rows))


def test_an_import_has_an_id() -> None:
    with pytest.raises(ConfigurationError, match="without an import id"):
        advance(ChunkProjection("c", ChunkState.SENDING, ROWS), Accepted("c", ""))


@pytest.mark.parametrize("rows", [(), (1,), (1, 1), (1, 2, 2), (1, 3), (1, 2, 3)])
def test_a_chunk_is_settled_for_each_of_its_rows_once(rows: tuple[int, ...]) -> None:
    ends = tuple(RowSettlement(row, SettledAs.FAILED) for row in rows)
    with pytest.raises(ConfigurationError, match="other rows than it holds"):
        advance(ChunkProjection("c", ChunkState.SENDING, ROWS), Settled("c", ends))


def test_settlements_may_come_in_another_order_than_the_rows() -> None:
    ends = (
        RowSettlement(2, SettledAs.IMPORTED, "id-2"),
        RowSettlement(1, SettledAs.IMPORTED, "id-1"),
    )
    accepted = ChunkProjection("c", ChunkState.ACCEPTED, ROWS, "import-1")
    assert advance(accepted, Settled("c", ends)).settlements == ends


@pytest.mark.parametrize("state", [ChunkState.SENDING, ChunkState.IN_DOUBT])
def test_no_row_is_imported_without_an_import(state: ChunkState) -> None:
    ends = (RowSettlement(1, SettledAs.FAILED), RowSettlement(2, SettledAs.IMPORTED, "id-2"))
    with pytest.raises(ConfigurationError, match="imported rows but no import"):
        advance(ChunkProjection("c", state, ROWS), Settled("c", ends))


@given(st.lists(st.sampled_from(EVENTS)))
@settings(deadline=None)
def test_whatever_happens_a_settled_chunk_stays_as_it_is(events: list) -> None:
    record = ChunkProjection("c")
    for event in events:
        try:
            after = advance(record, event)
        except ConfigurationError:
            continue
        assert record.state is not ChunkState.SETTLED
        record = after
