"""The run directory and the input that belongs to it.

Guarantee: one process holds a run directory, and a run directory belongs to one input.
An input that can be read only once (standard input, a pipe) is first written to the run
directory: its rows can be told apart from those of an earlier start only when all of it
is known, and a run that resumed on another input would send the wrong people.

Without `--run-dir` the directory's name is drawn from the input and the target. The same
command on the same file therefore resumes, or finds the run finished, instead of sending
everybody a second time.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import blake2b
from pathlib import Path

import msgspec

from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.source.blocks import fingerprint, is_regular
from cxone_async.source.spool import STANDARD_INPUT, spool

SPOOLED_INPUT = "input"


class RunDirectory(msgspec.Struct, frozen=True):
    """A run directory that this process holds, and its input.

    `input_name` is the file's name without its folder, `input_fingerprint` a digest of
    its bytes. `is_spooled` says that `input_path` goes with the command.
    """

    directory: Path
    input_path: Path
    input_name: str
    input_bytes: int
    input_fingerprint: str
    is_spooled: bool


async def enter_run_directory(
    stack: AsyncExitStack, csv: str, directory: Path | None, purpose: Sequence[str]
) -> RunDirectory:
    """Make or enter the run directory, lease it until `stack` closes, and find the input.

    `purpose` is what, besides the input, makes one run another than the next. Raises
    MissingInputError, UnreadableInputError, CannotWriteError, RunDirectoryBusyError.
    """
    path = Path(csv)
    readable_again = path != STANDARD_INPUT and is_regular(path)
    source = path
    if directory is None:
        if not readable_again:
            source = Path(f".{SPOOLED_INPUT}-{os.getpid()}")
            stack.callback(source.unlink, missing_ok=True)
            await spool(path, source)
        digest = await fingerprint(source)
        scope = blake2b(msgspec.msgpack.encode((digest, *purpose)), digest_size=6).hexdigest()
        directory = Path(f"cxone-run-{scope}")
        _hold(stack, directory)
        if not readable_again:
            source = source.replace(directory / SPOOLED_INPUT)
    else:
        _hold(stack, directory)
        if not readable_again:
            source = directory / SPOOLED_INPUT
            await spool(path, source)
        digest = await fingerprint(source)
    if not readable_again:
        stack.callback(source.unlink, missing_ok=True)
    size = (await asyncio.to_thread(source.stat)).st_size
    name = path.name if readable_again else str(STANDARD_INPUT)
    return RunDirectory(directory, source, name, size, digest, is_spooled=not readable_again)


def _hold(stack: AsyncExitStack, directory: Path) -> None:
    create_run_directory(directory)
    stack.enter_context(RunDirectoryLease.acquire(directory))
