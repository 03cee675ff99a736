"""Preparing in a process of its own, so that one core prepares while the other talks.

Guarantee: the child holds no file, lock or connection of the run. It reads frames from
its standard input and writes frames to its standard output; when the parent dies, however
it dies, its input ends and so does the child. It is out of reach of the signals that a
terminal, `timeout` or a service manager sends to a whole group: the parent decides when to
stop. A child that is killed all the same, for its memory as a rule, interrupts the run, which
can go on; one that ends by itself is a defect.

A child started by name (`python -m`) rather than by multiprocessing: nothing of the
caller's main module is imported again, so the service can be used from a plain script.

A frame is a four-byte length and a MessagePack body; the first is the job (pickled by the
parent, which is trusted), an empty one ends the input.
"""

import asyncio
import pickle
import signal
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from cxone_async import errors
from cxone_async.errors import InterruptedRunError, RunError
from cxone_async.pipeline.prepare import Prepared, PrepareJob, Preparer

LENGTH = struct.Struct(">I")
STREAM_LIMIT_BYTES = 1 << 20


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """The child could not go on; `error` names a class of the exception tree."""

    error: str
    message: str


class Done(msgspec.Struct, frozen=True, array_like=True, tag="done"):
    """One block is prepared."""

    prepared: Prepared


class PreparationProcess:
    """The parent's side; a `Preparation`."""

    def __init__(self, job: PrepareJob) -> None:
        self._job = job
        self._feeder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._child = await asyncio.create_subprocess_exec(
            *[sys.executable, "-P", "-m", __name__],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=STREAM_LIMIT_BYTES,
            process_group=0,
        )
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
        with suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()
        self._to_child.close()

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        """Prepare all blocks. Raises what `Preparer` raises, what `blocks` raises, and
        InterruptedRunError when somebody kills the child.
        """
        reader = self._child.stdout
        assert reader is not None  # noqa: S101  asked for in __aenter__
        decoder = msgspec.msgpack.Decoder(Done | Failed)
        self._feeder = asyncio.create_task(self._feed(blocks), name="preparation-feeder")
        while True:
            try:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if not length:
                    return
                answer = decoder.decode(await reader.readexactly(length))
            except asyncio.IncompleteReadError:
                code = await self._child.wait()
                if self._feeder.done():
                    await self._feeder  # a failure to read the input explains the silence
                raise _end_of_child(code) from None
            if isinstance(answer, Failed):
                raise _error_named(answer.error)(answer.message)
            yield answer.prepared

    @property
    def _to_child(self) -> asyncio.StreamWriter:
        writer = self._child.stdin
        assert writer is not None  # noqa: S101  asked for in __aenter__
        return writer

    async def _feed(self, blocks: AsyncIterator[bytes]) -> None:
        writer = self._to_child
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                await self._write(writer, pickle.dumps(self._job))
                async for block in blocks:
                    if block:
                        await self._write(writer, block)
                await self._write(writer, b"")
        except BaseException:
            writer.close()
            raise

    @staticmethod
    async def _write(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(LENGTH.pack(len(body)))
        writer.write(body)
        await writer.drain()


def _end_of_child(code: int) -> Exception:
    if code < 0:
        return InterruptedRunError(
            f"the preparing process was killed by signal {-code}, for want of memory perhaps; "
            "the same command goes on from here"
        )
    return ChildProcessError(f"the preparing process ended with {code}")


def _error_named(name: str) -> type[RunError]:
    found = getattr(errors, name, None)
    if not (isinstance(found, type) and issubclass(found, RunError)):
        raise ChildProcessError(f"the preparing process failed with {name}")
    return found


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    encoder = msgspec.msgpack.Encoder()

    def answer(value: Done | Failed) -> None:
        body = encoder.encode(value)
        target.write(LENGTH.pack(len(body)))
        target.write(body)
        target.flush()

    try:
        preparer = Preparer(pickle.loads(_read_frame(source)))  # noqa: S301  from the parent
        while block := _read_frame(source):
            answer(Done(preparer.feed(block)))
        answer(Done(preparer.finish()))
        target.write(LENGTH.pack(0))
        target.flush()
    except RunError as error:
        answer(Failed(type(error).__name__, str(error)))


def _read_frame(source: BinaryIO) -> bytes:
    (length,) = LENGTH.unpack(_read_exactly(source, LENGTH.size))
    return _read_exactly(source, length)


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise SystemExit  # the parent is gone, and with it the reason to go on
    return data


def main() -> None:
    """Serve the parent that started this process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
