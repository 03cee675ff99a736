"""The run directory and the input that belongs to it.

Guarantee: one process holds a run directory.

An input that can be read only once is copied into the run directory first. Only the whole input
tells whether it is the one that an earlier start read, and a resumed run reads it again.

Without `--run-dir` the directory's name is derived from the input and the target. So the same
command on the same input resumes, or finds the run finished, and sends nobody a second time.
"""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.source.input import Input

INPUT_COPY = "input"
"""The name, in the run directory, of the copy of an input that can be read only once."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A run directory that this process holds, and its input, which is readable again.

    `input_fingerprint` is the input's SHA-256, in hexadecimal digits.
    """

    path: Path
    input: Input
    input_fingerprint: str


async def enter_run_directory(
    stack: AsyncExitStack, source: Input, path: Path | None, purpose: Sequence[str]
) -> RunDirectory:
    """Make or enter the run directory, and hold it until `stack` closes.

    Without a `path`, the input's fingerprint and `purpose` (everything else that tells this run
    from another) give the directory its name. If `source` can be read only once, it is copied;
    the copy is removed before the directory is released. Raises MissingInputError,
    UnreadableInputError, CannotWriteError, RunDirectoryBusyError.
    """
    fingerprint = None
    if path is None:
        stack.callback(source.discard_copy)
        await source.make_readable_again(Path(f".{INPUT_COPY}-{os.getpid()}"))
        fingerprint = await source.fingerprint()
        path = _derived_path(fingerprint, purpose)
    create_run_directory(path)
    stack.enter_context(RunDirectoryLease.acquire(path))
    stack.callback(source.discard_copy)
    await source.make_readable_again(path / INPUT_COPY)
    return RunDirectory(path, source, fingerprint or await source.fingerprint())


def _derived_path(fingerprint: str, purpose: Sequence[str]) -> Path:
    scope = msgspec.msgpack.encode((fingerprint, *purpose))
    return Path(f"cxone-run-{blake2b(scope, digest_size=6).hexdigest()}")
