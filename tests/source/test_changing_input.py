"""A file that changes while it is read: no byte comes out that the fingerprint does not name."""

import asyncio
import gzip
import hashlib
import os
import random
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.source.file_input import BLOCK_BYTES
from cxone_async.source.input import Input, open_input
from cxone_async.source.input_reading import read_input_header

HEADER = b"phone,email\n"
TEXT = HEADER + b"".join(b"%07d,person%07d@example.com\n" % (n, n) for n in range(30_000))
CHANGED = "contacts.csv: has changed"
BLOCKS = -(-len(TEXT) // BLOCK_BYTES)
assert BLOCKS > 3


def written(path: Path, content: bytes = TEXT) -> Input:
    path.write_bytes(content)
    return open_input(str(path))


class Reading(NamedTuple):
    """What came out of a source, and what ended it; "" is its end."""

    got: bytes
    error: str


async def read_with(
    source: Input, change: Callable[[], object] = lambda: None, after_blocks: int = 1
) -> Reading:
    """Read the source, and change its file after some blocks."""
    got: list[bytes] = []
    try:
        async with aclosing(source.blocks()) as blocks:
            async for block in blocks:
                got.append(block)
                if len(got) == after_blocks:
                    change()
    except UnreadableInputError as error:
        return Reading(b"".join(got), str(error))
    return Reading(b"".join(got), "")


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Overwrite in place, like `rsync --inplace` and `cp -p`, and put the times back."""
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"9999999,late@example.com\n")


def cut(path: Path) -> None:
    os.truncate(path, len(TEXT) - 1000)


def cut_at_a_block_with_the_time_put_back(path: Path) -> None:
    times = path.stat()
    os.truncate(path, BLOCK_BYTES)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def written_anew(path: Path) -> None:
    path.write_bytes(TEXT[::-1])


def one_byte_far_ahead(path: Path) -> None:
    overwrite(path, len(TEXT) - 5, b"X")


def one_byte_in_the_next_block(path: Path) -> None:
    overwrite(path, BLOCK_BYTES, b"X")


def one_byte_that_was_read_already(path: Path) -> None:
    overwrite(path, 3, b"X")


def zeros_of_a_crash(path: Path) -> None:
    overwrite(path, 2 * BLOCK_BYTES, bytes(4096))


CHANGES = [
    append, cut, cut_at_a_block_with_the_time_put_back, empty, written_anew, one_byte_far_ahead,
    one_byte_in_the_next_block, one_byte_that_was_read_already, zeros_of_a_crash,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("after_blocks", [1, 2])
async def test_what_changes_while_it_is_read_is_refused_and_only_first_bytes_come_out(
    tmp_path, change, after_blocks
):
    source = written(tmp_path / "contacts.csv")
    got, error = await read_with(source, lambda: change(tmp_path / "contacts.csv"), after_blocks)
    assert TEXT.startswith(got)
    assert CHANGED in error
    assert hashlib.sha256(TEXT).hexdigest() in error


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_between_the_fingerprint_and_the_reading_is_refused(tmp_path, change):
    source = written(tmp_path / "contacts.csv")
    await source.fingerprint()
    change(tmp_path / "contacts.csv")
    got, error = await read_with(source)
    assert TEXT.startswith(got)
    assert CHANGED in error


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_between_two_readings_is_refused(tmp_path, change):
    source = written(tmp_path / "contacts.csv")
    assert await read_with(source) == (TEXT, "")
    change(tmp_path / "contacts.csv")
    got, error = await read_with(source)
    assert TEXT.startswith(got)
    assert CHANGED in error


@pytest.mark.parametrize("change", [one_byte_that_was_read_already, append, empty])
async def test_a_change_after_the_last_block_is_found_at_the_end(tmp_path, change):
    source = written(tmp_path / "contacts.csv")
    got, error = await read_with(source, lambda: change(tmp_path / "contacts.csv"), BLOCKS)
    assert got == TEXT
    assert CHANGED in error


DRAW = random.Random(1)
PACKED_TEXT = HEADER + b"".join(
    b"%d,a@example.com\n" % DRAW.getrandbits(400) for _ in range(25_000)
)
PACKED = gzip.compress(PACKED_TEXT)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: overwrite(path, 3 * BLOCK_BYTES, b"XXXX"),
        lambda path: overwrite(path, len(PACKED) - 6, b"XXXX"),
        lambda path: os.truncate(path, len(PACKED) - 4),
        append,
        written_anew,
    ],
)
async def test_packed_bytes_are_compared_before_they_are_inflated(tmp_path, change):
    assert len(PACKED) > 4 * BLOCK_BYTES
    source = written(tmp_path / "contacts.csv", PACKED)
    got, error = await read_with(source, lambda: change(tmp_path / "contacts.csv"))
    assert PACKED_TEXT.startswith(got)
    assert CHANGED in error


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    at=st.integers(0, len(TEXT) - 4),
    content=st.binary(min_size=1, max_size=3),
    after=st.integers(1, 4),
)
def test_wherever_a_byte_is_overwritten_only_first_bytes_come_out(
    tmp_path_factory, at, content, after
):
    path = tmp_path_factory.mktemp("file") / "contacts.csv"
    source = written(path)
    reading = read_with(source, lambda: overwrite(path, at, content), after)
    got, error = asyncio.run(reading)
    assert TEXT.startswith(got)
    assert (CHANGED in error) == (path.read_bytes() != TEXT)
    if not error:
        assert got == TEXT


def moved_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def removed(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    other = path.with_name("new")
    other.write_bytes(TEXT[::-1] + b"x")
    other.replace(path)


@pytest.mark.parametrize("change", [moved_away, removed, replaced])
@pytest.mark.parametrize("after_blocks", [1, BLOCKS])
async def test_a_file_whose_name_goes_is_found_at_the_end(tmp_path, change, after_blocks):
    source = written(tmp_path / "contacts.csv")
    got, error = await read_with(source, lambda: change(tmp_path / "contacts.csv"), after_blocks)
    assert got == TEXT
    assert CHANGED in error


async def test_a_file_delivered_again_with_the_same_bytes_is_the_same_input(tmp_path):
    source = written(tmp_path / "contacts.csv")

    def deliver_again():
        (tmp_path / "new").write_bytes(TEXT)
        (tmp_path / "new").replace(tmp_path / "contacts.csv")

    assert await read_with(source, deliver_again) == (TEXT, "")


async def test_of_a_file_that_was_written_long_ago_any_change_is_found_too(tmp_path, monkeypatch):
    monkeypatch.setattr("cxone_async.source.file_input._RECENT_NS", -(10**12))  # nothing is recent
    source = written(tmp_path / "contacts.csv")
    assert await read_with(source) == (TEXT, "")
    await asyncio.sleep(0.02)  # longer than a tick of the file system's clock
    change = one_byte_that_was_read_already
    reading = await read_with(source, lambda: change(tmp_path / "contacts.csv"), BLOCKS)
    assert CHANGED in reading.error


async def test_other_permissions_and_another_name_for_it_are_no_change(tmp_path):
    path = tmp_path / "contacts.csv"
    source = written(path)

    def change() -> None:
        path.chmod(0o600)
        os.link(path, tmp_path / "second")

    assert await read_with(source, change) == (TEXT, "")


async def test_the_same_bytes_put_back_are_the_same_input(tmp_path):
    path = tmp_path / "contacts.csv"
    source = written(path)
    fingerprint = await source.fingerprint()
    overwrite(path, BLOCK_BYTES, b"X")
    assert (await read_with(source)).got == TEXT[:BLOCK_BYTES]
    overwrite(path, BLOCK_BYTES, TEXT[BLOCK_BYTES : BLOCK_BYTES + 1])
    again = open_input(str(path))
    assert await again.fingerprint() == fingerprint
    assert await read_with(again) == (TEXT, "")


async def test_the_header_is_read_from_the_fingerprinted_bytes_only(tmp_path):
    path = tmp_path / "contacts.csv"
    source = written(path)
    await source.fingerprint()
    overwrite(path, 0, b"email,phone\n")
    with pytest.raises(UnreadableInputError, match=CHANGED):
        await read_input_header(source)


async def test_a_copy_is_guarded_like_a_file_also_when_it_was_moved(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    source = open_input(str(tmp_path / "pipe"))
    copying = asyncio.create_task(source.make_readable_again(tmp_path / "copy"))
    await asyncio.to_thread((tmp_path / "pipe").write_bytes, TEXT)
    await copying
    fingerprint = await source.fingerprint()
    await source.make_readable_again(tmp_path / "moved")
    assert await source.fingerprint() == fingerprint == hashlib.sha256(TEXT).hexdigest()
    got, error = await read_with(source, lambda: overwrite(tmp_path / "moved", BLOCK_BYTES, b"X"))
    assert got == TEXT[:BLOCK_BYTES]
    assert "has changed" in error


@pytest.mark.parametrize("turns", range(8))
async def test_a_reading_that_is_cancelled_at_any_moment_leaves_no_file_open(tmp_path, turns):
    path = tmp_path / "contacts.csv"
    source = written(path)
    await source.fingerprint()
    for _ in range(5):
        task = asyncio.create_task(read_with(source))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not is_open(path)


@pytest.mark.parametrize("turns", range(8))
async def test_a_reading_that_is_cancelled_twice_leaves_no_file_open_for_long(tmp_path, turns):
    path = tmp_path / "contacts.csv"
    source = written(path)
    await source.fingerprint()
    task = asyncio.create_task(read_with(source))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    assert not is_open(path)


def is_open(path: Path) -> bool:
    """Whether this process has the file open (Linux)."""
    inode = path.stat().st_ino
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if descriptor.stat().st_ino == inode:
                return True
    return False
