"""The run directory, its lease, and the input that belongs to it."""

import asyncio
import os
import threading
from contextlib import AsyncExitStack, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from cxone_async.durable.held_leases import HeldLeases
from cxone_async.errors import (
    CannotWriteError,
    ConfigurationError,
    MissingInputError,
    RunDirectoryBusyError,
)
from cxone_async.runs.run_directory import INPUT_COPY, enter_run_directory
from cxone_async.source.input import open_input

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

    def write():
        with suppress(BrokenPipeError):  # who read it has stopped
            path.write_bytes(CONTENT)

    threading.Thread(target=write, daemon=True).start()
    return str(path)


def move_away(csv):
    Path(csv).rename("moved")


def content_of(path):
    return path.read_bytes()


def names(directory=Path()):
    return sorted(path.name for path in directory.iterdir())


async def test_a_file_is_used_where_it_is(csv):
    async with AsyncExitStack() as stack:
        entered = await enter_run_directory(stack, open_input(csv), Path("run"), ("l",))
        assert (entered.path, entered.input.uri) == (Path("run"), csv)
        assert entered.input_fingerprint == sha256(CONTENT).hexdigest()
        assert names(Path("run")) == ["lock"]
    assert content_of(Path(csv)) == CONTENT


async def test_the_directory_is_held_until_the_end_and_by_one_only(csv):
    async with AsyncExitStack() as stack, AsyncExitStack() as second:
        await enter_run_directory(stack, open_input(csv), Path("run"), ("l",))
        with pytest.raises(RunDirectoryBusyError, match=str(os.getpid())):
            await enter_run_directory(second, open_input(csv), Path("run"), ("l",))
    async with AsyncExitStack() as stack:
        await enter_run_directory(stack, open_input(csv), Path("run"), ("l",))


async def test_the_lock_says_which_input_is_being_worked_on(csv):
    async with AsyncExitStack() as stack:
        await enter_run_directory(stack, open_input(csv), Path("run"), ())
        holder = HeldLeases.read().of(Path("run")).holder
    assert holder is not None
    assert (holder.pid, holder.input_name) == (os.getpid(), "in.csv")


async def test_without_a_directory_input_and_purpose_name_it(csv, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(CONTENT + b"x")
    same = tmp_path / "same.csv"
    same.write_bytes(CONTENT)

    async def path_of(csv, *purpose):
        async with AsyncExitStack() as stack:
            return (await enter_run_directory(stack, open_input(str(csv)), None, purpose)).path

    first = await path_of(csv, "list-1")
    assert await path_of(csv, "list-1") == first
    assert await path_of(same, "list-1") == first
    assert len({first, await path_of(csv, "list-2"), await path_of(other, "list-1")}) == 3


async def test_the_derived_name_stays_the_same_from_version_to_version(csv):
    async with AsyncExitStack() as stack:
        entered = await enter_run_directory(stack, open_input(csv), None, ("https://x", "l", ""))
        assert entered.path == Path("cxone-run-455131029f19")


@pytest.mark.parametrize("path", [Path("run"), None])
async def test_what_can_be_read_once_is_copied_into_the_directory_and_goes_with_the_command(
    pipe, path
):
    async with AsyncExitStack() as stack:
        entered = await enter_run_directory(stack, open_input(pipe), path, ("l",))
        assert entered.input.is_readable_again
        assert content_of(entered.path / INPUT_COPY) == CONTENT
        assert entered.input_fingerprint == sha256(CONTENT).hexdigest()
        assert names() == sorted(["pipe", str(entered.path)])
    assert names(entered.path) == ["lock"]
    assert names() == sorted(["pipe", str(entered.path)])


def plant_a_second_name_of(elsewhere):
    Path("run").mkdir()
    Path(elsewhere).write_bytes(b"mine")
    Path("run/lock").hardlink_to(elsewhere)


def make_a_directory_for_everybody():
    Path("run").mkdir()
    Path("run", "holiday.jpg").touch()
    Path("run").chmod(0o777)


async def test_what_was_planted_is_refused_before_it_is_opened(csv):
    plant_a_second_name_of("elsewhere")
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigurationError, match=r"run/lock has 2 names"):
            await enter_run_directory(stack, open_input(csv), Path("run"), ("l",))
    assert content_of(Path("elsewhere")) == b"mine"


async def test_a_directory_that_others_can_write_to_is_used_only_when_that_is_allowed(csv):
    make_a_directory_for_everybody()
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigurationError, match="--allow-shared-run-dir"):
            await enter_run_directory(stack, open_input(csv), Path("run"), ("l",))
        await enter_run_directory(stack, open_input(csv), Path("run"), ("l",), allows_shared=True)


@pytest.mark.parametrize("path", [Path("run"), None])
async def test_what_a_killed_start_left_of_a_copy_goes_with_the_next_start(csv, path):
    left = Path("run", ".input.abc.partial") if path else Path(".cxone-run-99.partial", "input")
    left.parent.mkdir()
    left.write_bytes(b"half of the list")
    async with AsyncExitStack() as stack:
        await enter_run_directory(stack, open_input(csv), path, ("l",))
        assert not left.exists()
    assert path is not None or not left.parent.exists()


async def test_a_copy_that_is_stopped_leaves_nothing(pipe):
    async with AsyncExitStack() as stack:
        source = open_input(pipe)
        entering = asyncio.create_task(enter_run_directory(stack, source, None, ("l",)))
        await asyncio.sleep(0)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
    assert names() == ["pipe"]


async def test_what_is_in_use_is_not_touched_by_a_second_start(pipe, csv):
    async with AsyncExitStack() as stack, AsyncExitStack() as second:
        await enter_run_directory(stack, open_input(pipe), Path("run"), ("l",))
        with pytest.raises(RunDirectoryBusyError):
            await enter_run_directory(second, open_input("/dev/null"), Path("run"), ("l",))
        await second.aclose()
        assert content_of(Path("run", INPUT_COPY)) == CONTENT


@pytest.mark.parametrize("path", [Path("run"), None])
async def test_an_input_that_is_gone_is_named(csv, path):
    source = open_input(csv)
    move_away(csv)
    async with AsyncExitStack() as stack:
        with pytest.raises(MissingInputError, match=csv):
            await enter_run_directory(stack, source, path, ())


async def test_a_directory_that_cannot_be_made_is_named(csv):
    async with AsyncExitStack() as stack:
        with pytest.raises(CannotWriteError, match=csv):
            await enter_run_directory(stack, open_input(csv), Path(csv), ())
    assert names() == ["in.csv"]
