"""The run directory and the input that belongs to it.

Guarantee: `import` and `plan` hold the directory's lease while they work in it.

An input that can be read only once, or that lies elsewhere, is copied into the run directory
first. A resumed run reads it again, and needs the whole input to check that it is the same one. The
copy of a stream is removed at the end. That of an input that lies elsewhere stays, for the next
start, for `verify` and for `explain`.

Without `--run-dir` the directory's name is derived from the input and the target. So the same
command on the same input resumes the run, or finds it finished and does not send it again.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.runs.copying_place import (
    copying_place,
    remove_places_of_the_dead,
    remove_unfinished_copies,
)
from cxone_async.runs.own_files import refuse_what_is_not_ours
from cxone_async.runs.purge_record import refuse_to_run_in_purged
from cxone_async.source.input import Input

INPUT_COPY = "input"
"""The name, in the run directory, of the copy of an input that is not a file."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A run directory that this process holds, and its input, which can be read again.

    `input_fingerprint` is the input's SHA-256, in hexadecimal digits; `text_sha256` that of the CSV
    that was made of it, or "".
    """

    path: Path
    input: Input
    input_fingerprint: str
    text_sha256: str = ""


async def enter_run_directory(
    stack: AsyncExitStack,
    source: Input,
    path: Path | None,
    purpose: Sequence[str],
    *,
    allows_shared: bool = False,
) -> RunDirectory:
    """Make or enter the run directory, and hold it until `stack` closes.

    Without a `path`, the directory's name is derived from the input's fingerprint and `purpose`
    (everything else that tells this run from another). If `source` is a stream or lies elsewhere,
    it is copied; the copy of a stream is removed before the directory is released. What a killed
    process left of a copy is removed. `allows_shared` is that of `refuse_what_is_not_ours`. Raises
    ConfigurationError, MissingInputError, UnreadableInputError, CannotWriteError,
    RunDirectoryBusyError, AccessRefusedError, RemoteUnreachableError.
    """
    fingerprint = None
    with ExitStack() as places, ExitStack() as outside:
        if path is None:
            outside.callback(source.discard_copy)
            remove_places_of_the_dead(Path())
            place = Path() if source.is_readable_again else places.enter_context(copying_place())
            await source.make_readable_again(place / INPUT_COPY)
            fingerprint = await source.fingerprint()
            path = _derived_path(fingerprint, purpose)
        create_run_directory(path)
        refuse_what_is_not_ours(path, INPUT_COPY, allows_shared=allows_shared)
        stack.enter_context(RunDirectoryLease.acquire(path, source.name))
        refuse_to_run_in_purged(path)
        remove_unfinished_copies(path, INPUT_COPY)
        stack.callback(source.discard_copy if source.is_stream else source.discard_text)
        await source.make_readable_again(
            path / INPUT_COPY, has_begun=(path / JOURNAL_NAME).exists()
        )
        outside.pop_all()
    return RunDirectory(
        path, source, fingerprint or await source.fingerprint(), await source.text_sha256()
    )


def _derived_path(fingerprint: str, purpose: Sequence[str]) -> Path:
    scope = msgspec.msgpack.encode((fingerprint, *purpose))
    return Path(f"cxone-run-{blake2b(scope, digest_size=6).hexdigest()}")
