"""The ledger in SQLite, as the run that writes has it.

Guarantee: see `port.Ledger`. One process at a time, by a lease beside the file. Each method is one
transaction, and durable when it returns.
"""

import re
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Self

from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import open_for_reading as open_journal
from cxone_async.journal.events import (
    JournalEvent,
    JournalLossAccepted,
    RunFinished,
    RunStarted,
    decode,
)
from cxone_async.journal.head import RunningDigest, read_head
from cxone_async.journal.lifecycle import Intended, Settled
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.ledger.database import (
    AFTER_ALL_RUNS,
    open_for_writing,
    runs_before,
    stored_key,
    told_in_words,
    write_anew,
)
from cxone_async.ledger.forgetting import forget_people
from cxone_async.ledger.person import unpack_person
from cxone_async.ledger.port import (
    EarlierRun,
    EventsOfRun,
    Forgotten,
    LedgerIdentity,
    LedgerRun,
    NotedPerson,
    Place,
    WhoAsks,
)
from cxone_async.ledger.run_ends import RunEnds
from cxone_async.logs import log
from cxone_async.matching.policy import MatchPolicy
from cxone_async.matching.registry import new_ledger_matcher

MOST_PEOPLE_OF_A_KEY: Final = 32
"""Of one run: twice what a matcher compares. A switchboard of thousands would be read each time."""

