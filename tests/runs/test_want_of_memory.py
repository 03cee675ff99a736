"""A preparing process that is killed: once it is an interruption, twice at one place the end."""

import asyncio
import errno
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cxone_async.commands.environment import Environment
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import (
    MemoryShortageError,
    OutOfMemoryError,
    PreparationKilledError,
    is_want_of_memory,
)
from cxone_async.prepare.rows import Prepared
from cxone_async.prepare.subprocesses import PreparationProcess
from cxone_async.runs.want_of_memory import (
    NOTE,
    SAME_PLACE_ROWS,
    KilledAt,
    is_same_place,
    want_of_memory_noted,
)
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.slow

CONTENT = "phone,email,first_name,last_name\n" + "".join(
    f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 200)
)


class KilledAtTheEnd(InlinePreparation):
    """Preparation whose process is killed when all rows are prepared."""

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        async for prepared in super().prepare(blocks):
            yield prepared
        raise PreparationKilledError("killed by the test")


class Refused(InlinePreparation):
    """Preparation that is refused memory when all rows are prepared."""

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        async for prepared in super().prepare(blocks):
            yield prepared
        raise MemoryError


class ReallyRefused(PreparationProcess):
    """Preparation whose first child may have no more memory than it has."""

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        child = self._children[0].pid
        await asyncio.to_thread(wait_until_loaded, child)
        resource.prlimit(child, resource.RLIMIT_AS, (1, 1))
        async for prepared in super().prepare(blocks):
            yield prepared


def wait_until_loaded(pid: int) -> None:
    while not ignores_sigterm(pid):
        select.select([], [], [], 0.01)


def ignores_sigterm(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (mask,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigIgn:")]
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


class ReallyKilled(PreparationProcess):
    """Preparation whose first child is killed by the kernel, as for want of memory."""

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        os.kill(self._children[0].pid, signal.SIGKILL)
        async for prepared in super().prepare(blocks):
            yield prepared


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """`await start(preparation)`: plan or import a list in the same directory."""
    (tmp_path / "in.csv").write_text(CONTENT)

    async def run(preparation: Any = InlinePreparation) -> Any:
        environment = Environment(preparation=preparation)
        if request.param == "plan":
            settings = PlanSettings(run_dir=tmp_path / "run")
            return await run_plan(tmp_path / "in.csv", settings, environment=environment)
        return await run_import(
            tmp_path / "in.csv",
            ImportSettings(
                tenant="acme",
                list_id="list-1",
                campaign_id="campaign-1",
                client_id="me",
                client_secret="secret",
                run_dir=tmp_path / "run",
                quota=0,
            ),
            tenant=InMemoryTenant(),
            environment=environment,
        )

    return run


@pytest.mark.parametrize("start", ["plan", "import"], indirect=True)
@pytest.mark.parametrize("killed", [KilledAtTheEnd, ReallyKilled, Refused, ReallyRefused])
async def test_twice_without_memory_at_one_place_ends_a_run_for_good_and_memory_resumes_it(
    start: Any, killed: Any, tmp_path: Path
) -> None:
    with pytest.raises((PreparationKilledError, MemoryShortageError)) as once:
        await start(killed)
    for _ in range(2):
        with pytest.raises(OutOfMemoryError, match="for want of memory") as twice:
            await start(killed)
    assert (once.value.exit_code, twice.value.exit_code) == (75, 70)
    assert (tmp_path / "run" / NOTE).exists()
    assert (await start()).reconciliation.exit_code == 0
    assert not (tmp_path / "run" / NOTE).exists()


async def killed_after(rows: int, directory: Path) -> int:
    """The exit code of a start whose preparing process is killed after so many rows."""
    with pytest.raises((PreparationKilledError, OutOfMemoryError)) as ended:
        async with want_of_memory_noted(directory, lambda: rows):
            raise PreparationKilledError("killed by the test")
    return ended.value.exit_code


async def test_a_start_that_gets_clearly_further_may_try_again(tmp_path: Path) -> None:
    places = [1_000_000, 2_000_000, 2_100_000]
    assert [await killed_after(rows, tmp_path) for rows in places] == [75, 75, 70]


async def test_an_earlier_place_does_not_make_the_next_one_look_new(tmp_path: Path) -> None:
    places = [1_000_000, 200_000, 1_000_000]
    assert [await killed_after(rows, tmp_path) for rows in places] == [75, 70, 70]
    assert json.loads((tmp_path / NOTE).read_bytes()) == {"rows": 1_000_000}


async def test_a_note_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text("{")
    assert [await killed_after(7, tmp_path) for _ in range(2)] == [75, 70]


async def test_the_figures_are_told(tmp_path: Path) -> None:
    with pytest.raises(MemoryShortageError, match=r"this process took up to [0-9,]+ MB, the lar"):
        async with want_of_memory_noted(tmp_path, lambda: 7):
            raise MemoryError
    with pytest.raises(OutOfMemoryError, match=r"about row 7, and before at about row 7.* MB"):
        async with want_of_memory_noted(tmp_path, lambda: 7):
            raise OSError(errno.ENOMEM, "Cannot allocate memory")


def raised_for(cause: BaseException) -> BaseException:
    try:
        try:
            raise cause
        except BaseException:
            raise KeyError  # noqa: B904  as where an error is handled without memory
    except KeyError as error:
        return error


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libm.so: failed to map segment from shared object"), True),
        (raised_for(MemoryError()), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("another"), False),
        (raised_for(ValueError()), False),
        (None, False),
    ],
)
def test_what_is_want_of_memory(error: BaseException | None, is_one: bool) -> None:
    assert is_want_of_memory(error) is is_one


async def test_another_error_leaves_no_note(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        async with want_of_memory_noted(tmp_path, lambda: 7):
            raise KeyError
    assert not (tmp_path / NOTE).exists()


@pytest.mark.parametrize(
    ("rows", "before", "same"),
    [
        (0, 0, True),
        (SAME_PLACE_ROWS, 0, True),
        (SAME_PLACE_ROWS + 1, 0, False),
        (1_099_000, 1_000_000, True),
        (1_101_000, 1_000_000, False),
    ],
)
def test_what_counts_as_the_same_place(rows: int, before: int, same: bool) -> None:
    assert is_same_place(rows, KilledAt(before)) is same


WITH_LITTLE_MEMORY = """
import resource
from cxone_async.errors import is_want_of_memory

assert not is_want_of_memory(ValueError("a library could not be loaded"))
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(),) * 2)
assert is_want_of_memory(ValueError("a library could not be loaded"))
"""


WITH_LITTLE_MEMORY_BEFORE = """
import mmap, resource
from cxone_async.errors import is_want_of_memory

error = ValueError("a library could not begin")
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (128 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
assert not is_want_of_memory(error)
mmap.mmap(-1, 124 << 20).close()
assert is_want_of_memory(error)
"""


def test_any_error_while_hardly_any_memory_is_left_is_want_of_memory() -> None:
    subprocess.run([sys.executable, "-c", WITH_LITTLE_MEMORY], check=True)


def test_so_is_any_error_once_hardly_any_memory_was_left() -> None:
    subprocess.run([sys.executable, "-c", WITH_LITTLE_MEMORY_BEFORE], check=True)
