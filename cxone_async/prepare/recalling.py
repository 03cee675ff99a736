"""Matching that finds people of earlier runs too: candidates like earlier rows of the file.

Guarantee: pure and sequential; the result does not depend on how rows are cut into blocks. Before a
row is decided, everybody who shares a key with it is recalled, in the order of their sending. Then
the policy decides, as it does in one file.

Who was sent again under the same values is one person, not a crowd: the last one stands for all.

Memory: a bit for each person of the ledger; 12 bytes more, and the matcher's, for each recalled.
"""

from array import array
from collections.abc import Container, Mapping, Sequence

import msgspec

from cxone_async.contacts.model import Contact
from cxone_async.ledger.port import KnownPeople, KnownPerson
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading
from cxone_async.matching.policy import (
    FIRST_EARLIER_ROW,
    KEPT,
    NO_ROWS,
    Duplicate,
    Kept,
    LedgerMatcher,
    MatchDecision,
    Matcher,
)


class RecallingMatcher(Matcher):
    """A `LedgerMatcher` that is told of the people of earlier runs as rows ask for them."""

    def __init__(self, matcher: LedgerMatcher, known: KnownPeople) -> None:
        self._matcher = matcher
        self._known = known
        self._is_recalled = bytearray()
        # By earlier row, from `FIRST_EARLIER_ROW` on:
        self._rows = array("Q")
        self._runs = array("I")
        self._names: list[str] = []
        self._people: Mapping[int, KnownPerson] = {}
        self._ids_by_key: Mapping[int, Sequence[int]] = {}
        matcher.begin_with(known.frequencies)

    @staticmethod
    def standardise(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
        """Raise NotImplementedError: it is the policy's to say."""
        raise NotImplementedError

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        self._look_up([match_input])
        return self._decide(match_input, different)

    def decide_all(self, inputs: Sequence[MatchInput]) -> list[MatchDecision]:
        self._look_up(inputs)
        return [self._decide(match_input, NO_ROWS) for match_input in inputs]

    def statistics(self) -> dict[str, int]:
        return self._matcher.statistics()

    def run_and_row(self, earlier_row: int) -> tuple[str, int]:
        """Return which run sent the person whom a decision named, and as which of its rows."""
        at = earlier_row - FIRST_EARLIER_ROW
        return self._names[self._runs[at]], self._rows[at]

    def _look_up(self, inputs: Sequence[MatchInput]) -> None:
        keys_of = self._matcher.ledger_keys
        self._ids_by_key = self._known.find({key for one in inputs for key in keys_of(one)})
        new = {
            one for ids in self._ids_by_key.values() for one in ids if not self._was_recalled(one)
        }
        self._people = self._known.people(new) if new else {}

    def _decide(self, match_input: MatchInput, different: Container[int]) -> MatchDecision:
        if self._ids_by_key:
            for key in self._matcher.ledger_keys(match_input):
                if key in self._ids_by_key:
                    self._recall(self._ids_by_key[key])
        decision = self._matcher.decide_beside_recalled(match_input, different)
        if isinstance(decision, Kept) and decision.resembles:
            # review.csv is about pairs of rows of one file.
            here = tuple(one for one in decision.resembles if one.resembles_row < FIRST_EARLIER_ROW)
            return msgspec.structs.replace(decision, resembles=here) if here else KEPT
        return decision

    def _recall(self, ids: Sequence[int]) -> None:
        new = [one for one in ids if not self._was_recalled(one)]
        last_of_values = {self._people[one].values: one for one in new}
        for one in new:
            self._mark_recalled(one)
            person = self._people[one]
            if last_of_values[person.values] == one:
                row = FIRST_EARLIER_ROW + len(self._rows)
                self._rows.append(person.row)
                self._runs.append(self._number_of_run(person.run))
                self._matcher.recall(self._matcher.from_ledger(row, person.values))

    def _number_of_run(self, name: str) -> int:
        if not self._names or self._names[-1] != name:
            if name in self._names:
                return self._names.index(name)
            self._names.append(name)
        return len(self._names) - 1

    def _was_recalled(self, one: int) -> bool:
        at, bit = divmod(one, 8)
        return at < len(self._is_recalled) and bool(self._is_recalled[at] >> bit & 1)

    def _mark_recalled(self, one: int) -> None:
        at, bit = divmod(one, 8)
        if at >= len(self._is_recalled):
            self._is_recalled.extend(bytes(at + 1 + at // 8 - len(self._is_recalled)))
        self._is_recalled[at] |= 1 << bit


def is_of_earlier_run(decision: Duplicate) -> bool:
    """Say whether a duplicate repeats a person of an earlier run."""
    return decision.of_row >= FIRST_EARLIER_ROW
