"""Virtual time: the clock jumps, but never past a byte on its way or a thread at work."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from cxone_async.testing.clock import InPlaceExecutor, StuckError, VirtualTimeLoop

T = TypeVar("T")

A_YEAR_S = 365 * 86_400.0


def now_s() -> float:
    return asyncio.get_running_loop().time()


def run(main: Coroutine[Any, Any, T], *, start_s: float = 0.0) -> T:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start_s)) as runner:
        return runner.run(main)


def test_timers_fire_in_order_each_at_its_time_and_no_real_time_passes() -> None:
    fired: list[tuple[str, float]] = []

    async def sleep(name: str, duration_s: float) -> None:
        await asyncio.sleep(duration_s)
        fired.append((name, now_s()))

    async def main() -> None:
        await asyncio.gather(sleep("c", A_YEAR_S), sleep("a", 0.2), sleep("b", 0.9))

    began_s = time.monotonic()
    run(main())
    assert fired == [("a", 0.2), ("b", 0.9), ("c", A_YEAR_S)]
    assert time.monotonic() - began_s < 10.0


@pytest.mark.parametrize("start_s", [0.0, 7.7, 1e12])
def test_the_clock_begins_where_it_is_told_to(start_s: float) -> None:
    async def main() -> tuple[float, float]:
        began_s = now_s()
        await asyncio.sleep(1.0)
        return began_s, now_s()

    assert run(main(), start_s=start_s) == (start_s, start_s + 1.0)


def test_work_that_does_not_wait_takes_no_virtual_time() -> None:
    async def main() -> float:
        for _ in range(100):
            await asyncio.sleep(0)
        return now_s()

    assert run(main()) == 0.0


def test_a_cancelled_timer_does_not_move_the_clock() -> None:
    async def main() -> float:
        async with asyncio.timeout(100.0):
            await asyncio.sleep(1.0)
        return now_s()

    assert run(main()) == 1.0


def test_a_conversation_over_sockets_takes_no_virtual_time() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async def main() -> tuple[bytes, float]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, asyncio.timeout(0.000001):  # the clock has somewhere to jump to
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            said = b""
            for _ in range(200):
                writer.write(b"word\n")
                said = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return said, now_s()

    assert run(main()) == (b"WORD\n", 0.0)


@pytest.mark.parametrize("in_thread", ["default", "own"])
def test_a_thread_is_waited_for_in_real_time_and_the_clock_stands_still(in_thread: str) -> None:
    began, finish = threading.Event(), threading.Event()

    def finish_once_begun() -> None:
        began.wait()
        finish.set()

    threading.Thread(target=finish_once_begun).start()

    def work() -> str:
        began.set()
        finish.wait()
        return "done"

    async def main() -> tuple[str, float]:
        with ThreadPoolExecutor(1) as own:
            executor = None if in_thread == "default" else own
            async with asyncio.timeout(0.001):
                result = await asyncio.get_running_loop().run_in_executor(executor, work)
        return result, now_s()

    assert run(main()) == ("done", 0.0)


def test_after_a_thread_has_failed_the_clock_goes_on() -> None:
    def fail() -> None:
        raise ValueError("of this test")

    async def main() -> float:
        with pytest.raises(ValueError, match="of this test"):
            await asyncio.to_thread(fail)
        await asyncio.sleep(60.0)
        return now_s()

    assert run(main()) == 60.0


def test_the_loop_closes_once_its_threads_have_ended() -> None:
    ended = threading.Event()
    may_end = threading.Event()

    def work() -> None:
        may_end.wait()
        ended.set()

    async def main() -> None:
        _ = asyncio.get_running_loop().run_in_executor(None, work)
        asyncio.get_running_loop().call_soon(may_end.set)

    run(main())
    assert ended.is_set()


async def _wait_for_ever() -> None:
    await asyncio.get_running_loop().create_future()


async def _serve_nobody() -> None:
    async with await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0) as server:
        await server.serve_forever()


@pytest.mark.parametrize("wait", [_wait_for_ever, _serve_nobody])
def test_who_waits_for_nothing_is_told_instead_of_hanging(
    wait: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    with pytest.raises(StuckError):
        run(wait())


def test_an_executor_in_place_calls_in_the_order_of_submission_in_the_loops_own_thread() -> None:
    called: list[tuple[int, threading.Thread]] = []

    def work(number: int) -> int:
        called.append((number, threading.current_thread()))
        return number

    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(InPlaceExecutor())
        return await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(9)))

    assert run(main()) == list(range(9))
    assert called == [(number, threading.current_thread()) for number in range(9)]


def test_an_executor_in_place_hands_on_what_the_call_raises() -> None:
    def fail() -> None:
        raise ValueError("of this test")

    with pytest.raises(ValueError, match="of this test"):
        InPlaceExecutor().submit(fail).result()


@pytest.mark.virtual_time
async def test_a_marked_test_runs_on_virtual_time_from_zero() -> None:
    assert now_s() == 0.0
    await asyncio.sleep(A_YEAR_S)
    assert now_s() == A_YEAR_S


async def test_a_test_without_the_mark_runs_on_real_time() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
