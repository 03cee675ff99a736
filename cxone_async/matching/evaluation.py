"""How good a policy's decisions are, given who every row really is.

Rows that were invalid or suppressed are not evaluated, since no policy saw them. A dropped row is
correct when an earlier evaluated row, kept or dropped, is of the same person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Outcome

_NOT_EVALUATED = (Outcome.INVALID, Outcome.SUPPRESSED)


class Decided(msgspec.Struct, frozen=True, gc=False):
    """One row's outcome; `rule` is "" unless it was dropped."""

    row: int
    outcome: Outcome
    rule: str = ""


class RuleFigures(msgspec.Struct, frozen=True, gc=False):
    """How many rows one rule dropped, and how many of those repeat an earlier row of the person."""

    rule: str
    dropped: int
    correct: int


class Evaluation(msgspec.Struct, frozen=True, gc=False):
    """The figures of one run against the truth.

    `duplicates` is the number of rows that repeat a person, `lost` the number of people
    all of whose rows were dropped. `by_rule` is sorted by rule.
    """

    rows: int
    people: int
    duplicates: int
    dropped: int
    correct: int
    lost: int
    by_rule: tuple[RuleFigures, ...]

    @property
    def precision(self) -> float:
        """Correct over dropped rows; 1 when none was dropped."""
        return self.correct / self.dropped if self.dropped else 1.0

    @property
    def recall(self) -> float:
        """Correct rows over rows that repeat a person; 1 when there are none."""
        return self.correct / self.duplicates if self.duplicates else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def evaluate(decisions: Iterable[Decided], person_of_row: Mapping[int, str]) -> Evaluation:
    """Compare decisions, in any order, with the person that each row is of.

    Raises UnreadableInputError when a row has two decisions, or the decisions and the
    truth are not about the same rows.
    """
    by_row: dict[int, Decided] = {}
    for decided in decisions:
        if decided.row in by_row:
            raise UnreadableInputError(f"row {decided.row} has two outcomes")
        by_row[decided.row] = decided
    without_outcome = len(person_of_row.keys() - by_row.keys())
    without_truth = len(by_row.keys() - person_of_row.keys())
    if without_outcome or without_truth:
        raise UnreadableInputError(
            f"the truth does not fit the outcomes: {without_outcome} of its rows have no outcome, "
            f"{without_truth} outcomes have no row in it"
        )
    seen: set[str] = set()
    kept: set[str] = set()
    dropped: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    rows = 0
    for row in sorted(by_row):
        decided = by_row[row]
        if decided.outcome in _NOT_EVALUATED:
            continue
        rows += 1
        person = person_of_row[row]
        if decided.outcome is Outcome.DUPLICATE:
            dropped[decided.rule] += 1
            correct[decided.rule] += person in seen
        else:
            kept.add(person)
        seen.add(person)
    return Evaluation(
        rows=rows,
        people=len(seen),
        duplicates=rows - len(seen),
        dropped=dropped.total(),
        correct=correct.total(),
        lost=len(seen - kept),
        by_rule=tuple(RuleFigures(rule, dropped[rule], correct[rule]) for rule in sorted(dropped)),
    )
