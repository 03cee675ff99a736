"""Learns the order of names from the first rows of an input.

Guarantee: pure and sequential. The result depends on the bytes and the reading rules only, so a
resumed run, `explain` and `evaluate` learn the same.
"""

from cxone_async.contacts.name import read_name
from cxone_async.contacts.normalise import rows_of
from cxone_async.matching.corroborated.family_names import FAMILY_NAMES
from cxone_async.matching.corroborated.name_order_evidence import NameOrderEvidence
from cxone_async.matching.corroborated.nicknames import FULL_NAMES
from cxone_async.matching.name_order import NameOrderFinding, NameReading
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import Records


class FirstNames:
    """Reads the names of the first rows: `feed` blocks until `is_full`, then `finish`.

    `feed` and `finish` raise UnreadableInputError and UsageError as `Reader` does.
    """

    def __init__(self, rules: ReadingRules) -> None:
        self._reader = Reader(rules)
        self._evidence = NameOrderEvidence(FULL_NAMES, FAMILY_NAMES)

    @property
    def is_full(self) -> bool:
        """Whether further rows would change nothing."""
        return self._evidence.is_full

    def feed(self, block: bytes) -> None:
        self._take(self._reader.feed(block))

    def finish(self) -> None:
        """Read the rest, once the input has ended."""
        self._take(self._reader.finish())

    def conclude(self) -> tuple[NameReading, NameOrderFinding]:
        """Return how the names of the list are read, and the evidence."""
        return self._evidence.conclude()

    def _take(self, records: Records) -> None:
        columns, add = self._reader.columns, self._evidence.add
        if columns is None:
            return
        fields = records.fields[: self._evidence.room]
        for row in rows_of(columns.select(fields)):
            add(row.phone, row.email, read_name(row.first_name), read_name(row.last_name))
