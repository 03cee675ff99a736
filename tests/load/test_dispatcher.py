"""Who gets which chunk next; all of it in virtual time."""

import asyncio

import pytest

from cxone_async.load.chunk import ChunkLimit, ChunkMaker, held_bytes
from cxone_async.load.dispatcher import REPACK_WAIT_S, Dispatcher
from cxone_async.prepare.rows import PendingRow

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]


def rows(*numbers, attempt=1):
    return [PendingRow(number, number + 1, b"raw", b"payload", attempt) for number in numbers]


def numbers(chunk):
    return [row.row for row in chunk.rows]


def dispatcher(chunk_size=3, queue_chunks=2):
    return Dispatcher(ChunkMaker("run", "list"), ChunkLimit(chunk_size), queue_chunks)


async def test_the_producer_waits_when_the_queue_is_full():
    one = dispatcher(queue_chunks=2)
    await one.put(rows(1))
    await one.put(rows(2))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3600):
            await one.put(rows(3))
    waiting = asyncio.create_task(one.put(rows(3)))
    assert numbers(await one.next_chunk()) == [1]
    await waiting


async def test_retries_do_not_wait_for_room_in_the_queue():
    one = dispatcher(chunk_size=2, queue_chunks=1)
    await one.put(rows(1, 2))
    async with asyncio.timeout(1):
        await one.send_again(rows(8, 9))
        await one.send_apart([rows(7)])
    assert [numbers(await one.next_chunk()) for _ in range(3)] == [[7], [8, 9], [1, 2]]


async def test_retries_of_many_chunks_go_out_in_full_chunks():
    one = dispatcher(chunk_size=3)
    await one.put(rows(1, 2, 3))
    first = await one.next_chunk()
    for number in range(10, 17):
        await one.send_again(rows(number, attempt=2))
    assert numbers(await one.next_chunk()) == [10, 11, 12]
    assert numbers(await one.next_chunk()) == [13, 14, 15]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3600):
            await one.next_chunk()
    assert numbers(first) == [1, 2, 3]


async def test_the_last_retries_wait_for_what_is_in_flight_to_fill_their_chunk():
    one = dispatcher(chunk_size=3)
    await one.put(rows(1, 2, 3))
    chunk = await one.next_chunk()
    await one.end_input()
    await one.send_again(rows(1, attempt=2))
    next_chunk = asyncio.create_task(one.next_chunk())
    await asyncio.sleep(REPACK_WAIT_S / 2)
    assert not next_chunk.done()
    await one.send_again(rows(2, attempt=2))
    await one.done(chunk)
    assert numbers(await next_chunk) == [1, 2]


async def test_a_slow_import_does_not_hold_the_last_retries_for_ever():
    one = dispatcher(chunk_size=3)
    await one.put(rows(1, 2, 3))
    await one.next_chunk()
    await one.end_input()
    await one.send_again(rows(1, attempt=2))
    async with asyncio.timeout(REPACK_WAIT_S + 1):
        assert numbers(await one.next_chunk()) == [1]


async def test_every_worker_is_told_when_all_work_is_done():
    one = dispatcher()
    waiting = [asyncio.create_task(one.next_chunk()) for _ in range(5)]
    await one.put(rows(1))
    await one.end_input()
    await asyncio.sleep(1)
    (taken,) = [task.result() for task in waiting if task.done()]
    await one.done(taken)
    ended = await asyncio.gather(*waiting)
    assert sorted(numbers(chunk) if chunk else [] for chunk in ended) == [[], [], [], [], [1]]


async def test_a_worker_that_still_has_a_chunk_keeps_the_others_waiting_for_its_retries():
    one = dispatcher()
    await one.put(rows(1))
    await one.end_input()
    chunk = await one.next_chunk()
    idle = asyncio.create_task(one.next_chunk())
    await asyncio.sleep(1)
    assert not idle.done()
    await one.send_again(rows(1, attempt=2))
    await one.done(chunk)
    assert numbers(await idle) == [1]


async def test_retries_are_packed_within_the_bytes_that_a_submission_may_hold():
    limit = ChunkLimit(3, payload_bytes=2 * (len(b"payload") + 1))
    one = Dispatcher(ChunkMaker("run", "list"), limit, 2)
    await one.send_again(rows(1, 2, 3))
    await one.end_input()
    chunk = await one.next_chunk()
    assert numbers(chunk) == [1, 2]
    assert chunk is not None
    await one.done(chunk)
    assert numbers(await one.next_chunk()) == [3]


def within(most_held_bytes, queue_chunks=99):
    limit = ChunkLimit(3, held_bytes=most_held_bytes)
    return Dispatcher(ChunkMaker("run", "list"), limit, queue_chunks, most_held_bytes)


async def test_the_producer_waits_until_rows_that_fill_the_memory_are_settled():
    row_bytes = held_bytes(rows(1)[0])
    one = within(2 * row_bytes)
    await one.put(rows(1))
    await one.put(rows(2))
    waiting = asyncio.create_task(one.put(rows(3)))
    chunk = await one.next_chunk()
    await asyncio.sleep(3600)
    assert not waiting.done()  # a worker has the first, but memory still holds it
    await one.done(chunk)
    await waiting
    assert [numbers(await one.next_chunk()) for _ in range(2)] == [[2], [3]]


async def test_a_chunk_that_is_larger_than_all_the_room_goes_alone():
    one = within(1)
    await one.put(rows(1))
    waiting = asyncio.create_task(one.put(rows(2)))
    chunk = await one.next_chunk()
    await asyncio.sleep(3600)
    assert not waiting.done()
    await one.done(chunk)
    await waiting
    assert numbers(await one.next_chunk()) == [2]


async def test_retries_do_not_wait_for_room_in_memory_but_take_it():
    row_bytes = held_bytes(rows(1)[0])
    one = within(2 * row_bytes)
    await one.put(rows(1))
    await one.put(rows(2))
    await one.send_apart([rows(7)])
    first, second = await one.next_chunk(), await one.next_chunk()
    assert [numbers(first), numbers(second)] == [[7], [1]]
    waiting = asyncio.create_task(one.put(rows(3)))
    await one.done(first)
    await asyncio.sleep(3600)
    assert not waiting.done()
    await one.done(second)
    await waiting


async def test_it_says_how_many_chunks_wait_for_a_worker():
    one = dispatcher(queue_chunks=2)
    await one.put(rows(1))
    await one.send_apart([rows(7)])
    assert one.queued == 2
    await one.next_chunk()
    assert one.queued == 1
