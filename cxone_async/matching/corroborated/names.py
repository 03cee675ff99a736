"""Names as evidence: folding, and how far two names agree.

Guarantee: pure functions of the two names, and of what `Commonness` tells about them.
Folding removes case, accents, punctuation, titles and middle initials, and bounds the
length, so that no name can cost more than a few microseconds. Letters of any script are
kept: a name in Arabic or Han characters is compared like any other.
"""

import unicodedata
from collections.abc import Callable

from rapidfuzz.distance import OSA, Indel

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.nicknames import FULL_NAMES, forms_of, same_person_forms

LENGTH_LIMIT = 40
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "rev", "fr", "sra", "sr.", "srta"]
)
_TITLE_ALONE = {"mr": "m", "sir": "m", "mrs": "f", "ms": "f", "miss": "f", "sra": "f", "srta": "f"}
_GENERATIONS = {
    "jr": "2",
    "junior": "2",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "sr": "1",
    "senior": "1",
}
_UNDECOMPOSED = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ħ": "h",
    }
)
_GENDER_ENDINGS = frozenset(
    "aeio"
    "\N{CYRILLIC SMALL LETTER A}\N{CYRILLIC SMALL LETTER YA}"
    "\N{GREEK SMALL LETTER ALPHA}\N{GREEK SMALL LETTER ETA}"
    "\N{HEBREW LETTER HE}\N{ARABIC LETTER TEH MARBUTA}\N{ARABIC LETTER HEH}"
)
_FIRST_WITHOUT_VOWELS = "\N{HEBREW ACCENT ETNAHTA}"  # where the alphabets of Unicode end
_FIRST_VARIATION_SELECTOR = "\N{VARIATION SELECTOR-1}"
_NO_NAME = frozenset(
    [
        "none",
        "na",
        "unknown",
        "null",
        "nil",
        "test",
        "testing",
        "anonymous",
        "customer",
        "client",
        "guest",
        "noname",
        "contact",
    ]
)
_NOT_PLAIN = _NO_NAME | _TITLES


def fold(raw: str) -> tuple[str, str]:
    """Return a name field folded, and its generation ("2" for Jr. or II, "" for none).

    Of a title that stands for the name the sex takes that place ("m" for Mr, "f" for Mrs). The
    words of the field are joined; titles and single letters after the first word are
    dropped. A field that says only "none", "test" or the like folds to nothing.
    """
    if raw.isascii() and raw.isalpha() and 2 < len(raw) <= LENGTH_LIMIT:
        name = raw.lower()
        if name not in _NOT_PLAIN:
            return name, ""
    return _fold_words(raw)


