"""How well two names in standard form agree."""

from collections.abc import Callable
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.given_names import (
    COMPOUNDING,
    FRONT_WORDS,
    GIVEN_NAMES,
    MIDDLE_WORDS,
    SYLLABIC,
)
from cxone_async.matching.corroborated.names import (
    INITIAL_DOT,
    is_alphabetic,
    is_syllabic,
    without_spaces,
)
from cxone_async.matching.corroborated.nicknames import FULL_NAMES, are_variants, variants_of
from cxone_async.matching.corroborated.romanisation.comparison import compare_across_scripts
from cxone_async.matching.corroborated.romanisation.forms import (
    are_variants_in_any_script,
    latin_forms,
)
from cxone_async.matching.corroborated.romanisation.level import CrossScriptLevel
from cxone_async.matching.corroborated.romanisation.script import script_of
from cxone_async.matching.corroborated.romanisation.spellings import are_spellings_of_one_name
from cxone_async.matching.corroborated.spelling import (
    are_spellings_of_one,
    differ_in_long_vowels,
)

Count = Callable[[str], int]

_ESTABLISHED_BY_LIST = 3
"""Contacts of one name from which on the list itself shows that people bear it."""
_OFTEN = 10
"""A spelling that is so many times rarer than another one letter away is a slip of it."""
_LONGEST_SHORT_FORM = 4
"""Up to so many letters a name may be the short form of one that begins with it, though both are
known: Dani and Daniel; not Daniel and Danielle."""
_FIRST_NAMES_ALIKE = 0.4
_LAST_NAMES_ALIKE = 0.55
"""The share of letters in common from which on two names may be one, with several slips. Of first
names less will do: two that people bear are never taken for one (`is_garbled`)."""

_GENDER_ENDINGS = frozenset(
    "aeio"
    "\N{CYRILLIC SMALL LETTER A}\N{CYRILLIC SMALL LETTER YA}"
    "\N{GREEK SMALL LETTER ALPHA}\N{GREEK SMALL LETTER ETA}"
    "\N{HEBREW LETTER HE}\N{ARABIC LETTER TEH MARBUTA}\N{ARABIC LETTER HEH}"
)
_ARTICLES = ("a", "e")
_NEVER_SPELT_ELSE = frozenset("bdlmnrt")
_GENDERED_SURNAMES = (
    ("a", ""), ("aya", "y"), ("aia", "i"), ("aja", "ij"), ("aya", "iy"),
    ("\u0430", ""), ("\u0430\u044f", "\u0438\u0438"), ("\u0430\u044f", "\u043e\u0438"),
)  # fmt: skip
"""Endings of a woman's and of a man's form of one family name: Slavic, in Latin and Cyrillic."""
_PATRONYMS = ("sson", "sdottir", "son", "dottir")

_FIRST_NAME_ACROSS_SCRIPTS = {
    CrossScriptLevel.SAME: ComparisonLevel.VARIANT,
    CrossScriptLevel.ALIKE: ComparisonLevel.VARIANT,
    CrossScriptLevel.POSSIBLE: ComparisonLevel.CLOSE,
    CrossScriptLevel.IMPOSSIBLE: ComparisonLevel.DIFFERENT,
}
_LAST_NAME_ACROSS_SCRIPTS = {
    **_FIRST_NAME_ACROSS_SCRIPTS,
    CrossScriptLevel.POSSIBLE: ComparisonLevel.PART,
}


def compare_first_names(one: str, other: str, count: Count) -> ComparisonLevel:
    """Compare two first names in standard form. `count` returns how many contacts have a name."""
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        is_initial = one[-1] == INITIAL_DOT or (len(one) == 1 and is_alphabetic(one))
        return ComparisonLevel.ABBREVIATED if is_initial else ComparisonLevel.SAME
    if " " in one or " " in other:
        return _compare_several_words(one, other, count)
    return _compare_one_word(one, other, count)


