"""Latin spellings of one name: Arabic, Persian, Turkish, Hebrew, Indian, and those of `systems`.

Mohammed, Muhammad and Mohamed are one name; Khalid and Khadija, Amir and Amira, Hasan and Hussein
are two. A spelling is read as sounds; `data/spellings.txt` says of which names it is a spelling.
Two spellings are one name when they are listed under one name. A spelling that is not listed may
be one of a listed name when it differs only in sounds that people spell either way, and is no
name of its own.

The list is read when the first name is compared.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from pkgutil import get_data
from typing import NamedTuple

from cxone_async.matching.corroborated.nicknames import FULL_NAMES
from cxone_async.matching.corroborated.romanisation.spelling import without_signs
from cxone_async.matching.corroborated.romanisation.systems import differ_in_system

_SOUNDS = {
    "sh": "S",
    "tch": "C",
    "chh": "C",
    "ch": "C",
    "kh": "X",
    "gh": "G",
    "th": "T",
    "dh": "D",
    "bh": "B",
    "jh": "J",
    "ph": "f",
    "dj": "j",
    "ck": "k",
    "q": "k",
    "c": "k",
    "x": "kS",
    "aa": "a",
    "ee": "i",
    "ii": "i",
    "ie": "i",
    "iy": "i",
    "ij": "i",
    "oo": "u",
    "ou": "u",
    "uu": "u",
    "ai": "Y",
    "ay": "Y",
    "ei": "Y",
    "ey": "Y",
    "au": "W",
    "aw": "W",
    "ow": "W",
}
_VOWEL_LETTERS = frozenset("aeiou")
_VOWELS_AFTER_Y = ("a", "o", "u", "e")
_LONGEST = 3

_VOWELS_EITHER_WAY = ("ae", "ei", "ou", "Ye", "Wo")
_CONSONANTS_EITHER_WAY = ("Tt", "Ts", "Dd", "Dz", "Gg", "gj", "Gj", "CS", "Xk")
_INDIAN_EITHER_WAY = ("Tt", "Dd", "Gg", "vw", "vb", "wb", "Jj", "Bb", "Bv", "SC")


def _pairs(pairs: Iterable[str]) -> frozenset[frozenset[str]]:
    return frozenset(map(frozenset, pairs))


_EITHER_WAY = {
    "#arabic": _pairs((*_VOWELS_EITHER_WAY, *_CONSONANTS_EITHER_WAY)),
    "#hebrew": _pairs((*_VOWELS_EITHER_WAY, *_CONSONANTS_EITHER_WAY)),
    "#indian": _pairs(_INDIAN_EITHER_WAY),
}
"""For each part of the list the pairs of sounds that people spell either way in one name."""

_VOWEL_SOUNDS = frozenset("aeiouYW")
_LEAST_SOUNDS = 5
"""A shorter name is another name when a vowel differs: Rana and Rena."""

_ARTICLES = ("al", "el")
_LEAST_LETTERS_AFTER_ARTICLE = 5
_LEAST_LETTERS_OF_UNLISTED = 6


@lru_cache(maxsize=4096)
@lru_cache(maxsize=16_384)
def sound_key(latin: str) -> str:
    """Return how a Latin spelling sounds: a letter for each sound, doubled ones once.

    `S` is sh, `C` ch, `X` kh, `Y` ai, `W` au and so on. `e` stands for a or i, `o` for u or a sound
    of its own, so keys that differ in them may still be of one name.
    """
    key = ""
    at = 0
    while at < len(latin):
        if latin[at] in "iy" and latin[at + 1 : at + 2] in _VOWELS_AFTER_Y:
            sound, length = "y", 1
        else:
            sound, length = _sound_at(latin, at)
        if not key.endswith(sound):
            key += sound
        at += length
    if key.endswith("h") and key[-2:-1] in _VOWEL_SOUNDS and key[-3:-2] not in _VOWEL_SOUNDS:
        key = key[:-1]  # Sarah is Sara; Noah is not Noa
    return key


def _sound_at(latin: str, at: int) -> tuple[str, int]:
    """Return the sound that begins at a letter, and how many letters spell it."""
    for length in range(_LONGEST, 0, -1):
        letters = latin[at : at + length]
        if len(letters) < length or letters not in _SOUNDS:
            continue
        ends_in_glide = length > 1 and letters[-1] in "iyw" and letters[0] in _VOWEL_LETTERS
        if ends_in_glide and latin[at + length : at + length + 1] in ("a", "e", "i", "o", "u"):
            continue  # Faya is fa-ya, not fai-a
        return _SOUNDS[letters], length
    return ("i" if latin[at] == "y" else latin[at]), 1


class _Listed(NamedTuple):
    numbers: dict[str, frozenset[int]]  # of the names, by sound key and by own script
    spellings: list[list[str]]  # by number, the usual one first
    parts: list[str]  # by number: #arabic, #hebrew, #indian
    literal: frozenset[str]  # all spellings as they stand in the list


@cache
def _listed() -> _Listed:
    """Read the list."""
    data = get_data(__package__, "data/spellings.txt")
    assert data is not None  # noqa: S101  only a loader that cannot read data gives None
    numbers: dict[str, set[int]] = {}
    spellings_by_number: list[list[str]] = []
    parts: list[str] = []
    part = ""
    for line in data.decode().splitlines():
        own_script, colon, spellings = line.partition(": ")
        if line.startswith("#") or not colon:
            part = line
            continue
        latin = spellings.split()
        for name in (own_script, *map(sound_key, latin)):
            numbers.setdefault(name, set()).add(len(parts))
        spellings_by_number.append(latin)
        parts.append(part)
    numbers.pop("-", None)
    frozen = {name: frozenset(found) for name, found in numbers.items()}
    literal = frozenset(spelling for each in spellings_by_number for spelling in each)
    return _Listed(frozen, spellings_by_number, parts, literal)


_NOTHING: frozenset[int] = frozenset()


@lru_cache(maxsize=16_384)
def names_of(spelling: str) -> frozenset[int]:
    """Return the numbers of the listed names that a spelling, Latin or in its script, is of."""
    name = without_signs(spelling)
    return _listed().numbers.get(sound_key(name) if name.isascii() else name, _NOTHING)


def spellings_of(name: str) -> tuple[str, ...]:
    """Return the listed spellings of a name in its own script; () when it is not listed."""
    names, spellings, *_ = _listed()
    return tuple(
        dict.fromkeys(
            spelling
            for number in sorted(names.get(without_signs(name), ()))
            for spelling in spellings[number]
        )
    )


def are_two_listed_names(name: str, latin: str) -> bool:
    """Say whether both are listed in one part of the list, and under no name in common."""
    numbers, latin_numbers = names_of(name), names_of(latin)
    parts = _listed().parts
    name_parts = {parts[number] for number in numbers}
    return numbers.isdisjoint(latin_numbers) and any(
        parts[number] in name_parts for number in latin_numbers
    )


@lru_cache(maxsize=8192)
def are_spellings_of_one_name(one: str, other: str) -> bool:
    """Say whether two names in lower-case Latin letters are spellings of one name.

    The order of the two does not matter. Equal names are.
    """
    if one == other:
        return True
    if one > other:
        return are_spellings_of_one_name(other, one)
    one, other = without_signs(one), without_signs(other)
    names, other_names = names_of(one), names_of(other)
    if names and other_names:
        is_another = _is_another_name(one) or _is_another_name(other)  # Sally sounds like Saleh
        return not (is_another or names.isdisjoint(other_names))
    if differ_in_system(one, other):
        return True
    if names or other_names:
        listed, unlisted = (one, other) if names else (other, one)
        return _is_unlisted_spelling(listed, unlisted)
    return _differ_in_article(one, other)


def _is_another_name(spelling: str) -> bool:
    """Say whether a spelling is a name elsewhere and not one of those in the list."""
    return spelling in FULL_NAMES and spelling not in _listed().literal


def _is_unlisted_spelling(listed: str, unlisted: str) -> bool:
    rest = _without_article(unlisted)
    if rest != unlisted and len(rest) >= _LEAST_LETTERS_AFTER_ARTICLE:
        return not names_of(rest).isdisjoint(names_of(listed))
    if unlisted in FULL_NAMES:
        return False
    key, other = sound_key(listed), sound_key(unlisted)
    parts = _listed().parts
    return any(
        _sound_alike(key, other, _EITHER_WAY[part])
        for part in {parts[number] for number in names_of(listed)}
    )


def _sound_alike(key: str, other: str, either_way: frozenset[frozenset[str]]) -> bool:
    """Say whether two keys differ only in sounds that people spell either way."""
    if len(key) != len(other):
        return False
    differing = [pair for pair in zip(key, other, strict=True) if pair[0] != pair[1]]
    if len(key) < _LEAST_SOUNDS and any(pair[0] in _VOWEL_SOUNDS for pair in differing):
        return False
    return all(frozenset(pair) in either_way for pair in differing)


def _without_article(name: str) -> str:
    """Return a name without Al- or El-, or what they are before s, n, r and others (an-Najjar)."""
    if name.startswith(_ARTICLES) and name[2:3] not in _VOWEL_LETTERS:
        return name[2:]
    return (
        name[2:] if name[:1] in "ae" and name[1:2] == name[2:3] and name[1:2] in "sndrtz" else name
    )


def _differ_in_article(one: str, other: str) -> bool:
    """Say whether two names that are not listed differ only in the article.

    Al- and El- before one name; or Al- or nothing before one that ends in i, as names of origin do.
    """
    rest, other_rest = _without_article(one), _without_article(other)
    if rest == one and other_rest == other:
        return False
    if len(rest) < _LEAST_LETTERS_OF_UNLISTED or sound_key(rest) != sound_key(other_rest):
        return False
    return (rest != one and other_rest != other) or sound_key(rest).endswith("i")
