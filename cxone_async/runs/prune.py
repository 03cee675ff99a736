"""Purges the runs in a directory that ended long ago.

Guarantee: a run is purged only when it has ended, by its own record, before the moment that is
given. One that a process works on never is, one that has not finished only when that is asked for,
and one that has a file which a person has edited since that moment is not. Where it cannot be known
when a run ended, it stays and is named. A run that cannot be purged stops no other. Only
directories in the place itself are looked at, as `runs_in` does it: no link is followed.

A clock that is set back makes runs younger, so less is removed. A run that seems to have begun in
the future, or before there was such a program, was made by a wrong clock: its age is not known.

Everything here blocks: call it from a thread.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from cxone_async.durable.checksums import edited_since
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    RunDirectoryBusyError,
    RunError,
)
from cxone_async.report.files import FIGURES
from cxone_async.runs.found_run import FoundRun, RunState, result_of, runs_in
from cxone_async.runs.purge import Purged, purge

_AT_ONCE: Final = 16
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER: Final = timedelta(days=1)
_AGE_NOT_KNOWN: Final = "when it ended cannot be known: it seems to have begun at '{}'"
_NOT_FINISHED: Final = frozenset({RunState.STOPPED, RunState.UNFINISHED})
_RECORDED: Final = frozenset({RunState.FINISHED, RunState.PLANNED, RunState.PURGED})


class PruneResult(StrEnum):
    """What a prune did with a directory."""

    PURGED = "purged"
    YOUNGER = "younger"
    EMPTIED = "purged before"
    RUNNING = "running"
    UNFINISHED = "not finished"
    EDITED = "edited since"
    NO_RUN = "no run"
    NOT_PURGED = "not purged"
    """It should have been, and could not be, or its age is not known."""


_RESULT_OF: Final[Mapping[type[Exception], PruneResult]] = {
    MissingInputError: PruneResult.NO_RUN,
    RunDirectoryBusyError: PruneResult.RUNNING,
}
_LEFT_ALONE: Final = {RunState.NO_RUN: PruneResult.NO_RUN, RunState.RUNNING: PruneResult.RUNNING}


class PrunedRun(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a directory: its name, and when its run ended (ISO 8601, UTC), if known.

    `said` is why it stays, a sentence, "" where the result says all. `purged` is what was removed.
    """

    directory: str
    result: PruneResult
    ended_at: str = ""
    said: str = ""
    purged: Purged | None = None


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What a prune did in `root` with runs that had ended before `ended_before` (UTC).

    `runs` has every directory in it, the oldest run first.
    """

    root: str
    ended_before: str
    is_dry_run: bool
    runs: tuple[PrunedRun, ...]

    def of(self, result: PruneResult) -> list[PrunedRun]:
        """Return the runs of one result."""
        return [one for one in self.runs if one.result is result]

    @property
    def removed_files(self) -> int:
        """How many files were removed."""
        return sum(len(one.purged.removed) for one in self.runs if one.purged)

    @property
    def removed_bytes(self) -> int:
        """The size of all that was removed."""
        return sum(one.purged.removed_bytes for one in self.runs if one.purged)

    @property
    def exit_code(self) -> int:
        """3 when something stayed that should have gone, or may hold personal data; else 0."""
        left = any(one.purged.left for one in self.runs if one.purged)
        return 3 if left or self.of(PruneResult.NOT_PURGED) else 0


def prune(
    root: Path,
    age: timedelta,
    now: datetime,
    *,
    unfinished: bool = False,
    everything: bool = False,
    dry_run: bool = False,
    spared: str = "",
) -> Pruned:
    """Purge every run in `root` that ended more than `age` ago; the rest is as in `purge`.

    With `unfinished` also those that have not finished or cannot be read, and that nothing was
    written in for as long. `now` is in UTC. `spared` is the name of a directory that stays. Raises
    what `runs_in` raises.
    """
    how = _How(root, now, now - age, unfinished, everything, dry_run)
    found = [one for one in runs_in(root) if one.directory != spared]
    # They wait for the disk nearly all the time; it serves several at once.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = tuple(pool.map(how.pruned, found))
    return Pruned(
        root=str(root.absolute()),
        ended_before=_text(how.before),
        is_dry_run=dry_run,
        runs=runs,
    )


@dataclass(frozen=True, slots=True)
class _How:
    """What is asked for. `before` is the moment before which a run has to have ended."""

    root: Path
    now: datetime
    before: datetime
    unfinished: bool
    everything: bool
    dry_run: bool

    def pruned(self, found: FoundRun) -> PrunedRun:
        """Purge a run, or say why it stays."""
        one = PrunedRun(directory=found.directory, result=PruneResult.NOT_PURGED)
        try:
            return self._tried(found, one)
        except (RunError, OSError) as error:
            result = _RESULT_OF.get(type(error), PruneResult.NOT_PURGED)
            if found.state in _NOT_FINISHED and isinstance(error, ConfigurationError):
                result = PruneResult.UNFINISHED
            # The place is said once, above all of them.
            text = str(error).replace(f"{self.root.absolute()}{os.sep}", "")
            return replace(one, result=result, said=text)

    def _tried(self, found: FoundRun, one: PrunedRun) -> PrunedRun:
        """Raises what `purge` raises, UnreadableInputError and OSError."""
        directory = self.root / found.directory
        if found.state in _LEFT_ALONE:
            return replace(one, result=_LEFT_ALONE[found.state], said=found.trouble)
        if found.state is RunState.PURGED:
            return self._again(directory, found, one)
        ended = self._end_of(directory, found)
        if ended is None:
            return replace(one, said=_AGE_NOT_KNOWN.format(found.started_at))
        if ended >= self.before:
            return replace(one, result=PruneResult.YOUNGER)
        one = replace(one, ended_at=_text(ended))
        edited = edited_since(directory, self.before.timestamp())
        if edited := [name for name in edited if name not in FIGURES]:
            return replace(
                one, result=PruneResult.EDITED, said=f"edited since: {', '.join(edited)}"
            )
        return self._purged(directory, one, everything=self.everything)

    def _again(self, directory: Path, found: FoundRun, one: PrunedRun) -> PrunedRun:
        """Purge a run once more; its rows should be gone already, whatever its age."""
        ended = self._end_of(directory, found) if self.everything else None
        if ended is not None and ended < self.before:
            return self._purged(directory, replace(one, ended_at=_text(ended)), everything=True)
        would = purge(directory, self.now, dry_run=True)
        if found.trouble or would.removed:
            return self._purged(directory, one, everything=False)
        return replace(one, result=PruneResult.EMPTIED, purged=would)

    def _purged(self, directory: Path, one: PrunedRun, *, everything: bool) -> PrunedRun:
        purged = purge(
            directory,
            self.now,
            unfinished=self.unfinished,
            everything=everything,
            dry_run=self.dry_run,
        )
        result = PruneResult.PURGED if purged.removed or not purged.kept else PruneResult.EMPTIED
        return replace(one, result=result, purged=purged)

    def _end_of(self, directory: Path, found: FoundRun) -> datetime | None:
        """Return when a run ended, or was last written in; None when that cannot be known.

        Starts that were stopped count too in how long it took, so it is never too early. Of a run
        that has not ended long ago for certain, only the start is returned.
        """
        if found.state not in _RECORDED:
            newest_s = max(_moments_s(directory), default=0.0)
            return self._believed(datetime.fromtimestamp(newest_s, UTC))
        start = self._believed(_moment(found.started_at))
        if start is None or start >= self.before:
            return start
        try:
            return start + timedelta(seconds=result_of(directory).duration_s)
        except OverflowError:
            return None
        except MissingInputError:  # its figures were purged too
            return self._believed(_moment(found.purged_at))

    def _believed(self, moment: datetime | None) -> datetime | None:
        """Return a moment that a right clock may have told, else None."""
        if moment is None or not _EARLIEST <= moment <= self.now + _CLOCKS_DIFFER:
            return None
        return moment


def _moments_s(directory: Path) -> list[float]:
    """Return when each file was last written; to look at a journal changes its shared memory."""
    with os.scandir(directory) as scanned:
        return [
            one.stat(follow_symlinks=False).st_mtime
            for one in scanned
            if one.is_file(follow_symlinks=False) and not one.name.endswith("-shm")
        ]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
