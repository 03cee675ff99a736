"""The names' part of scoring: the levels of first and last name, and their factors.

`match_weights` says what a factor is.
"""

import msgspec

from cxone_async.matching.corroborated.comparison_levels import (
    ABBREVIATED,
    BLANK,
    DIFFERENT,
    GARBLED,
    SAME,
    TYPO,
    UNSEEN,
    VARIANT,
    ComparisonLevel,
)
from cxone_async.matching.corroborated.names import compare_first_names, compare_last_names
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import StandardisedContact

_FIRST_NAME_DIFFERS = 100.0
_FIRST_NAME_UNSEEN = 8.0
_FIRST_NAME_GARBLED = 2.0
_LAST_NAME_DIFFERS = 12.0
_LAST_NAME_UNSEEN = 4.0  # next to a first name that is unseen too
_LAST_NAME_GARBLED = 1.5  # among strangers; a relative's name is as easily garbled as one's own
_BOTH_GARBLED_IN_HOUSEHOLD = 0.3  # a row with both names garbled is hardly a relative's
_NAMES_SWAPPED = 2.0
_GENERATION_ON_ONE_SIDE = 3.0
_INITIAL = 0.16
_TWO_LETTERS = 0.06
_LONGER_BEGINNING = 0.03
_VARIANT = 2.0  # times the frequency of either name
_TYPO = 3.0  # likewise


class NameComparison(msgspec.Struct, frozen=True, gc=False):
    """The levels of both names, and their factors.

    `first_name_factor` and `last_name_factor` hold among strangers; among people who share a
    phone or an email `household_factor` replaces the latter.
    """

    first_name: ComparisonLevel
    last_name: ComparisonLevel
    first_name_factor: float
    last_name_factor: float
    household_factor: float


def compare_names(
    new: StandardisedContact, old: StandardisedContact, frequencies: TermFrequencies
) -> NameComparison:
    """Compare both names, as written or with first and last name of one row swapped."""
    first, last, old_first, old_last = new.first_name, new.last_name, old.first_name, old.last_name
    if first == old_first and last == old_last and new.generation == old.generation:
        return NameComparison(
            SAME if first else BLANK,
            SAME if last else BLANK,
            frequencies.first_name_frequency(first) if first else 1.0,
            frequencies.last_name_frequency(last)
            if last and not (new.phone and new.phone == old.phone)
            else 1.0,
            1.0,
        )
    compared = _compare_in_order(first, old_first, last, old_last, frequencies)
    if first and last and (_is_unlike(compared.first_name) or _is_unlike(compared.last_name)):
        swapped = min(
            _compare_in_order(first, old_last, last, old_first, frequencies),
            _compare_in_order(last, old_first, first, old_last, frequencies),
            key=_both_factors,
        )
        if not (_is_unlike(swapped.first_name) or _is_unlike(swapped.last_name)):
            compared = msgspec.structs.replace(
                swapped,
                first_name_factor=_NAMES_SWAPPED
                * max(
                    swapped.first_name_factor,
                    frequencies.first_name_frequency(first),
                    frequencies.first_name_frequency(old_first),
                ),
                last_name_factor=max(
                    swapped.last_name_factor,
                    frequencies.last_name_frequency(last),
                    frequencies.last_name_frequency(old_last),
                ),
            )
    if new.generation == old.generation:
        return compared
    if new.generation and old.generation:
        return msgspec.structs.replace(
            compared, first_name=DIFFERENT, first_name_factor=_FIRST_NAME_DIFFERS
        )
    return msgspec.structs.replace(
        compared, first_name_factor=compared.first_name_factor * _GENERATION_ON_ONE_SIDE
    )


def name_factors_of_email(
    new: StandardisedContact, old: StandardisedContact, frequencies: TermFrequencies
) -> tuple[float, float]:
    """Return the frequencies of the names that the common address is made of."""
    named = old if old.first_name or old.last_name else new
    local = new.email.rpartition("@")[0]
    first_name_factor = last_name_factor = 1.0
    if named.last_name and named.last_name in local:
        first_name_factor = _INITIAL / 2
        last_name_factor = frequencies.last_name_frequency(named.last_name)
    if named.first_name and named.first_name in local:
        first_name_factor = frequencies.first_name_frequency(named.first_name)
    return first_name_factor, last_name_factor


def _is_unlike(level: ComparisonLevel) -> bool:
    return level is DIFFERENT or level is GARBLED or level is UNSEEN


def _both_factors(compared: NameComparison) -> float:
    return compared.first_name_factor * compared.last_name_factor


def _compare_in_order(
    first: str, old_first: str, last: str, old_last: str, frequencies: TermFrequencies
) -> NameComparison:
    """Compare first with first and last with last name."""
    first_level, first_factor = _compare_first_name(first, old_first, frequencies)
    last_level = compare_last_names(last, old_last, frequencies.last_name_count)
    if (
        first_level is DIFFERENT
        and last_level is not SAME  # with the last name right it is a relative
        and frequencies.is_unseen_first_name(first, old_first)
    ):
        first_level, first_factor = UNSEEN, _FIRST_NAME_UNSEEN
    if last_level is SAME:
        frequency = frequencies.last_name_frequency(last)
        return NameComparison(first_level, last_level, first_factor, frequency, 1.0)
    if last_level is BLANK:
        return NameComparison(first_level, last_level, first_factor, 1.0, 1.0)
    if last_level is ABBREVIATED:
        return NameComparison(first_level, last_level, first_factor, _TWO_LETTERS, 1.0)
    if last_level is DIFFERENT:
        both_unseen = first_level is UNSEEN and frequencies.is_unseen_last_name(last, old_last)
        differs = _LAST_NAME_UNSEEN if both_unseen else _LAST_NAME_DIFFERS
        return NameComparison(first_level, last_level, first_factor, differs, differs)
    is_first_garbled = first_level is GARBLED or first_level is UNSEEN
    in_household = _BOTH_GARBLED_IN_HOUSEHOLD if is_first_garbled else 1.0
    if last_level is GARBLED:
        return NameComparison(
            first_level, last_level, first_factor, _LAST_NAME_GARBLED, in_household
        )
    either = frequencies.last_name_frequency(last) + frequencies.last_name_frequency(old_last)
    return NameComparison(first_level, last_level, first_factor, _TYPO * either, in_household)


def _compare_first_name(
    first: str, old_first: str, frequencies: TermFrequencies
) -> tuple[ComparisonLevel, float]:
    level = compare_first_names(first, old_first, frequencies.first_name_count)
    if level is SAME:
        return level, frequencies.first_name_frequency(first)
    if level is VARIANT or level is TYPO:
        either = frequencies.first_name_frequency(first) + frequencies.first_name_frequency(
            old_first
        )
        return level, either * (_VARIANT if level is VARIANT else _TYPO)
    if level is ABBREVIATED:
        letters = min(len(first), len(old_first))
        factor = _INITIAL if letters == 1 else _TWO_LETTERS if letters == 2 else _LONGER_BEGINNING
        return level, factor
    if level is DIFFERENT:
        return level, _FIRST_NAME_DIFFERS
    return level, 1.0 if level is BLANK else _FIRST_NAME_GARBLED
