"""The compiled part of `signature_index`: signatures, and the scan for similar ones.

A string that is not proposed is not similar enough. The functions work on arrays. Numba
compiles them for the machine's own processor on the first call (2 to 3 s), and the long ones
let other threads run meanwhile.

Three things here are for speed, and each was measured:

- The loops over a block's 64 strings stand where they are used and do nothing else. Only in
  this form does LLVM compare eight strings by one instruction.
- For the same reason the strings found in a block are looked at after all 64 blocks of a group
  were scanned.
- To pass `Blocks` to a function costs 50 ns, as much as scanning ten blocks. So `propose` is
  one long function.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

BLOCK_SIZE: Final = 64  # strings, one for each bit of a machine word
LONGEST_ALIGNED: Final = 64  # characters, as the bits of a machine word
MOST_OCCURRENCES: Final = 4
NO_BIT: Final = 255
COUNTS, MORE_COUNTS, PAIRS, GROUP, PHONE = range(5)
"""The words of a signature. `PHONE` is `GROUP` if the string is a phone, else 0."""

_LONGEST_PHONE: Final = 12  # digits; longer ones would be spread over too many blocks
_DIGIT_KINDS: Final = 7
_BITS_OF_A_KIND: Final = 9
_MIX: Final = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio: Fibonacci hashing
_SLACK: Final = 1e-6  # the score is floating point: propose a little more than arithmetic asks
_BEYOND_ALL: Final = 1 << 60
_ONE: Final = np.uint64(1)

Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Text = NDArray[np.uint8]


class Blocks(NamedTuple):
    """Blocks of strings: arrays with one element a block, or one for each string of a block.

    All strings of a block have the same `length`. In a block whose `group` is not 0 they are
    phones of that group. Their bytes follow one another in the text from `text_start`, unless
    they are longer than `LONGEST_ALIGNED`. Strings are counted from 0 as they are added:
    `ordinal` is a string's number, `first` that of a block's first string.
    """

    group: Words
    length: NDArray[np.int32]
    size: Numbers
    first: Numbers
    text_start: Numbers
    counts: Words
    more_counts: Words
    pairs: Words
    ordinal: NDArray[np.int32]


Function = TypeVar("Function", bound=Callable[..., object])


def _compiled(function: Function) -> Function:
    compiled: Function = njit(function, nogil=True)
    return compiled


def _inlined(function: Function) -> Function:
    inlined: Function = njit(function, inline="always")
    return inlined


@_compiled
def sign(texts: Text, starts: Numbers, bit_of_fact: Text, signatures: Words) -> None:
    """Write the signature of each text; the n-th lies from `starts[n]` to `starts[n + 1]`."""
    seen = np.empty(256, np.uint8)
    of_kind = np.empty(_DIGIT_KINDS, np.uint8)
    for number in range(len(starts) - 1):
        counts = more_counts = pairs = group = np.uint64(0)
        seen[:] = 0
        of_kind[:] = 0
        digits = 0
        before = np.uint64(0)
        for at in range(starts[number], starts[number + 1]):
            character = texts[at]
            if seen[character] < MOST_OCCURRENCES:
                seen[character] += 1
                bit = bit_of_fact[character, seen[character]]
                if bit < 64:
                    counts |= _ONE << np.uint64(bit)
                elif bit != NO_BIT:
                    more_counts |= _ONE << np.uint64(bit - 64)
            if 48 <= character <= 57:
                digits += 1
                kind = character % _DIGIT_KINDS
                if of_kind[kind] < _BITS_OF_A_KIND:
                    group |= _ONE << np.uint64(kind * _BITS_OF_A_KIND + of_kind[kind])
                    of_kind[kind] += 1
            pairs |= _bit_of_pair(before, np.uint64(character))
            before = np.uint64(character)
        pairs |= _bit_of_pair(before, np.uint64(0))
        signature = signatures[number]
        signature[COUNTS], signature[MORE_COUNTS], signature[PAIRS] = counts, more_counts, pairs
        is_phone = digits == starts[number + 1] - starts[number] and digits <= _LONGEST_PHONE
        signature[GROUP], signature[PHONE] = group, group if is_phone else np.uint64(0)


@_compiled
def put(
    blocks: Blocks,
    all_text: Text,
    texts: Text,
    starts: Numbers,
    signatures: Words,
    numbers: Numbers,
    slots: Numbers,
    ordinal: int,
) -> None:
    """Put the texts of these numbers into these slots; the first one's ordinal is `ordinal`."""
    for each in range(len(numbers)):
        number = numbers[each]
        block, at = slots[each] // BLOCK_SIZE, slots[each] % BLOCK_SIZE
        blocks.size[block] = at + 1
        blocks.counts[block, at] = signatures[number, COUNTS]
        blocks.more_counts[block, at] = signatures[number, MORE_COUNTS]
        blocks.pairs[block, at] = signatures[number, PAIRS]
        blocks.ordinal[block, at] = ordinal + each
        length = starts[number + 1] - starts[number]
        if length <= LONGEST_ALIGNED:
            start = blocks.text_start[block] + at * length
            for along in range(length):
                all_text[start + along] = texts[starts[number] + along]


