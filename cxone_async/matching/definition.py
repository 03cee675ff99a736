"""What a policy offers the rest of the package: its matcher, and its rules in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cxone_async.contacts.model import Contact
from cxone_async.matching.field_comparison import Comparison
from cxone_async.matching.name_order import NameReading
from cxone_async.matching.policy import LedgerMatcher, Matcher

Item = TypeVar("Item")
Result = TypeVar("Result")


class ParallelMap(Protocol):
    """Applies a function to every item and returns the results in order, as `map` does.

    The function's calls may run at the same time, in several threads.
    """

    def __call__(
        self, function: Callable[[Item], Result], items: Sequence[Item], /
    ) -> Iterable[Result]: ...


@dataclass(frozen=True, slots=True)
class PolicyDefinition:
    """All that the rest of the package knows of a policy.

    `new_matcher` takes the threshold (0..100) and a map. `rules` says in words what each of
    its rules means. `compare` takes a contact, an earlier one, the threshold, and how the
    list's names are read.
    `describe_score` takes the score, the threshold, and whether the row was dropped.
    `ledger_matcher` takes the threshold; None where the policy cannot find people by keys.
    """

    new_matcher: Callable[[float, ParallelMap], Matcher]
    rules: Mapping[str, str]
    compare: Callable[[Contact, Contact, float, NameReading], Comparison]
    describe_score: Callable[[float, float, bool], tuple[str, ...]]
    ledger_matcher: Callable[[float], LedgerMatcher] | None = None
