"""What can be read only once becomes a file that is whole or absent."""

import asyncio
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cxone_async.errors import CannotWriteError, MissingInputError, UnreadableInputError
from cxone_async.source.spool import spool

TEXT = b"phone,email\n" + b"1,a@example.com\n" * 100_000
SPOOL_STANDARD_INPUT = """
import asyncio, sys
from pathlib import Path
from cxone_async.source.spool import STANDARD_INPUT, spool
asyncio.run(spool(STANDARD_INPUT, Path(sys.argv[1])))
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
    await spool(pipe, target)
    writer.join()
    assert target.read_bytes() == content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["input.csv", "pipe"]


def test_standard_input_is_copied(tmp_path: Path) -> None:
    target = tmp_path / "input.csv"
    command = [sys.executable, "-c", SPOOL_STANDARD_INPUT, str(target)]
    subprocess.run(command, input=TEXT, check=True, timeout=60)
    assert target.read_bytes() == TEXT


def test_a_process_that_is_stopped_does_not_wait_for_standard_input(tmp_path: Path) -> None:
    program = SPOOL_STANDARD_INPUT.replace(
        "asyncio.run(spool(STANDARD_INPUT, Path(sys.argv[1])))",
        "asyncio.run(asyncio.wait_for(spool(STANDARD_INPUT, Path(sys.argv[1])), 0.2))",
    )
    command = [sys.executable, "-c", program, str(tmp_path / "input.csv")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.wait(timeout=60) == 1
        assert process.stderr is not None
        assert process.stderr.read().splitlines()[-1].endswith(b"TimeoutError")
    assert not (tmp_path / "input.csv").exists()


async def test_what_a_killed_run_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "input.csv.partial").write_bytes(b"half")
    (tmp_path / "input.csv").write_bytes(b"older")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    write_to(pipe, b"phone\n1\n")
    await spool(pipe, tmp_path / "input.csv")
    assert (tmp_path / "input.csv").read_bytes() == b"phone\n1\n"


async def test_a_cancelled_copy_leaves_no_file(tmp_path: Path) -> None:
    pipe, target = tmp_path / "pipe", tmp_path / "input.csv"
    os.mkfifo(pipe)
    before = set(threading.enumerate())
    copying = asyncio.ensure_future(spool(pipe, target))
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
        await spool(tmp_path / "absent.csv", tmp_path / "input.csv")
    with pytest.raises(UnreadableInputError, match="directory"):
        await spool(tmp_path, tmp_path / "input.csv")
    with pytest.raises(CannotWriteError, match=r"input\.csv"):
        await spool(source, tmp_path / "nowhere" / "input.csv")
    assert names_in(tmp_path) == ["source.csv"]
    assert await spool(source, tmp_path / "input.csv") is None


async def test_a_target_that_cannot_be_replaced_is_a_write_error(tmp_path: Path) -> None:
    target = tmp_path / "input.csv"
    target.mkdir()
    (target / "x").touch()
    with pytest.raises(CannotWriteError, match="cannot be written"):
        await spool(Path("/dev/null"), target)
    assert names_in(tmp_path) == ["input.csv"]
