"""Learns from the beginning of a list which part of its names is the family's.

Two kinds of evidence, each a number of cases for either order:

* Households. People of one phone or one mailbox mostly share the family name and differ in the
  given name. So the part that is equal there is the family's, in whatever language. Only small
  groups count, since a company's line says nothing, and each group counts once. What unrelated
  people share by chance is subtracted: two Michaels in one office are no family. A person who
  married and is on the list twice looks like a household of one given name; such cases are rare
  beside the rows that repeat a person unchanged, so households that are fewer than a fifth of
  those are not believed against the header.
* Known names. A word that is known as a given name speaks for the order in which it comes first or
  last, and so does a known family name. Many words are both (Thomas, Lee), so one side has to have
  a multiple of the other.

Addresses are no evidence: `first.last@` and `last.first@` are both in use.

The two kinds have to agree, or one of them has to be silent. Where they contradict each other, or
one of them itself, the order is unknown. Where neither says anything, the header is believed for
two columns, and for one field the order is unknown.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import combinations
from typing import Final, NamedTuple

from rapidfuzz.distance import Indel

from cxone_async.matching.corroborated.name_parts import around_comma
from cxone_async.matching.corroborated.name_words import says_given, telling_words
from cxone_async.matching.name_order import NameOrder, NameOrderFinding, NameReading

GIVEN_FIRST, FAMILY_FIRST, UNKNOWN = (
    NameOrder.GIVEN_FIRST,
    NameOrder.FAMILY_FIRST,
    NameOrder.UNKNOWN,
)

MOST_ROWS: Final = 20_000
"""Rows from which an order is learned: more say no more, and take time."""

MOST_ROWS_OF_A_HOUSEHOLD: Final = 8
"""A phone or a mailbox of more rows is a company's."""

FEWEST_HOUSEHOLDS: Final = 5
"""Fewer say nothing: a married person or two Davids of one flat make one or two by accident."""

HOUSEHOLDS_TIMES: Final = 4
"""So many times as many households have to be for an order as against it. On lists of families it
is some 20 to 1; where half of a list has its columns exchanged, 1 to 1."""

SHARE_OF_REPEATS: Final = 0.05
"""Households that say something, as a share of the phones and mailboxes that only repeat a person.
Of these some 2 % repeat a person who has married, or who goes by another given name."""

FEWEST_KNOWN: Final = 20
"""Known names from which on they say something."""

KNOWN_TIMES: Final = 3
"""So many times as many known names have to be for an order as against it. In English one surname
in ten is a given name too."""

SHARE_OF_KNOWN: Final = 0.05
"""Known names that say something, as a share of all: fewer may be of a few foreigners."""

SHARE_OF_KNOWN_NOTICED: Final = 0.01
"""Known names that make the order doubtful, if they speak against it, as a share of all."""

_PHONE_DIGITS: Final = 8
_FEWEST_PHONE_DIGITS: Final = 7
_BEFORE_EXTENSION: Final = re.compile(r"[^A-Za-z#;]*")
_NO_DIGITS: Final = re.compile(r"[^0-9]")
_LEANING_TIMES: Final = 1.5
_DOUBTING_TIMES: Final = 3
_SHARE_OF_FEWEST: Final = 0.4  # two households, or eight known names
_RELATED_BEGINNING: Final = 4
_ALIKE: Final = 0.65
_WORDS_LIMIT: Final = 4_000
_FEWEST_USES: Final = 3
_USES_TIMES: Final = 10
_BETWEEN_TIMES: Final = 3
_FEWEST_MIDDLE_WORDS: Final = 20
_MIDDLE_WORDS_TIMES: Final = 2


class _Name(NamedTuple):
    """A name's two parts as words: those of the columns, or the first and the last of one field."""

    front: tuple[str, ...]
    back: tuple[str, ...]
    middle: tuple[str, ...] = ()

    def is_short_form_of(self, other: "_Name") -> bool:
        """Say whether the other name has all words of this one, and more between them."""
        mine, theirs = ({*one.front, *one.middle, *one.back} for one in (self, other))
        return mine <= theirs


