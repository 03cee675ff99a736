"""What a purge leaves in a run directory: which run it was, and the digests of what was removed.

Guarantee: the record is there before the first file is removed, and says that the purge is complete
only when the last one is gone and the disk knows it. So a purge that was killed is never taken for
a whole run, nor for a purge that has ended.

It holds nothing of a contact.
"""

import os
from pathlib import Path
from stat import S_ISREG
from typing import Final

import msgspec

from cxone_async.errors import ConfigurationError, MissingInputError, UnreadableInputError

PURGED: Final = "purged.json"
CUT_SHORT: Final = "its purge was cut short: `cxone-async purge` finishes it"

_MOST_BYTES: Final = 1 << 20
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class RemovedFile(msgspec.Struct, frozen=True):
    """A file that was removed: its size in bytes, and its SHA-256 in hexadecimal digits.

    The digest is "" where the file could not be read.
    """

    name: str
    size_bytes: int
    sha256: str


class PurgeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Which run was purged, when (ISO 8601, UTC), and what was removed.

    `state` is that of the run before. The fields from `started_at` on are those of `FoundRun`.
    """

    purged_at: str
    is_complete: bool
    keeps_figures: bool
    state: str
    run_id: str
    input_sha256: str
    started_at: str
    command: str
    list_id: str
    input_name: str
    exit_code: int | None
    counts: dict[str, int]
    removed: tuple[RemovedFile, ...]

    @property
    def in_words(self) -> str:
        """That the run was purged, as the rest of a sentence that begins with its name."""
        return f"was purged on {self.purged_at[:10]}{'' if self.is_complete else f'; {CUT_SHORT}'}"


def read_purge_record(directory: Path) -> PurgeRecord | None:
    """Return the record of a purge; None where there is none.

    Raises UnreadableInputError for a file that is no such record, or that cannot be read.
    """
    path = directory / PURGED
    try:
        descriptor = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableInputError(f"{path} cannot be read: {error.strerror}") from error
    try:
        is_file = S_ISREG(os.fstat(descriptor).st_mode)
        content = os.read(descriptor, _MOST_BYTES) if is_file else b""
    finally:
        os.close(descriptor)
    try:
        return msgspec.json.decode(content, type=PurgeRecord)
    except (msgspec.DecodeError, RecursionError):
        raise UnreadableInputError(f"{path} is no record of a purge, or was changed") from None


def refuse_to_look_into_purged(directory: Path) -> None:
    """Raise MissingInputError, in words, where a run's rows were purged."""
    record = read_purge_record(directory)
    if record is not None:
        raise MissingInputError(
            f"the run in {directory} {record.in_words}. Its rows are not there any more; "
            f"`cxone-async status` tells its figures, {PURGED} has the digests of what was removed"
        )


def refuse_to_run_in_purged(directory: Path) -> None:
    """Raise ConfigurationError, in words, where a run was purged: nothing may be sent from there.

    Which rows were sent is not known there any more.
    """
    record = read_purge_record(directory)
    if record is not None:
        raise ConfigurationError(
            f"the run in {directory} {record.in_words}. Which rows it sent is not known there any "
            "more, so nothing is sent from there: name another run directory with --run-dir. A "
            "ledger still knows whom it sent"
        )