def _compare_several_words(one: str, other: str, count: Count) -> ComparisonLevel:
    """Compare names word by word. A word in common says nothing of the words beside it."""
    joined, other_joined = without_spaces(one), without_spaces(other)
    if joined == other_joined:
        return ComparisonLevel.SAME
    if _are_spellings(joined, other_joined):
        return ComparisonLevel.VARIANT
    words = one.split()
    rest, other_rest = without_common_words(words, other.split())
    if len(rest) == len(words):
        return _compare_one_word(joined, other_joined, count)
    if not rest and not other_rest:
        return ComparisonLevel.VARIANT
    if not rest or not other_rest:
        is_last_the_same = _is_one_word(words[-1], other.rsplit(maxsplit=1)[-1])
        stand_before = FRONT_WORDS.issuperset(rest or other_rest)
        return (
            ComparisonLevel.VARIANT if is_last_the_same and stand_before else ComparisonLevel.PART
        )
    level = _compare_one_word("".join(rest), "".join(other_rest), count)
    return ComparisonLevel.DIFFERENT if level is ComparisonLevel.GARBLED else level


def may_be_relatives_names(one: str, other: str) -> bool:
    """Say whether relatives may be called by a name and some of its words.

    So they may where they share a word that begins many double names: Maria, Muhammad. Not where
    a middle name alone is left out before the name by which people are called: Minh Nam and Nam.
    """
    words, others = one.split(), other.split()
    if COMPOUNDING.isdisjoint(words) or COMPOUNDING.isdisjoint(others):
        return False
    rest, other_rest = without_common_words(words, others)
    is_last_the_same = _is_one_word(words[-1], others[-1])
    return not (is_last_the_same and MIDDLE_WORDS.issuperset(rest or other_rest))


def without_common_words(words: list[str], others: list[str]) -> tuple[list[str], list[str]]:
    """Return the words that only one of two names has, on either side."""
    rest, other_rest = _without_equal_words(words, others)
    if not rest or not other_rest:
        return rest, other_rest
    for word in list(rest):
        same = next((each for each in other_rest if _is_one_word(word, each)), None)
        if same is not None:
            rest.remove(word)
            other_rest.remove(same)
    return rest, other_rest


def _without_equal_words(words: list[str], others: list[str]) -> tuple[list[str], list[str]]:
    rest, other_rest = [], list(others)
    for word in words:
        if word in other_rest:
            other_rest.remove(word)
        else:
            rest.append(word)
    return rest, other_rest


@lru_cache(maxsize=16_384)
def _is_one_word(one: str, other: str) -> bool:
    return one == other or are_variants(one, other) or _are_spellings(one, other)


def _compare_one_word(one: str, other: str, count: Count) -> ComparisonLevel:
    level = _compare_as_forms(one, other)
    if level is not None:
        return level
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return _compare_letters(short, long, count)


def _compare_as_forms(one: str, other: str) -> ComparisonLevel | None:
    """Compare two names by what is known of their forms; None where that tells nothing."""
    if one[-1] == INITIAL_DOT or other[-1] == INITIAL_DOT:
        return _compare_dotted_initial(one, other)
    if not (one.isascii() and other.isascii()) and script_of(one) is not script_of(other):
        return _FIRST_NAME_ACROSS_SCRIPTS[compare_across_scripts(one, other)]
    if are_variants_in_any_script(one, other):
        return ComparisonLevel.VARIANT
    if _differ_in_gender_only(*sorted((one, other), key=len)):
        return ComparisonLevel.DIFFERENT
    return ComparisonLevel.VARIANT if _are_spellings(one, other) else None


def _compare_letters(short: str, long: str, count: Count) -> ComparisonLevel:
    if long.startswith(short) and (len(short) <= 2 or len(long) - len(short) > 1):
        return _compare_beginning(short, long, count)
    if _does_list_show_two(short, long, count) or not _are_alphabetic(short, long):
        return ComparisonLevel.DIFFERENT
    if len(short) > 2 and OSA.distance(short, long, score_cutoff=1) <= 1:
        return _compare_one_letter_apart(short, long, count)
    if _are_given_names(short, long):
        return ComparisonLevel.DIFFERENT
    if _misspells_a_variant(short, long, count):
        return ComparisonLevel.TYPO
    return _garbled_if_alike(short, long, _FIRST_NAMES_ALIKE)


