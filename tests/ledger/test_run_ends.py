"""Whose sending counts, held to the lifecycle of chunks."""

from hypothesis import given
from hypothesis import strategies as st

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
from cxone_async.ledger.run_ends import RunEnds

CHUNKS = {"one": (1, 2), "two": (3,), "far": (200_000,)}


def an_event(kind: type[ChunkEvent], chunk_id: str, settled_as: SettledAs) -> ChunkEvent:
    rows = CHUNKS[chunk_id]
    if kind is Intended:
        return Intended(chunk_id, tuple(RowAttempt(row, 1) for row in rows))
    if kind is Settled:
        return Settled(chunk_id, tuple(RowSettlement(row, settled_as) for row in rows))
    return Accepted(chunk_id, "import-1") if kind is Accepted else Bounced(chunk_id)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(CHUNKS)),
            st.sampled_from((Intended, Bounced, Accepted, Settled)),
            st.sampled_from([one for one in SettledAs if one is not SettledAs.IMPORTED]),
        ),
        max_size=30,
    )
)
def test_a_row_counts_when_its_chunk_may_have_been_taken(
    steps: list[tuple[str, type[ChunkEvent], SettledAs]],
) -> None:
    ends = RunEnds()
    chunks = {chunk_id: ChunkProjection(chunk_id) for chunk_id in CHUNKS}
    for chunk_id, kind, settled_as in steps:
        if (chunks[chunk_id].state, kind) in TRANSITIONS:
            event = an_event(kind, chunk_id, settled_as)
            chunks[chunk_id] = advance(chunks[chunk_id], event)
            ends.apply(event)
    for chunk_id, chunk in chunks.items():
        if chunk.state is ChunkState.SETTLED:
            may_be_taken = chunk.settlements[0].settled_as in (
                SettledAs.DUPLICATE,
                SettledAs.UNRESOLVED,
            )
        else:
            may_be_taken = chunk.state not in (ChunkState.NEW, ChunkState.UNSENT)
        assert [ends.counts(row) for row in CHUNKS[chunk_id]] == [may_be_taken] * len(
            CHUNKS[chunk_id]
        )


def test_a_row_that_went_out_again_ends_as_its_last_chunk_did() -> None:
    ends = RunEnds()
    for chunk_id, attempt, settled_as in (
        ("one", 1, SettledAs.RETRY),
        ("two", 2, SettledAs.UNRESOLVED),
    ):
        ends.apply(Intended(chunk_id, (RowAttempt(1, attempt),)))
        ends.apply(Settled(chunk_id, (RowSettlement(1, settled_as),)))
    assert ends.counts(1)
    assert not ends.counts(2)
