"""What crosses the borders of preparing: the job, and the rows that come out of it.

Plain values, so that each stage can live in a process of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import msgspec

from cxone_async.matching.match_input import MatchInput
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.tenant.port import Dialect


class PendingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row on its way to the tenant.

    `raw` is the record as read, kept for rejects.csv; `payload` is the contact encoded by
    the dialect, once. `attempt` is the number of the sending it is packed for, from 1.
    """

    row: int
    line: int
    raw: bytes
    payload: bytes
    attempt: int = 1


class PendingRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rows not sent yet, as parallel columns, which cross to another process in half the time."""

    rows: list[int]
    lines: list[int]
    raws: list[bytes]
    payloads: list[bytes]

    def __iter__(self) -> Iterator[PendingRow]:
        return map(PendingRow, self.rows, self.lines, self.raws, self.payloads)

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, chosen: Sequence[bool]) -> "PendingRows":
        """Return the rows for which `chosen`, parallel to them, is true."""
        return PendingRows(
            list(compress(self.rows, chosen)),
            list(compress(self.lines, chosen)),
            list(compress(self.raws, chosen)),
            list(compress(self.payloads, chosen)),
        )


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """All that preparing needs to know before the first byte.

    `suppression_lines` are the lines of the suppression file. Without a `dialect` nothing will
    be sent, so nothing is encoded. `keep_raw` says whether ready rows carry their record as it
    was read, for the case that they fail.
    """

    settings: OutcomeSettings
    suppression_lines: tuple[str, ...] = ()
    dialect: Dialect | None = None
    keep_raw: bool = False


class Normalised(msgspec.Struct, frozen=True, array_like=True):
    """One block before matching.

    `inputs` and `pending` are parallel: the rows that are neither `decided` nor matched yet.
    `is_last` marks the end of the input.
    """

    rows: int
    decided: list[RowOutcome]
    inputs: list[MatchInput]
    pending: PendingRows
    is_last: bool


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """What one block came to. `rows` counts the records that were cut from it.

    `match_statistics` comes with the last block: what the policy counted (`Matcher.statistics`).
    """

    rows: int
    decided: list[RowOutcome]
    ready: PendingRows
    resemblances: list[Resemblance]
    match_statistics: dict[str, int] = {}
