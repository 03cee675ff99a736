"""People whom a row of the file marks as not to be called, found before the first row is sent.

A table of open addressing in two arrays: 24 to 48 bytes an identifier, where a dict would take some
150. It is filled while the file is read, and goes to the preparing process as it is.

A key is the identifier's CRC-32, and then 32 bits of its BLAKE2b digest. Most look-ups end at the
CRC-32, which takes a tenth of the time. Two identifiers have the same key once in 2^64 pairs: once
in a million lists of a million rows, a call is not made for it.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator
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
    """The row that marks a phone or an email as not to be called; `MarkedIdentifiers` makes it.

    `shared` are the keys of values that too many people of the file have for one of them to speak
    for all. They are not in the table.
    """

    keys: "array[int]"
    rows: "array[int]"
    shift: int
    shared: frozenset[int] = frozenset()

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


class MarkedIdentifiers:
    """The first row that marks each identifier, by `identifier_key`, while the file is read."""

    def __init__(self, rows_by_key: Iterable[tuple[int, int]] = ()) -> None:
        self._count = 0
        self._bits = _SMALLEST_BITS
        self._keys, self._rows = _places(self._bits)
        for key, row in rows_by_key:
            self.add(key, row)

    def add(self, key: int, row: int) -> None:
        """Note that a row marks an identifier, unless a row before it does."""
        at = self._place_of(key)
        if self._keys[at]:
            return
        self._keys[at], self._rows[at] = key, row
        self._count += 1
        if 2 * self._count > len(self._keys):
            self._grow()

    def __contains__(self, key: int) -> bool:
        return bool(self._keys[self._place_of(key)])

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((key, row) for key, row in zip(self._keys, self._rows, strict=True) if key)

    def people(self, shared: Collection[int] = ()) -> FlaggedPeople:
        """Return the table of those whose key is not in `shared`."""
        kept = self
        if shared:
            kept = MarkedIdentifiers((key, row) for key, row in self if key not in shared)
        return FlaggedPeople(kept._keys, kept._rows, _HALF_BITS - kept._bits, frozenset(shared))

    def _place_of(self, key: int) -> int:
        """Return where the key is, or where it would have to be."""
        keys = self._keys
        last = len(keys) - 1
        at = key >> (2 * _HALF_BITS - self._bits)
        while keys[at] and keys[at] != key:
            at = (at + 1) & last
        return at

    def _grow(self) -> None:
        before = iter(self)
        self._bits += 1
        self._keys, self._rows = _places(self._bits)
        for key, row in before:
            at = self._place_of(key)
            self._keys[at], self._rows[at] = key, row


def _places(bits: int) -> "tuple[array[int], array[int]]":
    return array("Q", [0]) * (1 << bits), array("I", [0]) * (1 << bits)
