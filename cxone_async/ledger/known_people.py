"""The people of earlier runs, as matching reads them from the file of a ledger.

Guarantee: what is found depends on the run's place alone, not on when it is asked: only people of
runs that had ended before it began. People who were sent before `since_s` are not found. Where the
clock was set back, a run may seem older than the one before it: then none of the two is too old
before both are.

A plan (number 0) finds everybody who is in the ledger when it begins. Of a run that has not ended
it finds all rows that were noted: which of them count, the next import will see.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from cxone_async.encoded import encoded
from cxone_async.errors import ConfigurationError
from cxone_async.ledger.database import (
    PEOPLE_FORGOTTEN,
    key_of,
    open_for_reading,
    stored_key,
    told_in_words,
)
from cxone_async.ledger.person import unpack_person
from cxone_async.ledger.port import KnownPeopleAt, KnownPerson


class SqliteKnownPeople:
    """A `KnownPeople` in one file, which another process may be writing to."""

    def __init__(self, at: KnownPeopleAt) -> None:
        """Raises ConfigurationError and CannotWriteError."""
        self._path = Path(at.path)
        self._connection = open_for_reading(self._path, at.identity)
        self.frequencies: bytes = b""
        self._last = 0
        self._too_old = 0
        self._has_in_flight = False
        self._runs: dict[int, str] = {}
        try:
            with told_in_words(self._path):
                self._begin(at)
        except BaseException:
            self._connection.close()
            raise

    def find(self, keys: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Return the people under each key; see `port.KnownPeople.find`."""
        found: dict[int, list[int]] = {}
        asked = _as_json(map(stored_key, keys))
        with told_in_words(self._path):
            if self._too_old < self._last:
                for key, person in self._connection.execute(
                    "SELECT person_keys.key, person FROM json_each(?) AS asked JOIN person_keys "
                    "ON person_keys.key = asked.value AND person > ? AND person <= ?",
                    (asked, self._too_old, self._last),
                ):
                    found.setdefault(key_of(key), []).append(person)
            if self._has_in_flight:
                for key, row in self._connection.execute(
                    "SELECT noted.key, row FROM json_each(?) AS asked JOIN noted "
                    "ON noted.key = asked.value",
                    (asked,),
                ):
                    found.setdefault(key_of(key), []).append(self._last + row)
        return found

    def people(self, ids: Collection[int]) -> Mapping[int, KnownPerson]:
        """Return the people with these ids; see `port.KnownPeople.people`."""
        noted = [one - self._last for one in ids if one > self._last]
        with told_in_words(self._path):
            people = {
                person: KnownPerson(self._runs[run], row, values)
                for person, run, row, values in self._connection.execute(
                    'SELECT people.id, run, row, "values" FROM json_each(?) AS asked '
                    "JOIN people ON people.id = asked.value",
                    (_as_json(one for one in ids if one <= self._last),),
                )
            }
            if noted:
                name = self._runs[max(self._runs)]
                for row, person in self._connection.execute(
                    "SELECT row, person FROM json_each(?) AS asked JOIN in_flight "
                    "ON row = asked.value",
                    (_as_json(noted),),
                ):
                    _, values = unpack_person(person)
                    people[self._last + row] = KnownPerson(name, row, values)
        return people

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self._connection.close()

    def _begin(self, at: KnownPeopleAt) -> None:
        execute = self._connection.execute
        if at.number:
            own = execute(
                "SELECT frequencies, people_before FROM runs WHERE number = ?", (at.number,)
            ).fetchone()
            if own is None:
                raise ConfigurationError(f"{self._path} does not know run {at.number}")
            self.frequencies, self._last = own
            if self.frequencies == PEOPLE_FORGOTTEN:
                raise ConfigurationError(
                    f"{self._path} has forgotten people since this run began: whom it found is not "
                    "known any more, so it cannot be prepared again. What it sent, it has sent"
                )
        else:
            execute("BEGIN")  # all that is read is of one moment
            (self.frequencies,) = execute("SELECT frequencies FROM ledger").fetchone()
            (self._last,) = execute("SELECT coalesce(max(last_person), 0) FROM runs").fetchone()
        are_too_old = True
        for number, name, started_s, last_person in execute(
            "SELECT number, name, started_s, last_person FROM runs ORDER BY number"
        ):
            if at.number and number >= at.number:
                break
            self._runs[number] = name
            are_too_old = are_too_old and started_s < at.since_s
            if are_too_old and last_person is not None:
                self._too_old = last_person
        if not at.number and not are_too_old:
            self._take_noted()

    def _take_noted(self) -> None:
        execute = self._connection.execute
        execute("CREATE TEMP TABLE noted (key, row, PRIMARY KEY (key, row)) WITHOUT ROWID")
        for row, person in execute("SELECT row, person FROM in_flight"):
            self._has_in_flight = True
            keys, _ = unpack_person(person)
            self._connection.executemany(
                "INSERT OR IGNORE INTO noted VALUES (?, ?)",
                [(stored_key(key), row) for key in keys],
            )


def _as_json(numbers: Iterable[int]) -> str:
    return encoded(msgspec.json.Encoder(), sorted(numbers)).decode()
