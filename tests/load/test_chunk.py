"""Chunks: how rows are packed, and the ids that they go out under."""

import itertools
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.load.chunk import (
    ChunkFiller,
    ChunkLimit,
    ChunkMaker,
    chunk_limit,
    held_bytes,
)
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.contact_lists.contract import CAPABILITIES


def rows(*sizes):
    return [
        PendingRow(number, number + 1, b"raw", b"x" * size) for number, size in enumerate(sizes)
    ]


def packed(filler):
    chunks = []
    while (full := filler.take_full()) is not None:
        chunks.append(full)
    return chunks


def test_a_chunk_id_depends_on_run_list_rows_and_attempts_and_on_nothing_else():
    first = rows(1, 1)
    again = [msgspec.structs.replace(row, attempt=2) for row in first]
    makers = [ChunkMaker(*scope) for scope in [("run", "list"), ("run2", "list"), ("run", "l2")]]
    ids = [
        maker.make(chunk).chunk_id
        for maker, chunk in itertools.product(makers, [first, again, first[:1]])
    ]
    assert len(set(ids)) == len(ids)
    other_content = [msgspec.structs.replace(row, raw=b"x") for row in first]
    assert makers[0].make(other_content).chunk_id == ids[0]


@pytest.mark.parametrize(("chosen", "most", "bound"), [(500, 500, 500), (40, 500, 40), (500, 9, 9)])
def test_no_more_is_packed_than_was_chosen_or_than_the_dialect_takes(chosen, most, bound):
    capabilities = replace(CAPABILITIES, max_payloads=most, max_payload_bytes=7000)
    assert chunk_limit(chosen, capabilities) == ChunkLimit(bound, 7000)


def test_a_payload_that_is_too_large_by_itself_goes_out_alone():
    filler = ChunkFiller(ChunkLimit(10, payload_bytes=10))
    filler.add(rows(2, 50, 2))
    assert [[row.row for row in chunk] for chunk in packed(filler)] == [[0], [1]]
    assert [row.row for row in filler.take_rest()] == [2]
    assert not filler


def test_rows_with_long_records_are_packed_within_what_memory_may_hold():
    pending = [PendingRow(n, n + 1, b"r" * 1000, b"payload") for n in range(5)]
    filler = ChunkFiller(ChunkLimit(10, held_bytes=2 * held_bytes(pending[0])))
    filler.add(pending)
    assert [[row.row for row in chunk] for chunk in packed(filler)] == [[0, 1], [2, 3]]
    assert [row.row for row in filler.take_rest()] == [4]


@given(
    sizes=st.lists(st.integers(0, 12), max_size=60),
    most=st.integers(1, 7),
    payload_bytes=st.none() | st.integers(1, 40),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
def test_rows_are_packed_in_order_as_full_as_may_be(sizes, most, payload_bytes, cuts):
    pending, chunks = rows(*sizes), []
    filler = ChunkFiller(ChunkLimit(most, payload_bytes))
    edges = sorted({0, *(min(cut, len(pending)) for cut in cuts), len(pending)})
    for start, end in itertools.pairwise(edges):
        filler.add(pending[start:end])
        chunks += packed(filler)
    if filler:
        chunks.append(filler.take_rest())
    assert [row for chunk in chunks for row in chunk] == pending
    assert not filler

    def size_of(chunk):
        return sum(len(row.payload) + 1 for row in chunk)

    for chunk, after in itertools.zip_longest(chunks, chunks[1:]):
        assert 1 <= len(chunk) <= most
        if payload_bytes is not None:
            assert size_of(chunk) <= payload_bytes or len(chunk) == 1
        if after:  # the next row would not have fitted in
            is_full = len(chunk) == most
            assert is_full or size_of([*chunk, after[0]]) > payload_bytes


def test_a_lost_chunk_has_an_id_of_its_own() -> None:
    maker = ChunkMaker("run", "list")
    lost, again, sent = (maker.make(rows(5, 6), is_lost=is_lost) for is_lost in (True, True, False))
    assert (lost.is_lost, sent.is_lost) == (True, False)
    assert lost.chunk_id == again.chunk_id != sent.chunk_id
