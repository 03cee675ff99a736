"""Finding every string that reaches a similarity, without comparing it with all.

Guarantee: `admit` names the earliest string admitted whose `token_sort_ratio` with another
is at or above the threshold, the very one that comparing with all strings in order would
stop at. The index only proposes; rapidfuzz's own score decides.

How: the score of two strings of lengths a and b reaches t only if at most
k = (1 - t/100)(a + b) characters must be deleted from and inserted into the one to make
the other. With d deletions and i insertions (d + i = k, d - i = a - b) a string keeps all
but 2d + i of its pairs of neighbouring characters, since a deletion breaks two pairs and
an insertion one. So candidates are the strings that share enough pairs with the query.
For each pair the index keeps one integer whose bits say which strings hold it; adding
such integers bit by bit (carry-save adders) counts the shared pairs of all strings at
once, 30 strings to a machine operation.

Strings are compared as `token_sort_ratio` does, with their words sorted. Queries and
strings too long for pairs to be worth counting are compared within their lengths' reach.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rapidfuzz.fuzz import token_sort_ratio

_LONGEST_COUNTED = 128
_TAIL_SIZE = 4096  # strings whose bits are not yet merged into the large integers
_SLACK = 1e-6  # the score is floating point: propose a little more than arithmetic asks
_SPARE_PAIRS = 9  # rarest pairs counted beyond those that may be missing
_NOT_ZERO = re.compile(rb"[^\0]")
_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def admitted_in_turn(
    find: Callable[[str], tuple[int, float] | None],
    add: Callable[[str, int], None],
    strings: Sequence[str],
    rows: Sequence[int],
) -> list[tuple[int, float] | None]:
    """Add each string that is not found; return what was found for each, None if nothing."""
    named = []
    for string, row in zip(strings, rows, strict=True):
        found = find(string)
        if found is None:
            add(string, row)
        named.append(found)
    return named


def first_alike(
    string: str, others: Iterable[tuple[str, int]], threshold: float
) -> tuple[int, float] | None:
    """Return the row and the score of the first string that reaches the threshold, if any."""
    for other, row in others:
        score = token_sort_ratio(string, other)
        if score >= threshold:
            return row, score
    return None


class SimilarityIndex:
    """Strings in the order of admission, with a row each."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._difference = 1 - threshold / 100
        self._rows: list[int] = []
        self._strings: list[str] = []
        self._row_of: dict[str, int] = {}
        self._places_by_length: dict[int, list[int]] = {}
        self._counted = _PairBits()

    def __len__(self) -> int:
        return len(self._strings)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self._strings, self._rows, strict=True)

    def admit(self, strings: Sequence[str], rows: Sequence[int]) -> list[tuple[int, float] | None]:
        """Take strings in, one after the other, but for those that are like an earlier one.

        Returns for each the row and the score of the earliest that reaches the threshold, or
        None when it was taken in.
        """
        return admitted_in_turn(self._find, self._add, strings, rows)

    def _find(self, query: str) -> tuple[int, float] | None:
        row = self._row_of.get(query)
        if row is not None:  # whatever is like it and earlier would have kept it out
            return row, 100.0
        strings, rows = self._strings, self._rows
        likely = ((strings[at], rows[at]) for at in self._candidates(sorted_words(query)))
        return first_alike(query, likely, self._threshold)

    def _add(self, string: str, row: int) -> None:
        place = len(self._strings)
        self._strings.append(string)
        self._rows.append(row)
        self._row_of[string] = row
        words = sorted_words(string)
        self._places_by_length.setdefault(len(words), []).append(place)
        self._counted.add(words if len(words) <= _LONGEST_COUNTED else "", len(words))

    def _candidates(self, query: str) -> Iterator[int]:
        """Yield the places of all strings that may reach the threshold, in order."""
        pairs = _pairs(query) if len(query) <= _LONGEST_COUNTED else []
        missing_by_length: dict[int, int] = {}
        by_reach: list[int] = []
        for length, places in self._places_by_length.items():
            missing = self._most_missing(len(query), length)
            if missing is None:
                continue
            if missing >= len(pairs) or length > _LONGEST_COUNTED:
                by_reach += places
            else:
                missing_by_length[length] = missing
        if not missing_by_length:
            return iter(sorted(by_reach))
        shared = self._counted.sharing(pairs, missing_by_length)
        return iter(sorted([*by_reach, *shared])) if by_reach else shared

    def _most_missing(self, length: int, other: int) -> int | None:
        """Return how many of a query's pairs a string of some length may lack, None if none may."""
        edits = int(self._difference * (length + other) + _SLACK)
        if abs(length - other) > edits:
            return None
        edits -= (edits - length + other) % 2
        deletions = (edits + length - other) // 2
        return 2 * deletions + (edits - deletions)


