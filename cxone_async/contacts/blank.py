"""Cells that say that they hold nothing: `N/A`, `#REF!`, `null`, a dash.

Databases, spreadsheets and people write such words where a value is missing. A cell of one of
them is an empty cell. Case, white space around it and brackets do not matter.

Two columns read some of them otherwise:

- A country column takes a bare `NA` for Namibia (`country`).
- A name column keeps what people are called: see `is_blank_name`.
"""

from typing import Final

_LONGEST: Final = 24
_DASHES_AND_DOTS: Final = " \t-\u2010\u2011\u2012\u2013\u2014\u2015\u2212._\u2026/\\'\",;"
_BRACKETS: Final = (("(", ")"), ("[", "]"), ("<", ">"), ("{", "}"))
_INVISIBLE: Final = "\ufeff\u200b\u2060"

_ERRORS_OF_SPREADSHEETS: Final = (
    "#n/a", "#na", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!",
    "#field!", "#getting_data", "#blocked!", "#unknown!", "#connect!", "#busy!", "#error!",
    "#n/a n/a", "#nv", "#bezug!", "#wert!", "#zahl!", "#nom?", "#valeur!", "#valor!", "#n/d",
    "#n/disp", "#name!", "#err!", "########",
)  # fmt: skip
_VALUES_OF_PROGRAMS: Final = (
    "null", "nil", "none", "nan", "-nan", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "<na>",
    "nat", "\\n", "undefined", "dbnull", "nan.0", "sysmis", "void",
)  # fmt: skip
_WORDS_OF_PEOPLE: Final = (
    "n/a", "n.a.", "n.a", "n. a.", "n / a", "n\\a", "not available", "not applicable", "no data",
    "no value", "not provided", "not specified", "not given", "unknown", "unspecified", "missing",
    "blank", "empty", "k.a.", "k. a.", "keine angabe", "unbekannt", "leer", "s/d", "sin datos",
    "sin dato", "desconocido", "vac\u00edo", "inconnu", "vide", "non renseign\u00e9", "n.v.t.",
    "onbekend", "leeg", "sconosciuto", "vuoto", "desconhecido", "vazio", "bilinmiyor",
    "nieznane", "brak", "brak danych", "n/d", "n.d.", "tbd", "tbc", "t.b.d.",
)  # fmt: skip
_WORDS: Final = frozenset((*_ERRORS_OF_SPREADSHEETS, *_VALUES_OF_PROGRAMS, *_WORDS_OF_PEOPLE))

_PEOPLE_ARE_CALLED: Final = frozenset(
    (
        *("null", "nil", "none", "nan", "nat", "void", "blank", "empty", "missing"),
        *("leer", "vide", "leeg", "vuoto", "vazio", "brak"),
    )
)
BLANK_NAMES: Final = frozenset(
    (
        *("NULL", "null", "nil", "NaN", "nan", "NaT", "None", "none", "NONE"),
        *(
            spelt
            for word in _WORDS
            if word.isalpha() and word.isascii() and word not in _PEOPLE_ARE_CALLED
            for spelt in (word, word.capitalize(), word.upper())
        ),
    )
)
"""All words of plain letters that are no name."""


def is_blank(raw: str) -> bool:
    """Say whether a cell holds nothing, or one of the words for that.

    A bare `NA` is such a word too, so the caller must not ask for a country.
    """
    return not raw or raw.isspace() or (len(raw) <= _LONGEST and _is_word(raw, also="na"))


def is_blank_country(raw: str) -> bool:
    """Say the same of a country's cell, where a bare `NA` is no such word."""
    return not raw or raw.isspace() or (len(raw) <= _LONGEST and _is_word(raw, also=""))


def is_blank_name(name: str) -> bool:
    """Say whether a name stands for none.

    People are called Null, Nan and Na, so a bare `NA` stays. So do the words that are names, but
    for the spellings that programs write, which people do not: `NULL`, `null`, `nan`, `None`.
    """
    if name.isalpha() and name.isascii():
        return name in BLANK_NAMES
    return len(name) <= _LONGEST and _is_word(name, also="")


def _is_word(raw: str, also: str) -> bool:
    word = raw.strip().strip(_INVISIBLE).strip().lower()
    if word[:1].isalnum():  # no bracket, no dash: most cells
        return word in _WORDS or word == also
    inner = _without_brackets(word)
    return word in _WORDS or inner in _WORDS or word == also or not inner.strip(_DASHES_AND_DOTS)


def _without_brackets(word: str) -> str:
    for opening, closing in _BRACKETS:
        if len(word) > 2 and word[0] == opening and word[-1] == closing:
            return word[1:-1].strip()
    return word