class _Weighed(NamedTuple):
    """How many cases of one kind of evidence speak for either order, and what they say together.

    `says` is None where they do not suffice; `leans` is the order for which there are clearly more,
    UNKNOWN where there are many for both, None where there are few.
    `doubts_header`: they are few, and nearly all speak against it.
    """

    given_first: int
    family_first: int
    says: NameOrder | None
    leans: NameOrder | None
    doubts_header: bool


class _Side:
    """The evidence of the rows of one kind: of two columns, or of one field."""

    def __init__(self) -> None:
        self._names: list[_Name] = []
        self.groups: defaultdict[str, list[_Name]] = defaultdict(list)

    @property
    def rows(self) -> int:
        return len(self._names)

    def add(self, name: _Name, phone: str, email: str) -> None:
        self._names.append(name)
        if phone:
            self.groups[phone].append(name)
        if email:
            self.groups[email].append(name)

    @cached_property
    def names(self) -> Counter[_Name]:
        """How many rows have each name; to be asked for once all rows are in."""
        return Counter(self._names)


class NameOrderEvidence:
    """Takes in rows, at most `MOST_ROWS`, and concludes. Pure; it keeps what it was given.

    `given_names` and `family_names` are known names, without case and accents. A word that is in
    both is taken for neither.
    """

    def __init__(self, given_names: Collection[str], family_names: Collection[str]) -> None:
        self._given_names = given_names
        self._family_names = family_names
        self._rows = 0
        self._columns = _Side()
        self._one_field = _Side()
        self._around_comma: Counter[_Name] = Counter()  # given name, family name

    @property
    def room(self) -> int:
        """How many more rows are to be taken in."""
        return MOST_ROWS - self._rows

    @property
    def is_full(self) -> bool:
        return self._rows >= MOST_ROWS

    def add(self, phone: str, email: str, first_name: str, last_name: str) -> None:
        """Take in the cells of one row, as they are in the input."""
        self._rows += 1
        if first_name and last_name:
            name = _Name(telling_words(first_name), telling_words(last_name))
            side = self._columns
        else:
            whole = first_name or last_name
            if "," in whole:
                self._add_around_comma(whole)
                return
            words = telling_words(whole)
            if len(words) < 2:
                return
            name = _Name(words[:1], words[-1:], words[1:-1])
            side = self._one_field
        if name.front and name.back:
            side.add(name, _digits_of_phone(phone), email.strip().lower())

    def _add_around_comma(self, whole: str) -> None:
        """Note what the words of `Last, First` are. Its comma tells the order of this row only."""
        parts = around_comma(whole)
        if parts is not None:
            self._around_comma[_Name(telling_words(parts.given), telling_words(parts.family))] += 1

    def conclude(self) -> tuple[NameReading, NameOrderFinding]:
        """Return how to read the list's names, and the evidence."""
        columns, one_field = self._columns, self._one_field
        words = _Words(self._given_names, self._family_names)
        households, known = _households(columns), _known(columns, words)
        order = _joined(households, known, GIVEN_FIRST)  # as the header says
        words.learn(self._around_comma, GIVEN_FIRST)
        if order is not UNKNOWN:
            words.learn(columns.names, order)
        # What the columns have shown is known of this list, and tells the order of its other names.
        field_households, field_known = _households(one_field), _known(one_field, words)
        field_order = _joined(field_households, field_known, UNKNOWN)
        if field_order is not UNKNOWN:
            words.learn(one_field.names, field_order)
        has_two_family_names = _has_two_family_names(one_field, words)
        if has_two_family_names and field_order is not UNKNOWN:
            words.learn(_halves(one_field.names), field_order)
        reading = NameReading(
            order,
            field_order,
            words.given,
            words.family,
            has_whole_names=one_field.rows + self._around_comma.total() > columns.rows,
            has_two_family_names=has_two_family_names,
        )
        return reading, NameOrderFinding(
            columns=order,
            one_field=field_order,
            rows=columns.rows,
            one_field_rows=one_field.rows,
            households_given_first=households.given_first,
            households_family_first=households.family_first,
            known_given_first=known.given_first,
            known_family_first=known.family_first,
            one_field_households_given_first=field_households.given_first,
            one_field_households_family_first=field_households.family_first,
            one_field_known_given_first=field_known.given_first,
            one_field_known_family_first=field_known.family_first,
        )


