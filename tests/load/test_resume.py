"""Where each row stands when a run goes on."""

import pytest

from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkState,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.load.resume import (
    CACHED_CHUNKS,
    HasOutcome,
    InOpenChunk,
    NeverSent,
    ResumeIndex,
    SendAgain,
    SendApart,
)
from cxone_async.outcome import Outcome


def intended(chunk_id, *rows, attempt=1):
    return Intended(chunk_id, tuple(RowAttempt(row, attempt) for row in rows))


class Reader:
    """Reads the ends of settled chunks back, as the journal does, and counts."""

    def __init__(self, events):
        self._ends = {
            event.chunk_id: event.settlements for event in events if isinstance(event, Settled)
        }
        self.read = []

    async def __call__(self, chunk_ids):
        self.read += chunk_ids
        return [self._ends[chunk_id] for chunk_id in chunk_ids]


def index_of(*events):
    reader = Reader(events)
    index = ResumeIndex()
    for event in events:
        index.apply(event)
    return index, reader


async def test_a_row_that_the_journal_does_not_name_is_fresh():
    index, reader = index_of(intended("a", 2))
    assert await index.standings([1, 3], reader) == [NeverSent(), NeverSent()]
    assert index.rows_sent == 1


@pytest.mark.parametrize(
    ("events", "state", "import_id"),
    [
        ([], ChunkState.SENDING, ""),
        ([Bounced("a")], ChunkState.UNSENT, ""),
        ([Bounced("a"), intended("a", 2, 1)], ChunkState.SENDING, ""),
        ([intended("a", 2, 1)], ChunkState.IN_DOUBT, ""),
        ([intended("a", 2, 1), Bounced("a")], ChunkState.IN_DOUBT, ""),
        ([Accepted("a", "i")], ChunkState.ACCEPTED, "i"),
    ],
)
async def test_an_open_chunk_is_put_together_as_it_was_sent(events, state, import_id):
    index, reader = index_of(intended("a", 2, 1), *events)
    assert await index.standings([1], reader) == [InOpenChunk("a", 1)]
    (chunk,) = index.open_chunks.values()
    assert (chunk.state, chunk.import_id, chunk.rows) == (state, import_id, (2, 1))


async def test_rows_that_a_chunk_gave_back_go_out_again():
    settlements = (RowSettlement(1, SettledAs.RETRY), RowSettlement(2, SettledAs.SPLIT))
    index, reader = index_of(
        intended("a", 1, 2, attempt=2), Accepted("a", "i"), Settled("a", settlements)
    )
    assert await index.standings([1, 2], reader) == [SendAgain(3), SendApart("a", 2, 1)]
    assert (reader.read, index.open_chunks, index.rows_sent) == ([], {}, 2)


async def test_of_a_chunk_that_was_refused_whole_those_rows_are_left_that_have_not_gone_again():
    settlements = tuple(RowSettlement(row, SettledAs.SPLIT) for row in (1, 2, 3, 4))
    index, reader = index_of(
        intended("a", 1, 2, 3, 4), Settled("a", settlements), intended("b", 1, 2)
    )
    assert await index.standings([3, 4], reader) == [SendApart("a", 1, 2), SendApart("a", 1, 2)]
    assert await index.standings([1], reader) == [InOpenChunk("b", 1)]


async def test_a_row_s_last_chunk_counts():
    back, taken = RowSettlement(1, SettledAs.RETRY), RowSettlement(1, SettledAs.IMPORTED, "c-1")
    index, reader = index_of(
        intended("a", 1), Accepted("a", "i"), Settled("a", (back,)),
        intended("b", 1, attempt=2), Accepted("b", "j"), Settled("b", (taken,)),
    )  # fmt: skip
    assert await index.standings([1], reader) == [HasOutcome(taken, "j", 2)]


async def test_settlements_are_read_once_for_all_rows_of_a_chunk():
    settlements = tuple(RowSettlement(row, SettledAs.FAILED, reason="x") for row in (1, 2, 3))
    index, reader = index_of(intended("a", 1, 2, 3), Settled("a", settlements))
    assert [
        standing.settlement
        for row in (1, 2, 3)
        for standing in await index.standings([row], reader)
    ] == list(settlements)
    assert reader.read == ["a"]


async def test_rows_of_chunks_that_take_turns_keep_their_ends():
    settlements = {row: RowSettlement(row, SettledAs.IMPORTED, f"c-{row}") for row in (1, 2, 3, 4)}
    index, reader = index_of(
        intended("a", 1, 3), Accepted("a", "i"), Settled("a", (settlements[1], settlements[3])),
        intended("b", 2, 4), Accepted("b", "j"), Settled("b", (settlements[2], settlements[4])),
    )  # fmt: skip
    assert await index.standings([1, 2, 3, 4, 5], reader) == [
        HasOutcome(settlements[1], "i", 1), HasOutcome(settlements[2], "j", 1),
        HasOutcome(settlements[3], "i", 1), HasOutcome(settlements[4], "j", 1), NeverSent(),
    ]  # fmt: skip
    assert reader.read == ["a", "b"]


async def test_only_the_chunks_looked_at_last_are_kept():
    rows = range(1, CACHED_CHUNKS + 2)
    events = []
    for row in rows:
        settlement = RowSettlement(row, SettledAs.UNRESOLVED, reason="x")
        events += [intended(f"chunk-{row}", row), Settled(f"chunk-{row}", (settlement,))]
    index, reader = index_of(*events)
    await index.standings(rows, reader)
    await index.standings(rows[-1:], reader)
    assert len(reader.read) == len(rows)
    await index.standings([1], reader)
    assert reader.read[-1] == "chunk-1"


def test_the_rows_that_have_ended_are_counted_by_outcome():
    index, _ = index_of(
        intended("k1", 1, 2, 3, 4, 5, 7),
        Accepted("k1", "i1"),
        Settled(
            "k1",
            (
                RowSettlement(1, SettledAs.IMPORTED, contact_id="c1"),
                RowSettlement(2, SettledAs.FAILED, reason="why"),
                RowSettlement(3, SettledAs.UNRESOLVED, reason="why"),
                RowSettlement(4, SettledAs.RETRY),
                RowSettlement(5, SettledAs.RETRY),
                RowSettlement(7, SettledAs.DUPLICATE),
            ),
        ),
        intended("k2", 4, attempt=2),
        Accepted("k2", "i2"),
        Settled("k2", (RowSettlement(4, SettledAs.IMPORTED, contact_id="c4"),)),
        intended("k3", 5, 6, attempt=2),
    )
    assert index.ended() == {
        Outcome.IMPORTED: 2,
        Outcome.FAILED: 1,
        Outcome.DUPLICATE: 1,
        Outcome.UNRESOLVED: 1,
    }


def test_every_import_id_that_was_given_is_known_with_its_chunk():
    index, _ = index_of(
        intended("a", 1),
        Accepted("a", "i"),
        Settled("a", (RowSettlement(1, SettledAs.RETRY),)),
        intended("b", 1, attempt=2),
        Accepted("b", "i"),
        intended("c", 2),
    )
    assert [*index.import_ids()] == [("i", "a"), ("i", "b")]
