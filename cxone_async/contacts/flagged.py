"""People whom a row of the file marks as not to be called, found before the first row is sent.

A table of open addressing in two arrays: 13 to 40 bytes an identifier, where a dict would take some
150. It goes to the preparing process as it is.

A phone is its own key. An email's key is 63 bits of its BLAKE2b digest: that another email has the
same key happens once in some hundred billion pairs of a list, and then a call is not made.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

_PHONE_DIGITS: Final = 18  # below 2^63; E.164 has at most 15
_EMAIL_BIT: Final = 1 << 63
_SPREAD: Final = 0x9E3779B97F4A7C15  # 2^64 by the golden ratio: Fibonacci hashing (Knuth, 6.4)
_BITS: Final = 64
_SMALLEST_BITS: Final = 4


def identifier_key(identifier: str) -> int:
    """Return a phone's or an email's key, from 1 to 2^64 - 1."""
    if identifier.isdecimal() and len(identifier) <= _PHONE_DIGITS:
        return int(identifier) or 1
    digest = blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) | _EMAIL_BIT


@dataclass(frozen=True, slots=True)
class FlaggedPeople:
    """The row that marks a phone or an email as not to be called.

    `shared` are the keys of values that too many people of the file have for one of them to speak
    for all. They are in no row's name.
    """

    keys: "array[int]"
    rows: "array[int]"
    shared: frozenset[int] = frozenset()

    @classmethod
    def of(cls, rows: Mapping[int, int], shared: Iterable[int] = ()) -> "FlaggedPeople":
        """Make the table from row numbers by `identifier_key`."""
        bits = max(_SMALLEST_BITS, (len(rows) * 4 // 3 + 1).bit_length())
        keys, numbers = array("Q", [0]) * (1 << bits), array("Q", [0]) * (1 << bits)
        last = len(keys) - 1
        for key, row in rows.items():
            at = _first_place(key, bits)
            while keys[at]:
                at = (at + 1) & last
            keys[at], numbers[at] = key, row
        return cls(keys, numbers, frozenset(shared))

    def row_of(self, identifier: str) -> int:
        """Return the first row that marks the phone or email; 0 if none does, or it is "" ."""
        if not identifier:
            return 0
        key, keys = identifier_key(identifier), self.keys
        last = len(keys) - 1
        at = _first_place(key, last.bit_length())
        while (found := keys[at]) != key:
            if not found:
                return 0
            at = (at + 1) & last
        return self.rows[at]

    def is_shared(self, identifier: str) -> bool:
        """Say whether so many people have the value that it speaks for none of them."""
        return bool(self.shared) and identifier_key(identifier) in self.shared


def _first_place(key: int, bits: int) -> int:
    return (key * _SPREAD & (1 << _BITS) - 1) >> (_BITS - bits)
