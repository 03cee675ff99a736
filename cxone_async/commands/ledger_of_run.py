"""The ledger of one run: whom it finds, whom it notes, and how it ends.

Guarantee: a run that was given a ledger sends nobody whom the ledger does not know of before the
first byte goes out. Where the ledger cannot be written, nothing is sent.
"""

import asyncio
import random
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import takewhile
from pathlib import Path
from typing import Final

from cxone_async.durable.threads import in_thread
from cxone_async.journal.group_commit import GroupCommit
from cxone_async.journal.store import Begun
from cxone_async.ledger.database import ledger_id_of
from cxone_async.ledger.port import (
    NOBODY_SINCE_S,
    EarlierRun,
    KnownPeopleAt,
    LedgerIdentity,
    LedgerRun,
    NotedPerson,
    Place,
)
from cxone_async.ledger.store import SqliteLedger, events_of_run
from cxone_async.prepare.rows import PendingRow
from cxone_async.settings import ImportSettings, PlanSettings, RunSettings

DAY_S: Final = 86_400
EVERYBODY: Final = 0
"""The number of a plan, which is no run: it finds everybody who was noted until now."""

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]|^[-.]", re.ASCII)
_LONGEST_NAME: Final = 80


class LedgerOfRun:
    """A ledger that is open for one start of an import."""

    def __init__(
        self,
        ledger: SqliteLedger,
        path: Path,
        identity: LedgerIdentity,
        place: Place,
        earlier: Sequence[EarlierRun],
    ) -> None:
        self.earlier_runs = earlier
        self._ledger = ledger
        self._path = path
        self._identity = identity
        self._place = place
        self._commits = GroupCommit[list[NotedPerson]](self._start_write)

    @property
    def place(self) -> str:
        """The ledger's id and the run's number, as the run's identity has them."""
        return f"{self._place.ledger_id}/{self._place.number}"

    @property
    def same_input_as(self) -> str:
        """The name of the last run before this one that read the same bytes; "" if none did."""
        digest = self._place.run.input_sha256
        names = (one.run.name for one in self.earlier_runs if one.run.input_sha256 == digest)
        return next(names, "")

    def known(self, days: int, *, again: bool) -> KnownPeopleAt:
        """Return whom the run finds: who was sent in so many days before it began first."""
        since_s = NOBODY_SINCE_S if again else self._place.run.started_s - days * DAY_S
        return KnownPeopleAt(
            str(self._path.absolute()), self._identity, self._place.number, since_s
        )

    def everybody(self) -> KnownPeopleAt:
        """Return everybody whom earlier runs have sent, however long ago."""
        return KnownPeopleAt(str(self._path.absolute()), self._identity, self._place.number, 0)

    def too_old(self, days: int) -> frozenset[str]:
        """Return the names of the earlier runs whose people are not found after so many days.

        As `SqliteKnownPeople` does it: no run is too old before those that came before it are.
        """
        since_s = self._place.run.started_s - days * DAY_S
        old = takewhile(lambda one: one.run.started_s < since_s, reversed(self.earlier_runs))
        return frozenset(one.run.name for one in old)

    async def note(self, rows: Sequence[PendingRow]) -> None:
        """Make it durable that rows may have been sent. Raises CannotWriteError."""
        await self._commits.add([NotedPerson(one.row, one.person) for one in rows])

    async def end(self) -> None:
        """Let later runs find whom this one sent. Raises CannotWriteError, ConfigurationError."""
        await in_thread(lambda _stop: self._ledger.end(self._place, events_of_run(self._place.run)))

    async def close(self) -> None:
        """Wait for what is being noted and close the file."""
        await self._commits.close()
        await in_thread(lambda _stop: self._ledger.close())

    def _start_write(self, items: list[list[NotedPerson]]) -> asyncio.Future[None]:
        people = [one for item in items for one in item]
        return asyncio.ensure_future(asyncio.to_thread(self._ledger.note, people))


def identity_of(settings: ImportSettings | PlanSettings) -> LedgerIdentity:
    """Return whose ledger the settings ask for."""
    return LedgerIdentity(settings.url, settings.list_id, settings.match.value)


async def open_ledger(
    stack: AsyncExitStack, settings: ImportSettings, rng: random.Random
) -> SqliteLedger | None:
    """Open the ledger of the settings, if they name one, until `stack` closes.

    `rng` draws the id of one that is made. Raises what `SqliteLedger.open` raises.
    """
    path = settings.ledger
    if path is None:
        return None
    ledger_id = f"{rng.getrandbits(64):016x}"
    ledger = await in_thread(
        lambda _stop: SqliteLedger.open(path, identity_of(settings), ledger_id)
    )
    stack.callback(ledger.close)
    return ledger


async def enter_ledger(
    stack: AsyncExitStack,
    ledger: SqliteLedger,
    settings: ImportSettings,
    begun: Begun | None,
    run: LedgerRun,
) -> LedgerOfRun:
    """Give a new run its place in the ledger, or return that of a run that goes on.

    Raises ConfigurationError for a run that may not go on, and CannotWriteError.
    """
    assert settings.ledger is not None  # noqa: S101  it is open

    def placed() -> tuple[Place, Sequence[EarlierRun]]:
        if begun is None:
            place = ledger.begin(run, events_of_run)
        else:
            place = ledger.resume(begun.identity.run_id)
            if begun.finished is None:
                ledger.refuse_overtaken(place)
        return place, ledger.earlier_runs(place)

    place, earlier = await in_thread(lambda _stop: placed())
    of_run = LedgerOfRun(ledger, settings.ledger, identity_of(settings), place, earlier)
    stack.push_async_callback(of_run.close)
    return of_run


def name_of_run(directory: Path) -> str:
    """Return how `duplicate_of` names a run: as its directory, with plain characters only."""
    return _NOT_IN_A_NAME.sub("_", directory.absolute().name)[:_LONGEST_NAME] or "run"


async def known_to_plan(settings: RunSettings, now_s: int) -> tuple[str, KnownPeopleAt | None]:
    """Return the ledger's place in the identity of a plan, and whom the plan finds in it.

    A ledger that is not there knows nobody. Raises ConfigurationError and CannotWriteError.
    """
    path = settings.ledger
    if path is None or not isinstance(settings, ImportSettings | PlanSettings):
        return "", None
    identity = identity_of(settings)
    ledger_id = await in_thread(lambda _stop: ledger_id_of(path, identity))
    since_s = NOBODY_SINCE_S if settings.again else now_s - settings.ledger_days * DAY_S
    known = KnownPeopleAt(str(path.absolute()), identity, EVERYBODY, since_s)
    return (f"{ledger_id}/{EVERYBODY}", known) if ledger_id else (f"none/{EVERYBODY}", None)


def ledger_settings(settings: RunSettings, place: str) -> dict[str, object]:
    """Return what of a ledger decides outcomes, by `OutcomeSettings`; nothing without one."""
    return {
        "ledger_place": place,
        "ledger_days": settings.ledger_days if place else 0,
        "again": settings.again,
    }