class _Words:
    """What is known of words: by this list, else by the world."""

    def __init__(self, given_names: Collection[str], family_names: Collection[str]) -> None:
        self._given_names = given_names
        self._family_names = family_names
        self._uses_as_given: Counter[str] = Counter()
        self._uses_as_family: Counter[str] = Counter()
        self._uses_between: Counter[str] = Counter()
        self.given: frozenset[str] = frozenset()
        self.family: frozenset[str] = frozenset()

    def learn(self, names: Counter[_Name], order: NameOrder) -> None:
        """Take in what the words of these names stand for, their order being known."""
        for (front, back, middle), count in names.items():
            given, family = (front, back) if order is GIVEN_FIRST else (back, front)
            for word in given:
                self._uses_as_given[word] += count
            for word in family:
                self._uses_as_family[word] += count
            for word in middle:
                self._uses_between[word] += count
        between = self._uses_between
        self.given = _one_sided(self._uses_as_given, self._uses_as_family, between)
        self.family = _one_sided(self._uses_as_family, self._uses_as_given, between)

    def kind(self, word: str) -> int:
        """Return 1 for a given name, -1 for a family name, 0 for what is neither or both."""
        return says_given(word, self.given, self.family) or says_given(
            word, self._given_names, self._family_names
        )


def _known(side: _Side, words: _Words) -> _Weighed:
    """Count each different name once by what its words are known as."""
    given_first = family_first = 0
    for front, back, _ in side.names:
        says = words.kind(front[0]) - words.kind(back[-1])
        given_first += says > 0
        family_first += says < 0
    names = len(side.names)
    return _weighed(
        given_first,
        family_first,
        FEWEST_KNOWN,
        KNOWN_TIMES,
        SHARE_OF_KNOWN * names,
        SHARE_OF_KNOWN_NOTICED * names,
    )


def _joined(households: _Weighed, known: _Weighed, believed: NameOrder) -> NameOrder:
    """Return what both kinds of evidence say together.

    `believed` is the order where neither says anything, UNKNOWN where there is none. Known names
    that are for both orders alike do not shake households: the names of some languages are known
    badly.
    """
    leanings = {households.leans, known.leans} - {None}
    if households.says is not None:
        leanings.discard(UNKNOWN)
    if not leanings:
        is_doubted = households.doubts_header or known.doubts_header
        return UNKNOWN if is_doubted else believed
    if len(leanings) > 1:
        return UNKNOWN
    (order,) = leanings
    is_said = order in (households.says, known.says)
    return order if order is not None and (is_said or order is believed) else UNKNOWN


def _has_two_family_names(side: _Side, words: _Words) -> bool:
    kinds = Counter(words.kind(word) for name in side.names for word in name.middle)
    return kinds[-1] >= max(_FEWEST_MIDDLE_WORDS, _MIDDLE_WORDS_TIMES * kinds[1])


def _halves(names: Counter[_Name]) -> Counter[_Name]:
    """Return the inner words of names of four words: where two are the family's, two are given."""
    inner: Counter[_Name] = Counter()
    for name, count in names.items():
        if len(name.middle) == 2:
            inner[_Name(name.middle[:1], name.middle[1:])] += count
    return inner


def _weighed(
    given_first: int,
    family_first: int,
    fewest: int,
    times: int,
    floor: float,
    leaning_floor: float,
) -> _Weighed:
    more, less = max(given_first, family_first), min(given_first, family_first)
    order = GIVEN_FIRST if given_first > family_first else FAMILY_FIRST
    is_enough = more >= fewest and more >= floor
    is_noticed = more >= max(fewest, leaning_floor)
    return _Weighed(
        given_first,
        family_first,
        order if is_enough and more >= times * less else None,
        (order if more >= _LEANING_TIMES * less else UNKNOWN) if is_noticed else None,
        doubts_header=order is FAMILY_FIRST
        and more >= max(_SHARE_OF_FEWEST * fewest, leaning_floor)
        and more >= _DOUBTING_TIMES * less,
    )


