import asyncio

import pytest

from cxone_async.errors import CannotWriteError
from cxone_async.journal.group_commit import GroupCommit


class Writes:
    """Writes that end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        self.futures: list[asyncio.Future[None]] = []
        self.commits = GroupCommit[str](self._start)

    def _start(self, items: list[str]) -> asyncio.Future[None]:
        self.begun.append(items)
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    def add(self, *items: str) -> list[asyncio.Task[None]]:
        return [asyncio.ensure_future(self.commits.add(item)) for item in items]


async def everything_else_to_run() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_item_is_added_when_its_write_has_succeeded_and_not_before() -> None:
    writes = Writes()
    (adding,) = writes.add("a")
    await everything_else_to_run()
    assert writes.begun == [["a"]]
    assert not adding.done()
    writes.futures[0].set_result(None)
    await adding


async def test_what_comes_during_a_write_goes_out_together_in_order_in_the_next() -> None:
    writes = Writes()
    first, *later = writes.add("a", "b", "c", "d")
    await everything_else_to_run()
    assert writes.begun == [["a"]]
    writes.futures[0].set_result(None)
    await first
    await everything_else_to_run()
    assert writes.begun == [["a"], ["b", "c", "d"]]
    assert not any(adding.done() for adding in later)
    writes.futures[1].set_result(None)
    await asyncio.gather(*later)
    assert len(writes.begun) == 2


async def test_after_a_failed_write_all_who_wait_are_told_and_nothing_is_written() -> None:
    writes = Writes()
    adding = writes.add("a", "b", "c")
    await everything_else_to_run()
    writes.futures[0].set_exception(CannotWriteError("journal.db: the disk is full"))
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert [str(result) for result in results] == ["journal.db: the disk is full"] * 3
    with pytest.raises(CannotWriteError, match=r"failed before: journal\.db: the disk is full"):
        await writes.commits.add("d")
    assert writes.begun == [["a"]]


async def test_a_write_that_is_broken_off_counts_as_failed() -> None:
    writes = Writes()
    adding = writes.add("a", "b")
    await everything_else_to_run()
    writes.futures[0].cancel()
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert [type(result) for result in results] == [CannotWriteError] * 2
    with pytest.raises(CannotWriteError, match="broken off"):
        writes.commits.check()


@pytest.mark.parametrize("fails", [False, True])
async def test_a_caller_that_is_cancelled_disturbs_nobody(fails: bool) -> None:
    writes = Writes()
    adding = writes.add("a", "b", "c")
    await everything_else_to_run()
    adding[0].cancel()
    adding[1].cancel()
    await everything_else_to_run()
    writes.futures[0].set_result(None)
    await everything_else_to_run()
    assert writes.begun[1] == ["b", "c"]
    if fails:
        writes.futures[1].set_exception(CannotWriteError("full"))
        with pytest.raises(CannotWriteError):
            await adding[2]
    else:
        writes.futures[1].set_result(None)
        await adding[2]
    assert [task.cancelled() for task in adding] == [True, True, False]


async def test_closing_waits_for_all_that_was_added_and_lets_nothing_more_in() -> None:
    writes = Writes()
    adding = writes.add("a", "b")
    await everything_else_to_run()
    closing = asyncio.ensure_future(writes.commits.close())
    await everything_else_to_run()
    with pytest.raises(CannotWriteError, match="is closed"):
        await writes.commits.add("c")
    for number in range(2):
        assert not closing.done()
        writes.futures[number].set_result(None)
        await everything_else_to_run()
    await asyncio.gather(closing, *adding)
    assert writes.begun == [["a"], ["b"]]
    await writes.commits.close()


async def test_closing_after_a_failure_keeps_the_reason() -> None:
    writes = Writes()
    (adding,) = writes.add("a")
    await everything_else_to_run()
    writes.futures[0].set_exception(CannotWriteError("full"))
    await asyncio.wait([adding])
    assert isinstance(adding.exception(), CannotWriteError)
    await writes.commits.close()
    with pytest.raises(CannotWriteError, match="failed before: full"):
        writes.commits.check()