def _compare_one_letter_apart(short: str, long: str, count: Count) -> ComparisonLevel:
    if _are_given_names(short, long):
        rarer, commoner = sorted((count(short), count(long)))
        is_rare_here = commoner >= _OFTEN * (rarer + 1)
        return ComparisonLevel.CLOSE if is_rare_here else ComparisonLevel.DIFFERENT
    is_slip = len(short) > 3 and _is_slip(short, long, count)
    return ComparisonLevel.TYPO if is_slip else ComparisonLevel.CLOSE


def _garbled_if_alike(one: str, other: str, least: float) -> ComparisonLevel:
    are_alike = resemblance(one, other) >= least
    return ComparisonLevel.GARBLED if are_alike else ComparisonLevel.DIFFERENT


def _are_alphabetic(one: str, other: str) -> bool:
    return is_alphabetic(one) and is_alphabetic(other)


def _is_slip(short: str, long: str, count: Count) -> bool:
    """Say whether one of two names one letter apart is a name, and the other is not.

    A letter more at the end makes another name as often as a slip: Ayse and Aysen.
    """
    is_short_known, is_long_known = _is_established(short, count), _is_established(long, count)
    if long.startswith(short):
        return is_long_known and not is_short_known
    return is_short_known != is_long_known


def _compare_dotted_initial(one: str, other: str) -> ComparisonLevel:
    short, long = sorted((one, other), key=lambda name: name[-1] != INITIAL_DOT)
    begins = long.startswith(short.removesuffix(INITIAL_DOT))
    return ComparisonLevel.ABBREVIATED if begins else ComparisonLevel.DIFFERENT


def _are_spellings(one: str, other: str) -> bool:
    """Say whether two names of one script are one name, spelt in two ways."""
    if one.isascii() and other.isascii():
        if one in SYLLABIC and other in SYLLABIC:
            return differ_in_long_vowels(one, other)
        return _begin_alike(one, other) and (
            are_spellings_of_one(one, other) or are_spellings_of_one_name(one, other)
        )
    level = compare_across_scripts(one, other)
    return level is CrossScriptLevel.SAME or (
        level is CrossScriptLevel.ALIKE and script_of(one) is not script_of(other)
    )


def _begin_alike(one: str, other: str) -> bool:
    """Say whether two spellings can begin one name: a quick check that spares the long ones.

    B, d, l, m, n, r and t are spelt alike everywhere. An article may stand before the name.
    """
    first, other_first = one[0], other[0]
    if first == other_first or one.startswith(_ARTICLES) or other.startswith(_ARTICLES):
        return True
    return not (first in _NEVER_SPELT_ELSE or other_first in _NEVER_SPELT_ELSE)


def _compare_beginning(short: str, long: str, count: Count) -> ComparisonLevel:
    """Compare a name with a longer one that begins with it.

    It was cut off if only the longer one is a name. Where a character is a syllable or a word,
    the short one is a name of its own.
    """
    if not is_alphabetic(short) and (len(short) > 1 or is_syllabic(short)):
        return ComparisonLevel.DIFFERENT
    if len(short) == 1:
        return ComparisonLevel.ABBREVIATED
    if len(short) > 3 and _does_list_show_two(short, long, count):
        return ComparisonLevel.DIFFERENT
    if len(short) > _LONGEST_SHORT_FORM and _are_given_names(short, long):
        return ComparisonLevel.DIFFERENT
    if short in SYLLABIC and long in SYLLABIC:
        return ComparisonLevel.DIFFERENT
    is_cut_off = _is_established(long, count) and not (
        is_given_name(short) if len(short) <= 3 else _is_established(short, count)
    )
    return ComparisonLevel.ABBREVIATED if is_cut_off else ComparisonLevel.CLOSE


def _differ_in_gender_only(short: str, long: str) -> bool:
    """Say whether only a gender ending differs, as in Paolo and Paola or Daniel and Daniela."""
    return (
        len(short) > 2
        and len(long) - len(short) <= 1
        and long[-1] in _GENDER_ENDINGS
        and long.startswith(short[:-1] if len(short) == len(long) else short)
    )


