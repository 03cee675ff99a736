"""An index of similar strings, at the speed of compiled code.

`find_or_add` finds what `SimilarityIndex` finds. The index only proposes candidates; rapidfuzz's
own score decides. It needs numba, which the extra `any-field` installs.

How it works: two strings of lengths a and b reach t only if at most k = (1 - t/100)(a + b)
characters must be deleted from and inserted into the one to make the other. Each of those
changes the count of one character by one, and at most three pairs of neighbours. So each string
has a signature of bits: "this character occurs at least n times", for the 128 such facts that
divide the first strings most evenly, and its pairs, hashed. Signatures of strings that are
similar enough differ in at most k bits of the former and 3k of the latter. To compare 64 bits
costs a tenth of a nanosecond a string and leaves one email in a thousand. For those few all
128 bits are compared, then the common subsequence is computed, then rapidfuzz's score.

Strings that are looked up together are scanned for in two halves, which `parallel_map` may run
in two threads. The halves read the same blocks, which do not change meanwhile, and write to
arrays of their own, so the result does not depend on the threads.

All strings of a block have the same length. In a block of phones all have the same number of
digits of each of seven kinds, so that most blocks of phones are skipped as a whole.

The compiled code sees strings as bytes: ASCII as it is, of all else the low seven bits.
Characters that become the same byte can only make strings look more similar: another
candidate, which rapidfuzz turns down.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cxone_async.matching.any_field.signature_scan import (
    BLOCK_SIZE,
    LONGEST_ALIGNED,
    MOST_OCCURRENCES,
    NO_BIT,
    PHONE,
    Blocks,
    Numbers,
    Text,
    propose,
    propose_among,
    put,
    sign,
)
from cxone_async.matching.any_field.similarity_index import first_similar, sorted_words
from cxone_async.matching.blocking_index import BlockingIndex
from cxone_async.matching.definition import ParallelMap

_AT_ONCE: Final = 64  # strings; to hand half of them to another thread costs up to 0.1 ms
_ROOM: Final = 1 << 13  # proposals; comparing this many takes longer than finding them again
_FACTS: Final = 128

Element = TypeVar("Element", bound=np.generic)


class SignatureIndex:
    """Strings in the order in which they were added, with a row each.

    It starts with the `known` strings, no two of which are similar enough. The signature is
    made for strings like those.
    """

    def __init__(
        self,
        threshold: float,
        known: Sequence[tuple[str, int]],
        parallel_map: ParallelMap = map,
    ) -> None:
        self._threshold = threshold
        self._difference = 1 - threshold / 100
        self._rows = array("I")
        self._strings = _Strings()
        self._ordinals = BlockingIndex()
        self._bit_of_fact = _bit_of_fact([string for string, _ in known])
        self._signatures = np.zeros((_AT_ONCE, 5), np.uint64)
        self._parallel_map = parallel_map
        self._blocks = _empty_blocks(BLOCK_SIZE)
        self._block_count = 0
        self._free_slots: dict[tuple[int, int], int] = {}
        self._all_text = np.zeros(1 << 16, np.uint8)
        self._all_text_size = 0
        for first in range(0, len(known), _AT_ONCE):
            pairs = known[first : first + _AT_ONCE]
            self._sign([_bytes_of(string) for string, _ in pairs])
            for string, row in pairs:
                self._add(string, row)
            self._put(range(len(pairs)))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return ((self._strings[at], row) for at, row in enumerate(self._rows))

    def find_or_add(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        """Look each string up, one after the other, and add those that are not found.

        Returns for each the row and the score (0..100) of the earliest string that reaches the
        threshold, or None when there is none and it was added.
        """
        results = [self._exactly(string) for string in strings]
        unknown = [at for at, found in enumerate(results) if found is None]
        for first in range(0, len(unknown), _AT_ONCE):
            chosen = unknown[first : first + _AT_ONCE]
            few = self._find_or_add_few([strings[at] for at in chosen], [rows[at] for at in chosen])
            for at, found in zip(chosen, few, strict=True):
                results[at] = found
        return results

    def _exactly(self, string: str) -> tuple[int, float] | None:
        # Anything similar and earlier would have kept that one out.
        for ordinal in self._ordinals.find(_key(string)):
            if self._strings[ordinal] == string:
                return self._rows[ordinal], 100.0
        return None

    def _find_or_add_few(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        self._sign([_bytes_of(string) for string in strings])
        candidates = self._candidates(len(strings))
        earlier = self._earlier_candidates(len(strings))
        ordinal_of: dict[int, int] = {}  # of those added, by their number
        results = []
        for number, (string, row) in enumerate(zip(strings, rows, strict=True)):
            ordinals = candidates[number]
            if ordinals is None:
                ordinals = self._candidates_alone(number)
            ordinals = sorted(ordinals) + [
                ordinal_of[at] for at in earlier[number] if at in ordinal_of
            ]
            added = ((self._strings[ordinal], self._rows[ordinal]) for ordinal in ordinals)
            found = first_similar(string, added, self._threshold)
            if found is None:
                ordinal_of[number] = len(self._strings)
                self._add(string, row)
            results.append(found)
        self._put(list(ordinal_of))
        return results

    def _sign(self, texts: Sequence[bytes]) -> None:
        self._starts = np.array([0, *accumulate(map(len, texts))], np.int64)
        self._texts = np.frombuffer(b"".join(texts), np.uint8)
        sign(self._texts, self._starts, self._bit_of_fact, self._signatures)

    def _candidates(self, strings: int) -> list[list[int] | None]:
        """Return, for each of the strings just signed, the ordinals of candidates.

        None where those of several strings are too many to be held at once.
        """
        half = strings // 2
        halves = self._parallel_map(self._candidates_of, ((0, half), (half, strings)))
        return [ordinals for of_half in halves for ordinals in of_half]

    def _candidates_of(self, numbers: tuple[int, int]) -> list[list[int] | None]:
        first, end = numbers
        pairs, found = self._propose(first, end, _ROOM)
        if found > _ROOM:
            return [None] * (end - first)
        return [*_grouped(pairs[:found], end - first)]

    def _candidates_alone(self, number: int) -> list[int]:
        pairs, found = self._propose(number, number + 1, len(self._strings))
        ordinals: list[int] = pairs[:found, 1].tolist()
        return ordinals

    def _propose(self, first: int, end: int, room: int) -> tuple[Numbers, int]:
        pairs = np.empty((room, 2), np.int64)
        found = propose(
            self._blocks,
            self._block_count,
            self._all_text,
            self._texts,
            self._starts[first : end + 1],
            self._signatures[first:end],
            self._difference,
            pairs,
        )
        return pairs, int(found)

    def _earlier_candidates(self, strings: int) -> list[list[int]]:
        """Return, for each of the strings just signed, in order the numbers of earlier ones."""
        pairs = np.empty((strings * strings, 2), np.int64)
        found = propose_among(self._starts, self._signatures, self._difference, pairs)
        return _grouped(pairs[:found], strings)

    def _add(self, string: str, row: int) -> None:
        self._ordinals.put([_key(string)], len(self._strings))
        self._strings.append(string)
        self._rows.append(row)

    def _put(self, numbers: Sequence[int]) -> None:
        """Put those of the strings just signed that were added last into blocks."""
        first = len(self._strings) - len(numbers)
        lengths, groups = np.diff(self._starts).tolist(), self._signatures[:, PHONE].tolist()
        slots = [
            self._slot(lengths[number], groups[number], ordinal)
            for ordinal, number in enumerate(numbers, start=first)
        ]
        put(
            self._blocks,
            self._all_text,
            self._texts,
            self._starts,
            self._signatures,
            np.array(numbers, np.int64),
            np.array(slots, np.int64),
            first,
        )

    def _slot(self, length: int, group: int, ordinal: int) -> int:
        """Return where a string goes: the number of strings that fit into the blocks before it."""
        slot = self._free_slots.get((length, group), 0)
        if slot % BLOCK_SIZE == 0:
            slot = self._new_block(length, group, ordinal) * BLOCK_SIZE
        self._free_slots[length, group] = slot + 1
        return slot

    def _new_block(self, length: int, group: int, ordinal: int) -> int:
        block = self._block_count
        self._block_count += 1
        if block == len(self._blocks.size):
            self._blocks = Blocks._make(_longer(array) for array in self._blocks)
        blocks = self._blocks
        blocks.group[block], blocks.length[block], blocks.first[block] = group, length, ordinal
        if length <= LONGEST_ALIGNED:
            blocks.text_start[block] = self._all_text_size
            self._all_text_size += length * BLOCK_SIZE
            if self._all_text_size > len(self._all_text):
                self._all_text = _longer(self._all_text)
        return block


class _Strings:
    """Strings by ordinal, in less than half the memory that they take as objects."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._starts = array("Q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, ordinal: int) -> str:
        text = self._text[self._starts[ordinal] : self._starts[ordinal + 1]]
        return text.decode("utf-8", "surrogatepass")

    def append(self, string: str) -> None:
        self._text += string.encode("utf-8", "surrogatepass")
        self._starts.append(len(self._text))


