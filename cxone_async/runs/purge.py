"""Removes the personal data of a run, and keeps its figures.

Guarantee: only files that a run makes are removed, under their own names, in a directory that is
known to be a run's: no link is followed, no directory is entered, and what else is there stays
and is named. Nothing is removed of a run that a process works on; nor of one that has not finished,
unless that is asked for.

First the record of the purge is written, which says that it is not complete. Then the figures are
written anew from the result, so that nothing stays in them that a person wrote there. Then the
files are removed and the directory is synced, and the record says that it is complete. A purge that
was killed is finished by the next one.

The files are removed whole, also those of SQLite: nothing of them is kept. What a file system, an
SSD or a backup keeps of a removed file is out of reach.

Everything here blocks: call it from a thread.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final

import msgspec

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.durable.checksums import CHECKSUMS, digest_of
from cxone_async.durable.directory import sync_directory
from cxone_async.durable.held_leases import HeldLeases
from cxone_async.durable.lease import LOCK_NAME, RunDirectoryLease
from cxone_async.durable.writing import writing
from cxone_async.encoded import encoded
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    RunDirectoryBusyError,
    RunError,
)
from cxone_async.journal.head import head_path
from cxone_async.journal.store import JOURNAL_NAME, begun_before
from cxone_async.report.files import FIGURES, FILE_NAMES, WORKBOOK, read_result, write_figures
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.runs.found_run import FoundRun, RunState, look_at, recorded_result_of
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.runs.purge_record import PURGED, PurgeRecord, RemovedFile, read_purge_record
from cxone_async.runs.run_directory import INPUT_COPY
from cxone_async.runs.want_of_memory import NOTE

_HEAD: Final = head_path(Path(JOURNAL_NAME)).name
_OF_A_RUN: Final = frozenset(
    {
        *FILE_NAMES,
        WORKBOOK,
        CHECKSUMS,
        f"{CHECKSUMS}.next",
        NOTE,
        *(f"{JOURNAL_NAME}{more}" for more in ("", "-wal", "-shm", "-journal", ".new")),
        _HEAD,
        INPUT_COPY,
        f"{INPUT_COPY}.csv",
        f"{INPUT_COPY}.json",
        f".{INPUT_COPY}.part",
        f".{INPUT_COPY}.fresh",
    }
)
_EDITED: Final = re.compile(r"([a-z_]+)\.edited-[0-9]+(\.[a-z]+)")
_HALF_WRITTEN: Final = re.compile(r"\.((.+)\.[A-Za-z0-9_]+)\.partial")
_ENDED: Final = frozenset({RunState.FINISHED, RunState.PLANNED, RunState.PURGED})


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge removed, kept and left alone; with `is_dry_run`, what it would.

    `left` names, each with the reason, what is not of a run and was not touched: it may hold
    personal data too.
    """

    directory: str
    is_dry_run: bool
    removed: tuple[RemovedFile, ...]
    kept: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def removed_bytes(self) -> int:
        """The size of all that was removed."""
        return sum(one.size_bytes for one in self.removed)


def purge(
    directory: Path,
    now: datetime,
    *,
    unfinished: bool = False,
    everything: bool = False,
    dry_run: bool = False,
) -> Purged:
    """Remove the personal data of a run; with `everything` its figures and the directory too.

    `unfinished` allows it for a run that has not finished, or that cannot be read. `now` is in UTC.
    A dry run removes and locks nothing. Raises MissingInputError for what is no run directory,
    RunDirectoryBusyError when a process works on it, ConfigurationError for a run that has not
    finished, CannotWriteError.
    """
    if directory.is_symlink():
        raise MissingInputError(f"{directory} is a link, which is not followed: name its target")
    if not directory.is_dir():
        raise MissingInputError(f"no such run directory: {directory}")
    directory = directory.absolute()
    found = look_at(directory, HeldLeases.read())
    _refuse(directory, found, unfinished=unfinished)
    if dry_run:
        record, _ = _record(directory, found, now, everything=everything)
        removed, left = _sorted_out(directory, record)
        kept = () if everything else _kept(directory, record)
        return Purged(
            directory=str(directory), is_dry_run=True, removed=removed, kept=kept, left=left
        )
    with RunDirectoryLease.acquire(directory, found.input_name):
        # It may have been started since it was looked at. The lease is ours now, and no use of it.
        _refuse(directory, look_at(directory, HeldLeases({})), unfinished=unfinished)
        return _purge(directory, found, now, everything=everything)


def exit_code_of(purges: Iterable[Purged]) -> int:
    """Return 3 when something that may hold personal data was left alone, else 0."""
    return 3 if any(one.left for one in purges) else 0


def _refuse(directory: Path, found: FoundRun, *, unfinished: bool) -> None:
    """Raise unless the run may be purged."""
    if found.state is RunState.NO_RUN:
        raise MissingInputError(f"there is no run in {directory}: {found.trouble}")
    if found.state is RunState.RUNNING:
        by = f" by process {found.process} on {found.host}" if found.process is not None else ""
        raise RunDirectoryBusyError(f"{directory} is in use{by}: nothing was removed")
    if found.state in _ENDED:
        return
    # A lock that says who held it, or a journal that can be read, is a run's.
    if not (found.host or found.command):
        said = f": {found.trouble}" if found.trouble else ""
        raise MissingInputError(f"{directory} is not known to be a run directory{said}")
    if not unfinished:
        what = (
            f"cannot be read ({found.trouble})"
            if found.state is RunState.BROKEN
            else "has not finished: its rows that wait could not be sent any more, and which were "
            "sent would not be known"
        )
        raise ConfigurationError(
            f"the run in {directory} {what}. Nothing was removed; --unfinished purges it all the "
            "same"
        )


