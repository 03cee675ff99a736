"""Finding every string that reaches a similarity, at the speed of compiled code.

Guarantee: `admit` names what `SimilarityIndex` names, which is what comparing with all strings
in order would stop at. The index only proposes; rapidfuzz's own score decides. Needs numba,
which the extra `any-field` installs.

How: two strings of lengths a and b reach t only if at most k = (1 - t/100)(a + b) characters
must be deleted from and inserted into the one to make the other. Each of those changes the
count of one character by one, and at most three pairs of neighbours. So each string has a
signature of bits: "this character occurs at least n times", for the 128 such facts that
divide the first strings most evenly, and its pairs, hashed. Signatures of strings that are
like enough differ in at most k bits of the former and 3k of the latter. To compare 64 bits
costs a tenth of a nanosecond a string and leaves one email in a thousand; of those few all
128 are compared, then their common subsequence is computed, and rapidfuzz has the last word.

What is asked for together is scanned for by two threads, a half each: while all this matches,
the second core has little else to do. They read the same blocks, which nobody changes
meanwhile, and write to arrays of their own, so that what is named does not depend on them.

Strings lie in blocks of one length, phones in blocks of which all have equally many digits
of each of seven kinds, so that most blocks of phones are passed over by their head.

Everything compiled sees strings as bytes: ASCII as it is, of all else the low seven bits.
Characters that fall together there can only make strings look more alike: another proposal,
which rapidfuzz turns down.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
    Numbers,
    Shelf,
    Text,
    propose,
    propose_among,
    put,
    sign,
)
from cxone_async.matching.any_field.similarity_index import first_alike, sorted_words
from cxone_async.matching.corroborated.blocking_index import BlockingIndex

_AT_ONCE: Final = 64  # strings; to hand half of them to the other thread costs up to 0.1 ms
_ROOM: Final = 1 << 13  # proposals; to compare so many takes longer than to find them again
_FACTS: Final = 128

Element = TypeVar("Element", bound=np.generic)


class SignatureIndex:
    """Strings in the order of admission, with a row each.

    The signature is made for strings like the `known` ones, which are in it from the start: no
    two of them are like enough.
    """

    def __init__(self, threshold: float, known: Sequence[tuple[str, int]]) -> None:
        self._threshold = threshold
        self._difference = 1 - threshold / 100
        self._rows = array("I")
        self._strings = _Strings()
        self._places = BlockingIndex()
        self._bit_of_fact = _bit_of_fact([string for string, _ in known])
        self._signatures = np.zeros((_AT_ONCE, 5), np.uint64)
        self._second_thread = ThreadPoolExecutor(1)
        self._shelf = _empty_shelf(BLOCK_SIZE)
        self._blocks = 0
        self._free_slots: dict[tuple[int, int], int] = {}
        self._all_text = np.zeros(1 << 16, np.uint8)
        self._all_text_size = 0
        for first in range(0, len(known), _AT_ONCE):
            pairs = known[first : first + _AT_ONCE]
            self._sign([_bytes_of(string) for string, _ in pairs])
            for string, row in pairs:
                self._add(string, row)
            self._put(range(len(pairs)))

    def admit(self, strings: Sequence[str], rows: Sequence[int]) -> list[tuple[int, float] | None]:
        """Take strings in, one after the other, but for those that are like an earlier one.

        Returns for each the row and the score of the earliest that reaches the threshold, or
        None when it was taken in.
        """
        named = [self._exactly(string) for string in strings]
        unknown = [at for at, found in enumerate(named) if found is None]
        for first in range(0, len(unknown), _AT_ONCE):
            chosen = unknown[first : first + _AT_ONCE]
            few = self._admit_few([strings[at] for at in chosen], [rows[at] for at in chosen])
            for at, found in zip(chosen, few, strict=True):
                named[at] = found
        return named

    def _exactly(self, string: str) -> tuple[int, float] | None:
        # Whatever is like a string that is here, and earlier, would have kept that one out.
        for place in self._places.find(_key(string)):
            if self._strings[place] == string:
                return self._rows[place], 100.0
        return None

    def _admit_few(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        self._sign([_bytes_of(string) for string in strings])
        candidates = self._candidates(len(strings))
        earlier = self._earlier_candidates(len(strings))
        place_of: dict[int, int] = {}  # of those taken in, by their number
        named = []
        for number, (string, row) in enumerate(zip(strings, rows, strict=True)):
            places = candidates[number]
            if places is None:
                places = self._candidates_alone(number)
            places = sorted(places) + [place_of[at] for at in earlier[number] if at in place_of]
            likely = ((self._strings[place], self._rows[place]) for place in places)
            found = first_alike(string, likely, self._threshold)
            if found is None:
                place_of[number] = len(self._strings)
                self._add(string, row)
            named.append(found)
        self._put(list(place_of))
        return named

    def _sign(self, texts: Sequence[bytes]) -> None:
        self._starts = np.array([0, *accumulate(map(len, texts))], np.int64)
        self._texts = np.frombuffer(b"".join(texts), np.uint8)
        sign(self._texts, self._starts, self._bit_of_fact, self._signatures)

    def _candidates(self, strings: int) -> list[list[int] | None]:
        """Return, for each of the strings just signed, the places of likely ones.

        None where those of several strings are too many to be held at once.
        """
        half = strings // 2
        others = self._second_thread.submit(self._candidates_of, half, strings)
        return self._candidates_of(0, half) + others.result()

    def _candidates_of(self, first: int, end: int) -> list[list[int] | None]:
        pairs, found = self._propose(first, end, _ROOM)
        if found > _ROOM:
            return [None] * (end - first)
        return [*_grouped(pairs[:found], end - first)]

    def _candidates_alone(self, number: int) -> list[int]:
        pairs, found = self._propose(number, number + 1, len(self._strings))
        places: list[int] = pairs[:found, 1].tolist()
        return places

    def _propose(self, first: int, end: int, room: int) -> tuple[Numbers, int]:
        pairs = np.empty((room, 2), np.int64)
        found = propose(
            self._shelf,
            self._blocks,
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
        self._places.put([_key(string)], len(self._strings))
        self._strings.append(string)
        self._rows.append(row)

    def _put(self, numbers: Sequence[int]) -> None:
        """Put those of the strings just signed that were added last onto the shelf."""
        first = len(self._strings) - len(numbers)
        lengths, groups = np.diff(self._starts).tolist(), self._signatures[:, PHONE].tolist()
        slots = [
            self._slot(lengths[number], groups[number], place)
            for place, number in enumerate(numbers, start=first)
        ]
        put(
            self._shelf,
            self._all_text,
            self._texts,
            self._starts,
            self._signatures,
            np.array(numbers, np.int64),
            np.array(slots, np.int64),
            first,
        )

    def _slot(self, length: int, group: int, place: int) -> int:
        """Return where a string goes: how many places in blocks come before it."""
        slot = self._free_slots.get((length, group), 0)
        if slot % BLOCK_SIZE == 0:
            slot = self._new_block(length, group, place) * BLOCK_SIZE
        self._free_slots[length, group] = slot + 1
        return slot

    def _new_block(self, length: int, group: int, place: int) -> int:
        block = self._blocks
        self._blocks += 1
        if block == len(self._shelf.size):
            self._shelf = Shelf._make(_longer(array) for array in self._shelf)
        shelf = self._shelf
        shelf.group[block], shelf.length[block], shelf.first[block] = group, length, place
        if length <= LONGEST_ALIGNED:
            shelf.text_start[block] = self._all_text_size
            self._all_text_size += length * BLOCK_SIZE
            if self._all_text_size > len(self._all_text):
                self._all_text = _longer(self._all_text)
        return block


class _Strings:
    """Strings by place, in less than half the memory that they take as objects."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._starts = array("Q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> str:
        text = self._text[self._starts[place] : self._starts[place + 1]]
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
    for number, place in pairs.tolist():
        groups[number].append(place)
    return groups


def _key(string: str) -> int:
    return hash(string) & 0xFFFF_FFFF


def _bytes_of(string: str) -> bytes:
    words = sorted_words(string)
    if words.isascii():
        return words.encode()
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    return np.where(codes < 128, codes, 128 | codes & 127).astype(np.uint8).tobytes()


def _empty_shelf(blocks: int) -> Shelf:
    in_blocks = (blocks, BLOCK_SIZE)
    return Shelf(
        group=np.zeros(blocks, np.uint64),
        length=np.zeros(blocks, np.int32),
        size=np.zeros(blocks, np.int64),
        first=np.zeros(blocks, np.int64),
        text_start=np.zeros(blocks, np.int64),
        counts=np.zeros(in_blocks, np.uint64),
        more_counts=np.zeros(in_blocks, np.uint64),
        pairs=np.zeros(in_blocks, np.uint64),
        place=np.zeros(in_blocks, np.int32),
    )


def _longer(shorter: NDArray[Element]) -> NDArray[Element]:
    longer = np.zeros((2 * len(shorter), *shorter.shape[1:]), shorter.dtype)
    longer[: len(shorter)] = shorter  # and the rest takes no memory before it is used
    return longer