_AT_ONCE: Final = 4_096
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class SqliteLedger:
    """A `Ledger` in one file. Made by `open`. It may be used by one thread after another."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        lease: RunDirectoryLease,
        identity: LedgerIdentity,
    ) -> None:
        self._path = path
        self._connection = connection
        self._lease = lease
        self._matcher = new_ledger_matcher(MatchPolicy(identity.policy))
        (self._ledger_id,) = connection.execute("SELECT ledger_id FROM ledger").fetchone()

    @classmethod
    def open(cls, path: Path, identity: LedgerIdentity, ledger_id: str) -> Self:
        """Open the ledger at `path`, or make it with this id, which was drawn at random.

        Raises RunDirectoryBusyError while another process has it, ConfigurationError for what is
        no ledger, or not this one, and CannotWriteError.
        """
        lease = RunDirectoryLease.acquire_file(path, f"ledger {path}")
        try:
            connection = open_for_writing(path, identity, ledger_id)
        except BaseException:
            lease.release()
            raise
        return cls(path, connection, lease, identity)

    def begin(self, run: LedgerRun, events_of: EventsOfRun) -> Place:
        """Give a new run its place; see `port.Ledger.begin`."""
        for place in self._not_ended():
            self.end(place, events_of(place.run))
        with self._transaction() as connection:
            (number,) = connection.execute(
                "INSERT INTO runs SELECT NULL, ?, ?, ?, ?, ?, frequencies, "
                "(SELECT coalesce(max(last_person), 0) FROM runs), NULL FROM ledger "
                "RETURNING number",
                (run.run_id, run.name, run.directory, run.started_s, run.input_sha256),
            ).fetchone()
        return Place(self._ledger_id, number, run)

    def resume(self, run_id: str) -> Place:
        """Return the place of a run that began earlier; see `port.Ledger.resume`."""
        with told_in_words(self._path):
            found = self._connection.execute(
                "SELECT number, run_id, name, directory, started_s, input_sha256 FROM runs "
                "WHERE run_id = ?",
                (run_id,),
            ).fetchone()
        if found is None:
            raise ConfigurationError(
                f"{self._path} does not know this run: start it with the ledger that it began with "
                "(without --ledger, if it had none), or in another run directory"
            )
        return self._place(found)

    def earlier_runs(self, place: Place) -> Sequence[EarlierRun]:
        """Return the runs before this one; see `port.Ledger.earlier_runs`."""
        with told_in_words(self._path):
            return runs_before(self._connection, place.number)

    def refuse_overtaken(self, place: Place) -> None:
        """Raise ConfigurationError when a later run has begun; see `port.Ledger`."""
        with told_in_words(self._path):
            later = self._connection.execute(
                "SELECT name FROM runs WHERE number > ? ORDER BY number LIMIT 1", (place.number,)
            ).fetchone()
        if later is not None:
            raise ConfigurationError(
                f"a later run, {later[0]}, has begun with {self._path} and may have sent whom this "
                "run had not sent yet, so this run cannot go on. To send the rest, import the file "
                "in another run directory: whoever was sent by either run is found in the ledger"
            )

    def note(self, people: Sequence[NotedPerson]) -> None:
        """Make it durable that these rows may have been sent; see `port.Ledger.note`."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO in_flight VALUES (?, ?)",
                [(one.row, one.person) for one in people],
            )

    def end(self, place: Place, events: Iterable[JournalEvent] | None) -> None:
        """Let a run's people be found by later runs; see `port.Ledger.end`."""
        with self._transaction() as connection:
            (last_person, before) = connection.execute(
                "SELECT last_person, people_before FROM runs WHERE number = ?", (place.number,)
            ).fetchone()
            if last_person is not None:
                return
            connection.execute("CREATE TEMP TABLE contact_ids (row INTEGER PRIMARY KEY, id)")
            connection.execute("CREATE TEMP TABLE new_keys (key INTEGER, person INTEGER)")
            ends = self._ends(place, events)
            (frequencies,) = connection.execute("SELECT frequencies FROM ledger").fetchone()
            added = _Added(connection, place.number, before)
            people = added.people(ends)
            frequencies = self._matcher.count_people(frequencies, people)
            deque(people, maxlen=0)  # a policy that counts nobody does not read them
            connection.execute(
                "INSERT INTO person_keys SELECT key, person FROM (SELECT key, person, row_number() "
                "OVER (PARTITION BY key ORDER BY person) AS of_key FROM new_keys) "
                "WHERE of_key <= ? ORDER BY key, person",
                (MOST_PEOPLE_OF_A_KEY,),
            )
            connection.execute("DROP TABLE contact_ids")
            connection.execute("DROP TABLE new_keys")
            connection.execute("DELETE FROM in_flight")
            connection.execute("UPDATE ledger SET frequencies = ?", (frequencies,))
            connection.execute(
                "UPDATE runs SET last_person = ? WHERE number = ?",
                (added.last_person, place.number),
            )

    def end_all(self, events_of: EventsOfRun) -> Sequence[EarlierRun]:
        """End the runs that cannot go on, and return all; see `port.Ledger.end_all`."""
        for place in self._not_ended():
            self._refuse_under_way(place, events_of(place.run))
            self.end(place, events_of(place.run))
        with told_in_words(self._path):
            return runs_before(self._connection, AFTER_ALL_RUNS)

    def forget(self, whom: WhoAsks) -> Forgotten:
        """Remove all that is kept of some people; see `port.Ledger.forget`.

        The file is written anew, so that nothing stays in it of whoever was removed before, or
        never became one of its people. It is that also when nobody is found.
        """
        with self._transaction() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            forgotten = forget_people(connection, self._matcher, whom)
        try:
            with told_in_words(self._path):
                write_anew(self._connection)
        except CannotWriteError as error:
            error.begin_with(
                f"{forgotten.people:,} people were removed, but what the file held of them may "
                "still be on the disk: start the same command again"
            )
            raise
        return forgotten

    def close(self) -> None:
        """Close the file and give the lease up. Closing twice is harmless."""
        try:
            with told_in_words(self._path):
                self._connection.close()
        finally:
            self._lease.release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with told_in_words(self._path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _refuse_under_way(self, place: Place, events: Iterable[JournalEvent] | None) -> None:
        try:
            if events is None or any(isinstance(event, RunFinished) for event in events):
                return
            said = "has not finished, and would find for new whoever is forgotten meanwhile"
        except ConfigurationError as error:
            said = f"cannot be read ({error})"
        directory = place.run.directory
        raise ConfigurationError(
            f"{self._path}: the run {place.run.name} in {directory} {said}. Let it finish, or "
            f"end it for good with `cxone-async purge --unfinished {directory}`"
        )

    def _not_ended(self) -> list[Place]:
        with told_in_words(self._path):
            found = self._connection.execute(
                "SELECT number, run_id, name, directory, started_s, input_sha256 FROM runs "
                "WHERE last_person IS NULL ORDER BY number"
            ).fetchall()
        return [self._place(one) for one in found]

    def _place(self, line: tuple[int, str, str, str, int, str]) -> Place:
        number, run_id, name, directory, started_s, input_sha256 = line
        run = LedgerRun(run_id, name, directory, started_s, input_sha256)
        return Place(self._ledger_id, number, run)

    def _ends(self, place: Place, events: Iterable[JournalEvent] | None) -> RunEnds | None:
        """Return how a run's rows ended; None where its journal does not tell: all count then."""
        if events is None:
            self._warn_of_untold(place)
            return None
        ends = RunEnds()
        try:
            for event in events:
                ends.apply(event)
                if isinstance(event, Settled):
                    self._connection.executemany(
                        "INSERT OR REPLACE INTO contact_ids VALUES (?, ?)",
                        [
                            (one.row, _shortest(one.contact_id))
                            for one in event.settlements
                            if one.contact_id
                        ],
                    )
        except ConfigurationError:
            self._warn_of_untold(place)
            return None
        return ends

    def _warn_of_untold(self, place: Place) -> None:
        (rows,) = self._connection.execute("SELECT count(*) FROM in_flight").fetchone()
        if rows:
            log.warning("ledger_run_untold", earlier_run=place.run.name, rows=rows)


class _Added:
    """The people of one run on their way from `in_flight` to `people`."""

    def __init__(self, connection: sqlite3.Connection, number: int, before: int) -> None:
        self._connection = connection
        self._number = number
        self.last_person = before

    def people(self, ends: RunEnds | None) -> Iterator[bytes]:
        """Add everybody who counts; yield their values."""
        rows = self._connection.execute(
            "SELECT row, person, id FROM in_flight LEFT JOIN contact_ids USING (row) ORDER BY row"
        )
        while lines := rows.fetchmany(_AT_ONCE):
            people: list[tuple[int, int, int, str | bytes | None, bytes]] = []
            new_keys: list[tuple[int, int]] = []
            for row, person, contact_id in lines:
                if ends is not None and not ends.counts(row):
                    continue
                keys, values = unpack_person(person)
                self.last_person += 1
                people.append((self.last_person, self._number, row, contact_id, values))
                new_keys += [(stored_key(key), self.last_person) for key in dict.fromkeys(keys)]
                yield values
            self._connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", people)
            self._connection.executemany("INSERT INTO new_keys VALUES (?, ?)", new_keys)


def events_of_run(run: LedgerRun) -> Iterator[JournalEvent] | None:
    """Return what the journal in a run's directory holds; None where it is gone.

    While it is read it may raise ConfigurationError (damaged, or its end is lost) and
    CannotWriteError (the disk).
    """
    path = Path(run.directory) / JOURNAL_NAME
    try:
        is_there = path.is_file()
    except OSError:
        return None
    return _events(path, run.run_id) if is_there else None


def _events(path: Path, run_id: str) -> Iterator[JournalEvent]:
    head = read_head(path)
    digest = RunningDigest(head)
    submissions, keeps_head, is_finished = 0, False, False
    with closing(open_journal(path)) as database:
        for entry in digest.over(database.entries()):
            event = decode(entry.payload)
            match event:
                case RunStarted(identity=identity):
                    if identity.run_id != run_id:
                        raise ConfigurationError(f"{path} holds another run")
                    keeps_head = event.keeps_head
                case Intended():
                    submissions += 1
                case JournalLossAccepted():
                    submissions = max(submissions, event.submissions)
                case RunFinished():
                    is_finished = True
                case _:
                    pass
            yield event
    if is_finished or (head is None and not keeps_head):
        return
    # What is lost may have been sent, and reads as if it had not been.
    if head is None or not digest.meets_head or submissions < head.submissions:
        raise ConfigurationError(f"{path} has lost its end")


def _shortest(contact_id: str) -> str | bytes:
    """Return a contact id as it takes the least room: a UUID as its 16 bytes."""
    return bytes.fromhex(contact_id.replace("-", "")) if _UUID.fullmatch(contact_id) else contact_id
