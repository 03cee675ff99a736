"""Run directories as another process finds them: what was run, how far it is, how it ended.

Guarantee: no file of a run is written and no lease is taken; only SQLite notes a reader in the
shared memory of an open journal (journal.db-shm). What cannot be read becomes a sentence in
`trouble`; looking at a directory never raises, and each directory in a place has its `FoundRun`.

Of a journal the first and the last entry are read, and its head; of a plan, which has none,
reconciliation.json. So a look costs the same whatever the size of a run, and what it says of a
journal is not checked as a start checks it.
"""

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from stat import S_ISREG
from typing import Final

import msgspec

from cxone_async.durable.held_leases import DirectoryUse, HeldLeases, Use
from cxone_async.durable.lease import LOCK_NAME
from cxone_async.errors import MissingInputError, RunError, UnreadableInputError
from cxone_async.journal.head import head_path, read_head
from cxone_async.journal.store import JOURNAL_NAME, Begun, begun_before
from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import KEY_OF_OUTCOME, Reconciliation
from cxone_async.runs.purge_record import CUT_SHORT, PURGED, PurgeRecord, read_purge_record

TOTAL: Final = "total_input"
_RESULT: Final = "reconciliation.json"
_LAST_FILE: Final = "reconciliation.csv"
_OF_A_RUN: Final = frozenset(
    {LOCK_NAME, JOURNAL_NAME, head_path(Path(JOURNAL_NAME)).name, _RESULT, _LAST_FILE, PURGED}
)
_MOST_RESULT_BYTES: Final = 1 << 26
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_COUNTS: Final = (TOTAL, *KEY_OF_OUTCOME.values(), "segmented")


class RunState(StrEnum):
    """What has become of a run."""

    RUNNING = "running"
    STOPPED = "stopped"
    """Not finished, and no process works on it: the same command resumes it."""
    UNFINISHED = "unfinished"
    """Not finished; its process was in another container, and whether it lives is not known."""
    FINISHED = "finished"
    PLANNED = "planned"
    PURGED = "purged"
    """Its rows were removed; only figures are left."""
    NO_RUN = "no run"
    BROKEN = "broken"


class FoundRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a run directory says of its run.

    `directory` is its name. `started_at`, in ISO 8601 and UTC, is the beginning of the start that
    finished it, else of its last start. `counts` holds rows by the keys of reconciliation.csv: all
    of them when it is finished; else those that are known to have their outcome. `sent_to_row` is
    the highest row that was sent of a run that is not finished. `process` and `host` are those of
    the last start. `purged_at` is when its rows were removed. Text that is not known is "", a
    number None. `trouble` is a sentence, "" for none.
    """

    directory: str
    state: RunState
    trouble: str = ""
    started_at: str = ""
    command: str = ""
    list_id: str = ""
    input_name: str = ""
    exit_code: int | None = None
    counts: dict[str, int] = {}
    submissions: int | None = None
    sent_to_row: int | None = None
    process: int | None = None
    host: str = ""
    purged_at: str = ""

    def rows(self, key: str) -> int | None:
        """Return a count of rows by its key in reconciliation.csv; None when it is not known."""
        return self.counts.get(key)


def runs_in(root: Path) -> list[FoundRun]:
    """Look at every directory in `root`; the oldest run comes first, what is no run last.

    A link is named but not followed. Raises MissingInputError when `root` is no directory or is
    a run directory itself, UnreadableInputError when it cannot be read.
    """
    try:
        with os.scandir(root) as scanned:
            entries = list(scanned)
    except (FileNotFoundError, NotADirectoryError):
        raise MissingInputError(f"{root} is no directory") from None
    except OSError as error:
        raise UnreadableInputError(f"{root} cannot be read: {_in_words(error)}") from error
    if {JOURNAL_NAME, _LAST_FILE, PURGED} & {one.name for one in entries}:
        raise MissingInputError(
            f"{root} is a run directory itself: name the directory that it is in, or ask for its "
            "status"
        )
    leases = HeldLeases.read()
    found = [_look_at_entry(one, leases) for one in entries if _may_be_run(one)]
    return sorted(found, key=lambda one: (not one.started_at, one.started_at, one.directory))


def look_at(directory: Path, leases: HeldLeases) -> FoundRun:
    """Return what a directory says of its run; never raises."""
    name = directory.name
    use: DirectoryUse | None = None
    try:
        with os.scandir(directory) as scanned:
            names = {one.name for one in scanned}
        if not names & _OF_A_RUN:
            what = "it holds no run" if names else "it is empty"
            return FoundRun(directory=name, state=RunState.NO_RUN, trouble=what)
        use = leases.of(directory)
        try:
            return _found(directory, names, use)
        except RunError:
            if use.use is not Use.IN_USE:
                raise
            return _found(directory, names, use)  # it was being written
    except RunError as error:
        said = str(error).replace(f"{directory}{os.sep}", "")
    except OSError as error:
        path = Path(os.fsdecode(error.filename or directory))
        what = "it" if path == directory else path.name
        said = f"{what} cannot be read: {_in_words(error)}"
    return _with_use(FoundRun(directory=name, state=RunState.BROKEN, trouble=said), use)


def result_of(directory: Path) -> Reconciliation:
    """Return the result of a finished run, also of one that was purged.

    Raises MissingInputError when it has not finished or its figures were purged,
    UnreadableInputError when its result cannot be read, and what `begun_before` raises.
    """
    record = read_purge_record(directory)
    if record is None:
        return recorded_result_of(directory)
    try:
        return _decode(_content(directory / _RESULT), directory / _RESULT)
    except OSError:
        raise MissingInputError(
            f"the run in {directory} {record.in_words}: its figures are not there"
        ) from None


def recorded_result_of(directory: Path) -> Reconciliation:
    """Return the result of a finished run, whether or not a purge has begun. Raises likewise."""
    try:
        begun = begun_before(directory / JOURNAL_NAME)
        result = _result(directory, begun)
    except OSError as error:
        raise MissingInputError(f"no finished run in {directory}: {_in_words(error)}") from error
    if result is None:
        raise MissingInputError(f"the run in {directory} has not finished")
    return result


def _may_be_run(entry: os.DirEntry[str]) -> bool:
    """Whether it is a directory, or a link that leads to one or nowhere."""
    try:
        return not entry.is_file() if entry.is_symlink() else entry.is_dir()
    except OSError:
        return True


def _look_at_entry(entry: os.DirEntry[str], leases: HeldLeases) -> FoundRun:
    if entry.is_symlink():
        said = "it is a link, which is not followed"
        return FoundRun(directory=entry.name, state=RunState.NO_RUN, trouble=said)
    return look_at(Path(entry.path), leases)


def _found(directory: Path, names: set[str], use: DirectoryUse) -> FoundRun:
    record = read_purge_record(directory) if PURGED in names else None
    if record is not None:
        return _purged(directory.name, record, use)
    begun = begun_before(directory / JOURNAL_NAME)
    result = _result(directory, begun) if begun or {_RESULT, _LAST_FILE} & names else None
    if result is not None:
        return _with_use(_ended(directory.name, result, names), use)
    identity = begun.identity if begun else None
    head = read_head(directory / JOURNAL_NAME)
    settled = head.settled if head else None
    counts = (
        {
            KEY_OF_OUTCOME[Outcome.IMPORTED]: settled.imported,
            KEY_OF_OUTCOME[Outcome.FAILED]: settled.failed,
            KEY_OF_OUTCOME[Outcome.UNRESOLVED]: settled.unresolved,
        }
        if settled
        else {}
    )
    found = FoundRun(
        directory=directory.name,
        state=_UNFINISHED[use.use],
        command=identity.command if identity else "",
        list_id=identity.list_id if identity else "",
        counts=counts,
        submissions=head.submissions if head else None,
        sent_to_row=head.highest_row if head else None,
    )
    return _with_use(found, use)


def _purged(name: str, record: PurgeRecord, use: DirectoryUse) -> FoundRun:
    is_running = use.use is Use.IN_USE
    return FoundRun(
        directory=name,
        state=RunState.RUNNING if is_running else RunState.PURGED,
        trouble="" if record.is_complete or is_running else CUT_SHORT,
        started_at=record.started_at,
        command=record.command,
        list_id=record.list_id,
        input_name=record.input_name,
        exit_code=record.exit_code,
        counts=record.counts,
        process=use.holder.pid if is_running and use.holder else None,
        host=use.holder.host if is_running and use.holder else "",
        purged_at=record.purged_at,
    )


_UNFINISHED: Final = {
    Use.IN_USE: RunState.RUNNING,
    Use.FREE: RunState.STOPPED,
    Use.UNKNOWN: RunState.UNFINISHED,
}


def _result(directory: Path, begun: Begun | None) -> Reconciliation | None:
    """Return the result that the journal recorded, or, of a plan, that its file holds."""
    if begun is None:
        path = directory / _RESULT
        return _decode(_content(path), path)
    if begun.finished is None:
        return None
    return _decode(begun.finished.summary, directory / JOURNAL_NAME)


def _decode(content: bytes, path: Path) -> Reconciliation:
    try:
        return msgspec.json.decode(content, type=Reconciliation)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableInputError(
            f"{path} holds no result that this version can read: {error}"
        ) from error


def _content(path: Path) -> bytes:
    """Read a regular file; of anything else, nothing. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        size = min(found.st_size, _MOST_RESULT_BYTES)
        return os.read(descriptor, size) if S_ISREG(found.st_mode) else b""
    finally:
        os.close(descriptor)


def _ended(name: str, result: Reconciliation, names: set[str]) -> FoundRun:
    missing = ", ".join(one for one in (_RESULT, _LAST_FILE) if one not in names)
    trouble = f"not there: {missing}. The same command writes it again" if missing else ""
    run = result.run
    return FoundRun(
        directory=name,
        state=RunState.PLANNED if run.command == "plan" else RunState.FINISHED,
        trouble=trouble,
        started_at=run.started_at.replace("+00:00", "Z"),
        command=run.command,
        list_id=run.list_id,
        input_name=run.input_name,
        exit_code=result.exit_code,
        counts={key: getattr(result, key) for key in _COUNTS},
    )


def _with_use(found: FoundRun, use: DirectoryUse | None) -> FoundRun:
    """Add what the lock says. A finished run that is started again is running."""
    if use is None or not use.since_s:
        return found
    is_running = use.use is Use.IN_USE
    return msgspec.structs.replace(
        found,
        state=RunState.RUNNING if is_running else found.state,
        exit_code=None if is_running else found.exit_code,
        started_at=found.started_at or _moment(use.since_s),
        input_name=found.input_name or (use.holder.input_name if use.holder else ""),
        process=use.holder.pid if use.holder else None,
        host=use.holder.host if use.holder else "",
    )


def _moment(since_s: float) -> str:
    moment = datetime.fromtimestamp(since_s, UTC).isoformat(timespec="seconds")
    return moment.replace("+00:00", "Z")


def _in_words(error: OSError) -> str:
    return f"{error.strerror or type(error).__name__} (errno {error.errno})"