def _fold_words(raw: str) -> tuple[str, str]:
    text = raw[: 4 * LENGTH_LIMIT]
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    text = (
        text.casefold()
        .translate(_UNDECOMPOSED)
        .replace("'", "")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    words = "".join(
        letter
        if letter.isalnum() or _is_sound(letter)
        else ""
        if unicodedata.combining(letter)
        else " "
        for letter in text
    ).split()
    generation = ""
    kept: list[str] = []
    for word in words:
        if kept and word in _GENERATIONS:
            generation = _GENERATIONS[word]
        elif not (word in _TITLES or (kept and len(word) == 1 and word.isascii())):
            kept.append(word)
    if not kept and len(words) == 1:
        generation = _TITLE_ALONE.get(words[0], "")
    name = "".join(kept)[:LENGTH_LIMIT]
    return ("", "") if name in _NO_NAME or name.isdecimal() else (name, generation)


def _is_sound(mark: str) -> bool:
    """Say whether a mark is a vowel or another sound (Meena and Mona in Hindi), not an accent.

    Such marks have no or a low combining class; accents, and points that are left out as
    often as written, have 10 or more.
    """
    return (
        _FIRST_WITHOUT_VOWELS <= mark < _FIRST_VARIATION_SELECTOR
        and unicodedata.category(mark) in ("Mn", "Mc")
        and unicodedata.combining(mark) < 10
    )


def fold_pair(first_name: str, last_name: str) -> tuple[str, str, str]:
    """Return first name, last name and generation of a contact, folded.

    A whole name in one field is taken apart at its last word.
    """
    both = first_name + last_name
    if (
        both.isascii()
        and both.isalpha()
        and 2 < len(first_name) <= LENGTH_LIMIT
        and 2 < len(last_name) <= LENGTH_LIMIT
    ):
        first, last = first_name.lower(), last_name.lower()
        if first not in _NOT_PLAIN and last not in _NOT_PLAIN:
            return first, last, ""
    if not first_name and not last_name:
        return "", "", ""
    if not last_name and " " in first_name:
        first_name, _, last_name = first_name.rpartition(" ")
    elif not first_name and " " in last_name:
        first_name, _, last_name = last_name.rpartition(" ")
    first, first_generation = fold(first_name)
    last, last_generation = fold(last_name)
    return first, last, last_generation or first_generation


def compare_given(one: str, other: str, count: Callable[[str], int]) -> ComparisonLevel:
    """Compare two folded given names; `count` tells how many contacts bear a name."""
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        return ComparisonLevel.SAME
    if same_person_forms(one, other):
        return ComparisonLevel.FORM
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if _differ_in_gender(short, long):
        return ComparisonLevel.DIFFERENT
    if long.startswith(short) and (len(short) <= 2 or not _both_names(short, long, count)):
        return ComparisonLevel.SHORT
    agreement = _compare_spelling(short, long, count)
    misspelt = agreement is ComparisonLevel.DIFFERENT and _misspells_a_form(short, long, count)
    return ComparisonLevel.GARBLED if misspelt else agreement


def _differ_in_gender(short: str, long: str) -> bool:
    """Say whether only the last letter differs as in Paolo and Paola, Daniel and Daniela."""
    return (
        len(short) > 2
        and len(long) - len(short) <= 1
        and long[-1] in _GENDER_ENDINGS
        and long.startswith(short[:-1] if len(short) == len(long) else short)
    )


def _misspells_a_form(one: str, other: str, count: Callable[[str], int]) -> bool:
    """Say whether one is an established name and the other one letter off a form of it."""
    if one in FULL_NAMES:
        one, other = other, one
    if one in FULL_NAMES or len(one) < 3 or count(one) >= 3:
        return False
    return any(OSA.distance(one, form, score_cutoff=1) <= 1 for form in forms_of(other))


def compare_family(one: str, other: str, count: Callable[[str], int]) -> ComparisonLevel:
    """Compare two folded family names; part of a double name is a short form of it."""
    if one == other:
        return ComparisonLevel.SAME if one else ComparisonLevel.BLANK
    if not one or not other:
        return ComparisonLevel.BLANK
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if long.startswith(short) or (len(short) > 3 and long.endswith(short)):
        return ComparisonLevel.SHORT
    return _compare_spelling(short, long, count)


def _compare_spelling(short: str, long: str, count: Callable[[str], int]) -> ComparisonLevel:
    if _both_names(short, long, count) or not (_is_spelt(short) and _is_spelt(long)):
        return ComparisonLevel.DIFFERENT
    if len(short) > 2 and OSA.distance(short, long, score_cutoff=1) <= 1:
        return ComparisonLevel.SLIP
    if Indel.normalized_similarity(short, long) >= 0.55:
        return ComparisonLevel.GARBLED
    return ComparisonLevel.DIFFERENT


def _is_spelt(name: str) -> bool:
    """Say whether a name is in letters of an alphabet: Latin, Greek, Cyrillic, Armenian.

    Elsewhere a character is a consonant, a syllable or a word, and names are two to four of
    them long: another character is another name, not a slip of the pen.
    """
    return name.isascii() or max(name) < _FIRST_WITHOUT_VOWELS


def _both_names(one: str, other: str, count: Callable[[str], int]) -> bool:
    """Say whether both are names in their own right, not one a misspelling of the other."""
    if one in FULL_NAMES and other in FULL_NAMES:
        return True
    if len(one) <= 3 and other.startswith(one):
        return False
    rarer, commoner = sorted((count(one), count(other)))
    return rarer >= 3 and rarer * 20 >= commoner
