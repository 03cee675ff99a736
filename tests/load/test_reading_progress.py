"""How far the input is read, and how long that took."""

import asyncio

import pytest

from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared
from cxone_async.load.reading_progress import ReadingProgress
from cxone_async.testing import InMemoryTenant


@pytest.mark.virtual_time
async def test_only_bytes_whose_rows_came_back_count_and_only_time_in_which_they_were_awaited(
    wire, csv_of
):
    """Sending takes minutes, reading 0.5 s for each block."""
    content = csv_of(60)
    tenant = InMemoryTenant(latency_s=lambda _: 100.0)
    told: list[object] = []
    run = wire(
        content, tenant, concurrency=1, segment_id=None, block_bytes=1000, observe=told.append
    )
    run.block_wait_s = 0.5
    await run.execute()
    blocks = -(-len(content) // 1000)
    counters = run.counters
    assert counters.bytes_read == counters.bytes_prepared == len(content)
    assert counters.rows_ready == 60
    assert counters.reading_s == pytest.approx(0.5 * blocks)
    waits_s = [event.waited_s for event in told if isinstance(event, BlockPrepared)]
    assert sum(waits_s) == pytest.approx(0.5 * blocks)
    assert asyncio.get_running_loop().time() > 500.0


async def test_what_comes_after_the_last_block_belongs_to_none(wire, csv_of):
    counters = RunCounters()
    progress = ReadingProgress(counters)

    async def blocks():
        yield b"12345"

    assert [block async for block in progress.over(blocks())] == [b"12345"]
    assert counters.bytes_read == 5
    assert counters.bytes_prepared == 0
