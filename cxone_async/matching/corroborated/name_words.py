"""The words of a name cell: those that tell something of its order, and those beside them."""

import unicodedata
from collections.abc import Collection
from typing import Final

from cxone_async.matching.corroborated.names import GENERATIONS as GENERATION_OF_MARK
from cxone_async.matching.corroborated.names import TITLES as COMMON_TITLES
from cxone_async.matching.corroborated.names import ascii_words, words_of

_FURTHER_TITLES = "herr frau dhr mevr don dona hr fru mme mlle shri smt"
_MARKS = "jr jnr junior ii iii iv sr snr senior"
_AFTER_A_NAME = """
md phd mba esq dds dvm cpa rn msc bsc llm llb inc llc ltd gmbh corp plc
"""
_PARTICLES = """
van von der den de da dos das del della di du la los las ter ten te zu zum zur af av bin ibn ben
bint abu al el st san santa
"""

TITLES: Final = COMMON_TITLES.union(_FURTHER_TITLES.split())
MARKS: Final = frozenset(_MARKS.split())
"""Marks of a generation that are hardly ever a name."""
GENERATIONS: Final = frozenset(GENERATION_OF_MARK)
AFTER_A_NAME: Final = GENERATIONS.union(_AFTER_A_NAME.split())
"""What may follow a name without being a part of it, also after a comma."""
PARTICLES: Final = frozenset(_PARTICLES.split())
"""Words before a family name that belong to it. Lê and Đỗ are Vietnamese names, so `le` and `do`
are not among them."""

_NOT_TELLING: Final = TITLES | GENERATIONS | PARTICLES


def words_in(text: str) -> list[str]:
    """Return the words of a cell in standard form; Hangul is put together again."""
    if text.isascii():
        return ascii_words(text)
    return [unicodedata.normalize("NFC", word) for word in words_of(text)]


def telling_words(text: str) -> tuple[str, ...]:
    """Return the words of a cell without titles, particles, generations and initials.

    Where there are no others, all of them.
    """
    if text.isalpha() and text.isascii() and len(text) > 1:
        return (text.lower(),)  # a single word is never left out
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
