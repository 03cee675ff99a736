"""The rows on their way through preparation, and what the match stage needs to know.

They are plain values, so each stage can run in a process of its own.
"""

from collections.abc import Iterator, Sequence
from itertools import compress, repeat

import msgspec

from cxone_async.ledger.port import KnownPeopleAt
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.prepare.decided_pairs import DecidedPairs, DecisionCounts


class PendingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row on its way to the tenant.

    `raw` is the record as read, kept for rejects.csv. `payload` is the contact as the dialect
    encoded it. `attempt` counts from 1: the attempt at sending that the row is packed for.
    `repairs` and `external_id` are as in `RowOutcome`. `person` is what a ledger keeps of the row
    (`ledger.person`), b"" without one.
    """

    row: int
    line: int
    raw: bytes
    payload: bytes
    attempt: int = 1
    repairs: str = ""
    external_id: str = ""
    person: bytes = b""


class PendingRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rows not sent yet, as parallel columns: they cross to another process in half the time.

    `external_ids` is empty when the input has none, `people` when there is no ledger.
    """

    rows: list[int]
    lines: list[int]
    raws: list[bytes]
    payloads: list[bytes]
    repairs: list[str]
    external_ids: list[str] = []
    people: list[bytes] = []

    def __iter__(self) -> Iterator[PendingRow]:
        return map(
            PendingRow,
            self.rows,
            self.lines,
            self.raws,
            self.payloads,
            repeat(1),
            self.repairs,
            self.external_ids or repeat(""),
            self.people or repeat(b""),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, chosen: Sequence[bool]) -> "PendingRows":
        """Return the rows whose entry in `chosen` is true."""
        return PendingRows(
            list(compress(self.rows, chosen)),
            list(compress(self.lines, chosen)),
            list(compress(self.raws, chosen)),
            list(compress(self.payloads, chosen)),
            list(compress(self.repairs, chosen)),
            list(compress(self.external_ids, chosen)),
            list(compress(self.people, chosen)),
        )


class MatchJob(msgspec.Struct, frozen=True, array_like=True):
    """Everything that the match stage needs to know before the first row.

    `known` says which people of earlier runs it finds; None without a ledger.
    """

    match: MatchPolicy
    threshold: float
    has_external_ids: bool
    decided: DecidedPairs = DecidedPairs()
    known: KnownPeopleAt | None = None


class NoRows(msgspec.Struct, frozen=True, array_like=True):
    """How many records of a block are no rows: blank ones, and the header once more."""

    blank_rows: int = 0
    repeated_headers: int = 0


class Normalised(msgspec.Struct, frozen=True, array_like=True):
    """A block of the input before matching.

    `inputs` and `pending` are parallel: the rows that are still to be matched. `is_last` marks
    the end of the input. `countries` is the `country_byte` of each of the block's rows.
    """

    rows: int
    decided: list[RowOutcome]
    inputs: list[MatchInput]
    pending: PendingRows
    is_last: bool
    no_rows: NoRows = NoRows()
    countries: bytes = b""


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """A prepared block of the input. `rows` counts its records.

    `match_statistics` comes with the last block: what the policy counted (`Matcher.statistics`).
    So do `decisions`, the counts of what people have decided. `countries` is that of `Normalised`.
    """

    rows: int
    decided: list[RowOutcome]
    ready: PendingRows
    resemblances: list[Resemblance]
    match_statistics: dict[str, int] = {}
    no_rows: NoRows = NoRows()
    decisions: DecisionCounts = DecisionCounts()
    countries: bytes = b""
