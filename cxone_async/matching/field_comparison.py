"""One field of two rows side by side, as `explain` shows it."""

import msgspec
from rapidfuzz.fuzz import token_sort_ratio

_BLANK = "blank"


class FieldComparison(msgspec.Struct, frozen=True, gc=False):
    """One field of both rows, as a policy sees it.

    `standardised` and `earlier_standardised` are what it compares ("" is no evidence),
    `similarity` is 0..100 or None when either of them is blank, `level` is the policy's
    word for how well they agree.
    """

    field: str
    value: str
    earlier_value: str
    standardised: str
    earlier_standardised: str
    similarity: float | None
    level: str


def compared_field(
    field: str,
    values: tuple[str, str],
    standardised: tuple[str, str],
    similarity: float | None,
    level: str,
) -> FieldComparison:
    """Compare the new row's value (first of each pair) with the earlier row's.

    A value that is there and standardises to nothing is called "no evidence", not blank.
    """
    is_ignored = any(
        value.strip() and not standard for value, standard in zip(values, standardised, strict=True)
    )
    if level == _BLANK and is_ignored:
        level = "no evidence: a placeholder, a role, or not readable"
    return FieldComparison(field, *values, *standardised, similarity, level)


def compare_as_strings(
    field: str, values: tuple[str, str], standardised: tuple[str, str]
) -> FieldComparison:
    """Compare two values by equality and `token_sort_ratio` alone."""
    one, other = standardised
    similarity = token_sort_ratio(one, other) if one and other else None
    level = _BLANK if similarity is None else "same" if one == other else "different"
    return compared_field(field, values, standardised, similarity, level)
