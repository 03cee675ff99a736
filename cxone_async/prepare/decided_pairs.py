"""What people have decided about pairs of rows, and how it overrides the matching policy.

Guarantee: pure and sequential; the result does not depend on how rows are cut into blocks.

* `same`: the later row is a duplicate of the earlier one, whatever the policy says of it. The
  policy sees it all the same, so that it remembers what the row holds.
* `different`: neither is a duplicate of the other, nor of a row that was dropped for the other.
  Any third row may still match either.

Both are passed on as logic has it: who is the same as a person is different from whoever that
person is different from.

Rows are named by keys, so that one decision can be about an external id. Memory: four bytes a row,
and some hundred bytes for each row that a decision names.
"""

from array import array
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.policy import NO_ROWS, Duplicate, MatchDecision, Matcher
from cxone_async.outcome import DECISION_RULE, Outcome, RowOutcome

CERTAIN: Final = 100.0
"""The score of a duplicate of which a person has said so."""


class DecidedPairs(msgspec.Struct, frozen=True, array_like=True):
    """Decisions on pairs of keys. `key_of_row` says which rows a key names; no other row counts.

    `sha256` is the digest of what was decided, in hex, "" where nothing was. `not_called` holds the
    rows that are the same as one that is not to be called, each with the first such row.
    """

    key_of_row: dict[int, int] = {}
    same: list[tuple[int, int]] = []
    different: list[tuple[int, int]] = []
    sha256: str = ""
    not_called: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self.same or self.different)


class DecisionCounts(msgspec.Struct, frozen=True):
    """How many decisions there were, and how many of them had no effect.

    A decision is `unused` when one of its rows is invalid or suppressed, except that of rows that
    are the same none is called where one is not to be called.
    """

    same: int = 0
    different: int = 0
    unused: int = 0


NOTHING_DECIDED: Final = DecidedPairs()


class PeopleByKey:
    """Which keys are of one person, as a chain of decisions says (a union-find structure)."""

    def __init__(self, same: Iterable[tuple[int, int]] = ()) -> None:
        self._parents: dict[int, int] = {}
        for one, other in same:
            self.join(one, other)

    def person(self, key: int) -> int:
        """Return the key that stands for all keys of a person."""
        parents = self._parents
        while (parent := parents.get(key, key)) != key:
            parents[key] = key = parents.get(parent, parent)
        return key

    def join(self, one: int, other: int) -> None:
        """Take note that two keys are of one person."""
        one, other = self.person(one), self.person(other)
        self._parents[max(one, other)] = min(one, other)


