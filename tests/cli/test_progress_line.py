"""What a person sees while a run goes."""

import asyncio
import io
import json
import os
import re
import termios
from typing import TextIO, cast

import pytest
from rich.console import Console

from cxone_async.cli.progress_line import (
    LOG_INTERVAL_S,
    ProgressLine,
    block_of,
    can_show_live,
    done_share,
    format_duration,
    phase_of,
)
from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared
from cxone_async.logs import configure, log
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.runs.observers import RunEnded, RunStarted
from cxone_async.standard_streams import QueuedText


def shown(counters, command="import", share=0.45, left_s=61.0):
    """The block as plain text on a terminal of 80 columns."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, no_color=True)
    console.print(block_of(counters, command, share, 50, left_s))
    return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in stream.getvalue().splitlines()]


def test_the_block_is_whole_at_80_columns_for_millions_of_rows():
    counters = RunCounters(
        rows_read=12_345_678,
        duplicates=1_234_567,
        rejected=345_678,
        chunks_in_flight=9,
        imported=1_000_000,
        failed=12,
        unresolved=3,
    )
    first, second = shown(counters, left_s=36_061.0)
    assert first.startswith("sending")
    assert first.endswith("45%  10:01:01 left")
    assert second == (
        "12,345,678 read · 1,000,000 imported · 1,234,567 duplicate · 345,678 rejected ·…"
    )
    assert max(map(len, (first, second))) <= 80


def test_the_block_of_a_usual_run_names_every_count():
    counters = RunCounters(rows_read=12_345, duplicates=67, rejected=8, imported=10_000, failed=2)
    assert shown(counters)[1] == (
        "12,345 read · 10,000 imported · 67 duplicate · 8 rejected · 2 failed · 50/min"
    )
    planned = RunCounters(rows_read=12_345, ready=10_000)
    assert shown(planned, "plan")[1] == ("12,345 read · 10,000 ready · 0 duplicate · 0 rejected")


@pytest.mark.parametrize(
    ("counters", "command", "phase"),
    [
        (RunCounters(rows_ready=9), "import", "reading"),
        (RunCounters(rows_ready=9, chunks_in_flight=1), "plan", "reading"),
        (RunCounters(rows_ready=9, chunks_in_flight=1), "import", "sending"),
        (
            RunCounters(rows_ready=9, rows_answered=2, contacts_awaited=4, input_ended=True),
            "import",
            "sending",
        ),
        (
            RunCounters(rows_ready=9, rows_answered=5, contacts_awaited=4, input_ended=True),
            "import",
            "waiting for CXone",
        ),
        (RunCounters(rows_ready=9, rows_answered=9, input_ended=True), "import", "segment"),
    ],
)
def test_the_phase_says_what_the_run_is_doing(counters, command, phase):
    assert phase_of(counters, command) == phase


def test_rejected_rows_move_the_bar_of_an_import_no_further():
    counters = RunCounters(
        rows_read=1000,
        rejected=900,
        rows_ready=100,
        rows_answered=20,
        contacts_awaited=10,
        bytes_prepared=500,
        input_bytes=1000,
    )
    assert done_share(counters, "import") == 0.125
    assert done_share(counters, "plan") == 0.5
    assert done_share(RunCounters(input_ended=True), "import") == 1.0
    assert done_share(RunCounters(), "import") == 0.0


@pytest.mark.parametrize(
    ("term", "size", "is_shown"),
    [
        ("xterm", (24, 80), True),
        ("dumb", (24, 80), False),
        ("xterm", (0, 0), False),
    ],
)
def test_a_dumb_terminal_and_a_pods_without_a_size_get_log_lines(monkeypatch, term, size, is_shown):
    monkeypatch.setenv("TERM", term)
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, size)
        with open(slave, "w", closefd=False) as file:
            assert can_show_live(Console(file=file), slave) is is_shown
    finally:
        os.close(master)
        os.close(slave)


def test_what_is_no_terminal_gets_log_lines(tmp_path):
    with (tmp_path / "log").open("w") as file:
        assert not can_show_live(Console(file=file), file.fileno())
        assert not can_show_live(Console(file=file, force_terminal=True), file.fileno())


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "--"), (0, "0:00"), (59.6, "1:00"), (3723, "1:02:03")]
)
def test_durations_read_like_a_clock(seconds, text):
    assert format_duration(seconds) == text


def started(counters):
    return RunStarted(
        command="import",
        run_directory="run",
        counters=counters,
        requests_in_last_minute=lambda: 7,
        time_left_s=lambda: None,
    )


@pytest.mark.virtual_time
async def test_without_a_terminal_one_line_is_logged_every_few_seconds():
    stream = io.StringIO()
    configure(json=True, level="info", stream=stream)
    progress, line = RunCounters(), ProgressLine(None, QueuedText(2))
    line.run_started(started(progress))
    line.block_prepared(BlockPrepared(3, 0, 3))
    progress.rows_read = 3
    await asyncio.sleep(2 * LOG_INTERVAL_S + 1)
    line.run_ended(RunEnded(None))
    await asyncio.sleep(2 * LOG_INTERVAL_S)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["rows_read"], line["requests_this_minute"]) for line in lines] == [(3, 7)] * 2


def on_screen(drawn):
    """Return the lines that stand on a terminal when this has been drawn."""
    lines, at = [""], 0
    for part in re.split(r"(\n|\r|\x1b\[2K|\x1b\[1A)", drawn):
        if part == "\n":
            at += 1
            lines += [""] * (at == len(lines))
        elif part == "\x1b[1A":
            at -= 1
        elif part == "\x1b[2K":
            lines[at] = ""
        elif part != "\r":
            lines[at] += part
    return lines


@pytest.fixture
def terminal(tmp_path):
    """A console and the stream that it draws for, and what has arrived there."""
    with (tmp_path / "screen").open("wb") as file:
        stream = QueuedText(file.fileno())

        def arrived():
            stream.finish()
            return (tmp_path / "screen").read_bytes().decode()

        yield Console(file=cast(TextIO, stream), force_terminal=True, width=80), stream, arrived


@pytest.mark.virtual_time
async def test_on_a_terminal_the_block_moves_and_its_last_state_stays(terminal):
    console, stream, arrived = terminal
    progress, line = RunCounters(), ProgressLine(console, stream)
    line.run_started(started(progress))
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(1)
    progress.rows_read = 4_321
    line.run_ended(RunEnded(None))
    stream.write("what follows\n")
    first, last, following, end = on_screen(arrived())  # nothing is left of the earlier ones
    assert "reading" in first
    assert "4,321 read" in last
    assert "-- left" in first  # it was stopped
    assert (following, end) == ("what follows", "")


@pytest.mark.virtual_time
async def test_a_run_that_is_done_has_no_time_left(terminal, write_run):
    console, stream, arrived = terminal
    line = ProgressLine(console, stream)
    line.run_started(started(RunCounters()))
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(1)
    line.run_ended(RunEnded(write_run([RowOutcome(1, 2, Outcome.IMPORTED)])))
    first, *_ = on_screen(arrived())
    assert "0:00 left" in first


@pytest.mark.virtual_time
async def test_on_a_terminal_a_log_line_stands_whole_above_the_block(terminal):
    console, stream, arrived = terminal
    line = ProgressLine(console, stream)
    line.run_started(started(RunCounters()))
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(1)
    configure(json=False, level="info", stream=stream)
    log.info("files_intact")
    line.run_ended(RunEnded(None))
    logged, _, last, end = on_screen(arrived())
    assert re.match(r"[0-9-]+T.*files_intact", logged)
    assert ("0 read" in last, end) == (True, "")


@pytest.mark.virtual_time
async def test_a_display_that_raises_moves_no_more_and_the_run_goes_on():
    said, asked = [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))

    def out_of_order():
        asked.append(1)
        raise OSError("the terminal is gone")

    line = ProgressLine(None, QueuedText(2))
    line.run_started(
        RunStarted(
            command="import",
            run_directory="run",
            counters=RunCounters(),
            requests_in_last_minute=out_of_order,
            time_left_s=lambda: None,
        )
    )
    line.block_prepared(BlockPrepared(3, 0, 3))
    await asyncio.sleep(5 * LOG_INTERVAL_S)
    line.run_ended(RunEnded(None))
    assert [str(context["exception"]) for context in said] == ["the terminal is gone"]
    assert asked == [1]


async def test_a_run_that_prepares_nothing_shows_no_line(terminal):
    console, stream, arrived = terminal
    line = ProgressLine(console, stream)
    line.run_started(started(RunCounters()))
    line.run_ended(RunEnded(None))
    assert arrived() == ""
