"""The names' part of scoring: the levels of first and last name, and their factors.

`match_weights` says what a factor is.
"""

import msgspec

from cxone_async.matching.corroborated.address_names import has_name, letters_and_digits
from cxone_async.matching.corroborated.comparison_levels import (
    ABBREVIATED,
    BLANK,
    CLOSE,
    DIFFERENT,
    GARBLED,
    PART,
    SAME,
    TYPO,
    VARIANT,
    ComparisonLevel,
)
from cxone_async.matching.corroborated.name_comparison import (
    compare_first_names,
    compare_last_names,
    is_garbled,
    resemblance,
)
from cxone_async.matching.corroborated.names import INITIAL_DOT
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.corroborated.whole_names import (
    Name,
    compare_whole_names,
    may_be_split_otherwise,
)
from cxone_async.matching.match_input import StandardisedContact

_VARIANT = 2.0  # times the frequency of either name
_TYPO = 3.0  # likewise

# The first name among strangers.
_FIRST_NAME_DIFFERS = 100.0
_FIRST_NAME_GARBLED = 2.0
_FIRST_NAME_CLOSE = 2.0
_NAMES_SWAPPED = 2.0
_INITIAL = 0.16
_TWO_LETTERS = 0.06
_LONGER_BEGINNING = 0.03

# The last name among strangers.
_LAST_NAME_DIFFERS = 12.0
_LAST_NAME_GARBLED = 1.5

# Both names among people who share a phone or a mailbox.
_CLOSE_IN_HOUSEHOLD = 8.0
_FIRST_NAME_IN_PART = 12.0  # an initial, some of the words, or none at all
_SOME_WORDS_ON_MAILBOX = 1.0  # Maria and Maria Luisa: mother and daughter have a mailbox each
_BOTH_GARBLED_IN_HOUSEHOLD = 0.6  # a row with both names garbled is hardly a relative's

_GARBLED_BESIDE_SAME = 0.75
_GARBLED_ALIKE_AT_LEAST = 0.6
_GARBLED_ALIKE = 0.45
"""The share of letters in common from which on a garbled row may be another row's."""


class NameComparison(msgspec.Struct, frozen=True, gc=False):
    """The levels of both names, and their factors.

    `first_name_factor` and `last_name_factor` hold among strangers. Among people who share a
    phone `on_phone_factor` replaces both, and `on_mailbox_factor` among those who share a mailbox.
    """

    first_name: ComparisonLevel
    last_name: ComparisonLevel
    first_name_factor: float
    last_name_factor: float
    on_phone_factor: float
    on_mailbox_factor: float


def compare_names(
    new: StandardisedContact, old: StandardisedContact, frequencies: TermFrequencies
) -> NameComparison:
    """Compare both names, as written or with first and last name of one row swapped."""
    first, last, old_first, old_last = new.first_name, new.last_name, old.first_name, old.last_name
    if (
        first == old_first
        and last == old_last
        and new.generation == old.generation
        and len(first) > 1
    ):
        frequency = frequencies.first_name_frequency(first)
        return NameComparison(
            SAME,
            SAME if last else BLANK,
            frequency,
            frequencies.last_name_frequency(last)
            if last and not (new.phone and new.phone == old.phone)
            else 1.0,
            frequency,
            frequency,
        )
    compared = _compare_in_order(first, old_first, last, old_last, frequencies)
    # Where the last names are the same and nothing is missing, no other order makes more agree.
    if compared.last_name is not SAME or not all((first, last, old_first, old_last)):
        compared = _in_any_order(compared, (first, last), (old_first, old_last), frequencies)
    if are_two_generations(new.generation, old.generation):
        return as_different(compared)
    return compared


def as_different(compared: NameComparison) -> NameComparison:
    """Return the comparison of two people whose first names are not the same after all."""
    return msgspec.structs.replace(
        compared,
        first_name=DIFFERENT,
        first_name_factor=_FIRST_NAME_DIFFERS,
        on_phone_factor=_FIRST_NAME_DIFFERS,
        on_mailbox_factor=_FIRST_NAME_DIFFERS,
    )


def _in_any_order(
    compared: NameComparison, name: Name, old_name: Name, frequencies: TermFrequencies
) -> NameComparison:
    """Return the best of a comparison, that of names swapped, and that word by word."""
    (first, last), (old_first, old_last) = name, old_name
    if first and last and (_is_unlike(compared.first_name) or _is_unlike(compared.last_name)):
        either_swapped = (
            _compare_if_alike(first, old_last, last, old_first, frequencies),
            _compare_if_alike(last, old_first, first, old_last, frequencies),
        )
        alike = [each for each in either_swapped if each is not None]
        if alike:
            compared = _as_swapped(min(alike, key=_both_factors), name, old_name, frequencies)
    if compared.first_name is not SAME or compared.last_name is not SAME:
        compared = _as_whole_names(compared, name, old_name, frequencies)
    return compared


