"""Prepares in child processes, so that one core prepares while the other talks to the tenant.

The children form a pipeline, like programs in a shell:

    parent --blocks--> normalise --contacts--> match --decisions--> parent

Guarantee:

* The children get three standard streams from the parent, and no file, lock or connection of the
  run. Where the suppression list is too long for memory, they also get the unnamed files that
  hold it, and map them read-only.
* Each child reads frames from standard input and writes frames to standard output. When the
  parent dies, for whatever reason, the first child's input ends. So it exits, and then the second
  one does.
* The children ignore SIGINT and SIGTERM and have process groups of their own, so a signal to the
  parent's whole group (from a terminal, `timeout` or a service manager) does not reach them. The
  parent decides when to stop.
* A child that is killed anyway, usually for using too much memory, interrupts the run, which can
  be resumed. A child that exits on its own is a defect.

There are two children because matching alone takes longer than everything else. With two cores
the pair takes as long as the slower one; with one core it takes as long as a single child would.

Children are started by name (`python -m`) and not with multiprocessing, which would import the
caller's main module again. So the service works from a plain script.

A frame is a four-byte length and a body; an empty frame ends the input. The first body is the
job. The parent, which is trusted, pickles it, and the first child passes it on. Later bodies are
bytes of the input, and then MessagePack.
"""

import asyncio
import fcntl
import gc
import os
import pickle
import signal
import struct
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, NoReturn, Self

import msgspec

from cxone_async import errors
from cxone_async.errors import PreparationKilledError, RunError
from cxone_async.matching.definition import Item, ParallelMap, Result
from cxone_async.prepare.rows import Normalised, Prepared, PrepareJob
from cxone_async.prepare.stages import MatchStage, NormaliseStage

LENGTH = struct.Struct(">I")
STREAM_LIMIT_BYTES = 1 << 20
PIPE_BYTES = 1 << 20  # the most that Linux allows without privileges

MEMORY_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(256 * 1024)}
"""For glibc: growing arrays get memory pages of their own and leave no holes when they move.
After matching a million rows, such holes were a fifth of the memory."""

YOUNG_OBJECTS = 50_000
"""Python searches for reference cycles after this many new objects. A block of rows makes a few
thousand objects and no cycles. With the default of 700 the search takes up to a tenth of the time
of normalising."""


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """A child could not go on; `error` names a class of the exception tree."""

    error: str
    message: str


class NormalisedBlock(msgspec.Struct, frozen=True, array_like=True, tag="normalised"):
    """The first child's answer to one block."""

    normalised: Normalised


class PreparedBlock(msgspec.Struct, frozen=True, array_like=True, tag="prepared"):
    """The second child's answer to one block."""

    prepared: Prepared


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
            self._children.append(await _start("normalise", pipe, between_write, files))
            self._children.append(await _start("match", between_read, pipe, files))
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


def _widen(pipe: int) -> None:
    """Make a pipe hold most of a frame, so that its two ends need not take turns (Linux)."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


async def _start(stage: str, source: int, target: int, files: Sequence[int]) -> Process:
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", __name__, stage],
        stdin=source,
        stdout=target,
        limit=STREAM_LIMIT_BYTES,
        process_group=0,
        pass_fds=files,
        env={**os.environ, **MEMORY_SETTINGS},
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
    writer.write(body)
    await writer.drain()


def _end_of_child(code: int) -> Exception:
    if code < 0:
        return PreparationKilledError(
            f"a preparing process was killed by signal {-code}, perhaps because memory ran out; "
            "run the same command to resume"
        )
    return ChildProcessError(f"a preparing process ended with {code}")


def _error_named(name: str) -> type[RunError]:
    found = getattr(errors, name, None)
    if not (isinstance(found, type) and issubclass(found, RunError)):
        raise ChildProcessError(f"the preparing process failed with {name}")
    return found


def _serve_normalising(source: BinaryIO, target: BinaryIO) -> None:
    encode = msgspec.msgpack.Encoder().encode
    job = _read_frame(source)
    _write_frame(target, job)
    try:
        stage = NormaliseStage(pickle.loads(job))  # noqa: S301  from the parent
        while block := _read_frame(source):
            _write_frame(target, encode(NormalisedBlock(stage.feed(block))))
        _write_frame(target, encode(NormalisedBlock(stage.finish())))
    except RunError as error:
        _write_frame(target, encode(Failed(type(error).__name__, str(error))))
    _write_frame(target, b"")


def _serve_matching(source: BinaryIO, target: BinaryIO) -> None:
    encode = msgspec.msgpack.Encoder().encode
    decode = msgspec.msgpack.Decoder(NormalisedBlock | Failed).decode
    job = pickle.loads(_read_frame(source))  # noqa: S301  from the parent
    with ThreadPoolExecutor(1) as second_thread:
        stage = MatchStage(job, map_with(second_thread))
        while body := _read_frame(source):
            block = decode(body)
            if isinstance(block, NormalisedBlock):
                body = encode(PreparedBlock(stage.decide(block.normalised)))
            _write_frame(target, body)
    _write_frame(target, b"")


def map_with(executor: Executor) -> ParallelMap:
    """Return a `map` that handles the first item in this thread and the rest in `executor`."""

    def map_in_parallel(
        function: Callable[[Item], Result], items: Sequence[Item], /
    ) -> Iterable[Result]:
        first, *rest = items
        futures = [executor.submit(function, item) for item in rest]
        return [function(first), *(future.result() for future in futures)]

    return map_in_parallel


def _read_frame(source: BinaryIO) -> bytes:
    (length,) = LENGTH.unpack(_read_exactly(source, LENGTH.size))
    return _read_exactly(source, length)


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise SystemExit  # the writer is gone, so there is nothing left to do
    return data


def _write_frame(target: BinaryIO, body: bytes) -> None:
    target.write(LENGTH.pack(len(body)))
    target.write(body)
    target.flush()


_STAGES = {"normalise": _serve_normalising, "match": _serve_matching}


def main() -> None:
    """Serve the parent process; the command-line argument names the stage."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    gc.set_threshold(YOUNG_OBJECTS)
    with suppress(BrokenPipeError):
        _STAGES[sys.argv[1]](sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