@_compiled
def propose(  # noqa: PLR0912, PLR0915  a call in the loops would cost as much as their work
    blocks: Blocks,
    block_count: int,
    all_text: Text,
    texts: Text,
    starts: Numbers,
    signatures: Words,
    difference: float,
    proposed: Numbers,
) -> np.int64:
    """Write pairs of a text's number and the ordinal of a string that may be similar enough.

    Returns how many there are. If `proposed` has no room for as many, its content is of no use.
    Of the strings known to be similar enough, only the earliest need be among them.
    """
    text_count = len(starts) - 1
    positions_of = np.zeros((text_count, 256), np.uint64)
    is_exact = np.zeros(text_count, np.bool_)
    for number in range(text_count):
        is_exact[number] = _mark_positions(
            texts[starts[number] : starts[number + 1]], positions_of[number]
        )
    earliest = np.full(text_count, _BEYOND_ALL, np.int64)
    found = np.int64(0)
    all_counts, all_more_counts = blocks.counts.reshape(-1), blocks.more_counts.reshape(-1)
    all_pairs, all_ordinals = blocks.pairs.reshape(-1), blocks.ordinal.reshape(-1)
    edits_of, near_blocks = np.empty(BLOCK_SIZE, np.int64), np.empty(BLOCK_SIZE, np.int64)
    near_in_block = np.empty(BLOCK_SIZE, np.uint64)
    for head in range(0, block_count, BLOCK_SIZE):
        for number in range(text_count):
            if blocks.first[head] >= earliest[number]:
                continue
            length = starts[number + 1] - starts[number]
            blocks_to_scan = _near_blocks(
                blocks.group[head : head + BLOCK_SIZE],
                blocks.length[head : head + BLOCK_SIZE],
                signatures[number, GROUP],
                length,
                difference,
                edits_of,
            )
            counts, pairs = signatures[number, COUNTS], signatures[number, PAIRS]
            more_counts = signatures[number, MORE_COUNTS]
            blocks_found = np.int64(0)
            while blocks_to_scan:
                block = np.int64(head) + _lowest(blocks_to_scan)
                blocks_to_scan &= blocks_to_scan - _ONE
                edits = edits_of[block - head]
                near = np.uint64(0)
                # What rules out most strings: the pairs of phones, the counts of all others.
                if blocks.group[block]:
                    for at in range(BLOCK_SIZE):
                        is_near = _bits(blocks.pairs[block, at] ^ pairs) <= 3 * edits
                        near |= np.uint64(is_near) << np.uint64(at)
                else:
                    for at in range(BLOCK_SIZE):
                        is_near = _bits(blocks.counts[block, at] ^ counts) <= edits
                        near |= np.uint64(is_near) << np.uint64(at)
                near_blocks[blocks_found], near_in_block[blocks_found] = block, near
                blocks_found += near != np.uint64(0)
            for each in range(blocks_found):
                block, near = near_blocks[each], near_in_block[each]
                edits = edits_of[block - head]
                while near:
                    position = _lowest(near)
                    near &= near - _ONE
                    slot = block * BLOCK_SIZE + position
                    edits_needed = _bits(all_counts[slot] ^ counts)
                    edits_needed += _bits(all_more_counts[slot] ^ more_counts)
                    if edits_needed > edits or _bits(all_pairs[slot] ^ pairs) > 3 * edits:
                        continue
                    ordinal = np.int64(all_ordinals[slot])
                    if position >= blocks.size[block] or ordinal > earliest[number]:
                        break
                    other = np.int64(blocks.length[block])
                    if length <= LONGEST_ALIGNED and other <= LONGEST_ALIGNED:
                        start = blocks.text_start[block] + position * other
                        common = _common_length(positions_of, number, all_text, start, other)
                        needed = length + other - 2 * common
                        if needed > edits:
                            continue
                        if is_exact[number] and needed < difference * (length + other) - _SLACK:
                            earliest[number] = ordinal
                    if found < len(proposed):
                        proposed[found, 0], proposed[found, 1] = number, ordinal
                    found += 1
    return found


