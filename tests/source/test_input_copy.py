"""What can be read only once is copied to a file that is whole or absent."""

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cxone_async.errors import (
    CannotWriteError,
    MissingInputError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.source.input import Input, open_input
from cxone_async.source.input_copy import copy_stream

TEXT = b"phone,email\n" + b"1,a@example.com\n" * 100_000
COPY_STANDARD_INPUT = """
import asyncio, sys
from pathlib import Path
from cxone_async.source.input_copy import STANDARD_INPUT, copy_stream

async def main():
    await asyncio.wait_for(copy_stream(STANDARD_INPUT, Path(sys.argv[1])), float(sys.argv[2]))

asyncio.run(main())
"""


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def write_to(pipe: Path, content: bytes) -> threading.Thread:
    writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    writer.start()
    return writer


@pytest.mark.parametrize("content", [b"", b"phone\n", TEXT], ids=["empty", "short", "long"])
async def test_a_pipe_is_copied_whole_and_readable_by_its_owner_only(
    tmp_path: Path, content: bytes
) -> None:
    pipe, target = tmp_path / "pipe", tmp_path / "input.csv"
    os.mkfifo(pipe)
    writer = write_to(pipe, content)
    await copy_stream(str(pipe), target)
    writer.join()
    assert target.read_bytes() == content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["input.csv", "pipe"]


def test_standard_input_is_copied(tmp_path: Path) -> None:
    target = tmp_path / "input.csv"
    command = [sys.executable, "-c", COPY_STANDARD_INPUT, str(target), "60"]
    subprocess.run(command, input=TEXT, check=True, timeout=60)
    assert target.read_bytes() == TEXT


def test_a_process_that_is_stopped_does_not_wait_for_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COPY_STANDARD_INPUT, str(tmp_path / "input.csv"), "0.2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.wait(timeout=60) == 1
        assert process.stderr is not None
        assert process.stderr.read().splitlines()[-1].endswith(b"TimeoutError")
    assert not (tmp_path / "input.csv").exists()


async def test_what_a_killed_run_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".input.csv.killed.partial").write_bytes(b"half")
    (tmp_path / "input.csv").write_bytes(b"older")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    write_to(pipe, b"phone\n1\n")
    await copy_stream(str(pipe), tmp_path / "input.csv")
    assert (tmp_path / "input.csv").read_bytes() == b"phone\n1\n"
    assert names_in(tmp_path) == ["input.csv", "pipe"]


async def test_a_cancelled_copy_leaves_no_file(tmp_path: Path) -> None:
    pipe, target = tmp_path / "pipe", tmp_path / "input.csv"
    os.mkfifo(pipe)
    before = set(threading.enumerate())
    copying = asyncio.ensure_future(copy_stream(str(pipe), target))
    await asyncio.sleep(0)
    [copier] = set(threading.enumerate()) - before
    with pipe.open("wb") as writer:
        copying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await copying
        writer.write(TEXT[:1000])
        writer.flush()
        await asyncio.to_thread(copier.join, 60)
        assert not copier.is_alive()
    assert names_in(tmp_path) == ["pipe"]


async def test_errors_of_the_source_and_of_the_target_are_told_apart(tmp_path: Path) -> None:
    source = tmp_path / "source.csv"
    source.write_bytes(b"phone\n1\n")
    with pytest.raises(MissingInputError, match=r"absent\.csv"):
        await copy_stream(str(tmp_path / "absent.csv"), tmp_path / "input.csv")
    with pytest.raises(UnreadableInputError, match="directory"):
        await copy_stream(str(tmp_path), tmp_path / "input.csv")
    with pytest.raises(CannotWriteError, match=r"input\.csv"):
        await copy_stream(str(source), tmp_path / "nowhere" / "input.csv")
    assert names_in(tmp_path) == ["source.csv"]
    await copy_stream(str(source), tmp_path / "input.csv")
    assert (tmp_path / "input.csv").read_bytes() == b"phone\n1\n"


async def test_a_target_that_cannot_be_replaced_is_a_write_error(tmp_path: Path) -> None:
    target = tmp_path / "input.csv"
    target.mkdir()
    (target / "x").touch()
    with pytest.raises(CannotWriteError, match=r"cannot write .*input\.csv"):
        await copy_stream("/dev/null", target)
    assert names_in(tmp_path) == ["input.csv"]


# --- the input that is read through such a copy


@pytest.fixture
def piped(tmp_path: Path) -> Input:
    """A named pipe into which somebody writes `TEXT`, as an input."""
    os.mkfifo(tmp_path / "pipe")
    write_to(tmp_path / "pipe", TEXT)
    return open_input(str(tmp_path / "pipe"))


async def test_before_it_is_copied_it_cannot_be_read(piped: Input, tmp_path: Path) -> None:
    for read in (piped.blocks, lambda: piped.size_bytes):
        with pytest.raises(UsageError, match="pipe: can be read only once"):
            read()
    with pytest.raises(UsageError, match="pipe: can be read only once"):
        await piped.fingerprint()
    await piped.make_readable_again(tmp_path / "input")


async def test_once_copied_it_is_readable_again_wherever_the_copy_is_moved(
    piped: Input, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    for copy in (tmp_path / "input", tmp_path / "run" / "input"):
        await piped.make_readable_again(copy)
        assert piped.is_readable_again
        assert (piped.name, piped.location, piped.size_bytes) == ("-", "", len(TEXT))
        assert await piped.fingerprint() == hashlib.sha256(TEXT).hexdigest()
        for _ in range(2):
            assert b"".join([block async for block in piped.blocks()]) == TEXT
        assert copy.read_bytes() == TEXT
    assert names_in(tmp_path) == ["pipe", "run"]
    piped.discard_copy()
    assert not piped.is_readable_again
    assert names_in(tmp_path / "run") == []
    piped.discard_copy()


async def test_a_copy_that_cannot_be_moved_stays_and_can_be_discarded(
    piped: Input, tmp_path: Path
) -> None:
    await piped.make_readable_again(tmp_path / "input")
    with pytest.raises(CannotWriteError, match="nowhere"):
        await piped.make_readable_again(tmp_path / "nowhere" / "input")
    assert await piped.fingerprint() == hashlib.sha256(TEXT).hexdigest()
    piped.discard_copy()
    assert names_in(tmp_path) == ["pipe"]


async def test_to_discard_a_copy_that_was_never_made_removes_nothing(
    piped: Input, tmp_path: Path
) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "theirs").touch()
    piped.discard_copy()
    with pytest.raises(CannotWriteError, match="input: "):
        await piped.make_readable_again(tmp_path / "input")
    piped.discard_copy()
    assert names_in(tmp_path) == ["input", "pipe"]


async def test_a_file_is_never_copied_moved_or_removed(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_bytes(TEXT)
    source = open_input(str(tmp_path / "contacts.csv"))
    await source.make_readable_again(tmp_path / "input")
    source.discard_copy()
    assert names_in(tmp_path) == ["contacts.csv"]
    assert b"".join([block async for block in source.blocks()]) == TEXT
