"""A table from 32-bit keys to record positions, in eight bytes a slot.

Guarantee: what was added under a key is found under it, in the order of adding. Two
different values may have the same key: a caller compares the records.

A dict of integers costs about 100 bytes an entry, which at three keys a contact is more
than the contact itself. Here slots lie in one array (open addressing, linear probing; an
entry is its hash in the upper and the position in the lower 32 bits), at 10 to 16 bytes
a key.
"""

from array import array

_FIRST_SIZE = 1024
_GROWTH = 1.5
_FULLEST = 0.7
_SPREAD = 0x9E3779B1  # 2^32 over the golden ratio: spreads hashes that differ in few bits
_LOW_32 = 0xFFFFFFFF


class KeyTable:
    """Positions (1 to 2^32 - 1) by 32-bit key."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._size = _FIRST_SIZE
        self._free = int(_FIRST_SIZE * _FULLEST)

    def find(self, key: int) -> list[int]:
        """Return the positions under a key, oldest first."""
        slots = self._slots
        size = self._size
        slot = ((key * _SPREAD & _LOW_32) * size) >> 32
        found = []
        while entry := slots[slot]:
            if entry >> 32 == key:
                found.append(entry & _LOW_32)
            slot += 1
            if slot == size:
                slot = 0
        return found

    def add(self, key: int, position: int) -> None:
        """Remember a position under a key; the caller sees to it that buckets stay small."""
        if not self._free:
            self._grow()
        slots = self._slots
        size = self._size
        slot = ((key * _SPREAD & _LOW_32) * size) >> 32
        while slots[slot]:
            slot += 1
            if slot == size:
                slot = 0
        slots[slot] = key << 32 | position
        self._free -= 1

    def _grow(self) -> None:
        old = self._slots
        start = old.index(0)  # entries of one key keep their order from an empty slot on
        size = self._size = int(self._size * _GROWTH)
        slots = self._slots = array("Q", bytes(8 * size))
        self._free += int(size * _FULLEST) - int(len(old) * _FULLEST)
        for part in (old[start:], old[:start]):
            for entry in part:
                if entry:
                    slot = (((entry >> 32) * _SPREAD & _LOW_32) * size) >> 32
                    while slots[slot]:
                        slot += 1
                        if slot == size:
                            slot = 0
                    slots[slot] = entry
