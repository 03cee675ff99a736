"""The in-memory twin of the ledger: what `cxone_async.ledger` keeps in a file.

ledger = InMemoryLedger(LedgerIdentity("https://acme.cxone.com", "list-1", "corroborated"))
place = ledger.begin(run, events_of=lambda _: None)
ledger.note([NotedPerson(1, pack_person(keys, values))])
ledger.end(place, events=None)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalEvent, RunFinished
from cxone_async.ledger.database import PEOPLE_FORGOTTEN
from cxone_async.ledger.forgetting import belongs
from cxone_async.ledger.person import unpack_person
from cxone_async.ledger.port import (
    EarlierRun,
    EventsOfRun,
    Forgotten,
    KnownPerson,
    LedgerIdentity,
    LedgerRun,
    NotedPerson,
    Place,
    WhoAsks,
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
    people: dict[int, KnownPerson] = field(default_factory=dict)
    last: int = 0
    by_key: dict[int, list[int]] = field(default_factory=dict)


class InMemoryLedger:
    """A `Ledger` that is gone with its process; `known_people` is what a run's matching reads."""

    def __init__(self, identity: LedgerIdentity, ledger_id: str = "in-memory") -> None:
        self._ledger_id = ledger_id
        self._matcher = new_ledger_matcher(MatchPolicy(identity.policy))
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
        self._runs.append(_Run(place, self._frequencies, self._known.last))
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
            self._known.last += 1
            self._known.people[self._known.last] = KnownPerson(place.run.name, row, values)
            counted.append(values)
            for key in dict.fromkeys(keys):
                of_key[key] = of_key.get(key, 0) + 1
                if of_key[key] <= MOST_PEOPLE_OF_A_KEY:
                    self._known.by_key.setdefault(key, []).append(self._known.last)
        self._frequencies = self._matcher.count_people(self._frequencies, counted)
        self._in_flight.clear()
        run.last_person = self._known.last

    def end_all(self, events_of: EventsOfRun) -> Sequence[EarlierRun]:
        """End the runs that cannot go on, and return all; see `ledger.port.Ledger.end_all`."""
        for one in self._runs:
            if one.last_person is None:
                _refuse_under_way(events_of(one.place.run))
                self.end(one.place, events_of(one.place.run))
        return [
            EarlierRun(one.place.run, (one.last_person or 0) - one.people_before)
            for one in reversed(self._runs)
        ]

    def forget(self, whom: WhoAsks) -> Forgotten:
        """Remove all that is kept of some people; see `ledger.port.Ledger.forget`."""
        known, runs, people, with_extension = self._known, set(), 0, 0
        for run in self._runs:
            for person in range(run.people_before + 1, (run.last_person or 0) + 1):
                one = known.people.get(person)
                if one is None:
                    continue
                is_asked_for, is_beside = belongs(one.values, self._matcher, whom)
                if not is_asked_for and (run.place.run.run_id, one.row) not in whom.rows:
                    with_extension += is_beside
                    continue
                people += 1
                runs.add(run.place.number)
                self._take_out(person, run.place.number)
        return Forgotten(people, len(runs), with_extension)

    def _take_out(self, person: int, number: int) -> None:
        values = [self._known.people.pop(person).values]
        for of_key in self._known.by_key.values():
            if person in of_key:
                of_key.remove(person)
        self._frequencies = self._matcher.discount_people(self._frequencies, values)
        for later in self._runs[number:]:
            later.frequencies = PEOPLE_FORGOTTEN

    def close(self) -> None:
        """Do nothing: it lasts as long as its process."""

    def known_people(self, number: int, since_s: int) -> "InMemoryKnownPeople":
        """Return the people that the run with this number finds, sent at `since_s` or later."""
        own = self._runs[number - 1]
        if own.frequencies == PEOPLE_FORGOTTEN:
            raise ConfigurationError("the ledger has forgotten people since this run began")
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
        return {one: self._known.people[one] for one in ids}

    def close(self) -> None:
        """Do nothing."""


def _refuse_under_way(events: Iterable[JournalEvent] | None) -> None:
    try:
        if events is None or any(isinstance(event, RunFinished) for event in events):
            return
    except ConfigurationError as error:
        raise ConfigurationError(f"a run cannot be read ({error})") from None
    raise ConfigurationError("a run has not finished")


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
