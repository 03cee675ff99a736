"""A table from 32-bit keys to record positions, in 13 to 20 bytes an entry.

Guarantee: what was put under a key is found under it, oldest first. Two different values
may have the same key: a caller compares the records.

A dict of integers costs about 100 bytes an entry, which at three keys a contact is more
than the contact itself. Here an entry is one place in three arrays that only ever grow at
their end, and a chain joins the entries whose keys end in the same bits. Growing means to
chain the entries anew: that is rare (each time there are four times as many) and touches
two arrays, where a table with open addressing would have to move everything.
"""

from array import array
from collections.abc import Sequence

_FIRST_CHAINS = 1 << 12
_LONGEST_MEAN_CHAIN = 1.5
_GROWTH = 4


class KeyTable:
    """Positions (0 to 2^32 - 1) by key (0 to 2^32 - 1)."""

    __slots__ = ("_earlier", "_keys", "_last_bits", "_newest", "_positions", "_room")

    def __init__(self) -> None:
        # Entry 0 is none: it ends every chain.
        self._keys = array("I", [0])
        self._earlier = array("I", [0])
        self._positions = array("I", [0])
        self._chain(_FIRST_CHAINS)

    def find(self, key: int) -> list[int]:
        """Return the positions under a key, oldest first."""
        entry = self._newest[key & self._last_bits]
        found: list[int] = []
        if entry:
            keys, earlier = self._keys, self._earlier
            while entry:
                if keys[entry] == key:
                    found.append(self._positions[entry])
                entry = earlier[entry]
            if len(found) > 1:
                found.reverse()
        return found

    def put(self, keys: Sequence[int], position: int) -> None:
        """Remember a position under each of its keys."""
        entry = len(self._keys)
        if entry + len(keys) > self._room:
            self._chain(_GROWTH * len(self._newest))
        newest, last_bits = self._newest, self._last_bits
        self._keys.extend(keys)
        self._positions.extend([position] * len(keys))
        remember = self._earlier.append
        for key in keys:
            chain = key & last_bits
            remember(newest[chain])
            newest[chain] = entry
            entry += 1

    def _chain(self, chains: int) -> None:
        """Join all entries anew, in so many chains (a power of two)."""
        self._newest = newest = array("I", bytes(4 * chains))
        self._last_bits = last_bits = chains - 1
        self._room = chains * _LONGEST_MEAN_CHAIN
        earlier = self._earlier
        for entry, key in enumerate(self._keys):
            if entry:
                earlier[entry] = newest[key & last_bits]
                newest[key & last_bits] = entry
