"""Whole names, compared word by word where the fields do not say which word is which.

A whole name in one field was split somewhere, and a name that stands alone may be either. The
row that has both fields shows where the other is to be split.
"""

from cxone_async.matching.corroborated.comparison_levels import (
    BLANK,
    CLOSE,
    PART,
    SAME,
    TYPO,
    ComparisonLevel,
)
from cxone_async.matching.corroborated.name_comparison import (
    Count,
    compare_first_names,
    without_common_words,
)

Name = tuple[str, str]
"""First and last name in standard form."""


def may_be_split_otherwise(one: Name, other: Name) -> bool:
    """Say whether the words of two names may stand in other fields than those compared."""
    return not all(one + other) or any(" " in field for field in one + other)


def compare_whole_names(
    named: Name, other: Name, count: Count
) -> tuple[ComparisonLevel, ComparisonLevel] | None:
    """Compare a name with the words of another; return the levels of its first and last name.

    None: the other has words that the name has not, or lacks some that decide. One slip in the
    first name is allowed, and single letters more.
    """
    first, last = named
    if "".join(other) in (first + last, last + first):
        return SAME, SAME if last else BLANK
    words = [*other[0].split(), *other[1].split()]
    missing_first, rest = without_common_words(first.split(), words)
    missing_last, rest = without_common_words(last.split(), rest)
    rest = [word for word in rest if len(word) > 1]
    first_level = SAME
    if missing_first or rest:
        found = _compare_rest(missing_first, rest, first, count)
        if found is None or (missing_last and found is not SAME):
            return None
        first_level = found
    if len(missing_last) == len(last.split()):
        return (first_level, BLANK) if first_level is SAME else None
    return first_level, PART if missing_last else SAME


def _compare_rest(
    missing: list[str], rest: list[str], first_name: str, count: Count
) -> ComparisonLevel | None:
    """Compare the words of a first name that were not found with those left over."""
    if len(missing) == len(rest) == 1:
        level = compare_first_names(missing[0], rest[0], count)
        return level if level in (TYPO, CLOSE) else None
    return BLANK if missing and not rest and len(missing) == len(first_name.split()) else None
