"""One field of two rows side by side, as `explain` shows it."""

import msgspec
from rapidfuzz.fuzz import token_sort_ratio

_BLANK = "blank"
_SAME = "same"
_DIFFERENT = "different"
_SIMILAR = "similar"  # different, and at the threshold


class FieldComparison(msgspec.Struct, frozen=True, gc=False):
    """One field of both rows, as a policy sees it.

    `standardised` and `earlier_standardised` are what it compares ("" is no evidence),
    `similarity` is 0..100 or None when either of them is blank, `level` is the policy's
    word for how well they agree. `agrees` says whether it speaks for one person or against it,
    None where it says nothing.
    """

    field: str
    value: str
    earlier_value: str
    standardised: str
    earlier_standardised: str
    similarity: float | None
    level: str
    agrees: bool | None = None

    def in_words(self) -> str:
        """Say how the field compares, without a value: `last name: different (similarity 45)`."""
        name = self.field.replace("_", " ")
        level = _SIMILAR if self.agrees and self.level == _DIFFERENT else self.level
        is_telling = self.similarity is not None and self.level != _SAME
        return f"{name}: {level}" + (f" (similarity {self.similarity:.0f})" if is_telling else "")


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """Two rows field by field; `remarks` say what tells them apart beyond the fields."""

    fields: tuple[FieldComparison, ...]
    remarks: tuple[str, ...] = ()


def compared_field(
    field: str,
    values: tuple[str, str],
    standardised: tuple[str, str],
    similarity: float | None,
    level: str,
    *,
    agrees: bool,
) -> FieldComparison:
    """Compare the new row's value (first of each pair) with the earlier row's.

    A value that is there and standardises to nothing is called "no evidence", not blank. Neither
    of them speaks for or against one person, whatever `agrees` says.
    """
    is_ignored = any(
        value.strip() and not standard for value, standard in zip(values, standardised, strict=True)
    )
    if level == _BLANK and is_ignored:
        level = "no evidence: a placeholder, a role, or not readable"
    return FieldComparison(
        field,
        *values,
        *standardised,
        similarity,
        level,
        agrees if all(standardised) else None,
    )


def compare_as_strings(
    field: str,
    values: tuple[str, str],
    standardised: tuple[str, str],
    threshold: float = 100.0,
) -> FieldComparison:
    """Compare two values by equality and `token_sort_ratio` alone.

    They agree when they are equal, or similar at the threshold (0..100).
    """
    one, other = standardised
    similarity = token_sort_ratio(one, other) if one and other else None
    level = _BLANK if similarity is None else _SAME if one == other else _DIFFERENT
    agrees = one == other or (threshold < 100 and (similarity or 0.0) >= threshold)
    return compared_field(field, values, standardised, similarity, level, agrees=agrees)
