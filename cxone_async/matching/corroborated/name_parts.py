"""Given name and family name of one row, whatever the columns or the one cell have.

Only matching sees the result. A name in two columns is taken as `NameReading.columns` says. A whole
name in one cell is cut, by the first of these that tells:

* a comma: `Tanaka, Ichiro`, `Berg, Jan van der`; not `Howard, Jr.`;
* East Asian characters without a space: the family name is the known one at the beginning;
* the words that the list, or the world, knows as given and as family names;
* the order that the list has shown for names in one cell.

Where none tells, the name is cut before its last word and its order is said to be unknown.
"""

from typing import Final, NamedTuple

from cxone_async.matching.corroborated.family_names import FAMILY_NAMES, family_part_of
from cxone_async.matching.corroborated.name_words import (
    AFTER_A_NAME,
    GENERATIONS,
    MARKS,
    PARTICLES,
    TITLES,
    is_east_asian,
    says_given,
    words_in,
)
from cxone_async.matching.corroborated.names import LENGTH_LIMIT
from cxone_async.matching.corroborated.nicknames import FULL_NAMES
from cxone_async.matching.name_order import NameOrder, NameReading

_LENGTH_LIMIT: Final = 4 * LENGTH_LIMIT
_COMMAS: Final = str.maketrans({"\uff0c": ",", "\u060c": ",", "\u3001": ","})


class NameParts(NamedTuple):
    """A name in the order that matching compares. Either part may be ""."""

    given: str
    family: str
    is_order_known: bool = True


def given_and_family(first_name: str, last_name: str, reading: NameReading) -> NameParts:
    """Return the given name and the family name of the tidied cells of a row."""
    if first_name and last_name:
        if reading.columns is NameOrder.FAMILY_FIRST:
            return NameParts(last_name, first_name)
        return NameParts(first_name, last_name, reading.columns is NameOrder.GIVEN_FIRST)
    name = (first_name or last_name)[:_LENGTH_LIMIT].translate(_COMMAS)
    if "," in name and (parts := around_comma(name)) is not None:
        return parts
    words = _without_comma(name).split()
    if len(words) < 2:
        if is_east_asian(name):
            return _cut_unspaced(name, reading) or _in_its_column(first_name, last_name, reading)
        return _in_its_column(first_name, last_name, reading)
    return _cut(words, reading)


def _in_its_column(first_name: str, last_name: str, reading: NameReading) -> NameParts:
    """Return a name of one word as the part that its column holds."""
    is_known = reading.columns is not NameOrder.UNKNOWN
    if reading.has_whole_names and first_name and _kind(_folded(first_name), reading) < 0:
        return NameParts("", first_name)  # what is left of a whole name
    if reading.columns is NameOrder.FAMILY_FIRST:
        return NameParts(last_name, first_name)
    return NameParts(first_name, last_name, is_known)


def around_comma(name: str) -> NameParts | None:
    """Return what stands around the comma of `Last, First`; None where it is another comma.

    Particles after the comma belong to the last name: `Berg, Jan van der`, `Vries, de Jan`.
    """
    family, *others = (part.strip() for part in name.split(","))
    marks = [part for part in others if _only_follows_a_name(part)]
    words = " ".join(part for part in others if part not in marks).split()
    folded = [_folded(word) for word in words]
    start, end = 0, len(words)
    while start < end and folded[start] in PARTICLES:
        start += 1
    while end > start and folded[end - 1] in PARTICLES:
        end -= 1
    if not family or start == end:
        return None
    family = " ".join([*words[:start], *words[end:], family, *marks])
    return NameParts(" ".join(words[start:end]), family)


def _without_comma(name: str) -> str:
    """Put the particles of `Jan Berg, van der` in their place, and leave out any other comma."""
    before, comma, after = name.partition(",")
    particles = after.split()
    if comma and particles and all(_folded(word) in PARTICLES for word in particles):
        *given, family = before.split() or [""]
        return " ".join([*given, *particles, family])
    return name.replace(",", " ")


def _only_follows_a_name(part: str) -> bool:
    words = words_in(part)
    return bool(words) and all(word in AFTER_A_NAME for word in words)


def _cut_unspaced(name: str, reading: NameReading) -> NameParts | None:
    """Cut after the longest family name that is known; None where there is none.

    A name of two characters may be a given name by itself, and is one where the list says so, or
    where its names stand in two columns.
    """
    if name in reading.given_words or name in reading.family_words:
        return None
    for length in range(min(3, len(name) - 1), 0, -1):
        if name[:length] in reading.family_words:
            break
    else:
        length = family_part_of(name)
    if not length or (len(name) == 2 and not reading.has_whole_names):
        return None
    return NameParts(name[length:], name[:length])