def _purge(directory: Path, found: FoundRun, now: datetime, *, everything: bool) -> Purged:
    record, result = _record(directory, found, now, everything=everything)
    removed, left = _sorted_out(directory, record)
    merged = {one.name: one for one in (*record.removed, *removed)}
    record = msgspec.structs.replace(record, removed=tuple(merged.values()))
    _write(directory, record)
    if record.keeps_figures and result is not None:
        write_figures(directory, result)
    # A wrong order does no harm: with the record there, nobody reads the journal as a run's.
    for one in removed:
        path = directory / one.name
        with writing(path):
            path.unlink(missing_ok=True)
    sync_directory(directory)
    if everything and not left:
        _remove(directory)
        kept: tuple[str, ...] = ()
    else:
        _write(directory, msgspec.structs.replace(record, is_complete=True))
        kept = _kept(directory, record)
    return Purged(directory=str(directory), is_dry_run=False, removed=removed, kept=kept, left=left)


def _remove(directory: Path) -> None:
    """Remove what is left of a directory in which nothing else is.

    The record goes last: without it a lock alone would look like a run that was stopped.
    """
    for path in (directory / LOCK_NAME, directory / PURGED):
        with writing(path):
            path.unlink(missing_ok=True)
        sync_directory(directory)
    with writing(directory):
        directory.rmdir()
    sync_directory(directory.parent)


def _record(
    directory: Path, found: FoundRun, now: datetime, *, everything: bool
) -> tuple[PurgeRecord, Reconciliation | None]:
    """Return the record of a purge that begins, or goes on, and the result if there is one."""
    before = read_purge_record(directory) if found.state is RunState.PURGED else None
    result = _result(directory, is_certain=found.state in _ENDED and before is None)
    if before is not None:
        keeps = before.keeps_figures and not everything
        return msgspec.structs.replace(before, is_complete=False, keeps_figures=keeps), result
    run_id, input_sha256 = _whose(directory, result)
    record = PurgeRecord(
        purged_at=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        is_complete=False,
        keeps_figures=result is not None and not everything,
        state=found.state.value,
        run_id=run_id,
        input_sha256=input_sha256,
        started_at=found.started_at,
        command=found.command,
        list_id=found.list_id,
        input_name=found.input_name,
        exit_code=found.exit_code,
        counts=found.counts,
        removed=(),
    )
    return record, result


def _result(directory: Path, *, is_certain: bool) -> Reconciliation | None:
    """Return a run's result; None of one that has none. A purge before may have had the journal."""
    if is_certain:
        return recorded_result_of(directory)
    for read in (recorded_result_of, read_result):
        with suppress(RunError):
            return read(directory)
    return None


def _whose(directory: Path, result: Reconciliation | None) -> tuple[str, str]:
    """Return the id of the run and the SHA-256 of its input; "" for what cannot be known."""
    if result is not None:
        return result.run.run_id, result.run.settings.get(INPUT_FINGERPRINT, "")
    try:
        begun = begun_before(directory / JOURNAL_NAME)
    except RunError:
        return "", ""
    return (begun.identity.run_id, begun.identity.input_fingerprint) if begun else ("", "")


def _sorted_out(
    directory: Path, record: PurgeRecord
) -> tuple[tuple[RemovedFile, ...], tuple[str, ...]]:
    """Return what of a directory is to be removed, and what is to be left, with the reason."""
    stays = {LOCK_NAME, PURGED, *(FIGURES if record.keeps_figures else ())}
    removed, left = [], []
    with writing(directory):
        for path in sorted(directory.iterdir()):
            if path.name in stays:
                continue
            status = path.lstat()
            if not S_ISREG(status.st_mode):
                left.append(f"{path.name}, {_kind(status.st_mode)}")
            elif not _is_of_a_run(path.name):
                left.append(f"{path.name}, which no run makes")
            else:
                removed.append(RemovedFile(path.name, status.st_size, digest_of(path)))
                if status.st_nlink > 1:
                    left.append(f"what {path.name} holds, which has another name elsewhere")
    return tuple(removed), tuple(left)


def _is_of_a_run(name: str) -> bool:
    """Whether a run, or a purge, makes a file of this name."""
    if edited := _EDITED.fullmatch(name):
        return "".join(edited.groups()) in _OF_A_RUN
    if half_written := _HALF_WRITTEN.fullmatch(name):  # `.NAME.partial`, or `.NAME.DRAWN.partial`
        return any(one in _OF_A_RUN or one == PURGED for one in half_written.groups())
    return name in _OF_A_RUN


def _kind(mode: int) -> str:
    if S_ISDIR(mode):
        return "a directory"
    return "a link" if S_ISLNK(mode) else "no regular file"


def _kept(directory: Path, record: PurgeRecord) -> tuple[str, ...]:
    figures: Iterable[str] = FIGURES if record.keeps_figures else ()
    return tuple(
        name for name in sorted({*figures, PURGED}) if name == PURGED or (directory / name).exists()
    )


def _write(directory: Path, record: PurgeRecord) -> None:
    with AtomicFile(directory / PURGED) as file:
        file.write(msgspec.json.format(encoded(msgspec.json.Encoder(), record), indent=2) + b"\n")
