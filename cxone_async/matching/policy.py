"""What a matching policy is.

Matchers are deterministic functions of the rows seen so far, in input order, so that a resumed
run repeats every decision. A decision explains itself: the row it matched, the rule, the score.
"""

from collections.abc import Container, Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from cxone_async.contacts.model import Contact
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading
from cxone_async.outcome import Resemblance


class MatchPolicy(StrEnum):
    """The values of `--match`."""

    CORROBORATED = "corroborated"
    ANY_FIELD = "any-field"
    EXACT = "exact"
    OFF = "off"


POLICIES_WITH_LEDGER: Final = frozenset((MatchPolicy.CORROBORATED, MatchPolicy.EXACT))
"""Those that find people of earlier runs, by keys (`LedgerMatcher`)."""


class Duplicate(msgspec.Struct, frozen=True, gc=False):
    """The decision that a row repeats an earlier one. `score` is 0..100."""

    of_row: int
    rule: str
    score: float


class Kept(msgspec.Struct, frozen=True, gc=False):
    """The decision that a row is a contact of its own.

    `resembles` lists earlier rows that look alike but lack a second witness. It feeds
    review.csv and is empty for most rows.
    """

    resembles: tuple[Resemblance, ...] = ()


MatchDecision = Duplicate | Kept

KEPT = Kept()

NO_ROWS: Final[Container[int]] = ()

FIRST_EARLIER_ROW: Final = 1 << 31
"""From here on rows are people of earlier runs (`LedgerMatcher.recall`); a file has fewer rows."""


class Matcher(Protocol):
    """Decides row after row; remembers what later rows must be compared with."""

    @staticmethod
    def standardise(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
        """Return what `decide` needs to know of a contact, whatever came before it.

        `names` says which part of the list's names is the family's. This is a good part of the
        work, and another process can do it.
        """
        ...

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        """Say whether a contact repeats an earlier one, and remember it.

        `different` holds the earlier rows of which it is known that they are other people: the
        contact repeats none of them and resembles none. Call it once for every valid contact that
        is not suppressed, in row order.
        """
        ...

    def decide_all(self, inputs: Sequence[MatchInput]) -> list[MatchDecision]:
        """Decide contacts that follow one another, as `decide` does for each in turn."""
        return [self.decide(match_input) for match_input in inputs]

    def statistics(self) -> dict[str, int]:
        """Count what the policy did beyond its decisions, such as entries that a cap cut."""
        ...


class LedgerMatcher(Matcher, Protocol):
    """A matcher that finds people of earlier runs too, which a ledger keeps.

    A policy is one if two contacts match only when they share a key.
    """

    @staticmethod
    def ledger_keys(match_input: MatchInput) -> tuple[int, ...]:
        """Return the keys under which a ledger finds the contact, numbers of 32 bits."""
        ...

    @staticmethod
    def ledger_values(match_input: MatchInput) -> bytes:
        """Return all that the policy compares of a contact, in bytes: what a ledger keeps."""
        ...

    @staticmethod
    def from_ledger(row: int, values: bytes) -> MatchInput:
        """Return the contact of `ledger_values` as `standardise` did, with another row."""
        ...

    def begin_with(self, frequencies: bytes) -> None:
        """Start with what `count_people` returned, before the first row; b"" is nothing."""
        ...

    @staticmethod
    def count_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        """Return the frequencies of names and the like, with those of more people.

        Each of `people` is a contact's `ledger_values`.
        """
        ...

    @staticmethod
    def discount_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        """Return the frequencies without some people that `count_people` has counted."""
        ...

    @staticmethod
    def ledger_identifiers(values: bytes) -> tuple[str, str]:
        """Return the phone and the email in `ledger_values`, as `standardise` made them."""
        ...

    def recall(self, match_input: MatchInput) -> None:
        """Remember a person of an earlier run as an earlier row, and decide nothing.

        Its row is `FIRST_EARLIER_ROW` or more. Where a block of candidates is full, it stays out.
        """
        ...

    def decide_beside_recalled(
        self, match_input: MatchInput, different: Container[int] = NO_ROWS
    ) -> MatchDecision:
        """Decide as `decide` does.

        That a person came before is no evidence of how often the phones of this list are shared.
        """
        ...
