"""Term frequencies: how common names and mail providers are on the list so far.

The memory is bounded, however long the list is. Name counts live in a fixed number of cells,
chosen by CRC-32. Two names may share a cell, which makes a name look more common than it is,
never rarer: the error keeps a contact. Counts depend on the rows seen, and on nothing else.
"""

from array import array
from functools import lru_cache
from typing import Self
from zlib import compress, crc32, decompress

import msgspec

from cxone_async.encoded import encoded

_CELLS = 1 << 17
_LAST_CELL = _CELLS - 1
_PROVIDERS_LIMIT = 4096
_FEWEST_CONTACTS = 10_000
_PHONES_AGREED = 100.0  # what the sharing of phones is taken for before the list tells
_PHONES_SHARED = 4.0
_UNSEEN_FIRST_NAMES = 300  # for names that have not occurred on the list yet
_UNSEEN_LAST_NAMES = 1_000


@lru_cache(maxsize=4_096)
def _cell(name: str) -> int:
    return crc32(name.encode()) & _LAST_CELL


class TermFrequencies:
    """Counts of the kept contacts; frequencies are shares (0..1) of them.

    The frequency of a value that was not seen yet is above 0.
    """

    def __init__(self) -> None:
        self.contacts = 0
        self._first_names = array("I", bytes(4 * _CELLS))
        self._last_names = array("I", bytes(4 * _CELLS))
        self._providers: dict[str, int] = {}
        self.phones_agreed = _PHONES_AGREED
        self.phones_shared = _PHONES_SHARED

    @property
    def size(self) -> int:
        """The people on the list; a short list is taken for the start of a longer one."""
        return max(self.contacts, _FEWEST_CONTACTS)

    @property
    def phone_sharing_rate(self) -> float:
        """The people of another name on a contact's phone, as the list has shown so far."""
        return self.phones_shared / self.phones_agreed

    def add(self, first_name: str, last_name: str, email: str) -> None:
        """Count a contact that was kept."""
        self.contacts += 1
        if first_name:
            self._first_names[_cell(first_name)] += 1
        if last_name:
            self._last_names[_cell(last_name)] += 1
        if email:
            provider = email.rpartition("@")[2]
            count = self._providers.get(provider)
            if count is not None:
                self._providers[provider] = count + 1
            elif len(self._providers) < _PROVIDERS_LIMIT:
                self._providers[provider] = 1

    def remove(self, first_name: str, last_name: str, email: str) -> None:
        """Count a contact no more that was added. A provider that nobody has left is forgotten."""
        self.contacts -= 1
        if first_name:
            self._first_names[_cell(first_name)] -= 1
        if last_name:
            self._last_names[_cell(last_name)] -= 1
        provider = email.rpartition("@")[2]
        if provider in self._providers:  # not all have room
            self._providers[provider] -= 1
            if not self._providers[provider]:
                del self._providers[provider]

    def to_bytes(self) -> bytes:
        """Return the counts of contacts, as `of_bytes` reads them."""
        names = (compress(self._first_names.tobytes(), 1), compress(self._last_names.tobytes(), 1))
        return encoded(msgspec.msgpack.Encoder(), (self.contacts, *names, self._providers))

    @classmethod
    def of_bytes(cls, counts: bytes) -> Self:
        """Return the counts that `to_bytes` wrote; b"" is nobody.

        How often phones are shared is not among them: each list tells that anew.
        """
        frequencies = cls()
        if counts:
            contacts, first_names, last_names, providers = msgspec.msgpack.decode(
                counts, type=tuple[int, bytes, bytes, dict[str, int]]
            )
            frequencies.contacts = contacts
            frequencies._first_names = array("I", decompress(first_names))
            frequencies._last_names = array("I", decompress(last_names))
            frequencies._providers = providers
        return frequencies

    def first_name_count(self, name: str) -> int:
        """Return how many kept contacts have the first name (never too few)."""
        return self._first_names[_cell(name)]

    def last_name_count(self, name: str) -> int:
        """Return how many kept contacts have the last name (never too few)."""
        return self._last_names[_cell(name)]

    def first_name_frequency(self, name: str) -> float:
        """Return the share of people who have the first name."""
        return (self._first_names[_cell(name)] + 1) / (self.contacts + _UNSEEN_FIRST_NAMES)

    def last_name_frequency(self, name: str) -> float:
        """Return the share of people who have the last name."""
        return (self._last_names[_cell(name)] + 1) / (self.contacts + _UNSEEN_LAST_NAMES)

    def expected_namesakes(self, first_name: str, last_name: str) -> float:
        """Return how many people of that first and last name to expect on the list.

        It is `size` times both frequencies, written out because every row asks for it.
        """
        contacts = self.contacts
        size = contacts if contacts > _FEWEST_CONTACTS else _FEWEST_CONTACTS
        first = (self._first_names[_cell(first_name)] + 1) / (contacts + _UNSEEN_FIRST_NAMES)
        last = (self._last_names[_cell(last_name)] + 1) / (contacts + _UNSEEN_LAST_NAMES)
        return size * first * last

    def provider_frequency(self, email: str) -> float:
        """Return the share of contacts whose address is at the same provider."""
        provider = email.rpartition("@")[2]
        return (self._providers.get(provider, 0) + 1) / (self.contacts + 10)
