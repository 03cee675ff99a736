"""Whose sending counts, as the journal of a run says.

Guarantee: pure. A row counts if the tenant took it, has it already, or may have taken it. It does
not count if it was refused for good, or was certainly not taken: whoever it is may come again.
"""

from collections.abc import Iterable

from cxone_async.journal.events import JournalEvent, JournalLossAccepted
from cxone_async.journal.lifecycle import (
    TRANSITIONS,
    Accepted,
    Bounced,
    ChunkState,
    Intended,
    Settled,
    SettledAs,
)

_COUNTING = frozenset((SettledAs.IMPORTED, SettledAs.DUPLICATE, SettledAs.UNRESOLVED))
_REFUSED = SettledAs.FAILED

_NOT_SENT, _COUNTS, _WAS_REFUSED = 0, 1, 2
_GROWTH_ROWS = 65_536


class RunEnds:
    """One byte a row: feed it every event of a journal, in order."""

    def __init__(self) -> None:
        self._rows = bytearray(_GROWTH_ROWS)
        self._open: dict[str, tuple[ChunkState, tuple[int, ...]]] = {}
        self._lost_rows = 0

    def apply(self, event: JournalEvent) -> None:
        """Take in the next event."""
        match event:
            case Intended(chunk_id=chunk_id, rows=sent):
                state, rows = self._open.get(chunk_id, (ChunkState.NEW, ()))
                rows = rows or tuple(one.row for one in sent)
                self._open[chunk_id] = TRANSITIONS[state, Intended], rows
                self._mark(rows, _COUNTS)
            case Bounced(chunk_id=chunk_id):
                state, rows = self._open[chunk_id]
                state = TRANSITIONS[state, Bounced]
                self._open[chunk_id] = state, rows
                if state is ChunkState.UNSENT:
                    self._mark(rows, _NOT_SENT)
            case Accepted(chunk_id=chunk_id):
                state, rows = self._open[chunk_id]
                self._open[chunk_id] = TRANSITIONS[state, Accepted], rows
            case Settled(chunk_id=chunk_id, settlements=settlements):
                self._open.pop(chunk_id, None)
                for one in settlements:
                    counts = one.settled_as in _COUNTING
                    refused = one.settled_as is _REFUSED
                    self._mark(
                        (one.row,), _COUNTS if counts else _WAS_REFUSED if refused else _NOT_SENT
                    )
            case JournalLossAccepted(highest_row=highest_row):
                self._lost_rows = max(self._lost_rows, highest_row)

    def counts(self, row: int) -> bool:
        """Say whether the person of a row is to be found by later runs."""
        end = self._rows[row] if row < len(self._rows) else _NOT_SENT
        return end == _COUNTS or (end == _NOT_SENT and row <= self._lost_rows)

    def _mark(self, rows: Iterable[int], end: int) -> None:
        for row in rows:
            if row >= len(self._rows):
                self._rows.extend(bytes(row - len(self._rows) + _GROWTH_ROWS))
            self._rows[row] = end