class _PairBits:
    """For each pair of neighbouring characters, the places of the strings that hold it.

    The n-th occurrence of a pair in a string is a pair of its own. Bits of the last few
    thousand places are kept apart: changing an integer means copying it.
    """

    def __init__(self) -> None:
        self._size = 0
        self._merged_size = 0
        self._merged: dict[str, int] = {}
        self._tail: dict[str, int] = {}
        self._merged_lengths: dict[int, int] = {}
        self._tail_lengths: dict[int, int] = {}
        self._frequency: dict[str, int] = {}

    def add(self, string: str, length: int) -> None:
        bit = 1 << (self._size - self._merged_size)
        self._size += 1
        tail, frequency = self._tail, self._frequency
        for pair in _pairs(string) if string else ():
            tail[pair] = tail.get(pair, 0) | bit
            frequency[pair] = frequency.get(pair, 0) + 1
        self._tail_lengths[length] = self._tail_lengths.get(length, 0) | bit
        if self._size - self._merged_size == _TAIL_SIZE:
            self._merge()

    def _merge(self) -> None:
        shift = self._merged_size
        for pair, bits in self._tail.items():
            self._merged[pair] = self._merged.get(pair, 0) | bits << shift
        for length, bits in self._tail_lengths.items():
            self._merged_lengths[length] = self._merged_lengths.get(length, 0) | bits << shift
        self._tail.clear()
        self._tail_lengths.clear()
        self._merged_size = self._size

    def sharing(self, pairs: list[str], missing_by_length: dict[int, int]) -> Iterator[int]:
        """Yield the places of strings that lack no more of the pairs than their length allows.

        Only as many of the rarest pairs are counted as tell strings apart: what holds for
        all pairs holds for any of them.
        """
        frequency = self._frequency
        pairs = sorted(pairs, key=lambda pair: frequency.get(pair, 0))
        pairs = pairs[: max(missing_by_length.values()) + _SPARE_PAIRS]
        allowed: dict[int, list[int]] = {}
        for length, missing in missing_by_length.items():
            allowed.setdefault(len(pairs) - missing, []).append(length)
        for bits_of, lengths_of, first in (
            (self._merged, self._merged_lengths, 0),
            (self._tail, self._tail_lengths, self._merged_size),
        ):
            counter = _count([bits_of[pair] for pair in pairs if pair in bits_of])
            found = 0
            for least, lengths in allowed.items():
                of_length = 0
                for length in lengths:
                    of_length |= lengths_of.get(length, 0)
                if of_length:
                    found |= of_length & _at_least(counter, least)
            yield from _places(found, first)


def sorted_words(string: str) -> str:
    words = string.split()
    return string if len(words) == 1 and words[0] == string else " ".join(sorted(words))


def _pairs(string: str) -> list[str]:
    """Return the pairs of neighbours, with the string's ends; repeated ones are numbered."""
    bounded = f"\0{string}\0"
    pairs = [bounded[at : at + 2] for at in range(len(bounded) - 1)]
    if len(set(pairs)) < len(pairs):
        seen: dict[str, int] = {}
        for at, pair in enumerate(pairs):
            seen[pair] = times = seen.get(pair, 0) + 1
            if times > 1:
                pairs[at] = f"{pair}{times}"
    return pairs


def _count(bits: list[int]) -> list[int]:
    """Return the binary digits, lowest first, of how many of the integers have each bit."""
    digits = []
    while bits:
        carries = []
        while len(bits) > 2:
            one, two, three = bits.pop(), bits.pop(), bits.pop()
            either = one ^ two
            bits.append(either ^ three)
            carries.append(one & two | either & three)
        if len(bits) == 2:
            one, two = bits
            bits = [one ^ two]
            carries.append(one & two)
        digits.append(bits[0])
        bits = carries
    return digits


def _at_least(digits: list[int], least: int) -> int:
    """Return the bits at which a count, given as `_count` gives it, is at least so much."""
    if least >> len(digits):
        return 0
    enough = -1  # all bits: equal so far is enough
    for place, digit in enumerate(digits):
        enough = digit & enough if least >> place & 1 else digit | enough
    return enough


def _places(bits: int, first: int) -> Iterator[int]:
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for match in _NOT_ZERO.finditer(data):
        at = match.start()
        base = first + 8 * at
        for bit in _BITS[data[at]]:
            yield base + bit
