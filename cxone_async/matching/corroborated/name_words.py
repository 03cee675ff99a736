"""The words of a name cell: those that tell something of its order, and those beside them."""

import unicodedata
from collections.abc import Collection
from typing import Final

from cxone_async.matching.corroborated.names import ascii_words, words_of

TITLES: Final = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "rev",
        "fr",
        "sra",
        "srta",
        "herr",
        "frau",
        "dhr",
        "mevr",
        "don",
        "dona",
        "hr",
        "fru",
        "mme",
        "mlle",
        "shri",
        "smt",
    ]
)
GENERATIONS: Final = frozenset(
    ["jr", "junior", "ii", "iii", "iv", "sr", "senior", "filho", "neto", "hijo", "sobrinho"]
)
AFTER_A_NAME: Final = GENERATIONS | frozenset(
    [
        "md",
        "phd",
        "mba",
        "esq",
        "dds",
        "dvm",
        "cpa",
        "rn",
        "msc",
        "bsc",
        "llm",
        "llb",
        "inc",
        "llc",
        "ltd",
        "gmbh",
        "corp",
        "plc",
    ]
)
"""What may follow a name after a comma without being a part of it."""

PARTICLES: Final = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "la",
        "le",
        "los",
        "las",
        "ter",
        "ten",
        "te",
        "zu",
        "zum",
        "zur",
        "af",
        "av",
        "bin",
        "ibn",
        "ben",
        "bint",
        "abu",
        "al",
        "el",
        "st",
        "san",
        "santa",
    ]
)
"""Words before a family name that belong to it."""

_NOT_TELLING: Final = TITLES | GENERATIONS | PARTICLES


def words_in(text: str) -> list[str]:
    """Return the words of a cell in standard form; Hangul is put together again."""
    if text.isascii():
        return ascii_words(text)
    return [unicodedata.normalize("NFC", word) for word in words_of(text)]


def telling_words(text: str) -> tuple[str, ...]:
    """Return the words of a cell without titles, particles, generations and initials.

    Where there are no others, those are returned.
    """
    words = words_in(text)
    telling = tuple(
        word for word in words
        if word not in _NOT_TELLING and not (len(word) == 1 and word.isascii())
    )  # fmt: skip
    return telling or tuple(words)


def is_east_asian(name: str) -> bool:
    """Say whether a name is in Han characters, kana or Hangul only, apart from spaces."""
    return bool(name) and all(
        "\u4e00" <= letter <= "\u9fff"
        or "\u3041" <= letter <= "\u30ff"
        or "\uac00" <= letter <= "\ud7a3"
        or "\u3400" <= letter <= "\u4dbf"
        or letter in " \u3005"
        for letter in name
    )


def says_given(word: str, given: Collection[str], family: Collection[str]) -> int:
    """Return 1 for a known given name, -1 for a known family name, 0 for neither or both."""
    return (word in given) - (word in family)
