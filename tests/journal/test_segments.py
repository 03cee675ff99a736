import pytest

from cxone_async.errors import ConfigurationError
from cxone_async.journal.segments import (
    SEGMENT_TRANSITIONS,
    SegmentAdded,
    SegmentEvent,
    SegmentIntended,
    SegmentProjection,
    SegmentRefused,
    SegmentState,
    advance_segment,
)

INTENDED = SegmentIntended("b", (3, 5))
ADDED = SegmentAdded("b")
REFUSED = SegmentRefused("b", "status_413")
MAY_FOLLOW: dict[SegmentState, dict[SegmentEvent, SegmentState]] = {
    SegmentState.NEW: {INTENDED: SegmentState.ADDING},
    SegmentState.ADDING: {
        INTENDED: SegmentState.ADDING,
        ADDED: SegmentState.ADDED,
        REFUSED: SegmentState.REFUSED,
    },
    SegmentState.ADDED: {},
    SegmentState.REFUSED: {},
}


@pytest.mark.parametrize("state", SegmentState)
@pytest.mark.parametrize("event", [INTENDED, ADDED, REFUSED], ids=lambda e: type(e).__name__)
def test_only_the_events_of_the_table_move_a_batch_on(state: SegmentState, event) -> None:
    record = SegmentProjection("b", state, () if state is SegmentState.NEW else (3, 5))
    expected = MAY_FOLLOW[state].get(event)
    assert SEGMENT_TRANSITIONS.get((state, type(event))) is expected
    if expected is None:
        with pytest.raises(ConfigurationError, match=f"segment batch b cannot go from {state}"):
            advance_segment(record, event)
    else:
        assert advance_segment(record, event).state is expected


def test_a_batch_keeps_its_rows_and_why_it_was_refused() -> None:
    record = advance_segment(advance_segment(SegmentProjection("b"), INTENDED), REFUSED)
    assert record == SegmentProjection("b", SegmentState.REFUSED, (3, 5), "status_413")


def test_a_batch_that_goes_out_again_holds_the_same_rows() -> None:
    adding = advance_segment(SegmentProjection("b"), INTENDED)
    with pytest.raises(ConfigurationError, match="changed its rows"):
        advance_segment(adding, SegmentIntended("b", (3,)))


@pytest.mark.parametrize("rows", [(), (3, 3)])
def test_a_batch_names_its_rows_once_each(rows: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match="one row or more, each once"):
        advance_segment(SegmentProjection("b"), SegmentIntended("b", rows))
