"""Not a test: the real command line, in a process that kills itself at a chosen place.

`python doomed_process.py PLACE WHEN NTH import ...` runs `cxone-async import ...` and sends itself
SIGKILL before or after the NTH time that it passes PLACE. With `STALL_AT` in the environment it
stalls once after that place, like a virtual machine that is being moved. A place is

* a transition of the journal's tables, "sending.accepted": the commit that holds the event;
* "run_started" or "run_finished": the commit of that event;
* "commit": any commit;
* the name of a file, "outcomes.csv": the rename that gives it its name; "journal.head": the
  writing of the journal's head, after each commit.

A kill from outside cannot be aimed, because a commit takes a millisecond. So this program wraps
these places in its own process. In everything else it is the shipped program, and nothing is
replaced in the process of the tests.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from cxone_async.cli.main import run
from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.journal import database, store
from cxone_async.journal.database import Entry, JournalDatabase
from cxone_async.journal.events import JournalEvent, kind_of
from cxone_async.journal.fold import RowsSettled
from cxone_async.journal.head import NOTHING_SETTLED, HeadFile
from cxone_async.journal.lifecycle import TRANSITIONS, ChunkState
from cxone_async.journal.segments import SEGMENT_TRANSITIONS, SegmentState

STALL_S = 1.5

NEXT_STATE = {
    (state.value, kind_of(event)): after.value
    for table in (TRANSITIONS, SEGMENT_TRANSITIONS)
    for (state, event), after in table.items()
}
assert ChunkState.NEW.value == SegmentState.NEW.value == "new"


class PlannedDeath:
    """Counts how often the place was passed, and ends the process there."""

    def __init__(self, place: str, when: str, nth: int) -> None:
        self._place, self._when, self._left = place, when, nth
        self._states: dict[str, str] | None = None
        self._stall_at = os.environ.get("STALL_AT")

    def meets(self, places: Iterable[str], deed: Callable[[], None]) -> None:
        """Do `deed`, which passes these places, or die before or after it."""
        places = list(places)
        passed = places.count(self._place)
        reached = 0 < self._left <= passed
        self._left -= passed
        if reached and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        deed()
        if reached:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._stall_at in places:
            self._stall_at = None
            time.sleep(STALL_S)

    def places_of(self, journal: JournalDatabase, entries: Iterable[Entry]) -> list[str]:
        """Name what the entries do; the first call reads what the journal holds already."""
        if self._states is None:
            self._states = {}
            for entry in journal.entries():
                self._place_of(entry)
        return ["commit", *map(self._place_of, entries)]

    def _place_of(self, entry: Entry) -> str:
        assert self._states is not None
        if not entry.subject:
            return entry.kind
        state = self._states.get(entry.subject, "new")
        self._states[entry.subject] = NEXT_STATE[state, entry.kind]
        return f"{state}.{entry.kind}"


def main(place: str, when: str, nth: str, *arguments: str) -> int:
    death = PlannedDeath(place, when, int(nth))
    append, publish, create = JournalDatabase.append, AtomicFile.publish, database.create
    keep = HeadFile.keep

    def appending(self: JournalDatabase, entries: Iterable[Entry]) -> None:
        written = list(entries)
        death.meets(death.places_of(self, written), lambda: append(self, written))

    def publishing(self: AtomicFile) -> None:
        death.meets([self.path.name], lambda: publish(self))

    def creating(path: Path, first: JournalEvent) -> None:
        death.meets(["commit", "run_started"], lambda: create(path, first))

    def keeping(
        self: HeadFile,
        entries: Iterable[Entry],
        submissions: int,
        highest_row: int,
        settled: RowsSettled = NOTHING_SETTLED,
    ) -> None:
        death.meets(
            ["journal.head"], lambda: keep(self, entries, submissions, highest_row, settled)
        )

    HeadFile.keep = keeping  # type: ignore[method-assign]
    JournalDatabase.append = appending  # type: ignore[method-assign]
    AtomicFile.publish = publishing  # type: ignore[method-assign]
    store.create = creating  # type: ignore[attr-defined]
    return run(list(arguments))


sys.exit(main(*sys.argv[1:]))
