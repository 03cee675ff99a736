"""A table from 32-bit keys to record positions, in eight bytes a slot.

Guarantee: what was put under a key is found under it, oldest first. Two different values
may have the same key: a caller compares the records.

A dict of integers costs about 100 bytes an entry, which at three keys a contact is more
than the contact itself. Here keys and positions lie in two arrays (open addressing,
linear probing), at 11 to 17 bytes a key. Every row does a few look-ups, and nearly every
look-up is followed by a put under the same key: `find` leaves in `vacant` where its
search ended, for `put` to start from.
"""

from array import array
from zlib import crc32

_FIRST_SIZE = 1024
_GROWTH = 1.5
_FULLEST = 0.7


def key_of(value: str) -> int:
    """Return the 32-bit key of a value; never 0, which marks an empty slot."""
    return crc32(value.encode()) or 1


class KeyTable:
    """Positions (1 to 2^32 - 1) by key (1 to 2^32 - 1).

    `vacant` is the slot at which the last `find` ended; it stays good for `put` until
    the next `make_room`.
    """

    __slots__ = ("_free", "_keys", "_positions", "_size", "vacant")

    def __init__(self) -> None:
        self._size = _FIRST_SIZE
        self._keys = array("I", bytes(4 * _FIRST_SIZE))
        self._positions = array("I", bytes(4 * _FIRST_SIZE))
        self._free = int(_FIRST_SIZE * _FULLEST)
        self.vacant = 0

    def make_room(self, entries: int) -> None:
        """Grow unless so many more entries fit."""
        if self._free < entries:
            self._grow()

    def find(self, key: int) -> list[int]:
        """Return the positions under a key, oldest first."""
        keys = self._keys
        size = self._size
        slot = key % size
        found = []
        while held := keys[slot]:
            if held == key:
                found.append(self._positions[slot])
            slot += 1
            if slot == size:
                slot = 0
        self.vacant = slot
        return found

    def put(self, vacant: int, key: int, position: int) -> None:
        """Remember a position under a key, at the vacant slot that its `find` left."""
        keys = self._keys
        while keys[vacant]:  # another put since took it
            vacant = (vacant + 1) % self._size
        keys[vacant] = key
        self._positions[vacant] = position
        self._free -= 1

    def _grow(self) -> None:
        old_keys, old_positions, old_size = self._keys, self._positions, self._size
        size = self._size = int(old_size * _GROWTH) | 1
        keys = self._keys = array("I", bytes(4 * size))
        positions = self._positions = array("I", bytes(4 * size))
        self._free += int(size * _FULLEST) - int(old_size * _FULLEST)
        start = old_keys.index(0)  # entries of one key keep their order from an empty slot on
        for run in (range(start, old_size), range(start)):
            for old_slot in run:
                key = old_keys[old_slot]
                if key:
                    slot = key % size
                    while keys[slot]:
                        slot += 1
                        if slot == size:
                            slot = 0
                    keys[slot] = key
                    positions[slot] = old_positions[old_slot]
