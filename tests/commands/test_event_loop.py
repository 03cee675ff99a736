"""The loop of a command, and its clock, when the process does not run for a while."""

import asyncio
import socket
import threading
import time

import pytest
from structlog.testing import capture_logs

from cxone_async.commands.event_loop import (
    HEARTBEAT_S,
    LONGEST_STEP_S,
    TOLD_FROM_S,
    PauseAwareLoop,
    WorkingClock,
    run,
)

PAUSES_S = [LONGEST_STEP_S + 0.1, 45.0, 320.0, 86_400.0]


def test_time_that_is_looked_at_passes_as_it_is():
    times_s = iter([100.0, 100.0, 100.5, 102.0, 102.0])
    told: list[float] = []
    clock = WorkingClock(lambda: next(times_s), told.append)
    assert [clock.time_s() for _ in range(4)] == [100.0, 100.5, 102.0, 102.0]
    assert told == []


@pytest.mark.parametrize("pause_s", PAUSES_S)
def test_a_pause_is_no_time_and_is_told(pause_s):
    now_s = 100.0
    told: list[float] = []
    clock = WorkingClock(lambda: now_s, told.append)
    now_s += pause_s
    assert clock.time_s() == 100.0
    now_s += 1.0
    assert clock.time_s() == 101.0
    now_s += pause_s
    assert clock.time_s() == 101.0
    assert told == pytest.approx([pause_s, pause_s])


def test_the_clock_is_looked_at_more_often_than_a_pause_is_long():
    assert 2 * HEARTBEAT_S < LONGEST_STEP_S < TOLD_FROM_S


@pytest.mark.parametrize("pause_s", PAUSES_S)
def test_what_lies_in_a_socket_is_read_before_a_timer_judges(pause_s):
    """As when a process is stopped in the middle of a step, and an answer comes meanwhile."""
    paused_s = 0.0
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    def stopped():
        nonlocal paused_s
        theirs.send(b"the answer")
        paused_s = pause_s

    async def ask():
        loop = asyncio.get_running_loop()
        loop.call_soon(stopped)
        async with asyncio.timeout(1.0):
            return await loop.sock_recv(ours, 100)

    loop = PauseAwareLoop(lambda: time.monotonic() + paused_s)
    with ours, theirs, capture_logs() as logs, asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(ask()) == b"the answer"
        runner.run(asyncio.sleep(0))
    told = [line["pause_s"] for line in logs if line["event"] == "paused_process"]
    assert told == ([pytest.approx(pause_s, abs=0.5)] if pause_s >= TOLD_FROM_S else [])


def test_after_a_pause_timers_have_as_long_as_before_it():
    paused_s = 0.0

    async def wait():
        nonlocal paused_s
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        loop.call_later(0.02, fired.append, "timer")
        paused_s = 45.0
        await asyncio.sleep(0)
        assert fired == []
        await asyncio.sleep(0.03)
        assert fired == ["timer"]
        assert 0.03 <= loop.time() - began_s < 5.0

    fired = []
    loop = PauseAwareLoop(lambda: time.monotonic() + paused_s)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(wait())


def test_a_command_runs_on_this_loop_and_gives_its_result():
    async def command():
        return type(asyncio.get_running_loop())

    assert run(command()) is PauseAwareLoop


@pytest.mark.slow
def test_a_loop_that_waits_for_nothing_looks_at_the_clock():
    looked = 0

    def read_s():
        nonlocal looked
        looked += 1
        return time.monotonic()

    async def wait():
        never = asyncio.get_running_loop().create_future()
        timer = threading.Timer(
            2.5 * HEARTBEAT_S, never.get_loop().call_soon_threadsafe, (never.set_result, None)
        )
        timer.start()
        before = looked
        await never
        return looked - before

    with asyncio.Runner(loop_factory=lambda: PauseAwareLoop(read_s)) as runner:
        assert runner.run(wait()) >= 3
