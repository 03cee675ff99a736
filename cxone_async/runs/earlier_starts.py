"""What the earlier starts of a run used, from its journal."""

from cxone_async.journal.events import JournalEvent
from cxone_async.journal.starts import NOTHING_USED, StartUsed, Used
from cxone_async.report.reconciliation import StartsTaken


class EarlierStarts:
    """Sums up the starts before this one. It is a `journal.port.Projection`.

    The first start of a journal of an earlier version made no note. Nothing is added up then.
    """

    def __init__(self) -> None:
        self._last_notes: dict[int, StartUsed] = {}

    def apply(self, event: JournalEvent) -> None:
        """Take in the next event of the journal, up to the opening of this start."""
        if isinstance(event, StartUsed):
            self._last_notes[event.start] = event

    def used(self, this_start: int) -> Used:
        """Return what the earlier starts used, so far as is known; nothing if one is unknown."""
        notes = self._last_notes.values() if self._are_added_up(this_start) else ()
        return sum((note.used for note in notes), NOTHING_USED)

    def taken(self, this_start: int) -> StartsTaken:
        """Return how many starts there were, this one included."""
        killed = sum(not note.has_ended for note in self._last_notes.values())
        return StartsTaken(
            count=this_start, cut_short=killed, are_added_up=self._are_added_up(this_start)
        )

    def _are_added_up(self, this_start: int) -> bool:
        return len(self._last_notes) == this_start - 1
