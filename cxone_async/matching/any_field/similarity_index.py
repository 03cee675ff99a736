"""An index of similar strings, in Python.

`find_or_add` finds the earliest string whose `token_sort_ratio` with a new one reaches the
threshold: the one at which a comparison with all strings, in order, would stop. The index only
proposes candidates; rapidfuzz's own score decides.

How it works: the score of two strings of lengths a and b reaches t only if at most
k = (1 - t/100)(a + b) characters must be deleted from and inserted into the one to make
the other. With d deletions and i insertions (d + i = k, d - i = a - b) a string keeps all
but 2d + i of its pairs of neighbouring characters, since a deletion breaks two pairs and
an insertion one. So candidates are the strings that share enough pairs with the query.
For each pair the index keeps one integer whose bits say which strings hold it; adding
such integers bit by bit (carry-save adders) counts the shared pairs of all strings at
once, 30 strings to a machine operation.

Strings are compared with their words sorted, as `token_sort_ratio` does. For long strings
counting pairs is not worth it: they are compared with all strings of a similar length.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rapidfuzz.fuzz import token_sort_ratio

_LONGEST_COUNTED = 128
_TAIL_SIZE = 4096  # strings not yet merged into the large integers
_SLACK = 1e-6  # the score is floating point: propose a little more than arithmetic asks
_SPARE_PAIRS = 9  # rarest pairs counted beyond those that may be missing
_NOT_ZERO = re.compile(rb"[^\0]")
_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def find_or_add_each(
    find: Callable[[str], tuple[int, float] | None],
    add: Callable[[str, int], None],
    strings: Sequence[str],
    rows: Sequence[int],
) -> list[tuple[int, float] | None]:
    """Add each string that is not found; return what was found for each, None if nothing."""
    results = []
    for string, row in zip(strings, rows, strict=True):
        found = find(string)
        if found is None:
            add(string, row)
        results.append(found)
    return results


def first_similar(
    string: str, others: Iterable[tuple[str, int]], threshold: float
) -> tuple[int, float] | None:
    """Return the row and the score of the first string that reaches the threshold, if any."""
    for other, row in others:
        score = token_sort_ratio(string, other)
        if score >= threshold:
            return row, score
    return None


class SimilarityIndex:
    """Strings in the order in which they were added, with a row each."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._difference = 1 - threshold / 100
        self._rows: list[int] = []
        self._strings: list[str] = []
        self._row_of: dict[str, int] = {}
        self._ordinals_by_length: dict[int, list[int]] = {}
        self._counted = _PairBits()

    def __len__(self) -> int:
        return len(self._strings)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self._strings, self._rows, strict=True)

    def find_or_add(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        """Look each string up, one after the other, and add those that are not found.

        Returns for each the row and the score (0..100) of the earliest string that reaches the
        threshold, or None when there is none and it was added.
        """
        return find_or_add_each(self._find, self._add, strings, rows)

    def _find(self, query: str) -> tuple[int, float] | None:
        row = self._row_of.get(query)
        if row is not None:  # anything similar and earlier would have kept that one out
            return row, 100.0
        strings, rows = self._strings, self._rows
        candidates = ((strings[at], rows[at]) for at in self._candidates(sorted_words(query)))
        return first_similar(query, candidates, self._threshold)

    def _add(self, string: str, row: int) -> None:
        ordinal = len(self._strings)
        self._strings.append(string)
        self._rows.append(row)
        self._row_of[string] = row
        words = sorted_words(string)
        self._ordinals_by_length.setdefault(len(words), []).append(ordinal)
        self._counted.add(words if len(words) <= _LONGEST_COUNTED else "", len(words))

    def _candidates(self, query: str) -> Iterator[int]:
        """Yield the ordinals of all strings that may reach the threshold, ascending."""
        pairs = _pairs(query) if len(query) <= _LONGEST_COUNTED else []
        missing_by_length: dict[int, int] = {}
        too_long_to_count: list[int] = []
        for length, ordinals in self._ordinals_by_length.items():
            missing = self._most_missing(len(query), length)
            if missing is None:
                continue
            if missing >= len(pairs) or length > _LONGEST_COUNTED:
                too_long_to_count += ordinals
            else:
                missing_by_length[length] = missing
        if not missing_by_length:
            return iter(sorted(too_long_to_count))
        shared = self._counted.sharing(pairs, missing_by_length)
        return iter(sorted([*too_long_to_count, *shared])) if too_long_to_count else shared

    def _most_missing(self, length: int, other: int) -> int | None:
        """Return how many of a query's pairs a string may lack; None where no string may match."""
        edits = int(self._difference * (length + other) + _SLACK)
        if abs(length - other) > edits:
            return None
        edits -= (edits - length + other) % 2
        deletions = (edits + length - other) // 2
        return 2 * deletions + (edits - deletions)


class _PairBits:
    """For each pair of neighbouring characters, the ordinals of the strings that have it.

    The n-th occurrence of a pair in a string is a pair of its own. The last few thousand
    strings have integers of their own: changing an integer means copying it.
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
        """Yield the ordinals of strings that lack no more of the pairs than their length allows.

        Counting only the rarest pairs loses nothing: a string that lacks few of all pairs lacks
        no more of any choice of them.
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
            yield from _ordinals(found, first)


def sorted_words(string: str) -> str:
    """Return the words in order, joined by one space."""
    words = string.split()
    return string if len(words) == 1 and words[0] == string else " ".join(sorted(words))


def _pairs(string: str) -> list[str]:
    """Return the pairs of neighbours, the string's ends included; repeated ones are numbered."""
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
    """Return the bits whose count, in digits as `_count` returns them, reaches `least`."""
    if least >> len(digits):
        return 0
    enough = -1  # all bits: equal so far is enough
    for ordinal, digit in enumerate(digits):
        enough = digit & enough if least >> ordinal & 1 else digit | enough
    return enough


def _ordinals(bits: int, first: int) -> Iterator[int]:
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for match in _NOT_ZERO.finditer(data):
        at = match.start()
        base = first + 8 * at
        for bit in _BITS[data[at]]:
            yield base + bit
