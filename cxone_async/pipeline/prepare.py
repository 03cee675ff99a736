"""Blocks of bytes in, decided rows and encoded contacts out.

Guarantee: pure and sequential. What comes out depends on the bytes and the job only, not
on how the bytes were cut into blocks, so that a resumed run repeats every decision. It is
the whole CPU side of a run and is built to live in a process of its own
(`prepare_process`): what crosses the border is a block of rows, not a row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from cxone_async.contacts.model import FieldName
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, Rejection, RowFields
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.matching.policies import matcher
from cxone_async.matching.policy import Duplicate, MatchPolicy
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.pipeline.chunk import PendingRow
from cxone_async.source.encoding import Transcoder
from cxone_async.source.header import ColumnMap, read_header
from cxone_async.source.records import RecordCutter, Records
from cxone_async.tenant.client import Dialect


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """All that preparing needs to know before the first byte."""

    encoding: str
    mapping: Mapping[FieldName, str]
    rules: NormaliseRules
    suppression_lines: tuple[str, ...]
    match: MatchPolicy
    threshold: float
    dialect: Dialect


class InputHeader(msgspec.Struct, frozen=True, array_like=True):
    """The header as it stood in the input; rejects.csv repeats it."""

    raw: bytes
    delimiter: str


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """What one block came to. `rows` counts the records that were cut from it."""

    rows: int
    decided: list[RowOutcome]
    ready: list[PendingRow]
    resemblances: list[Resemblance]
    header: InputHeader | None = None


class Preparer:
    """Prepares one input: `feed` every block in order, then `finish`."""

    def __init__(self, job: PrepareJob) -> None:
        self._transcoder = Transcoder(job.encoding)
        self._mapping = job.mapping
        # A row without a country has the default one, and one without a flag is not flagged.
        self._needed = job.rules.constraints.required_fields - {"country", "dnc_flag"}
        suppression = SuppressionList.from_lines(job.suppression_lines, job.rules.default_country)
        self._normalise = Normaliser(job.rules, suppression).normalise
        self._match = matcher(job.match, job.threshold).decide
        self._encode = job.dialect.encode
        self._cutter: RecordCutter | None = None
        self._columns: ColumnMap | None = None

    def feed(self, block: bytes) -> Prepared:
        """Prepare one block. Raises UnreadableInputError, UsageError for the header."""
        return self._cut(self._transcoder.feed(block), last=False)

    def finish(self) -> Prepared:
        """Prepare what is left at the end of the input. Raises as `feed`."""
        return self._cut(self._transcoder.finish(), last=True)

    def _cut(self, delivered: bytes, *, last: bool) -> Prepared:
        if self._cutter is None:
            if self._transcoder.encoding is None:
                return Prepared(0, [], [], [])
            self._cutter = RecordCutter(self._transcoder.encoding)
        records = [self._cutter.feed(delivered)] if delivered else []
        if last:
            records.append(self._cutter.finish())
        header = None
        if self._columns is None and self._cutter.header is not None:
            found = self._cutter.header
            self._columns = read_header(found.names, self._mapping, self._needed)
            header = InputHeader(found.raw, found.delimiter)
        prepared = Prepared(0, [], [], [], header)
        for some in records:
            prepared = self._decide(some, prepared)
        return prepared

    def _decide(self, records: Records, before: Prepared) -> Prepared:
        decided, ready, resemblances = before.decided, before.ready, before.resemblances
        normalise, match, encode = self._normalise, self._match, self._encode
        for row, line, raw, reason, detail in records.faulty:
            decided.append(RowOutcome(row, line, Outcome.INVALID, reason, detail, raw=raw))
        for row, line, raw, fields in zip(
            records.rows, records.lines, records.raws, self._select(records), strict=True
        ):
            contact = normalise(row, fields)
            if isinstance(contact, Rejection):
                decided.append(_rejected(row, line, raw, contact))
                continue
            verdict = match(contact)
            if isinstance(verdict, Duplicate):
                decided.append(
                    RowOutcome(
                        row,
                        line,
                        Outcome.DUPLICATE,
                        duplicate_of=verdict.of_row,
                        rule=verdict.rule,
                        score=verdict.score,
                    )
                )
                continue
            resemblances.extend(verdict.resembles)
            ready.append(PendingRow(row, line, raw, encode(contact)))
        rows = len(records.rows) + len(records.faulty)
        return Prepared(before.rows + rows, decided, ready, resemblances, before.header)

    def _select(self, records: Records) -> Iterator[RowFields]:
        if self._columns is None:
            return iter(())
        return map(RowFields._make, self._columns.select(records.fields))


def _rejected(row: int, line: int, raw: bytes, rejection: Rejection) -> RowOutcome:
    kept_raw = raw if rejection.outcome is Outcome.INVALID else b""
    return RowOutcome(
        row, line, rejection.outcome, rejection.reason, rejection.detail, raw=kept_raw
    )
