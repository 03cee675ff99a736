"""Turns blocks of bytes into decided rows and encoded contacts.

Guarantee: pure and sequential. The result depends on the bytes and the job only, not on how the
bytes were cut into blocks. So a run resumed by the same version makes every decision again in the
same way. Another version may read a row otherwise: `load.producer` raises when a row that was sent
is not ready any more.

This is all the CPU work of a run, in two stages. Each can run in a process of its own
(`subprocesses`):

* `NormaliseStage` needs no earlier rows. It also does the part of matching that looks at one row.
* `MatchStage` remembers all rows.

Blocks of rows cross between processes, not single rows.
"""

from collections.abc import Iterator

from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.contacts.normalise import Normaliser, Rejection, RowFields, rows_of
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.matching.definition import ParallelMap
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.policy import Duplicate
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome, Resemblance, RowOutcome, joined
from cxone_async.prepare.country_column import CountryColumn
from cxone_async.prepare.flagged import tells_people_apart
from cxone_async.prepare.rows import Normalised, PendingRows, Prepared, PrepareJob
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records


class NormaliseStage:
    """Splits one input into rows, checks and encodes them. `feed` each block, then `finish`."""

    def __init__(self, job: PrepareJob) -> None:
        settings = job.settings
        # A missing country means the default one, and a missing flag means not flagged.
        needed = settings.required_fields - {"country", "dnc_flag"}
        self._reader = Reader(
            encoding=settings.encoding,
            overrides=settings.map,
            needed=needed,
            ignored=settings.ignore_column,
        )
        self._normalise = Normaliser(
            settings.rules,
            SuppressionList(job.listed),
            flagged=job.flagged,
            tells_apart=tells_people_apart,
        ).normalise
        self._encode = job.dialect.encode if job.dialect else None
        self._keep_raw = job.keep_raw
        self._standardise = new_matcher(settings.match, settings.threshold).standardise
        self._country_column: CountryColumn | None = None
        self._country_is_judged = False

    def feed(self, block: bytes) -> Normalised:
        """Normalise one block.

        Raises UnreadableInputError for the header and for a country column without countries,
        UsageError for the header.
        """
        return self._normalised(self._reader.feed(block), is_last=False)

    def finish(self) -> Normalised:
        """Normalise the rest at the end of the input. Raises the same errors as `feed`."""
        return self._normalised(self._reader.finish(), is_last=True)

    def _normalised(self, records: Records, *, is_last: bool) -> Normalised:
        if not self._country_is_judged:
            self._judge_country(records, is_last=is_last)
        rows = len(records.rows) + len(records.unreadable)
        decided = [
            RowOutcome(row, line, Outcome.INVALID, problem.reason, problem.detail, raw=raw)
            for row, line, raw, problem in records.unreadable
        ]
        inputs: list[MatchInput] = []
        pending = PendingRows([], [], [], [], [])
        add_row, add_line = pending.rows.append, pending.lines.append
        add_raw, add_payload = pending.raws.append, pending.payloads.append
        add_repairs = pending.repairs.append
        normalise, standardise, encode = self._normalise, self._standardise, self._encode
        keep_raw = self._keep_raw
        for row, line, raw, fields in zip(
            records.rows, records.lines, records.raws, self._select(records), strict=True
        ):
            contact = normalise(row, fields)
            if isinstance(contact, Rejection):
                decided.append(_rejected(row, line, raw, contact))
            else:
                inputs.append(standardise(contact))
                add_row(row)
                add_line(line)
                add_raw(raw if keep_raw else b"")
                add_payload(encode(contact) if encode else b"")
                add_repairs(joined(contact.repairs) if contact.repairs else "")
        return Normalised(rows, decided, inputs, pending, is_last)

    def _judge_country(self, records: Records, *, is_last: bool) -> None:
        columns, header = self._reader.columns, self._reader.header
        if columns is None or header is None:
            return
        index = columns.indexes[FIELD_NAMES.index("country")]
        if index is None:
            self._country_is_judged = True
            return
        self._country_column = self._country_column or CountryColumn(index, header.names)
        if self._country_column.add(records) or is_last:
            self._country_column.judge()
            self._country_is_judged = True

    def _select(self, records: Records) -> Iterator[RowFields]:
        columns = self._reader.columns
        return rows_of(columns.select(records.fields) if columns else ())


class MatchStage:
    """Finds the duplicates in one input: `decide` each normalised block, in order.

    `any-field` gives half of its work to `parallel_map`.
    """

    def __init__(self, job: PrepareJob, parallel_map: ParallelMap = map) -> None:
        self._matcher = new_matcher(job.settings.match, job.settings.threshold, parallel_map)

    def decide(self, normalised: Normalised) -> Prepared:
        """Decide which contacts of a block are duplicates."""
        decided = normalised.decided.copy()
        is_kept: list[bool] = []
        resemblances: list[Resemblance] = []
        inputs, pending = normalised.inputs, normalised.pending
        for row, line, repairs, decision in zip(
            pending.rows,
            pending.lines,
            pending.repairs,
            self._matcher.decide_all(inputs),
            strict=True,
        ):
            if isinstance(decision, Duplicate):
                decided.append(_duplicate(row, line, repairs, decision))
                is_kept.append(False)
            else:
                resemblances += decision.resembles
                is_kept.append(True)
        return Prepared(
            normalised.rows,
            decided,
            pending.only(is_kept),
            resemblances,
            self._matcher.statistics() if normalised.is_last else {},
        )


class Preparer:
    """Both stages in one process: `feed` each block in order, then `finish`.

    Raises the same errors as `NormaliseStage`.
    """

    def __init__(self, job: PrepareJob) -> None:
        self._normalise = NormaliseStage(job)
        self._match = MatchStage(job)

    def feed(self, block: bytes) -> Prepared:
        """Prepare one block."""
        return self._match.decide(self._normalise.feed(block))

    def finish(self) -> Prepared:
        """Prepare the rest at the end of the input."""
        return self._match.decide(self._normalise.finish())


def _duplicate(row: int, line: int, repairs: str, decision: Duplicate) -> RowOutcome:
    return RowOutcome(
        row,
        line,
        Outcome.DUPLICATE,
        duplicate_of=decision.of_row,
        rule=decision.rule,
        score=decision.score,
        repairs=repairs,
    )


def _rejected(row: int, line: int, raw: bytes, rejection: Rejection) -> RowOutcome:
    kept_raw = raw if rejection.outcome is Outcome.INVALID else b""
    return RowOutcome(
        row,
        line,
        rejection.outcome,
        rejection.reason,
        rejection.detail,
        duplicate_of=rejection.flagged_row,
        raw=kept_raw,
        repairs=joined(rejection.repairs),
    )