def _bit_of_fact(strings: Sequence[str]) -> Text:
    """Return the bit for the n-th occurrence of a byte, by byte and n; `NO_BIT` for most."""
    holding: Counter[tuple[int, int]] = Counter()
    for string in strings:
        seen: Counter[int] = Counter()
        for character in _bytes_of(string):
            seen[character] += 1
            holding[character, seen[character]] += 1
    facts = [fact for fact in holding if fact[1] <= MOST_OCCURRENCES]
    facts.sort(key=lambda fact: (abs(holding[fact] - len(strings) / 2), fact))
    bits = np.full((256, MOST_OCCURRENCES + 1), NO_BIT, np.uint8)
    for bit, fact in enumerate(facts[:_FACTS]):
        bits[fact] = bit
    return bits


def _grouped(pairs: Numbers, numbers: int) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(numbers)]
    for number, ordinal in pairs.tolist():
        groups[number].append(ordinal)
    return groups


def _key(string: str) -> int:
    return hash(string) & 0xFFFF_FFFF


def _bytes_of(string: str) -> bytes:
    words = sorted_words(string)
    if words.isascii():
        return words.encode()
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    return np.where(codes < 128, codes, 128 | codes & 127).astype(np.uint8).tobytes()


def _empty_blocks(count: int) -> Blocks:
    in_blocks = (count, BLOCK_SIZE)
    return Blocks(
        group=np.zeros(count, np.uint64),
        length=np.zeros(count, np.int32),
        size=np.zeros(count, np.int64),
        first=np.zeros(count, np.int64),
        text_start=np.zeros(count, np.int64),
        counts=np.zeros(in_blocks, np.uint64),
        more_counts=np.zeros(in_blocks, np.uint64),
        pairs=np.zeros(in_blocks, np.uint64),
        ordinal=np.zeros(in_blocks, np.int32),
    )


def _longer(shorter: NDArray[Element]) -> NDArray[Element]:
    longer = np.zeros((2 * len(shorter), *shorter.shape[1:]), shorter.dtype)
    longer[: len(shorter)] = shorter  # the rest takes no memory before it is used
    return longer
