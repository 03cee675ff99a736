"""Finds the rows of an input that decisions of people are about.

Guarantee: pure. The input is read once for it, before the first row is prepared, so that a decision
about a row that is not there is refused before anything is sent.
"""

from typing import Final, Protocol

from cxone_async.contacts.normalise import rows_of
from cxone_async.errors import UsageError
from cxone_async.prepare.decided_pairs import DecidedPairs
from cxone_async.prepare.decisions_file import PairDecisions
from cxone_async.prepare.further_fields import FurtherSettings, further_fields
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import Records

_BY_ID_NEEDS: Final = (
    "--decisions: the file names rows by external_id; say with --external-id which column holds it"
)


class ReadingSettings(FurtherSettings, Protocol):
    """How the rows of an input, and their external ids, are read."""

    @property
    def reading_rules(self) -> ReadingRules:
        """How the rows are read."""
        ...

    @property
    def external_id(self) -> str:
        """The column of external ids; "" for none."""
        ...


class DecidedRows:
    """One reading of the input: `feed` each block, then `finish`; then ask for `pairs`."""

    def __init__(
        self, decisions: PairDecisions, settings: ReadingSettings, input_sha256: str
    ) -> None:
        """Raises UsageError for ids without a column, UnreadableInputError for another input."""
        self._decisions = decisions
        self._settings = settings
        self._reader = Reader(settings.reading_rules)
        self._rows = 0
        self._is_by_id = decisions.named_by == "external_id"
        if self._is_by_id and not settings.external_id:
            raise UsageError(_BY_ID_NEEDS)
        names = {name for one in decisions.pairs for name in (one.later, one.earlier)}
        self._number_of = {name: number for number, name in enumerate(sorted(names))}
        self._key_of_row: dict[int, int] = {}
        for one in decisions.pairs:
            if not input_sha256.startswith(one.input_sha256):
                raise one.problem(
                    "the decision is about the rows of another input; to use it for this one, "
                    "name rows by external_id"
                )

    def feed(self, block: bytes) -> None:
        """Look through the rows that a block completes. Raises as `Reader.feed`."""
        self._take(self._reader.feed(block))

    def finish(self) -> None:
        """Look through the rest. Raises as `Reader.finish`."""
        self._take(self._reader.finish())

    def pairs(self) -> DecidedPairs:
        """Return the decisions on this input. Raises UnreadableInputError for an unknown row."""
        number_of = self._number_of
        if not self._is_by_id:
            self._key_of_row = {
                int(name): number for name, number in number_of.items() if int(name) <= self._rows
            }
        known = set(self._key_of_row.values())
        unknown = [
            one
            for one in self._decisions.pairs
            if number_of[one.later] not in known or number_of[one.earlier] not in known
        ]
        if unknown:
            first = min(unknown, key=lambda one: (one.file, one.line))
            raise first.problem(self._said_of_unknown(known, first.later, first.earlier))
        pairs = [
            (number_of[one.later], number_of[one.earlier], one.is_same)
            for one in self._decisions.pairs
        ]
        return DecidedPairs(
            self._key_of_row,
            [(later, earlier) for later, earlier, is_same in pairs if is_same],
            [(later, earlier) for later, earlier, is_same in pairs if not is_same],
            self._decisions.sha256,
        )

    def _said_of_unknown(self, known: set[int], *names: str) -> str:
        if self._is_by_id:
            return "no row of the input has this external id"
        row = next(name for name in names if self._number_of[name] not in known)
        return f"there is no row {row}: the input has {self._rows:,} rows"

    def _take(self, records: Records) -> None:
        self._rows += len(records.rows) + len(records.unreadable)
        columns = self._reader.columns
        if not self._is_by_id or columns is None:
            return
        further = further_fields(self._settings, columns, None)
        assert further is not None  # noqa: S101  there is an external id
        for row, cells in zip(records.rows, rows_of(columns.select(records.fields)), strict=True):
            number = self._number_of.get(further.external_id(cells.further))
            if number is not None:
                self._key_of_row[row] = number