@_compiled
def propose_among(
    starts: Numbers, signatures: Words, difference: float, proposed: Numbers
) -> np.int64:
    """Write pairs of a text's number and the number of an earlier one that may be similar.

    Returns how many there are; `proposed` has room for all pairs.
    """
    found = np.int64(0)
    for number in range(len(starts) - 1):
        for earlier in range(number):
            lengths = starts[number + 1] - starts[number] + starts[earlier + 1] - starts[earlier]
            if (
                _least_edits(signatures[earlier], signatures[number])
                <= difference * lengths + _SLACK
            ):
                proposed[found, 0], proposed[found, 1] = number, earlier
                found += 1
    return found


@_compiled
def _mark_positions(text: Text, positions_of: Words) -> bool:
    """Write a word for each byte, with a bit for each place in the text; say if that is exact."""
    is_exact = len(text) <= LONGEST_ALIGNED
    for at in range(min(len(text), LONGEST_ALIGNED)):
        is_exact &= text[at] < 128
        positions_of[text[at]] |= _ONE << np.uint64(at)
    return is_exact


@_compiled
def _least_edits(one: Words, other: Words) -> np.int64:
    """Return how many edits, at least, lie between the texts of two signatures."""
    return _bits(one[COUNTS] ^ other[COUNTS]) + _bits(one[MORE_COUNTS] ^ other[MORE_COUNTS])


@_compiled
def _near_blocks(
    groups: Words,
    lengths: NDArray[np.int32],
    group: np.uint64,
    length: int,
    difference: float,
    edits_of: Numbers,
) -> np.uint64:
    """Return a bit for each of 64 blocks: whether it may hold a string that is similar enough.

    Writes to `edits_of` how many edits may lie between strings of these lengths.
    """
    near = np.uint64(0)
    for at in range(BLOCK_SIZE):
        longer = np.int64(lengths[at]) - length
        edits = np.int64(difference * (2 * length + longer) + _SLACK)
        edits_needed = _bits(groups[at] ^ group) * (groups[at] != 0)
        near |= np.uint64((edits_needed <= edits) & (abs(longer) <= edits)) << np.uint64(at)
        edits_of[at] = edits - ((edits + longer) & 1)
    return near


@_compiled
def _bit_of_pair(one: np.uint64, other: np.uint64) -> np.uint64:
    return _ONE << (((one << np.uint64(8) | other) * np.uint64(_MIX)) >> np.uint64(58))


@_inlined
def _common_length(
    positions_of: Words, number: int, all_text: Text, start: np.int64, length: np.int64
) -> np.int64:
    """Return the length of the longest common subsequence, by Hyyrö's bit-parallel recurrence.

    `positions_of` has, by text and byte, a word with a bit for each place in the text.
    """
    unmatched = ~np.uint64(0)
    for at in range(start, start + length):
        matches = unmatched & positions_of[number, all_text[at]]
        unmatched = (unmatched + matches) | (unmatched - matches)
    return _bits(~unmatched)


@_compiled
def _lowest(word: np.uint64) -> np.int64:
    """Return the number of the lowest bit that is set."""
    return _bits((word & (~word + _ONE)) - _ONE)


@_compiled
def _bits(word: np.uint64) -> np.int64:
    """Return how many bits are set; LLVM recognises this form as one instruction."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
