"""Names: their standard form, and how well two of them agree.

The standard form has no case, accents, punctuation, titles or middle initials, and is at most
`LENGTH_LIMIT` characters long, so that comparing is cheap whatever the file holds. It keeps
letters of any script: names in Arabic or Han characters are compared like any others.
"""

import unicodedata
from collections.abc import Callable

from rapidfuzz.distance import OSA, Indel

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.nicknames import FULL_NAMES, are_variants, variants_of

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
_ASCII_LETTERS = {
    code: chr(code).lower() if chr(code).isalnum() else None if chr(code) == "'" else " "
    for code in range(128)
}
_GENDER_ENDINGS = frozenset(
    "aeio"
    "\N{CYRILLIC SMALL LETTER A}\N{CYRILLIC SMALL LETTER YA}"
    "\N{GREEK SMALL LETTER ALPHA}\N{GREEK SMALL LETTER ETA}"
    "\N{HEBREW LETTER HE}\N{ARABIC LETTER TEH MARBUTA}\N{ARABIC LETTER HEH}"
)
_FIRST_WITHOUT_VOWELS = (
    "\N{HEBREW ACCENT ETNAHTA}"  # in the order of Unicode: Hebrew and all that follows
)
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


def standardise_name(raw: str) -> tuple[str, str]:
    """Return one name field's standard form, and its generation ("2" for Jr. or II, or "").

    The words of the field are joined; titles and single letters after the first word are
    dropped. Where a title is all there is, the generation says which ("m" for Mr, "f" for
    Mrs). A field that says only "none", "test" or the like becomes "".
    """
    if raw.isascii() and raw.isalpha() and 2 < len(raw) <= LENGTH_LIMIT:
        name = raw.lower()
        if name not in _NOT_PLAIN:
            return name, ""
    return _standardise_words(raw)


def _standardise_words(raw: str) -> tuple[str, str]:
    text = raw[: 4 * LENGTH_LIMIT]
    words = ascii_words(text) if text.isascii() else words_of(text)
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


def words_of(text: str) -> list[str]:
    """Return the words of a text of any script, without case and accents."""
    text = (
        unicodedata.normalize("NFKD", text)
        .casefold()
        .translate(_UNDECOMPOSED)
        .replace("'", "")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    return "".join(
        letter
        if letter.isalnum() or _spells_a_sound(letter)
        else ""
        if unicodedata.combining(letter)
        else " "
        for letter in text
    ).split()


def ascii_words(text: str) -> list[str]:
    """Return what `words_of` does, for ASCII text, in a sixth of the time."""
    return text.translate(_ASCII_LETTERS).split()


def _spells_a_sound(mark: str) -> bool:
    """Say whether a mark is a vowel or another sound (Meena and Mona in Hindi), not an accent.

    Marks of sounds have a combining class below 10. Accents, and points that people leave out
    as often as they write them, have 10 or more.
    """
    return (
        _FIRST_WITHOUT_VOWELS <= mark < _FIRST_VARIATION_SELECTOR
        and unicodedata.category(mark) in ("Mn", "Mc")
        and unicodedata.combining(mark) < 10
    )


def standardise_names(first_name: str, last_name: str) -> tuple[str, str, str]:
    """Return a contact's first name, last name and generation in standard form.

    `name_parts` has cut a whole name in one field before.
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
    first, first_generation = standardise_name(first_name)
    last, last_generation = standardise_name(last_name)
    return first, last, last_generation or first_generation


def compare_first_names(one: str, other: str, count: Callable[[str], int]) -> ComparisonLevel:
    """Compare two first names in standard form. `count` returns how many contacts have a name."""
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        return ComparisonLevel.SAME
    if are_variants(one, other):
        return ComparisonLevel.VARIANT
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if _differ_in_gender_only(short, long):
        return ComparisonLevel.DIFFERENT
    if long.startswith(short) and (len(short) <= 2 or not _are_two_names(short, long, count)):
        return ComparisonLevel.ABBREVIATED
    level = _compare_spelling(short, long, count)
    is_misspelt = level is ComparisonLevel.DIFFERENT and _misspells_a_variant(short, long, count)
    return ComparisonLevel.GARBLED if is_misspelt else level


def _differ_in_gender_only(short: str, long: str) -> bool:
    """Say whether only a gender ending differs, as in Paolo and Paola or Daniel and Daniela."""
    return (
        len(short) > 2
        and len(long) - len(short) <= 1
        and long[-1] in _GENDER_ENDINGS
        and long.startswith(short[:-1] if len(short) == len(long) else short)
    )


def _misspells_a_variant(one: str, other: str, count: Callable[[str], int]) -> bool:
    """Say whether one is established, and the other is one letter away from a form of it."""
    if one in FULL_NAMES:
        one, other = other, one
    if one in FULL_NAMES or len(one) < 3 or count(one) >= 3:
        return False
    return any(OSA.distance(one, form, score_cutoff=1) <= 1 for form in variants_of(other))


def compare_last_names(one: str, other: str, count: Callable[[str], int]) -> ComparisonLevel:
    """Compare two last names in standard form. Part of a double name is a short form of it."""
    if one == other:
        return ComparisonLevel.SAME if one else ComparisonLevel.BLANK
    if not one or not other:
        return ComparisonLevel.BLANK
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if long.startswith(short) or (len(short) > 3 and long.endswith(short)):
        return ComparisonLevel.ABBREVIATED
    return _compare_spelling(short, long, count)


def _compare_spelling(short: str, long: str, count: Callable[[str], int]) -> ComparisonLevel:
    if _are_two_names(short, long, count) or not (_is_alphabetic(short) and _is_alphabetic(long)):
        return ComparisonLevel.DIFFERENT
    if len(short) > 2 and OSA.distance(short, long, score_cutoff=1) <= 1:
        return ComparisonLevel.TYPO
    if Indel.normalized_similarity(short, long) >= 0.55:
        return ComparisonLevel.GARBLED
    return ComparisonLevel.DIFFERENT


def _is_alphabetic(name: str) -> bool:
    """Say whether a name is in an alphabet with vowels: Latin, Greek, Cyrillic, Armenian.

    Elsewhere a character is a consonant, a syllable or a word, and a name has two to four of
    them: another character makes another name, not a typing error.
    """
    return name.isascii() or max(name) < _FIRST_WITHOUT_VOWELS


def _are_two_names(one: str, other: str, count: Callable[[str], int]) -> bool:
    """Say whether both are names in their own right, and neither is a misspelling of the other."""
    if one in FULL_NAMES and other in FULL_NAMES:
        return True
    if len(one) <= 3 and other.startswith(one):
        return False
    rarer, commoner = sorted((count(one), count(other)))
    return rarer >= 3 and rarer * 20 >= commoner
