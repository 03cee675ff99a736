"""The in-memory twin of the ledger: what `cxone_async.ledger` keeps in a file.

ledger = InMemoryLedger(LedgerIdentity("https://acme.cxone.com", "list-1", "corroborated"))
place = ledger.begin(run, events_of=lambda _: None)
ledger.note([NotedPerson(1, pack_person(keys, values))])
ledger.end(place, events=None)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalEvent
from cxone_async.ledger.person import unpack_person
from cxone_async.ledger.port import (
    EarlierRun,
    EventsOfRun,
    KnownPerson,
    LedgerIdentity,
    LedgerRun,
    NotedPerson,
    Place,
)
from cxone_async.ledger.run_ends import RunEnds
from cxone_async.ledger.store import MOST_PEOPLE_OF_A_KEY
from cxone_async.matching.policy import MatchPolicy
from cxone_async.matching.registry import new_ledger_matcher


@dataclass(slots=True)
class _Run:
    place: Place
    frequencies: bytes
    people_before: int
    last_person: int | None = None


@dataclass(slots=True)
class _People:
    people: list[KnownPerson] = field(default_factory=list)
    by_key: dict[int, list[int]] = field(default_factory=dict)


class InMemoryLedger:
    """A `Ledger` that is gone with its process; `known_people` is what a run's matching reads."""

    def __init__(self, identity: LedgerIdentity, ledger_id: str = "in-memory") -> None:
        self._ledger_id = ledger_id
        self._count_people = new_ledger_matcher(MatchPolicy(identity.policy)).count_people
        self._frequencies = b""
        self._runs: list[_Run] = []
        self._in_flight: dict[int, bytes] = {}
        self._known = _People()

    def begin(self, run: LedgerRun, events_of: EventsOfRun) -> Place:
        """Give a new run its place; see `ledger.port.Ledger.begin`."""
        for earlier in self._runs:
            if earlier.last_person is None:
                self.end(earlier.place, events_of(earlier.place.run))
        place = Place(self._ledger_id, len(self._runs) + 1, run)
        self._runs.append(_Run(place, self._frequencies, len(self._known.people)))
        return place

    def resume(self, run_id: str) -> Place:
        """Return the place of a run that began earlier; see `ledger.port.Ledger.resume`."""
        for one in self._runs:
            if one.place.run.run_id == run_id:
                return one.place
        raise ConfigurationError("the ledger does not know this run")

    def earlier_runs(self, place: Place) -> Sequence[EarlierRun]:
        """Return the runs before this one, which have ended, the latest first."""
        return [
            EarlierRun(one.place.run, (one.last_person or 0) - one.people_before)
            for one in reversed(self._runs[: place.number - 1])
        ]

    def refuse_overtaken(self, place: Place) -> None:
        """Raise ConfigurationError when a later run has begun."""
        if place.number < len(self._runs):
            raise ConfigurationError("a later run has begun, so this one cannot go on")

    def note(self, people: Sequence[NotedPerson]) -> None:
        """Remember that these rows of the latest run may have been sent."""
        for one in people:
            self._in_flight.setdefault(one.row, one.person)

    def end(self, place: Place, events: Iterable[JournalEvent] | None) -> None:
        """Let a run's people be found by later runs; see `ledger.port.Ledger.end`."""
        run = self._runs[place.number - 1]
        if run.last_person is not None:
            return
        ends = _ends_of(events)
        counted: list[bytes] = []
        of_key: dict[int, int] = {}
        for row, person in sorted(self._in_flight.items()):
            if ends is not None and not ends.counts(row):
                continue
            keys, values = unpack_person(person)
            self._known.people.append(KnownPerson(place.run.name, row, values))
            counted.append(values)
            for key in dict.fromkeys(keys):
                of_key[key] = of_key.get(key, 0) + 1
                if of_key[key] <= MOST_PEOPLE_OF_A_KEY:
                    self._known.by_key.setdefault(key, []).append(len(self._known.people))
        self._frequencies = self._count_people(self._frequencies, counted)
        self._in_flight.clear()
        run.last_person = len(self._known.people)

    def close(self) -> None:
        """Do nothing: it lasts as long as its process."""

    def known_people(self, number: int, since_s: int) -> "InMemoryKnownPeople":
        """Return the people that the run with this number finds, sent at `since_s` or later."""
        own = self._runs[number - 1]
        too_old = 0
        for earlier in self._runs[: number - 1]:
            if earlier.place.run.started_s >= since_s:
                break
            too_old = earlier.last_person or 0
        return InMemoryKnownPeople(self._known, own.frequencies, too_old, own.people_before)


class InMemoryKnownPeople:
    """A `KnownPeople` over an `InMemoryLedger`."""

    def __init__(self, known: _People, frequencies: bytes, too_old: int, last: int) -> None:
        self.frequencies = frequencies
        self._known = known
        self._too_old = too_old
        self._last = last

    def find(self, keys: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Return the people under each key; see `ledger.port.KnownPeople.find`."""
        found = {
            key: [
                one for one in self._known.by_key.get(key, ()) if self._too_old < one <= self._last
            ]
            for key in keys
        }
        return {key: people for key, people in found.items() if people}

    def people(self, ids: Collection[int]) -> Mapping[int, KnownPerson]:
        """Return the people with these ids."""
        return {one: self._known.people[one - 1] for one in ids}

    def close(self) -> None:
        """Do nothing."""


def _ends_of(events: Iterable[JournalEvent] | None) -> RunEnds | None:
    if events is None:
        return None
    ends = RunEnds()
    try:
        for event in events:
            ends.apply(event)
    except ConfigurationError:
        return None
    return ends
