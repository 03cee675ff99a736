"""Latin spellings of one name by different systems of romanisation: Tretyakova, Tretiakova.

Two spellings are one name when they are equal without what the systems differ in: for Cyrillic
y, i and j, kh and h, ks and x, ts and c, w and v, a doubled or missing i; for Japanese long
vowels, n and m before b, m and p, and Kunrei. A name that is established (`nicknames`) is not
taken for a spelling of another established one: Ian is not Jan.
"""

import re
from functools import lru_cache

from cxone_async.matching.corroborated.nicknames import FULL_NAMES, are_variants

_LEAST_LETTERS = 4
"""Shorter names differ in earnest: Kai and Kay."""

_LEAST_JAPANESE_LETTERS = 3

_CYRILLIC = (
    (re.compile("kh"), "h"),
    (re.compile("x"), "ks"),
    (re.compile("shch|stch|sch"), "sh"),
    (re.compile("ts|tz"), "c"),
    (re.compile("zh"), "z"),
    (re.compile("w|ff$"), "v"),
    (re.compile("ph"), "f"),
    (re.compile("^j(?!u)"), "J"),  # Jatin is not Yatin
    (re.compile("[yj]"), "i"),
    (re.compile("i+"), "i"),
    (re.compile("(^|[aou])ie"), r"\1e"),
)
_ROMAJI = re.compile(
    "(?:(?:[kgnhbpmrsztdj]y|sh|ch|ts|[kgsztdnhbpmyrwjf])?[aiueo]h?|[nm](?![aiueoy])|[kstpc](?=[kstpc]))+"
)
_JAPANESE = (
    (re.compile("oh(?![aiueo])|ou|oo"), "o"),
    (re.compile("uh(?![aiueo])|uu"), "u"),
    (re.compile("n(?=[bmp])"), "m"),
    (re.compile("sy"), "sh"),
    (re.compile("[zj]y"), "j"),
    (re.compile("ty"), "ch"),
    (re.compile("si"), "shi"),
    (re.compile("zi"), "ji"),
    (re.compile("(?<!t)ti"), "chi"),
    (re.compile("(?<!t)tu"), "tsu"),
)


@lru_cache(maxsize=8192)
def _keys(latin: str) -> tuple[str, str]:
    """Return a name without what the systems for Cyrillic, and for Japanese, differ in."""
    cyrillic = latin
    for pattern, replacement in _CYRILLIC:
        cyrillic = pattern.sub(replacement, cyrillic)
    japanese = ""
    if _ROMAJI.fullmatch(latin):
        japanese = latin
        for pattern, replacement in _JAPANESE:
            japanese = pattern.sub(replacement, japanese)
    return cyrillic, japanese


def differ_in_system(one: str, other: str) -> bool:
    """Say whether two names in lower-case Latin letters are one by two systems."""
    length = min(len(one), len(other))
    if length < _LEAST_JAPANESE_LETTERS:
        return False
    if one in FULL_NAMES and other in FULL_NAMES and not are_variants(one, other):
        return False
    cyrillic, japanese = _keys(one)
    other_cyrillic, other_japanese = _keys(other)
    if length >= _LEAST_LETTERS and cyrillic == other_cyrillic:
        return True
    return bool(japanese) and japanese == other_japanese
