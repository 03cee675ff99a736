"""Spellings of one name in Latin letters: Catherine and Katharine, Jorg and Joerg, Sara and Sarah.

The rules are those by which the languages of Europe write one sound in several ways. They are
for names of at least four letters: of two short names, one letter makes two people, except a letter
that is doubled (Ana and Anna).
"""

import re
from functools import lru_cache

_SHORTEST = 4
_DOUBLED = re.compile(r"([a-z])\1+")
_ALIKE = (
    (re.compile("ph"), "f"),
    (re.compile("c[kq]|q"), "k"),
    (re.compile("ch(?=r|l)"), "k"),
    (re.compile("c(?=[aoulrt]|$)"), "k"),
    (re.compile("ae|aa"), "a"),
    (re.compile("oe"), "o"),
    (re.compile("ue"), "u"),
    (re.compile("(?<=.)th|th(?=[eoi])"), "t"),
    (re.compile("(?<=[aeiouy])h(?![aeiouy])"), ""),
    (re.compile("rh"), "r"),
    (re.compile("y|ee|ie(?=.)|ij|j(?=[aou])"), "i"),
    (re.compile("w"), "v"),
    (re.compile("x"), "ks"),
    (re.compile(r"(.)\1+"), r"\1"),
)


_LONG_VOWELS = (
    (re.compile("oo"), "u"),
    (re.compile("ee"), "i"),
    (re.compile("(?<=[aou])h(?![aeiouy])"), ""),
)
"""How Koreans and Japanese write one vowel in two ways: Minsoo and Minsu, Hyuna and Hyunah."""

_KOREAN = re.compile(
    "(?:(?:kk|tt|pp|ss|jj|ch|[gkndtrlmbpsjh])?(?:y?eo|y?ae|ye|yu|ya|yo|you|wa|we|wi|wo|eu|ee|oo|ui|[aeiou])"
    "(?:ng|[nmlkpt](?![aeiouyw]))?){2,3}"
)
_KOREAN_VOWELS = re.compile("eo|oo|ee|eu|you")
_KOREAN_ALIKE = (
    (re.compile("you(?=n)"), "yeo"),
    (re.compile("yu(?=n)"), "yeo"),
    (re.compile("u(?=n)"), "eo"),
    (re.compile("oo"), "u"),
    (re.compile("ee"), "i"),
    (re.compile("eu"), "u"),
)
"""The vowels of the Revised Romanisation of 2000, and what people write: Jeongho and Jung-ho.
Only before n and ng is u another way to write eo: Minseo and Minsu are two names."""


def are_spellings_of_one(one: str, other: str) -> bool:
    """Say whether two names are the same when their letters are read aloud."""
    if min(len(one), len(other)) < _SHORTEST or not (one.isascii() and other.isascii()):
        return len(one) != len(other) and _undoubled(one) == _undoubled(other)
    return _sounds(one) == _sounds(other) or bool(
        _KOREAN_VOWELS.search(one + other) and _korean(one) and _korean(one) == _korean(other)
    )


def differ_in_long_vowels(one: str, other: str) -> bool:
    """Say whether two names spelt by the syllable are one but for how they write a vowel."""
    return _with_short_vowels(one) == _with_short_vowels(other)


@lru_cache(maxsize=4_096)
def _with_short_vowels(name: str) -> str:
    for pattern, vowel in _LONG_VOWELS:
        name = pattern.sub(vowel, name)
    return name


@lru_cache(maxsize=4_096)
def _undoubled(name: str) -> str:
    return _DOUBLED.sub(r"\1", name)


@lru_cache(maxsize=4_096)
def _korean(name: str) -> str:
    """Return one spelling for all in which a Korean name is written, "" for any other name."""
    if not _KOREAN.fullmatch(name):
        return ""
    for pattern, sound in _KOREAN_ALIKE:
        name = pattern.sub(sound, name)
    return name


@lru_cache(maxsize=16_384)
def _sounds(name: str) -> str:
    for pattern, sound in _ALIKE:
        name = pattern.sub(sound, name)
    return name
