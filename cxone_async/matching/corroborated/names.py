"""The standard form of names.

It has no case, accents, punctuation, titles or middle initials, its words are joined by one
space, and it is at most `LENGTH_LIMIT` characters long, so that comparing is cheap whatever the
file holds. It keeps letters of any script.
"""

import re
import unicodedata

LENGTH_LIMIT = 40

TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "rev", "fr", "sra", "srta"]
)
_TITLE_SAYS = {"mr": "m", "sir": "m", "mrs": "f", "ms": "f", "miss": "f", "sra": "f", "srta": "f"}
_GENERATION_MARKS = {
    "1": "sr snr senior padre \u0441\u0442 \u0441\u0442\u0430\u0440\u0448\u0438\u0438",
    "2": "jr jnr junior ii 2nd filho hijo fils figlio sobrinho"
    " \u043c\u043b \u043c\u043b\u0430\u0434\u0448\u0438\u0438",
    "3": "iii 3rd neto",
    "4": "iv 4th",
}
GENERATIONS = {
    word: generation for generation, words in _GENERATION_MARKS.items() for word in words.split()
}
"""From a mark behind a name to the generation, in the standard form of English, Spanish,
Portuguese, French, Italian and Russian. German "jun." is not among them: it is a name in Korean."""
_MARKS_IN_FRONT = {"ifj": "2"}  # Hungarian
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
_FIRST_WITHOUT_VOWELS = (
    "\N{HEBREW ACCENT ETNAHTA}"  # in the order of Unicode: Hebrew and all that follows
)
_FIRST_SYLLABLE = "\N{CJK RADICAL REPEAT}"
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
_NOT_PLAIN = _NO_NAME | TITLES


_LETTER_BEHIND_HYPHEN = re.compile(r"(?<=\w)-(?=\w\b)")
"""Hyun-u is one name, and no name with a middle initial."""

INITIAL_DOT = "."
"""Ends a syllable or a Han character that stands for a longer name. Without it, it is a name."""


def standardise_name(raw: str) -> tuple[str, str]:
    """Return one name field's standard form, and its generation ("2" for Jr. or II, or "").

    Titles and single letters after the first word are dropped. Where a title stands beside no
    name, or beside an initial, the generation says which ("m" for Mr, "f" for Mrs). A field
    that says only "none", "test" or the like becomes "".
    """
    if raw.isascii() and raw.isalpha() and 2 < len(raw) <= LENGTH_LIMIT:
        name = raw.lower()
        if name not in _NOT_PLAIN:
            return name, ""
    return _standardise_words(raw)


def _standardise_words(raw: str) -> tuple[str, str]:
    text = raw[: 4 * LENGTH_LIMIT]
    if "-" in text:
        text = _LETTER_BEHIND_HYPHEN.sub("", text)
    words = ascii_words(text) if text.isascii() else words_of(text)
    generation = title = ""
    kept: list[str] = []
    for place, word in enumerate(words):
        if kept and word in GENERATIONS:
            generation = GENERATIONS[word]
        elif not kept and word in _MARKS_IN_FRONT and place + 1 < len(words):
            generation = _MARKS_IN_FRONT[word]
        elif word in TITLES:
            title = title or _TITLE_SAYS.get(word, "")
        elif not (kept and len(word) == 1 and word.isascii()):
            kept.append(word)
    name = " ".join(kept)[:LENGTH_LIMIT].rstrip()
    if len(name) == 1 and is_syllabic(name) and "." in text:
        name += INITIAL_DOT
    if without_spaces(name) in _NO_NAME or name.isdecimal():
        name = ""
    return name, generation or (title if len(name) <= 1 else "")


def without_spaces(name: str) -> str:
    """Return a name's words joined: Anna Maria and Annamaria are one name."""
    return name.replace(" ", "")


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
    return first, last, _one_generation(first, first_generation, last_generation)


def _one_generation(first_name: str, *generations: str) -> str:
    """Return the mark that either field has; a title counts beside no more than an initial."""
    marks = [mark for mark in generations if mark]
    if len(first_name) > 1:
        marks = [mark for mark in marks if mark.isdecimal()]
    return max(marks, default="") if all(m.isdecimal() for m in marks) else marks[0]


def is_alphabetic(name: str) -> bool:
    """Say whether a name is in an alphabet with vowels: Latin, Greek, Cyrillic, Armenian.

    Elsewhere a character is a consonant, a syllable or a word, and a name has two to four of
    them: another character makes another name, not a typing error.
    """
    return name.isascii() or max(name) < _FIRST_WITHOUT_VOWELS


def is_syllabic(name: str) -> bool:
    """Say whether a name's first character is a syllable or a word: Han, kana, Hangul."""
    return name[0] >= _FIRST_SYLLABLE or "\N{HANGUL CHOSEONG KIYEOK}" <= name[0] <= "\u11ff"