def _as_whole_names(
    compared: NameComparison, name: Name, old_name: Name, frequencies: TermFrequencies
) -> NameComparison:
    """Return the better of a comparison and those of the whole names, word by word."""
    if not may_be_split_otherwise(name, old_name):
        return compared
    for named, other in ((name, old_name), (old_name, name)):
        levels = compare_whole_names(named, other, frequencies.first_name_count)
        if levels is not None:
            whole = _with_factors(*levels, named, named, frequencies)
            if whole.on_phone_factor < compared.on_phone_factor:
                compared = whole
    return compared


def are_two_generations(one: str, other: str) -> bool:
    """Say whether father and son are marked apart, be it on one side only, or Mr and Mrs."""
    return one != other and (bool(one and other) or (one or other).isdecimal())


def _as_swapped(
    swapped: NameComparison, name: Name, old_name: Name, frequencies: TermFrequencies
) -> NameComparison:
    first, last = frequencies.first_name_frequency, frequencies.last_name_frequency
    commoner_first = max(first(name[0]), first(old_name[0]))
    commoner_last = max(last(name[1]), last(old_name[1]))
    return msgspec.structs.replace(
        swapped,
        first_name_factor=_NAMES_SWAPPED * max(swapped.first_name_factor, commoner_first),
        last_name_factor=max(swapped.last_name_factor, commoner_last),
        on_phone_factor=_NAMES_SWAPPED * max(swapped.on_phone_factor, commoner_first),
        on_mailbox_factor=_NAMES_SWAPPED * max(swapped.on_mailbox_factor, commoner_first),
    )


def name_factors_of_email(
    new: StandardisedContact,
    old: StandardisedContact,
    compared: NameComparison,
    frequencies: TermFrequencies,
) -> tuple[float, float]:
    """Return the factors of both names among strangers who have one address.

    Where a name is missing in one row, the address may say what it is.
    """
    first_factor, last_factor = compared.first_name_factor, compared.last_name_factor
    if compared.first_name is not BLANK and compared.last_name is not BLANK:
        return first_factor, last_factor
    letters, _ = letters_and_digits(new.email)
    first, last = new.first_name or old.first_name, new.last_name or old.last_name
    if compared.last_name is BLANK and has_name(letters, last):
        last_factor = frequencies.last_name_frequency(last)
        if compared.first_name is BLANK:
            first_factor = _INITIAL / 2
    if compared.first_name is BLANK and has_name(letters, first):
        first_factor = frequencies.first_name_frequency(first)
    return first_factor, last_factor


def _is_unlike(level: ComparisonLevel) -> bool:
    return level is DIFFERENT or level is GARBLED


def _both_factors(compared: NameComparison) -> float:
    return compared.first_name_factor * compared.last_name_factor


def _compare_in_order(
    first: str, old_first: str, last: str, old_last: str, frequencies: TermFrequencies
) -> NameComparison:
    """Compare first with first and last with last name."""
    first_level = compare_first_names(first, old_first, frequencies.first_name_count)
    last_level = compare_last_names(last, old_last, frequencies.last_name_count)
    if first_level is GARBLED or first_level is DIFFERENT:
        first_level = _garbled_or_different(
            first_level, last_level, (first, last), (old_first, old_last), frequencies
        )
    return _with_factors(first_level, last_level, (first, last), (old_first, old_last), frequencies)


def _compare_if_alike(
    first: str, old_first: str, last: str, old_last: str, frequencies: TermFrequencies
) -> NameComparison | None:
    """Compare first with first and last with last name; None where either is unlike."""
    first_level = compare_first_names(first, old_first, frequencies.first_name_count)
    if _is_unlike(first_level):
        return None
    last_level = compare_last_names(last, old_last, frequencies.last_name_count)
    if _is_unlike(last_level):
        return None
    return _with_factors(first_level, last_level, (first, last), (old_first, old_last), frequencies)


