"""People whom a row of the file marks as not to be called, found before the first row is sent.

A table of open addressing in two arrays: 32 to 64 bytes an identifier, where a dict would take some
150. It goes to the preparing process as it is.

A key is the identifier's CRC-32, and then 32 bits of its BLAKE2b digest. Most look-ups end at the
CRC-32, which takes a tenth of the time. Two identifiers have the same key once in 2^64 pairs: once
in a million lists of a million rows, a call is not made for it.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from zlib import crc32

_HALF_BITS: Final = 32
_SMALLEST_BITS: Final = 4


def identifier_key(identifier: str) -> int:
    """Return the key of a phone or an email, from 1 to 2^64 - 1."""
    encoded = identifier.encode()
    return crc32(encoded) << _HALF_BITS | _low_half(encoded)


def _low_half(encoded: bytes) -> int:
    return int.from_bytes(blake2b(encoded, digest_size=4).digest()) or 1


@dataclass(frozen=True, slots=True)
class FlaggedPeople:
    """The row that marks a phone or an email as not to be called; see `of`.

    `shared` are the keys of values that too many people of the file have for one of them to speak
    for all. They are not in the table.
    """

    keys: "array[int]"
    rows: "array[int]"
    shift: int
    shared: frozenset[int] = frozenset()

    @classmethod
    def of(cls, rows: Mapping[int, int], shared: Iterable[int] = ()) -> "FlaggedPeople":
        """Make the table from row numbers by `identifier_key`."""
        bits = max(_SMALLEST_BITS, (2 * len(rows)).bit_length())
        keys, numbers = array("Q", [0]) * (1 << bits), array("Q", [0]) * (1 << bits)
        last, shift = len(keys) - 1, 2 * _HALF_BITS - bits
        for key, row in rows.items():
            at = key >> shift
            while keys[at]:
                at = (at + 1) & last
            keys[at], numbers[at] = key, row
        return cls(keys, numbers, shift - _HALF_BITS, frozenset(shared))

    def row_of(self, identifier: str) -> int:
        """Return the first row that marks the phone or email; 0 if none does, and for ""."""
        encoded = identifier.encode()
        crc, keys = crc32(encoded), self.keys
        at = crc >> self.shift
        while found := keys[at]:
            if found >> _HALF_BITS == crc and found == crc << _HALF_BITS | _low_half(encoded):
                return self.rows[at]
            at += 1
            if at == len(keys):
                at = 0
        return 0

    def is_shared(self, identifier: str) -> bool:
        """Say whether so many people have the value that it speaks for none of them."""
        return bool(self.shared) and identifier_key(identifier) in self.shared
