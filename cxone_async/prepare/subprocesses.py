"""Prepares in child processes, so that one core prepares while the other talks to the tenant.

The children form a pipeline, like programs in a shell:

    parent --blocks--> normalise --contacts--> match --decisions--> parent

Guarantee:

* The children get three standard streams from the parent, and no file, lock or connection of the
  run. Where the suppression list is too long for memory, they also get the unnamed files that
  hold it, and map them read-only.
* Each child reads frames from standard input and writes frames to standard output. When the
  parent dies, for whatever reason, the first child's input ends. So it exits, and then the second
  one does. On Linux the kernel kills both at once, even in the middle of a block.
* The children ignore SIGINT, SIGTERM and SIGHUP and have process groups of their own, so a signal
  to the parent's whole group (from a terminal, `timeout` or a service manager) does not reach
  them. The parent decides when to stop.
* A child that is killed anyway, usually for using too much memory, interrupts the run, which can
  be resumed. A child that exits on its own is a defect.

There are two children because matching alone takes longer than everything else. With two cores
the pair takes as long as the slower one; with one core it takes as long as a single child would.

Children are started by name (`python -m`) and not with multiprocessing, which would import the
caller's main module again. So the service works from a plain script.

The children's side is in `normalising_child` and `matching_child`.
"""

import asyncio
import fcntl
import mmap
import os
import pickle
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, NoReturn, Self

import msgspec

from cxone_async import errors
from cxone_async.errors import PreparationKilledError, RunError
from cxone_async.prepare.child_process import LENGTH, OUT_OF_MEMORY, Failed, PreparedBlock
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.rows import Prepared

STREAM_LIMIT_BYTES = 1 << 20
PIPE_BYTES = 1 << 20  # the most that Linux allows without privileges

LEAST_ROOM_BYTES: Final = 4 << 20

MEMORY_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(256 * 1024)}
"""For glibc: growing arrays get memory pages of their own and leave no holes when they move.
After matching a million rows, such holes were a fifth of the memory."""


OUR_SETTINGS = ("CXONE_", "OTEL_")
"""What the names of variables that are for the run alone begin with."""


class PreparationProcess:
    """The parent's side; a `Preparation`."""

    def __init__(self, job: PrepareJob) -> None:
        self._job = job
        self._children: list[Process] = []
        self._feeder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        between_read, between_write = os.pipe()
        _widen(between_write)
        files = long.descriptors if (long := self._job.listed.long) else ()
        pipe = asyncio.subprocess.PIPE
        try:
            self._children.append(await _start("normalising", pipe, between_write, files))
            self._children.append(await _start("matching", between_read, pipe, files))
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        finally:
            os.close(between_read)
            os.close(between_write)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._feeder is not None:
            self._feeder.cancel()
            await asyncio.gather(self._feeder, return_exceptions=True)
        for child in self._children:
            with suppress(ProcessLookupError):
                child.kill()
            if child.stdout is not None:
                # Unread data keeps the pipe open, and asyncio waits for the pipe too.
                while await child.stdout.read(STREAM_LIMIT_BYTES):
                    pass
            await child.wait()
            if child.stdin is not None:
                child.stdin.close()

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        """Prepare all blocks.

        Raises what `Preparer` and `blocks` raise. Raises PreparationKilledError when a child is
        killed.
        """
        normalising, matching = self._children
        reader = matching.stdout
        assert reader is not None  # noqa: S101  asked for in __aenter__
        decoder = msgspec.msgpack.Decoder(PreparedBlock | Failed)
        self._feeder = asyncio.create_task(
            _feed(normalising, self._job, blocks), name="preparation-feeder"
        )
        while True:
            try:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if not length:
                    return
                answer = decoder.decode(await reader.readexactly(length))
            except asyncio.IncompleteReadError:
                await self._explain_silence(self._feeder)
            if isinstance(answer, Failed):
                raise _error_named(answer.error)(answer.message)
            _require_room()
            yield answer.prepared

    async def _explain_silence(self, feeder: asyncio.Task[None]) -> NoReturn:
        """Raise the reason for a missing answer: the input failed, or a child is gone.

        The second child exits with 0 only when the first one is gone. Then the first one's exit
        code is the reason.
        """
        normalising, matching = self._children
        code = await matching.wait() or await normalising.wait()
        if feeder.done():
            await feeder
        raise _end_of_child(code)


def _require_room() -> None:
    """Raise OSError (ENOMEM) where memory is nearly gone, while enough is left to end well.

    With none at all, Python may never come out of handling the error. The heap is left alone:
    what `malloc` learns of large pieces makes holes in it.
    """
    mmap.mmap(-1, LEAST_ROOM_BYTES).close()


def _widen(pipe: int) -> None:
    """Make a pipe hold most of a frame, so that its two ends need not take turns (Linux)."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def without_our_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a child, which gets its job by pipe: without `OUR_SETTINGS`.

    The client secret and the token for a collector are among them, and a process's environment can
    be read from outside it.
    """
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(OUR_SETTINGS)
    }


async def _start(child: str, source: int, target: int, files: Sequence[int]) -> Process:
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", f"{__package__}.start_child", child, str(os.getpid())],
        stdin=source,
        stdout=target,
        limit=STREAM_LIMIT_BYTES,
        process_group=0,
        pass_fds=files,
        env={**without_our_settings(os.environ), **MEMORY_SETTINGS},
    )


async def _feed(child: Process, job: PrepareJob, blocks: AsyncIterator[bytes]) -> None:
    writer = child.stdin
    assert writer is not None  # noqa: S101  asked for in __aenter__
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            await _send(writer, pickle.dumps(job))
            async for block in blocks:
                if block:
                    await _send(writer, block)
            await _send(writer, b"")
    except BaseException:
        writer.close()
        raise


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(LENGTH.pack(len(body)))
    rest = memoryview(body)
    while rest:  # in pieces, because what the pipe does not take at once is copied
        writer.write(rest[:PIPE_BYTES])
        rest = rest[PIPE_BYTES:]
        await writer.drain()


def _end_of_child(code: int) -> Exception:
    if code < 0:
        return PreparationKilledError(
            f"a preparing process was killed by signal {-code}, perhaps because memory ran out; "
            "run the same command to resume"
        )
    if code == OUT_OF_MEMORY:
        return PreparationKilledError(
            "a preparing process ran out of memory; run the same command to resume"
        )
    return ChildProcessError(f"a preparing process ended with {code}")


def _error_named(name: str) -> type[RunError]:
    found = getattr(errors, name, None)
    if not (isinstance(found, type) and issubclass(found, RunError)):
        raise ChildProcessError(f"the preparing process failed with {name}")
    return found
