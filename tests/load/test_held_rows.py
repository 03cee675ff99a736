"""Rows that wait for the guards: they come back in order, and memory holds few of them."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import CannotWriteError
from cxone_async.load.held_rows import HeldRows, Overflow
from cxone_async.prepare.rows import PendingRows

SIZES = st.lists(st.lists(st.integers(0, 3000), max_size=5), max_size=12)


def block(first, sizes):
    numbers = [*range(first, first + len(sizes))]
    raws = [bytes([number % 256]) * size for number, size in zip(numbers, sizes, strict=True)]
    return PendingRows(numbers, [n + 1 for n in numbers], raws, raws[::-1], ["r"] * len(sizes))


async def all_of(held):
    taken = []
    while (rows := await held.take()) is not None:
        taken.append(rows)
    return taken


@settings(deadline=None, max_examples=50)
@given(SIZES, st.integers(0, 20_000))
async def test_they_come_back_in_the_order_in_which_they_were_put_in(
    tmp_path_factory, sizes, most_bytes
):
    blocks = [block(10 * n, each) for n, each in enumerate(sizes)]
    directory = tmp_path_factory.mktemp("run")
    for overflow in (None, Overflow(most_bytes, directory)):
        with closing(HeldRows(overflow)) as held:
            for rows in blocks:
                await held.put(rows)
            assert await all_of(held) == blocks
            assert await held.take() is None
    assert [*directory.iterdir()] == []


async def test_what_memory_has_no_room_for_is_on_the_disk(tmp_path):
    def disk_bytes():
        """What the open files of this process hold in the directory; they have no names there."""
        files = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        ours = [link for link in files if str(link.readlink()).startswith(str(tmp_path))]
        return sum(link.stat().st_size for link in ours)

    with closing(HeldRows(Overflow(5000, tmp_path))) as held:
        await held.put(block(0, [1000]))
        assert disk_bytes() == 0
        for n in range(1, 50):
            await held.put(block(n, [1000]))
        assert len(await all_of(held)) == 50
        assert disk_bytes() > 45 * 2000
    assert disk_bytes() == 0


async def test_a_disk_that_refuses_is_named_with_its_cause(tmp_path):
    gone = tmp_path / "gone"
    with (
        closing(HeldRows(Overflow(0, gone))) as held,
        pytest.raises(CannotWriteError, match=r"cannot write .*gone: .*\(errno 2\)"),
    ):
        await held.put(block(0, [1]))
