"""What a person sees while a run goes."""

import asyncio
import io
import json

import pytest
from rich.console import Console

from cxone_async.cli.progress_line import (
    LOG_INTERVAL_S,
    ProgressLine,
    format_duration,
    line_of,
    time_left_s,
)
from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared
from cxone_async.logs import configure
from cxone_async.runs.observers import RunEnded, RunStarted


def test_the_live_line_names_every_count():
    progress = RunCounters(
        rows_read=12_345, duplicates=67, rejected=8, chunks_in_flight=9, imported=10_000
    )
    assert line_of(progress, 50, 61.0) == (
        "read 12,345 · duplicate 67 · rejected 8 · in flight 9 · imported 10,000 · "
        "requests/min 50 · left 1:01"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "--"), (0, "0:00"), (59.6, "1:00"), (3723, "1:02:03")]
)
def test_durations_read_like_a_clock(seconds, text):
    assert format_duration(seconds) == text


def test_time_left_follows_from_the_rows_ended_and_those_expected():
    half_read = RunCounters(rows_read=100, bytes_read=500, input_bytes=1000, imported=50)
    assert time_left_s(half_read, 10.0) == pytest.approx(10.0 * 150 / 50)
    all_read = RunCounters(
        rows_read=100, bytes_read=1000, input_bytes=1000, imported=100, input_ended=True
    )
    assert time_left_s(all_read, 10.0) == 0.0


def test_nothing_is_said_of_the_time_left_before_anything_has_ended():
    assert time_left_s(RunCounters(), 10.0) is None
    assert time_left_s(RunCounters(rows_read=5, bytes_read=9, input_bytes=9), 10.0) is None


def started(counters):
    return RunStarted(
        command="import",
        run_directory="run",
        counters=counters,
        requests_in_last_minute=lambda: 7,
    )


@pytest.mark.virtual_time
async def test_without_a_terminal_one_line_is_logged_every_few_seconds():
    stream = io.StringIO()
    configure(json=True, level="info", stream=stream)
    progress, line = RunCounters(), ProgressLine(None)
    line.run_started(started(progress))
    line.block_prepared(BlockPrepared(3, 0, 3))
    progress.rows_read = 3
    await asyncio.sleep(2 * LOG_INTERVAL_S + 1)
    line.run_ended(RunEnded(None))
    await asyncio.sleep(2 * LOG_INTERVAL_S)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["rows_read"], line["requests_this_minute"]) for line in lines] == [(3, 7)] * 2


@pytest.mark.virtual_time
async def test_on_a_terminal_the_line_moves_and_its_last_state_stays():
    terminal = io.StringIO()
    progress, line = RunCounters(), ProgressLine(Console(file=terminal, force_terminal=True))
    line.run_started(started(progress))
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(1)
    progress.rows_read = 4_321
    line.run_ended(RunEnded(None))
    shown = terminal.getvalue()
    assert "read 0 ·" in shown
    assert "read 4,321 ·" in shown


@pytest.mark.virtual_time
async def test_a_display_that_raises_moves_no_more_and_the_run_goes_on():
    said, asked = [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))

    def out_of_order():
        asked.append(1)
        raise OSError("the terminal is gone")

    line = ProgressLine(None)
    line.run_started(
        RunStarted(
            command="import",
            run_directory="run",
            counters=RunCounters(),
            requests_in_last_minute=out_of_order,
        )
    )
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(5 * LOG_INTERVAL_S)
    line.run_ended(RunEnded(None))
    assert [str(context["exception"]) for context in said] == ["the terminal is gone"]
    assert asked == [1]


async def test_a_run_that_prepares_nothing_shows_no_line():
    terminal = io.StringIO()
    line = ProgressLine(Console(file=terminal, force_terminal=True))
    line.run_started(started(RunCounters()))
    line.run_ended(RunEnded(None))
    assert terminal.getvalue() == ""