def _with_factors(
    first_level: ComparisonLevel,
    last_level: ComparisonLevel,
    name: Name,
    old_name: Name,
    frequencies: TermFrequencies,
) -> NameComparison:
    (first, last), (old_first, old_last) = name, old_name
    first_factor, on_phone, on_mailbox = _first_name_factors(
        first_level, first, old_first, frequencies
    )
    if first_level is BLANK and not (first or old_first):
        on_phone = on_mailbox = 1.0
    if first_level is GARBLED and not _is_damaged(last_level):
        on_phone = on_mailbox = _FIRST_NAME_IN_PART
    if last_level is SAME:
        last_factor = frequencies.last_name_frequency(last)
    elif last_level is BLANK:
        last_factor = 1.0
    elif last_level is ABBREVIATED or last_level is PART:
        last_factor = _TWO_LETTERS
    elif last_level is DIFFERENT:
        last_factor = _LAST_NAME_DIFFERS
        on_phone *= _LAST_NAME_DIFFERS
        on_mailbox *= _LAST_NAME_DIFFERS
    elif last_level is GARBLED:
        last_factor = _LAST_NAME_GARBLED
    else:
        either = frequencies.last_name_frequency(last) + frequencies.last_name_frequency(old_last)
        last_factor = either * (_VARIANT if last_level is VARIANT else _TYPO)
    return NameComparison(first_level, last_level, first_factor, last_factor, on_phone, on_mailbox)


def _garbled_or_different(
    first_level: ComparisonLevel,
    last_level: ComparisonLevel,
    names: Name,
    old_names: Name,
    frequencies: TermFrequencies,
) -> ComparisonLevel:
    """Tell a garbled row from a relative's.

    Who garbles a row garbles both names, and relatives have one family name: a first name is
    garbled only beside a last name that is.
    """
    if not is_garbled(names[0], old_names[0], frequencies.first_name_count):
        return DIFFERENT
    alike = resemblance("".join(names), "".join(old_names))
    if last_level is GARBLED and alike >= _GARBLED_ALIKE_AT_LEAST:
        return GARBLED
    if not _is_damaged(last_level):
        is_close = resemblance(names[0], old_names[0]) >= _GARBLED_BESIDE_SAME
        return GARBLED if is_close and first_level is GARBLED else DIFFERENT
    if first_level is GARBLED and last_level is not DIFFERENT:
        return GARBLED
    if last_level is TYPO:
        return DIFFERENT
    return GARBLED if alike >= _GARBLED_ALIKE else DIFFERENT


def _is_damaged(last_level: ComparisonLevel) -> bool:
    """Say whether one of two last names is damaged: slips in it, or cut off."""
    return last_level in (TYPO, GARBLED, ABBREVIATED, DIFFERENT)


def _first_name_factors(
    level: ComparisonLevel, first: str, old_first: str, frequencies: TermFrequencies
) -> tuple[float, float, float]:
    """Return the factors of the first name: among strangers, on a phone, and on a mailbox."""
    among_strangers = on_phone = on_mailbox = _FIRST_NAME_DIFFERS
    if level is SAME:
        among_strangers = on_phone = on_mailbox = frequencies.first_name_frequency(first)
    elif level is VARIANT or level is TYPO:
        either = frequencies.first_name_frequency(first) + frequencies.first_name_frequency(
            old_first
        )
        factor = either * (_VARIANT if level is VARIANT else _TYPO)
        among_strangers = on_phone = on_mailbox = factor
    elif level is ABBREVIATED and _is_initial(first, old_first):
        among_strangers, on_phone = _INITIAL, _FIRST_NAME_IN_PART
        on_mailbox = 1.0 if first == old_first else _FIRST_NAME_IN_PART
    elif level is ABBREVIATED:
        is_short = min(len(first), len(old_first)) == len("Jo")
        among_strangers = on_phone = on_mailbox = _TWO_LETTERS if is_short else _LONGER_BEGINNING
    elif level is PART:
        among_strangers, on_phone = _LONGER_BEGINNING, _FIRST_NAME_IN_PART
        on_mailbox = _SOME_WORDS_ON_MAILBOX
    elif level is CLOSE:
        among_strangers, on_phone = _FIRST_NAME_CLOSE, _CLOSE_IN_HOUSEHOLD
        on_mailbox = _CLOSE_IN_HOUSEHOLD
    elif level is BLANK:
        among_strangers, on_phone, on_mailbox = 1.0, _FIRST_NAME_IN_PART, _FIRST_NAME_IN_PART
    elif level is GARBLED:
        among_strangers, on_phone = _FIRST_NAME_GARBLED, _BOTH_GARBLED_IN_HOUSEHOLD
        on_mailbox = _BOTH_GARBLED_IN_HOUSEHOLD
    return among_strangers, on_phone, on_mailbox


def _is_initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 or INITIAL_DOT in one[-1] + other[-1]
