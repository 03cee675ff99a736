"""The people of earlier runs, as matching reads them from the file of a ledger.

Guarantee: what is found depends on the run's place alone, not on when it is asked: only people of
runs that had ended before it began. People who were sent before `since_s` are not found. Where the
clock was set back, a run may seem older than the one before it: then none of the two is too old
before both are.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from cxone_async.errors import ConfigurationError
from cxone_async.ledger.database import key_of, open_for_reading, stored_key, told_in_words
from cxone_async.ledger.port import KnownPerson, LedgerIdentity


class KnownPeopleAt(msgspec.Struct, frozen=True, array_like=True):
    """Which people of which ledger a run finds: everything that its matching must know.

    `number` is that of the run; people sent before `since_s`, in seconds since the epoch, are
    not found.
    """

    path: str
    identity: LedgerIdentity
    number: int
    since_s: int


class SqliteKnownPeople:
    """A `KnownPeople` in one file, which another process may be writing to."""

    def __init__(self, at: KnownPeopleAt) -> None:
        """Raises ConfigurationError and CannotWriteError."""
        self._path = Path(at.path)
        self._connection: sqlite3.Connection = open_for_reading(self._path, at.identity)
        with told_in_words(self._path):
            own = self._connection.execute(
                "SELECT frequencies, people_before FROM runs WHERE number = ?", (at.number,)
            ).fetchone()
            if own is None:
                self._connection.close()
                raise ConfigurationError(f"{self._path} does not know run {at.number}")
            self.frequencies: bytes
            self.frequencies, self._last = own
            self._runs: dict[int, str] = {}
            self._too_old = 0
            are_too_old = True
            for number, name, started_s, last_person in self._connection.execute(
                "SELECT number, name, started_s, last_person FROM runs WHERE number < ? "
                "ORDER BY number",
                (at.number,),
            ):
                self._runs[number] = name
                are_too_old = are_too_old and started_s < at.since_s
                if are_too_old:
                    self._too_old = last_person

    def find(self, keys: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Return the people under each key; see `port.KnownPeople.find`."""
        found: dict[int, list[int]] = {}
        if self._too_old >= self._last:
            return found
        with told_in_words(self._path):
            for key, person in self._connection.execute(
                "SELECT person_keys.key, person FROM json_each(?) AS asked JOIN person_keys "
                "ON person_keys.key = asked.value AND person > ? AND person <= ?",
                (_as_json(map(stored_key, keys)), self._too_old, self._last),
            ):
                found.setdefault(key_of(key), []).append(person)
        return found

    def people(self, ids: Collection[int]) -> Mapping[int, KnownPerson]:
        """Return the people with these ids; see `port.KnownPeople.people`."""
        with told_in_words(self._path):
            return {
                person: KnownPerson(self._runs[run], row, values)
                for person, run, row, values in self._connection.execute(
                    'SELECT people.id, run, row, "values" FROM json_each(?) AS asked '
                    "JOIN people ON people.id = asked.value",
                    (_as_json(ids),),
                )
            }

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self._connection.close()


def _as_json(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(sorted(numbers)).decode()