def _misspells_a_variant(one: str, other: str, count: Count) -> bool:
    """Say whether one is established, and the other is one letter away from a form of it."""
    if one in FULL_NAMES:
        one, other = other, one
    if one in GIVEN_NAMES or len(one) < 3 or count(one) >= _ESTABLISHED_BY_LIST:
        return False
    return any(OSA.distance(one, form, score_cutoff=1) <= 1 for form in variants_of(other))


def _is_established(name: str, count: Count) -> bool:
    return is_given_name(name) or count(name) >= _ESTABLISHED_BY_LIST


def _are_given_names(one: str, other: str) -> bool:
    return is_given_name(one) and is_given_name(other)


def is_given_name(name: str) -> bool:
    """Say whether people bear a name, in Latin letters or in others."""
    if name.isascii():
        return name in GIVEN_NAMES
    return not GIVEN_NAMES.isdisjoint(latin_forms(name))


def _does_list_show_two(one: str, other: str, count: Count) -> bool:
    rarer, commoner = sorted((count(one), count(other)))
    return rarer >= _ESTABLISHED_BY_LIST and rarer * _OFTEN >= commoner


def is_garbled(one: str, other: str, count: Count) -> bool:
    """Say whether one of two names may be the other with several slips: it is no name itself."""
    return bool(one and other) and not (
        _is_established(one, count) and _is_established(other, count)
    )


def resemblance(one: str, other: str) -> float:
    """Return the share of letters that two texts have in common, 0 to 1."""
    return Indel.normalized_similarity(one, other)


def compare_last_names(one: str, other: str, count: Count) -> ComparisonLevel:
    """Compare two last names in standard form. Part of a double name is a short form of it."""
    if one == other:
        return ComparisonLevel.SAME if one else ComparisonLevel.BLANK
    if not one or not other:
        return ComparisonLevel.BLANK
    if " " in one or " " in other:
        return _compare_several_last_words(one, other, count)
    return _compare_one_last_word(one, other, count)


def _compare_several_last_words(one: str, other: str, count: Count) -> ComparisonLevel:
    words = one.split()
    rest, other_rest = without_common_words(words, other.split())
    one, other = without_spaces(one), without_spaces(other)
    if one == other:
        return ComparisonLevel.SAME
    if (not rest and not other_rest) or _are_spellings(one, other):
        return ComparisonLevel.VARIANT
    if not rest or not other_rest:
        return ComparisonLevel.PART
    if len(rest) < len(words):
        one, other = "".join(rest), "".join(other_rest)
    return _compare_one_last_word(one, other, count)


def _compare_one_last_word(one: str, other: str, count: Count) -> ComparisonLevel:
    if not (one.isascii() and other.isascii()) and script_of(one) is not script_of(other):
        return _LAST_NAME_ACROSS_SCRIPTS[compare_across_scripts(one, other)]
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if _are_spellings(one, other) or _differ_in_gendered_ending(short, long):
        return ComparisonLevel.VARIANT
    if long.startswith(short) or (len(short) > 3 and long.endswith(short)):
        return ComparisonLevel.ABBREVIATED
    for ending in _PATRONYMS:
        if short.endswith(ending) and long.endswith(ending):
            short, long = short.removesuffix(ending), long.removesuffix(ending)
    if _does_list_show_two(short, long, count) or not _are_alphabetic(short, long):
        return ComparisonLevel.DIFFERENT
    if len(short) > 2 and OSA.distance(short, long, score_cutoff=1) <= 1:
        return ComparisonLevel.TYPO
    return _garbled_if_alike(short, long, _LAST_NAMES_ALIKE)


def _differ_in_gendered_ending(one: str, other: str) -> bool:
    shared = min(len(one), len(other)) - 2
    return (
        len(one) > 4
        and one[:shared] == other[:shared]
        and any(
            woman.endswith(hers)
            and man.endswith(his)
            and woman.removesuffix(hers) == man.removesuffix(his)
            for woman, man in ((one, other), (other, one))
            for hers, his in _GENDERED_SURNAMES
        )
    )
