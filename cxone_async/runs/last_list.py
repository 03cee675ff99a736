"""What has changed in a list since its last run: how many people are gone, how many are new.

Guarantee: people are counted, not lines. The people of the last run are those of its outcomes.csv
whom the ledger knows: it sent them, or found that an earlier run had. One is gone when no row of
the new input is found to be theirs. Compared is the latest run, if its outcomes.csv is as it was
written. Runs that sent nobody are passed over where it is not. Otherwise nothing is said: a later
run may have sent the same people again, who are found as that run's then.

Who was sent twice, under two spellings, may be found as either, and count as gone and new.

Memory: a byte for each row of the runs that sent these people.
"""

import csv
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from cxone_async.durable.checksums import digest_of
from cxone_async.errors import CannotWriteError, ConfigurationError, GuardTrippedError
from cxone_async.journal.database import open_for_reading
from cxone_async.journal.events import RunFinished, RunStarted, decode
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.ledger.port import EarlierRun, LedgerRun
from cxone_async.outcome import LEDGER_RULE, TENANT_RULE, Outcome, RowOutcome
from cxone_async.report.reconciliation import SinceLastRun

GROWN_TIMES: Final = 10
"""A list that has so many times the people of the last one is taken for a wrong one."""

OUTCOMES: Final = "outcomes.csv"
_MAY_BE_SENT: Final = (Outcome.READY, Outcome.IMPORTED, Outcome.FAILED, Outcome.UNRESOLVED)
_IN_LEDGER: Final = (Outcome.IMPORTED, Outcome.UNRESOLVED)
_UNKNOWN, _WAS_THERE, _IS_THERE, _IS_NEW = range(4)
_GROWTH_ROWS: Final = 4_096


class Sink(Protocol):
    """Keeps outcomes; see `load.collector.OutcomeSink`."""

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        """Keep outcomes of any rows."""
        ...


class LastList:
    """The people of the last run of a list; `count` the outcomes of the new one, in any order."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._by_run: dict[str, bytearray] = {}
        self._people = self._found = self._new = 0

    def add(self, run: str, row: int) -> None:
        """Note that the last list had somebody whom this run had sent as this row."""
        rows, at = self._state(run, row)
        self._people += rows[at] == _UNKNOWN
        rows[at] = _WAS_THERE

    def count(self, outcomes: Iterable[RowOutcome]) -> None:
        """Count outcomes of the new input; each row once."""
        for one in outcomes:
            if one.rule == LEDGER_RULE:
                rows, at = self._state(one.duplicate_of_run, one.duplicate_of)
                self._found += rows[at] == _WAS_THERE
                self._new += rows[at] == _UNKNOWN
                rows[at] = _IS_THERE if rows[at] in (_WAS_THERE, _IS_THERE) else _IS_NEW
            elif one.outcome in _MAY_BE_SENT or one.rule == TENANT_RULE:
                self._new += 1

    def count_new(self, rows: int) -> None:
        """Count rows of the new input that may be sent and have no outcome yet."""
        self._new += rows

    @property
    def change(self) -> SinceLastRun:
        """What has changed, once the whole input is counted."""
        return SinceLastRun(
            run=self._run, people=self._people, gone=self._people - self._found, new=self._new
        )

    def has_people_of(self, runs: Container[str]) -> bool:
        """Say whether one of these runs had sent somebody of the last list."""
        return any(run in runs for run in self._by_run)

    def beside(self, sink: Sink) -> Sink:
        """Return a sink that counts what it passes on to `sink`."""
        return _CountingSink(self, sink)

    def _state(self, run: str, row: int) -> tuple[bytearray, int]:
        rows = self._by_run.setdefault(run, bytearray())
        if row >= len(rows):
            rows.extend(bytes(row - len(rows) + _GROWTH_ROWS))
        return rows, row


class _CountingSink:
    def __init__(self, last: LastList, sink: Sink) -> None:
        self._last = last
        self._sink = sink

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        self._last.count(outcomes)
        self._sink.append(outcomes)


def read_last_list(earlier: Iterable[EarlierRun]) -> LastList | None:
    """Read the people of the last run; None where that cannot be. The latest run comes first.

    Synchronous and, for long lists, long: call it from a thread.
    """
    for one in earlier:
        with suppress(OSError, CannotWriteError, ConfigurationError):
            if has_intact_outcomes(one.run):
                return _read(one.run)
        if one.people:
            break
    return None


def refuse_changed(change: SinceLastRun, limit: float) -> None:
    """Raise GuardTrippedError when too many people are gone, or the list has grown too much."""
    way_out = "if the list is right, run the same command without --max-change-rate"
    if change.gone > limit * change.people:
        raise GuardTrippedError(
            f"stopped by --max-change-rate: {change.gone:,} of the {change.people:,} people of "
            f"{change.run} are gone, {change.gone / change.people:.1%}, over the limit of "
            f"{limit:.1%}; {way_out}"
        )
    people = change.people - change.gone + change.new
    if people and people >= GROWN_TIMES * change.people:
        raise GuardTrippedError(
            f"stopped by --max-change-rate: the list has {people:,} people, {GROWN_TIMES} times "
            f"the {change.people:,} of {change.run} or more; {way_out}"
        )


def refuse_unknown_change(earlier: Sequence[EarlierRun]) -> None:
    """Raise GuardTrippedError when there were runs and the last one cannot be compared with."""
    if earlier:
        raise GuardTrippedError(
            "stopped by --max-change-rate: what has changed since the last run, "
            f"{earlier[0].run.name}, is not known, since its outcomes.csv is not there as it was "
            "written, or it did not end; if the list is right, run the same command without "
            "--max-change-rate"
        )


def has_intact_outcomes(run: LedgerRun) -> bool:
    """Say whether the outcomes.csv of a finished run is as it was written.

    Raises OSError, CannotWriteError and ConfigurationError where that cannot be read.
    """
    directory = Path(run.directory)
    database = open_for_reading(directory / JOURNAL_NAME)
    try:
        first = decode(next(database.entries(1)).payload)
        last = decode(database.last().payload)
    finally:
        database.close()
    return (
        isinstance(first, RunStarted)
        and first.identity.run_id == run.run_id
        and isinstance(last, RunFinished)
        and last.file_digests.get(OUTCOMES) == digest_of(directory / OUTCOMES)
    )


def _read(run: LedgerRun) -> LastList:
    last = LastList(run.name)
    with (Path(run.directory) / OUTCOMES).open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            if line["rule"] == LEDGER_RULE:
                of_run, _, row = line["duplicate_of"].rpartition("/")
                last.add(of_run, int(row))
            elif line["outcome"] in _IN_LEDGER or line["rule"] == TENANT_RULE:
                last.add(run.name, int(line["row"]))
    return last
