"""The whole way from a stream of blocks to numbered rows: decode, cut, find the columns.

Guarantee: synchronous and without any I/O, so it runs wherever the blocks are: in the
process that prepares rows, or in the one that verifies a run.
"""

from collections.abc import Mapping

from cxone_async.contacts.model import FieldName
from cxone_async.source.encoding import Transcoder
from cxone_async.source.header import ColumnMap, read_header
from cxone_async.source.records import NO_RECORDS, InputHeader, RecordCutter, Records


class Reader:
    """Reads one input: `feed` it every block, then `finish`.

    `header` and `columns` are None until the header has been read, and set before the
    first records are returned. `columns.select(records.fields)` are the contacts' fields.
    """

    def __init__(
        self,
        *,
        encoding: str = "utf-8",
        overrides: Mapping[FieldName, str] | None = None,
        needed: frozenset[FieldName] = frozenset(),
    ) -> None:
        """`encoding` is what the input is in unless a byte order mark says otherwise;
        `overrides` and `needed` are those of `read_header`.

        Raises UsageError when there is no such encoding.
        """
        self._transcoder = Transcoder(encoding)
        self._overrides = overrides or {}
        self._needed = needed
        self._cutter: RecordCutter | None = None
        self.columns: ColumnMap | None = None

    @property
    def header(self) -> InputHeader | None:
        return self._cutter.header if self._cutter else None

    @property
    def encoding(self) -> str | None:
        """What `raw` of the header and of records is in; None before the first bytes."""
        return self._transcoder.encoding

    def feed(self, block: bytes) -> Records:
        """The records that the input has completed so far and that were not returned yet.

        Raises UnreadableInputError when the input is no CSV of contacts, and UsageError
        when an override names a column that it does not have.
        """
        delivered = self._transcoder.feed(block)
        if self._transcoder.encoding is None:
            return NO_RECORDS
        return self._with_columns(self._cutter_of_stream().feed(delivered))

    def finish(self) -> Records:
        """The rest, once the input has ended. Raises as `feed` does."""
        delivered = self._transcoder.finish()
        return self._with_columns(self._cutter_of_stream().finish(delivered))

    def _cutter_of_stream(self) -> RecordCutter:
        if self._cutter is None:
            self._cutter = RecordCutter(self._transcoder.encoding or "utf-8")
        return self._cutter

    def _with_columns(self, records: Records) -> Records:
        if self.columns is None and self.header is not None:
            self.columns = read_header(self.header.names, self._overrides, self._needed)
        return records