def _households(side: _Side) -> _Weighed:
    """Count the groups in which one part of the name is equal and the other is not."""
    chance_front = _chance_of_equal(side.names, 0)
    chance_back = _chance_of_equal(side.names, 1)
    by_front = by_back = 0
    repeats = 0
    by_chance_front = by_chance_back = 0.0
    seen: set[frozenset[_Name]] = set()
    for names in side.groups.values():
        if not 2 <= len(names) <= MOST_ROWS_OF_A_HOUSEHOLD or (key := frozenset(names)) in seen:
            continue
        seen.add(key)  # a household of one phone and one mailbox is one
        front = back = 0
        for one, other in combinations(key, 2):
            is_front_shared = _are_related(one.front, other.front)
            is_back_shared = _are_related(one.back, other.back)
            if (
                (is_front_shared and is_back_shared)
                or one.is_short_form_of(other)
                or other.is_short_form_of(one)
            ):
                continue
            by_chance_front += chance_front
            by_chance_back += chance_back
            if is_front_shared and not _are_alike(one.back, other.back):
                front += 1
            elif is_back_shared and not _are_alike(one.front, other.front):
                back += 1
        if front == back:
            repeats += 1
        elif front > back:
            by_front += 1
        else:
            by_back += 1
    return _weighed(
        max(0, round(by_back - by_chance_back)),
        max(0, round(by_front - by_chance_front)),
        FEWEST_HOUSEHOLDS,
        HOUSEHOLDS_TIMES,
        SHARE_OF_REPEATS * repeats,
        SHARE_OF_REPEATS * repeats,
    )


def _chance_of_equal(names: Counter[_Name], part: int) -> float:
    """Return the chance that two people of the list have the same word in one part of the name."""
    counts = Counter(name[part] for name in names)
    people = len(names)
    return sum(count * (count - 1) for count in counts.values()) / (people * (people - 1) or 1)


def _are_related(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two parts are one family's: equal, or of one stem, or with a word in common."""
    if one == other:
        return True
    if not {word for word in one if len(word) > 2}.isdisjoint(other):
        return True
    first, second = one[0], other[0]
    if first[:_RELATED_BEGINNING] != second[:_RELATED_BEGINNING]:
        return False
    same = next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    return same >= _RELATED_BEGINNING and 5 * same >= 3 * min(len(first), len(second))


def _are_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two parts may be spellings or short forms of one name."""
    if not set(one).isdisjoint(other):
        return True
    joined, other_joined = "".join(one), "".join(other)
    return (
        joined.startswith(other_joined)
        or other_joined.startswith(joined)
        or Indel.normalized_similarity(joined, other_joined) >= _ALIKE
    )


def _one_sided(counts: Counter[str], others: Counter[str], between: Counter[str]) -> frozenset[str]:
    """Return the words that are counted here and hardly ever there, the most frequent ones.

    A word that stands between the others much more often is neither: the Văn of Nguyễn Văn Hùng.
    """
    found = sorted(
        (word for word, count in counts.items()
         if count >= _FEWEST_USES
         and count >= _USES_TIMES * others[word]
         and _BETWEEN_TIMES * count >= between[word]),
        key=lambda word: (-counts[word], word),
    )  # fmt: skip
    return frozenset(found[:_WORDS_LIMIT])


def _digits_of_phone(phone: str) -> str:
    """Return the last digits of a phone, before any extension, in whatever notation; else "".

    They are the same with and without a calling code. Two phones of one list seldom share them.
    """
    number = _BEFORE_EXTENSION.match(phone)
    digits = _NO_DIGITS.sub("", number[0]) if number else ""
    return digits[-_PHONE_DIGITS:] if len(digits) >= _FEWEST_PHONE_DIGITS else ""
