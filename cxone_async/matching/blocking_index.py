"""From a blocking key of 32 bits to the positions of the contacts that have it.

All positions put under a key are found under it, oldest first. Two different values may have
the same key: the caller compares the contacts.

An entry takes 16 to 20 bytes. In a dict of integers it would take about 100, which at three
keys a contact is more than the contact itself. An entry is three numbers in an array that
grows only at its end, and a chain joins the entries whose keys end in the same bits. To grow,
the index joins the entries in new chains; a table with open addressing would move them all.
"""

from array import array
from collections.abc import Sequence

_FIRST_CHAINS = 1 << 12
_LONGEST_MEAN_CHAIN = 1
_NO_POSITIONS: tuple[int, ...] = ()
_ENTRY_LENGTH = 3  # its key, its position, and where the entry before it in the chain begins

_CHAINED_AT_ONCE = 8_192 * _ENTRY_LENGTH


class BlockingIndex:
    """Positions (0 to 2^32 - 1) by key (0 to 2^32 - 1), up to 2^32 / 3 entries."""

    __slots__ = ("_entries", "_last_bits", "_newest", "_room")

    def __init__(self) -> None:
        self._entries = array("I", [0] * _ENTRY_LENGTH)  # no entry: it ends every chain
        self._chain(_FIRST_CHAINS)

    def find(self, key: int) -> Sequence[int]:
        """Return the positions under a key, oldest first."""
        start = self._newest[key & self._last_bits]
        if not start:
            return _NO_POSITIONS
        entries = self._entries
        while entries[start] != key:
            start = entries[start + 2]
            if not start:
                return _NO_POSITIONS
        found = [entries[start + 1]]
        while start := entries[start + 2]:
            if entries[start] == key:
                found.append(entries[start + 1])
        found.reverse()
        return found

    def put(self, keys: Sequence[int], position: int) -> None:
        """Remember a position under each of its keys."""
        entries = self._entries
        start = len(entries)
        if start > self._room:
            self._chain(2 * len(self._newest))
        newest, last_bits = self._newest, self._last_bits
        added: list[int] = []
        for key in keys:
            chain = key & last_bits
            added += (key, position, newest[chain])
            newest[chain] = start
            start += _ENTRY_LENGTH
        entries.fromlist(added)

    def _chain(self, chains: int) -> None:
        """Join all entries again, in this number of chains (a power of two)."""
        self._newest = newest = array("I", [0]) * chains
        self._last_bits = last_bits = chains - 1
        self._room = chains * _LONGEST_MEAN_CHAIN * _ENTRY_LENGTH
        entries = self._entries
        for first in range(_ENTRY_LENGTH, len(entries), _CHAINED_AT_ONCE):
            end = min(first + _CHAINED_AT_ONCE, len(entries))
            before: list[int] = []
            starts = range(first, end, _ENTRY_LENGTH)
            for start, key in zip(starts, entries[first:end:_ENTRY_LENGTH], strict=True):
                chain = key & last_bits
                before.append(newest[chain])
                newest[chain] = start
            entries[first + 2 : end : _ENTRY_LENGTH] = array("I", before)