class DecidedMatching:
    """A matcher together with the decisions that override it."""

    def __init__(self, matcher: Matcher, pairs: DecidedPairs) -> None:
        self._matcher = matcher
        self._pairs = pairs
        self._key_of_row = pairs.key_of_row
        self._people = PeopleByKey(pairs.same)
        self._partners: dict[int, list[int]] = {}
        for one, other in pairs.same:
            self._partners.setdefault(one, []).append(other)
            self._partners.setdefault(other, []).append(one)
        self._others: dict[int, set[int]] = {}
        for pair in pairs.different:
            one, other = map(self._people.person, pair)
            self._others.setdefault(one, set()).add(other)
            self._others.setdefault(other, set()).add(one)
        self._first_row_of_key: dict[int, int] = {}
        self._first_row_of_person: dict[int, int] = {}
        self._matched_keys: set[int] = set()
        self._kept_row = array("I")  # by dropped row: the kept row at the end of its chain; else 0
        self._people_of_kept_row: dict[int, set[int]] = {}

    def decide_all(
        self, inputs: Sequence[MatchInput], decided: Iterable[RowOutcome]
    ) -> list[MatchDecision]:
        """Decide contacts that follow one another; `decided` are the other rows of their block."""
        key_of_row = self._key_of_row
        for one in decided:
            if one.row in key_of_row and one.outcome is Outcome.SUPPRESSED:
                self._note_row(one.row, key_of_row[one.row])
        decisions: list[MatchDecision] = []
        first = 0
        for at, match_input in enumerate(inputs):
            if match_input.contact.row in key_of_row:
                decisions += self._decide_by_policy(inputs[first:at])
                decisions.append(self._decide(match_input))
                first = at + 1
        decisions += self._decide_by_policy(inputs[first:])
        return decisions

    def counts(self) -> DecisionCounts:
        """Count the decisions, at the end of the input."""
        rows, matched = self._first_row_of_key, self._matched_keys
        not_called = self._pairs.not_called.keys()
        same, different = self._pairs.same, self._pairs.different
        used = 0
        for pair in same:
            known = [rows[key] for key in pair if key in rows]
            used += not not_called.isdisjoint(known) or (
                len(known) == len(pair) and max(pair, key=rows.__getitem__) in matched
            )
        for one, other in different:
            used += one in matched and other in matched
        return DecisionCounts(len(same), len(different), len(same) + len(different) - used)

    def _decide_by_policy(self, inputs: Sequence[MatchInput]) -> Iterator[MatchDecision]:
        for match_input, decision in zip(inputs, self._matcher.decide_all(inputs), strict=True):
            if isinstance(decision, Duplicate):
                self._note_duplicate(match_input.contact.row, decision.of_row)
            yield decision

    def _decide(self, match_input: MatchInput) -> MatchDecision:
        row = match_input.contact.row
        key = self._key_of_row[row]
        person = self._people.person(key)
        others = self._others.get(person)
        decision = self._matcher.decide(
            match_input, NO_ROWS if others is None else _RowsOf(others, self)
        )
        if of_row := self._row_of_the_same(row, key, person):
            decision = Duplicate(of_row, DECISION_RULE, CERTAIN)
        if isinstance(decision, Duplicate):
            self._note_duplicate(row, decision.of_row)
        self._note_row(row, key)
        self._matched_keys.add(key)
        return decision

    def _row_of_the_same(self, row: int, key: int, person: int) -> int:
        """Return the earlier row that a row is the same as, or 0.

        It is the first that a decision names together with it, else the person's first. Of several
        rows with one external id a decision is about the first.
        """
        rows = self._first_row_of_key
        if key not in self._partners or rows.get(key, row) < row:
            return 0
        named = min((rows.get(partner, row) for partner in self._partners[key]), default=row)
        found = named if named < row else self._first_row_of_person.get(person, row)
        return found if found < row else 0

    def _note_row(self, row: int, key: int) -> None:
        person = self._people.person(key)
        for rows, name in ((self._first_row_of_key, key), (self._first_row_of_person, person)):
            rows[name] = min(rows.get(name, row), row)
        self._people_of_kept_row.setdefault(self.kept_row_of(row), set()).add(person)

    def _note_duplicate(self, row: int, of_row: int) -> None:
        kept_row = self._kept_row
        if row >= len(kept_row):
            kept_row.frombytes(bytes(kept_row.itemsize * (row + 1 + row // 8 - len(kept_row))))
        kept_row[row] = self.kept_row_of(of_row)

    def kept_row_of(self, row: int) -> int:
        """Return the row at the end of the chain of duplicates that begins with a row."""
        return (self._kept_row[row] if row < len(self._kept_row) else 0) or row

    def people_of(self, kept_row: int) -> Iterable[int]:
        """Return which persons of the decisions have a row in the chains that end in a kept row."""
        return self._people_of_kept_row.get(kept_row, ())


class _RowsOf(Container[int]):
    """The rows of some people, and all that were dropped for the same kept rows."""

    def __init__(self, people: set[int], matching: DecidedMatching) -> None:
        self._people = people
        self._matching = matching

    def __contains__(self, row: object) -> bool:
        matching = self._matching
        return isinstance(row, int) and not self._people.isdisjoint(
            matching.people_of(matching.kept_row_of(row))
        )
