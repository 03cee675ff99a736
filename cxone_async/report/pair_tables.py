"""Pairs of rows as a person sees them in review.csv and duplicates.csv: side by side, in words.

Guarantee: a value of a contact is masked unless the caller asks for it. No other cell holds one,
but for the external ids.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from cxone_async.contacts.masking import PLAIN_MASK, mask
from cxone_async.contacts.model import Contact
from cxone_async.matching.explanation import explain, rule_in_words
from cxone_async.matching.name_order import NameReading
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import DECISION_RULE
from cxone_async.report.likeliest_pairs import ListedPair

_FIELDS: Final = ("phone", "email", "first_name", "last_name", "country", "external_id")
_IN_CLEAR: Final = frozenset({"country", "external_id"})

FURTHER_COLUMNS: Final = (
    "decision",
    "group",
    *(name for field in _FIELDS for name in (field, f"of_{field}")),
    "rule_in_words",
    "speaks_for",
    "speaks_against",
    "input",
)
REVIEW_COLUMNS: Final = ("row", "resembles_row", "rule", "score", *FURTHER_COLUMNS)
DUPLICATES_COLUMNS: Final = ("row", "of_row", "rule", "score", *FURTHER_COLUMNS)

_SAME: Final = "same"
_SHOWN_OF_DIGEST: Final = 16


class PairViewer(NamedTuple):
    """What is needed to show pairs. `contacts` are those of their rows, as far as they can be read.

    `threshold` is 0..100. `names` says how names are read. `input_sha256` is the digest of the
    input, by which a file of decisions knows which rows are meant.
    """

    contacts: Mapping[int, Contact]
    policy: MatchPolicy
    threshold: float
    names: NameReading
    input_sha256: str
    show_values: bool = False


class PairLine(NamedTuple):
    """A line of one of the files, before its cells are made safe; `cells` follow the score."""

    row: int
    of_row: int
    rule: str
    score: float
    cells: tuple[str, ...]


def pair_lines(
    pairs: Iterable[ListedPair], viewer: PairViewer, *, dropped: bool
) -> Iterator[PairLine]:
    """Yield a line for each pair, in their order. `dropped` says what became of the later rows."""
    for pair, group in pairs:
        later, earlier = (viewer.contacts.get(row) for row in (pair.row, pair.resembles_row))
        speaks_for: tuple[str, ...] = ()
        speaks_against: tuple[str, ...] = ()
        if later is not None and earlier is not None:
            explanation = explain(
                later,
                earlier,
                viewer.policy,
                rule=pair.rule,
                score=pair.score,
                dropped=dropped,
                threshold=viewer.threshold,
                names=viewer.names,
            )
            speaks_for, speaks_against = explanation.speaks_for, explanation.speaks_against
        sides = zip(_values(later, viewer), _values(earlier, viewer), strict=True)
        yield PairLine(
            pair.row,
            pair.resembles_row,
            pair.rule,
            pair.score,
            (
                _SAME if pair.rule == DECISION_RULE else "",
                str(group),
                *(value for side in sides for value in side),
                _rule_in_words(viewer.policy, pair.rule, dropped),
                "; ".join(speaks_for),
                "; ".join(speaks_against),
                f"sha256:{viewer.input_sha256[:_SHOWN_OF_DIGEST]}",
            ),
        )


@lru_cache(maxsize=64)
def _rule_in_words(policy: MatchPolicy, rule: str, dropped: bool) -> str:
    words = rule_in_words(policy, rule)
    return words if dropped else f"not certain enough: {words}"


def _values(contact: Contact | None, viewer: PairViewer) -> Iterator[str]:
    if contact is None:
        yield from [""] * len(_FIELDS)
        return
    for field in _FIELDS:
        value: str = getattr(contact, f"raw_{field}" if field in ("phone", "email") else field)
        yield value if viewer.show_values or field in _IN_CLEAR else mask(value, PLAIN_MASK)
