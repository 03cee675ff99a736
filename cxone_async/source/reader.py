"""From blocks to numbered rows: decode, cut into records, find the columns.

`Reader` is synchronous and does no I/O, so it can run in a process of its own.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import compress

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.encoding import Transcoder
from cxone_async.source.header import ColumnMap, read_header
from cxone_async.source.header_hint import hint_at_header
from cxone_async.source.reading_rules import PLAIN_RULES, ReadingRules
from cxone_async.source.records import (
    NO_RECORDS,
    InputHeader,
    RecordCutter,
    Records,
    UnreadableRecord,
    problem_of_width,
)


class Reader:
    """Reads one input: `feed` every block in order, then `finish`.

    `header` and `columns` are None until the header has been read, and set before the
    first records are returned. `columns.select(records.fields)` gives the contacts' fields.
    """

    def __init__(
        self,
        rules: ReadingRules = PLAIN_RULES,
        *,
        check_header: Callable[[InputHeader], None] | None = None,
    ) -> None:
        """Prepare to read an input.

        `check_header` is called with the header before its columns are looked for; it may raise.
        Raises UsageError when there is no such encoding.
        """
        self._transcoder = Transcoder(rules.encoding)
        self._rules = rules
        self._check_header = check_header
        self._cutter: RecordCutter | None = None
        self.columns: ColumnMap | None = None

    @property
    def header(self) -> InputHeader | None:
        return self._cutter.header if self._cutter else None

    @property
    def encoding(self) -> str | None:
        """The encoding of the raw header and records; None before the first bytes."""
        return self._transcoder.encoding

    @property
    def source_encoding(self) -> str | None:
        """The encoding that the input is in; None before the first bytes."""
        return self._transcoder.source

    def feed(self, block: bytes) -> Records:
        """Return the records that this block completes.

        Raises UnreadableInputError when the input is not a CSV of contacts, UsageError when an
        override names a column that it does not have.
        """
        delivered = self._transcoder.feed(block)
        if self._transcoder.encoding is None:
            return NO_RECORDS
        return self._with_columns(self._cutter_of_stream().feed(delivered))

    def finish(self) -> Records:
        """Return the rest, once the input has ended. Raises as `feed`."""
        delivered = self._transcoder.finish()
        return self._with_columns(self._cutter_of_stream().finish(delivered))

    def _cutter_of_stream(self) -> RecordCutter:
        if self._cutter is None:
            self._cutter = RecordCutter(
                self._transcoder.encoding or "utf-8",
                self._rules.form,
                self._transcoder.mark_of_copies,
            )
        return self._cutter

    def _with_columns(self, records: Records) -> Records:
        if self.columns is None and self._cutter is not None and self.header is not None:
            if self._check_header is not None:
                self._check_header(self.header)
            rules = self._rules
            try:
                self.columns = read_header(
                    self.header.names, rules.overrides, rules.needed, rules.ignored, rules.further
                )
            except (UnreadableInputError, UsageError) as error:
                hint = hint_at_header(
                    self.header.names, self._cutter.lines_below, rules.form, rules.overrides
                )
                raise type(error)(f"{error}{hint}") from error
        if records.filled and self.columns is not None and self.columns.flags:
            return _without_rows_that_lack(max(self.columns.flags), records)
        return records


def _without_rows_that_lack(column: int, records: Records) -> Records:
    """Refuse the rows in which a column of do-not-call flags is among the missing cells.

    Of such a row nobody knows whether its person may be called.
    """
    lacking = {row for row, count in records.filled.items() if count <= column}
    kept = [row not in lacking for row in records.rows]
    refused = [
        UnreadableRecord(row, line, raw, problem_of_width(records.filled[row], len(fields)))
        for row, line, raw, fields in zip(
            records.rows, records.lines, records.raws, records.fields, strict=True
        )
        if row in lacking
    ]
    return replace(
        records,
        rows=list(compress(records.rows, kept)),
        lines=list(compress(records.lines, kept)),
        raws=list(compress(records.raws, kept)),
        fields=list(compress(records.fields, kept)),
        unreadable=[*records.unreadable, *refused],
        filled={row: count for row, count in records.filled.items() if row not in lacking},
    )