def _cut(words: list[str], reading: NameReading) -> NameParts:
    """Cut a name of two words or more. Titles are left out; marks of a generation go to the end."""
    folded = [_folded(word) for word in words]
    last = len(words)
    while last > 2 and folded[last - 1] in AFTER_A_NAME:
        last -= 1
    core = [
        at
        for at in range(last)
        if not (folded[at] in TITLES or (at and folded[at] in MARKS))
    ]  # fmt: skip
    marks = [
        word
        for at, (word, known) in enumerate(zip(words, folded, strict=True))
        if at not in core and (known in MARKS or (at >= last and known in GENERATIONS))
    ]
    shown, known = [words[at] for at in core], [folded[at] for at in core]
    if len(core) < 2:  # Mrs Abbott
        title = " ".join(word for at, word in enumerate(words) if folded[at] in TITLES)
        return NameParts(title, " ".join([*shown, *marks]))
    order, is_known = _order_of(known, reading)
    if _are_all(known, reading.given_words):
        given, family = shown, []
    elif _are_all(known, reading.family_words) or (
        _are_all(known[:-1], frozenset()) and _kind(known[-1], reading) <= 0
    ):
        given, family = [], shown
    elif order is NameOrder.FAMILY_FIRST:
        at = _end_of_family(known, reading)
        given, family = shown[at:], shown[:at]
    else:
        at = _start_of_family(known, reading)
        given, family = shown[:at], shown[at:]
    return NameParts(" ".join(given), " ".join([*family, *marks]), is_known)


def _are_all(words: list[str], known: frozenset[str]) -> bool:
    """Say whether a cell of the list holds only one part of the name, in several words."""
    return all(word in known or word in PARTICLES for word in words)


def _order_of(words: list[str], reading: NameReading) -> tuple[NameOrder, bool]:
    """Return the order of one name, and whether it is known.

    Where it has known words of both kinds, one kind before the other, they tell the order.
    """
    kinds = [_kind(word, reading) for word in words]
    given = [at for at, kind in enumerate(kinds) if kind > 0]
    family = [at for at, kind in enumerate(kinds) if kind < 0]
    if given and family:
        if given[-1] < family[0]:
            return NameOrder.GIVEN_FIRST, True
        if family[-1] < given[0]:
            return NameOrder.FAMILY_FIRST, True
    of_list = reading.one_field
    if of_list is NameOrder.UNKNOWN and kinds[0] != kinds[-1]:
        likelier = NameOrder.GIVEN_FIRST if kinds[0] > kinds[-1] else NameOrder.FAMILY_FIRST
        return likelier, False
    return of_list, of_list is not NameOrder.UNKNOWN


def _kind(word: str, reading: NameReading) -> int:
    """Return 1 for a given name and -1 for a family name; the list knows better than the world."""
    return says_given(word, reading.given_words, reading.family_words) or (
        says_given(word, FULL_NAMES, FAMILY_NAMES)
    )


def _start_of_family(words: list[str], reading: NameReading) -> int:
    """Return where the family name begins in a name that begins with the given name."""
    last = len(words) - 1
    for at in range(1, last):
        if words[at] in PARTICLES or _is_middle_family(words[at], reading):
            return at
    return last


def _end_of_family(words: list[str], reading: NameReading) -> int:
    """Return where the given name begins in a name that begins with the family name.

    A particle after the first name belongs to a second one, as in Rojo de la Rosa. Where a list has
    no second ones it is none: the Văn of Nguyễn Văn Hùng.
    """
    last = len(words) - 1
    at = 0
    while at < last and words[at] in PARTICLES:
        at += 1
    at = min(at + 1, last)
    while at < last and (
        words[at] in words[:at]
        or _is_middle_family(words[at], reading)
        or (reading.has_two_family_names and (words[at] in PARTICLES or words[at - 1] in PARTICLES))
    ):
        at += 1
    return at


def _is_middle_family(word: str, reading: NameReading) -> bool:
    """Say whether a word between the first and the last is a part of the family name."""
    kind = _kind(word, reading)
    return kind < 0 or (kind == 0 and reading.has_two_family_names)


def _folded(word: str) -> str:
    return "".join(words_in(word))
