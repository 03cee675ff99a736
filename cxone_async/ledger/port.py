"""What a ledger does. `store` and `cxone_async.testing` pass one conformance suite.

A ledger belongs to one tenant, one list and one matching policy. Runs are numbered from 1 on, and
one of them writes at a time.

Guarantee:

* Who may have been sent is in it: `note` is durable before the first byte of a submission.
* Who certainly was not sent, or was refused for good, is not found: a run's people count as its
  journal says (`run_ends`). Where it is gone, damaged or lacks its end, all who were noted count.
* What a run finds does not change while it lasts, nor when it is resumed: it finds only people of
  the runs before it, and these are ended before it begins. None of them goes on afterwards.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from cxone_async.journal.events import JournalEvent


class LedgerIdentity(msgspec.Struct, frozen=True):
    """Whose ledger it is. `policy` names the matching policy that wrote the people."""

    tenant: str
    list_id: str
    policy: str


class LedgerRun(msgspec.Struct, frozen=True):
    """A run that writes to a ledger.

    `name` stands in `duplicate_of`. `started_s` is in seconds since the epoch, `directory` is
    absolute, `input_sha256` in hexadecimal digits.
    """

    run_id: str
    name: str
    directory: str
    started_s: int
    input_sha256: str = ""


class EarlierRun(msgspec.Struct, frozen=True):
    """A run before another one, and how many people it has added to the ledger."""

    run: LedgerRun
    people: int


class Place(msgspec.Struct, frozen=True):
    """Where a run stands in a ledger: it finds the people of the runs before `number`."""

    ledger_id: str
    number: int
    run: LedgerRun


class WhoAsks(msgspec.Struct, frozen=True):
    """Who asks to be forgotten: all who have one of these, in the policy's standard form.

    `rows` are (run id, row), for what a ledger does not keep: the ids of the file.
    """

    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    rows: frozenset[tuple[str, int]] = frozenset()


class Forgotten(msgspec.Struct, frozen=True):
    """How many people were removed, and of how many runs; nothing of them.

    One person may be several: each run that sent them has one. `with_extension` of those who stay
    have a number of `WhoAsks` with an extension, so that they may be others at a switchboard.
    """

    people: int
    runs: int
    with_extension: int


class KnownPeopleAt(msgspec.Struct, frozen=True, array_like=True):
    """Which people of which ledger a run finds: everything that its matching must know.

    `number` is that of the run; people sent before `since_s`, in seconds since the epoch, are
    not found.
    """

    path: str
    identity: LedgerIdentity
    number: int
    since_s: int


NOBODY_SINCE_S: Final = 1 << 62
"""As `since_s`: nobody is found, whoever was sent before."""


class NotedPerson(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row that is about to be sent. `person` is as `pack_person` returns it."""

    row: int
    person: bytes


class KnownPerson(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody who was sent before: by which run, as which of its rows, and the values."""

    run: str
    row: int
    values: bytes


EventsOfRun = Callable[[LedgerRun], Iterable[JournalEvent] | None]
"""Returns what the journal of a run holds; None where there is none any more."""


class Ledger(Protocol):
    """A ledger as the run that writes has it. Synchronous: it blocks on the disk."""

    def begin(self, run: LedgerRun, events_of: EventsOfRun) -> Place:
        """Give a new run its place, after all runs before it have been ended."""
        ...

    def resume(self, run_id: str) -> Place:
        """Return the place of a run that began earlier.

        Raises ConfigurationError when the ledger does not know it.
        """
        ...

    def earlier_runs(self, place: Place) -> Sequence[EarlierRun]:
        """Return the runs before this one, which have ended, the latest first."""
        ...

    def refuse_overtaken(self, place: Place) -> None:
        """Raise ConfigurationError when a later run has begun: this one may send nothing more."""
        ...

    def note(self, people: Sequence[NotedPerson]) -> None:
        """Make it durable that these rows of the latest run may have been sent.

        Rows that were noted before stay as they are.
        """
        ...

    def end(self, place: Place, events: Iterable[JournalEvent] | None) -> None:
        """Let a run's people be found by later runs, as far as its journal says that they count.

        `events` are those of its journal, None where it is gone. A run that has ended stays as it
        is.
        """
        ...

    def end_all(self, events_of: EventsOfRun) -> Sequence[EarlierRun]:
        """End the runs that have finished, or never can; return all runs, the latest first.

        Raises ConfigurationError when one may go on, and find people who are forgotten meanwhile
        for new.
        """
        ...

    def forget(self, whom: WhoAsks) -> Forgotten:
        """Remove all that is kept of some people; no run may be under way (`end_all`).

        Later runs send them again when a list has them. The runs that began after they were sent
        cannot be prepared again: `KnownPeople` refuses them with ConfigurationError.
        """
        ...

    def close(self) -> None:
        """Close it. Closing twice is harmless."""
        ...


class KnownPeople(Protocol):
    """A ledger as a run's matching reads it: the people of the runs before, as far as they count.

    `frequencies` is what the policy's `count_people` made of all of them.
    """

    @property
    def frequencies(self) -> bytes:
        """What the policy counted of all people."""
        ...

    def find(self, keys: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Return the people under each key that has any, as ids in the order of their sending."""
        ...

    def people(self, ids: Collection[int]) -> Mapping[int, KnownPerson]:
        """Return the people with these ids."""
        ...

    def close(self) -> None:
        """Close it. Closing twice is harmless."""
        ...
