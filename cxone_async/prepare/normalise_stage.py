"""The first stage of preparation: splits one input into rows, checks and encodes them.

It needs no earlier rows. It also does the part of matching that looks at one row.
"""

from dataclasses import replace
from functools import partial

import msgspec

from cxone_async.contacts.country import country_byte
from cxone_async.contacts.further import FurtherFields
from cxone_async.contacts.model import FIELD_NAMES, Contact
from cxone_async.contacts.normalise import Normaliser, Rejection, rows_of
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome, Repair, RowOutcome, joined
from cxone_async.prepare.country_column import CountryColumn
from cxone_async.prepare.flagged import tells_people_apart
from cxone_async.prepare.further_fields import further_fields
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.rows import Normalised, NoRows, PendingRows
from cxone_async.source.header import ColumnMap
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records


class NormaliseStage:
    """Normalises one input: `feed` each block, then `finish`."""

    def __init__(self, job: PrepareJob) -> None:
        settings = job.settings
        # A missing country means the default one, and a missing flag means not flagged.
        needed = settings.required_fields - {"country", "dnc_flag"}
        self._reader = Reader(replace(settings.reading_rules, needed=needed))
        self._job = job
        self._normaliser: Normaliser | None = None
        self._further: FurtherFields | None = None
        self._encode = job.dialect.encode if job.dialect else None
        # The row may turn out to have another person's id.
        self._keep_raw = job.keep_raw or bool(settings.external_id)
        standardise = new_matcher(settings.match, settings.threshold).standardise
        self._standardise = partial(standardise, names=job.names)
        self._country_column: CountryColumn | None = None
        self._country_is_judged = False
        self._rows_read = 0

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
        first_row = self._rows_read + 1
        self._rows_read += rows
        countries = bytearray(rows)
        decided = [
            RowOutcome(row, line, Outcome.INVALID, problem.reason, problem.detail, raw=raw)
            for row, line, raw, problem in records.unreadable
        ]
        no_rows = NoRows(records.blank_rows, records.repeated_headers)
        inputs: list[MatchInput] = []
        pending = PendingRows([], [], [], [], [])
        columns = self._reader.columns
        if columns is None or not records.rows:
            return Normalised(rows, decided, inputs, pending, is_last, no_rows, bytes(countries))
        normaliser = self._normaliser_for(columns)
        normalise = normaliser.normalise
        add_row, add_line = pending.rows.append, pending.lines.append
        add_raw, add_payload = pending.raws.append, pending.payloads.append
        add_repairs = pending.repairs.append
        standardise, encode, filled = self._standardise, self._encode, records.filled
        keep_raw, further = self._keep_raw, self._further
        has_ids = further is not None and further.has_id
        for row, line, raw, fields in zip(
            records.rows,
            records.lines,
            records.raws,
            rows_of(columns.select(records.fields)),
            strict=True,
        ):
            contact = normalise(row, fields)
            if row in filled:
                contact = _repaired(contact)
            if isinstance(contact, Rejection):
                countries[row - first_row] = country_byte(normaliser.country_of(fields))
                external_id = further.external_id(fields.further) if further else ""
                decided.append(_rejected(row, line, raw, contact, external_id))
            else:
                countries[row - first_row] = country_byte(contact.country)
                inputs.append(standardise(contact))
                add_row(row)
                add_line(line)
                add_raw(raw if keep_raw else b"")
                add_payload(encode(contact) if encode else b"")
                add_repairs(joined(contact.repairs) if contact.repairs else "")
                if has_ids:
                    pending.external_ids.append(contact.external_id)
        return Normalised(rows, decided, inputs, pending, is_last, no_rows, bytes(countries))

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

    def _normaliser_for(self, columns: ColumnMap) -> Normaliser:
        if self._normaliser is None:
            job = self._job
            self._further = further_fields(job.settings, columns, job.limits)
            self._normaliser = Normaliser(
                job.settings.rules,
                SuppressionList(job.listed),
                flagged=job.flagged,
                tells_apart=tells_people_apart,
                further=self._further,
                has_country_column=columns.indexes[FIELD_NAMES.index("country")] is not None,
            )
        return self._normaliser


def _repaired(contact: Contact | Rejection) -> Contact | Rejection:
    """Add that cells were missing; of an invalid row nothing is read, so nothing is repaired."""
    if isinstance(contact, Rejection) and contact.outcome is Outcome.INVALID:
        return contact
    repairs = (*contact.repairs, Repair.CELLS_MISSING)
    return msgspec.structs.replace(contact, repairs=repairs)


def _rejected(
    row: int, line: int, raw: bytes, rejection: Rejection, external_id: str
) -> RowOutcome:
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
        external_id=external_id,
    )
