"""The values that go into and come out of preparation: the job and the rows.

They are plain values, so each stage can run in a process of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, repeat

import msgspec

from cxone_async.contacts.flagged import FlaggedPeople
from cxone_async.contacts.further import FurtherLimits
from cxone_async.contacts.suppression import NOBODY_LISTED, Listed
from cxone_async.matching.match_input import MatchInput
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.tenant.port import Dialect


class PendingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row on its way to the tenant.

    `raw` is the record as read, kept for rejects.csv. `payload` is the contact as the dialect
    encoded it. `attempt` counts from 1: the attempt at sending that the row is packed for.
    `repairs` and `external_id` are as in `RowOutcome`.
    """

    row: int
    line: int
    raw: bytes
    payload: bytes
    attempt: int = 1
    repairs: str = ""
    external_id: str = ""


class PendingRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rows not sent yet, as parallel columns: they cross to another process in half the time.

    `external_ids` is empty when the input has none.
    """

    rows: list[int]
    lines: list[int]
    raws: list[bytes]
    payloads: list[bytes]
    repairs: list[str]
    external_ids: list[str] = []

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
        )


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """Everything that preparation needs to know before the first byte.

    `listed` is everybody in the suppression files. Without a `dialect` nothing will be sent, so
    nothing is encoded. With `keep_raw`, ready rows keep the record as it was read, in case they
    fail. `limits` are those of the dialect for further fields; None is no limit.
    """

    settings: OutcomeSettings
    listed: Listed = NOBODY_LISTED
    dialect: Dialect | None = None
    keep_raw: bool = False
    flagged: FlaggedPeople | None = None
    limits: FurtherLimits | None = None


class Normalised(msgspec.Struct, frozen=True, array_like=True):
    """A block of the input before matching.

    `inputs` and `pending` are parallel: the rows that are still to be matched. `is_last` marks
    the end of the input.
    """

    rows: int
    decided: list[RowOutcome]
    inputs: list[MatchInput]
    pending: PendingRows
    is_last: bool


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """A prepared block of the input. `rows` counts its records.

    `match_statistics` comes with the last block: what the policy counted (`Matcher.statistics`).
    """

    rows: int
    decided: list[RowOutcome]
    ready: PendingRows
    resemblances: list[Resemblance]
    match_statistics: dict[str, int] = {}
