"""The record of a seed for the audit, and the error that an audit raises."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from durable import Durable
from scenario import Scenario
from tenant import Request, Tenant


class ViolationError(Exception):
    """An invariant does not hold; the first argument is its name.

    `record` is what the seed has recorded so far.
    """

    record: "Record | None" = None

    def __init__(self, invariant: str, text: str) -> None:
        super().__init__(f"{invariant}: {text}")
        self.invariant = invariant
        self.text = text


@dataclass
class Record:
    """Everything that a seed records for the audit."""

    scenario: Scenario
    tenant: Tenant
    durable: Durable
    requests: list[Request] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: list[dict[str, str]] = field(default_factory=list)
    in_doubt_rows: set[int] = field(default_factory=set)
    """Rows whose chunk was durable as intended, and no more, when a process ended."""
    lost_rows: int = 0
    """The highest row that any submission had named when the journal lost its end."""
    steps: int = 0

    def journal_has_lost_its_end(self, left: Iterable[bytes]) -> None:
        """Go on from the events that are left; what was sent stays sent."""
        named = [row for rows in self.durable.rows.values() for row, _ in rows]
        self.lost_rows = max([self.lost_rows, *named])
        self.durable = Durable(blame)
        self.durable.take_payloads(left)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.history).encode()).hexdigest()[:16]


def blame(invariant: str, text: str) -> NoReturn:
    raise ViolationError(invariant, text)
