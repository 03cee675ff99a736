"""The run directory, its lease, and the input that belongs to it."""

import os
import threading
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from cxone_async.errors import (
    CannotWriteError,
    MissingInputError,
    RunDirectoryBusyError,
    UnreadableInputError,
)
from cxone_async.runs.run_directory import SPOOLED_INPUT, enter_run_directory

CONTENT = b"phone,email\n+12025550101,a@example.com\n"


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(CONTENT)
    return str(path)


@pytest.fixture
def pipe(tmp_path):
    """A named pipe that somebody writes `CONTENT` into."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,), daemon=True)
    writer.start()
    return str(path)


def names(directory=Path()):
    return sorted(path.name for path in directory.iterdir())


async def test_a_file_is_used_where_it_is(csv):
    async with AsyncExitStack() as stack:
        place = await enter_run_directory(stack, csv, Path("run"), ("l",))
        assert (place.directory, place.input_path) == (Path("run"), Path(csv))
        assert (place.input_name, place.input_bytes) == ("in.csv", len(CONTENT))
        assert place.input_fingerprint == sha256(CONTENT).hexdigest()
        assert not place.is_spooled
    assert "in.csv" in names()


async def test_the_directory_is_held_until_the_end_and_by_one_only(csv):
    async with AsyncExitStack() as stack, AsyncExitStack() as second:
        await enter_run_directory(stack, csv, Path("run"), ("l",))
        with pytest.raises(RunDirectoryBusyError, match=str(os.getpid())):
            await enter_run_directory(second, csv, Path("run"), ("l",))
    async with AsyncExitStack() as stack:
        await enter_run_directory(stack, csv, Path("run"), ("l",))


async def test_without_a_directory_input_and_purpose_name_it(csv, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(CONTENT + b"x")
    copy = tmp_path / "copy.csv"
    copy.write_bytes(CONTENT)

    async def directory(path, *purpose):
        async with AsyncExitStack() as stack:
            return (await enter_run_directory(stack, str(path), None, purpose)).directory

    first = await directory(csv, "list-1")
    assert await directory(csv, "list-1") == first
    assert await directory(copy, "list-1") == first
    assert len({first, await directory(csv, "list-2"), await directory(other, "list-1")}) == 3


@pytest.mark.parametrize("directory", [Path("run"), None])
async def test_what_can_be_read_once_is_copied_into_the_directory_and_goes_with_the_command(
    pipe, directory
):
    async with AsyncExitStack() as stack:
        place = await enter_run_directory(stack, pipe, directory, ("l",))
        assert place.is_spooled
        assert place.input_path == place.directory / SPOOLED_INPUT
        assert place.input_path.read_bytes() == CONTENT
        assert (place.input_name, place.input_bytes) == ("-", len(CONTENT))
    assert names(place.directory) == ["lock"]
    assert names() == sorted(["pipe", str(place.directory)])


async def test_what_is_not_there_or_cannot_be_written_is_named(csv, tmp_path):
    async with AsyncExitStack() as stack:
        with pytest.raises(MissingInputError):
            await enter_run_directory(stack, "nowhere.csv", Path("run"), ())
        with pytest.raises(UnreadableInputError):
            await enter_run_directory(stack, str(tmp_path), Path("run"), ())
        with pytest.raises(CannotWriteError):
            await enter_run_directory(stack, csv, Path(csv), ())
    assert names() == ["in.csv"]
