"""What a policy offers the rest of the package: its matcher, and its rules in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cxone_async.contacts.model import Contact
from cxone_async.matching.field_comparison import FieldComparison
from cxone_async.matching.name_order import NameReading
from cxone_async.matching.policy import Matcher

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
    its rules means. `compare_fields` takes a contact, an earlier one, the threshold, and how the
    list's names are read. `remarks` takes both contacts and the same, and says what tells them
    apart beyond the fields, sentence by sentence.
    `describe_score` takes the score, the threshold, and whether the row was dropped.
    """

    new_matcher: Callable[[float, ParallelMap], Matcher]
    rules: Mapping[str, str]
    compare_fields: Callable[[Contact, Contact, float, NameReading], tuple[FieldComparison, ...]]
    describe_score: Callable[[float, float, bool], tuple[str, ...]]
    remarks: Callable[[Contact, Contact, NameReading], tuple[str, ...]] = lambda *_: ()
