"""How common names and mail providers are on the list so far.

Guarantee: bounded memory, whatever the list's length. Name counts live in a fixed number
of cells chosen by CRC-32: two names may share a cell, which makes a name look more common
than it is, never rarer; that errs towards keeping a contact. Counts depend on the rows
seen and their order only.
"""

from array import array
from functools import lru_cache
from zlib import crc32

from cxone_async.matching.corroborated.nicknames import FULL_NAMES

_CELLS = 1 << 17
_LAST_CELL = _CELLS - 1
_PROVIDERS_LIMIT = 4096
_FEWEST_CONTACTS = 10_000
_LONG_LIST = 2_000
_UNSEEN_GIVEN = 300  # room for names that nobody on the list bears yet
_UNSEEN_FAMILY = 1_000


@lru_cache(maxsize=4_096)
def _cell(name: str) -> int:
    return crc32(name.encode()) & _LAST_CELL


class TermFrequencies:
    """The people on the list so far, as far as chance agreement needs to know them."""

    def __init__(self) -> None:
        self.contacts = 0
        self._given = array("I", bytes(4 * _CELLS))
        self._family = array("I", bytes(4 * _CELLS))
        self._providers: dict[str, int] = {}
        self.phones_agreed = 100.0
        self.phones_shared = 4.0

    @property
    def size(self) -> int:
        """People on the list; a short list is taken for the start of a longer one."""
        return max(self.contacts, _FEWEST_CONTACTS)

    @property
    def phone_sharing(self) -> float:
        """People of another name on a contact's phone, as the list has shown so far."""
        return self.phones_shared / self.phones_agreed

    def add(self, first_name: str, last_name: str, email: str) -> None:
        """Count a contact that was kept."""
        self.contacts += 1
        if first_name:
            self._given[_cell(first_name)] += 1
        if last_name:
            self._family[_cell(last_name)] += 1
        if email:
            provider = email.rpartition("@")[2]
            count = self._providers.get(provider)
            if count is not None:
                self._providers[provider] = count + 1
            elif len(self._providers) < _PROVIDERS_LIMIT:
                self._providers[provider] = 1

    def given_count(self, name: str) -> int:
        """Return how many kept contacts bear the first name (never too few)."""
        return self._given[_cell(name)]

    def family_count(self, name: str) -> int:
        """Return how many kept contacts bear the last name (never too few)."""
        return self._family[_cell(name)]

    def is_unheard_given(self, one: str, other: str) -> bool:
        """Say whether the list is long and one of the first names is nobody else's on it."""
        return self.contacts >= _LONG_LIST and any(
            name not in FULL_NAMES and self.given_count(name) <= 1 for name in (one, other)
        )

    def is_unheard_family(self, one: str, other: str) -> bool:
        """Say whether the list is long and one of the last names is nobody else's on it."""
        return self.contacts >= _LONG_LIST and (
            self.family_count(one) <= 1 or self.family_count(other) <= 1
        )

    def given_share(self, name: str) -> float:
        """Return the share of people who bear the first name, with room for the unseen."""
        return (self._given[_cell(name)] + 1) / (self.contacts + _UNSEEN_GIVEN)

    def family_share(self, name: str) -> float:
        """Return the share of people who bear the last name, with room for the unseen."""
        return (self._family[_cell(name)] + 1) / (self.contacts + _UNSEEN_FAMILY)

    def bearers(self, first_name: str, last_name: str) -> float:
        """Return how many people of that first and last name the list must be expected to hold.

        `size` times both shares, written out: it is asked for every row.
        """
        contacts = self.contacts
        size = contacts if contacts > _FEWEST_CONTACTS else _FEWEST_CONTACTS
        given_share = (self._given[_cell(first_name)] + 1) / (contacts + _UNSEEN_GIVEN)
        family_share = (self._family[_cell(last_name)] + 1) / (contacts + _UNSEEN_FAMILY)
        return size * given_share * family_share

    def provider_share(self, email: str) -> float:
        """Return the share of contacts whose address is at the same provider."""
        provider = email.rpartition("@")[2]
        return (self._providers.get(provider, 0) + 1) / (self.contacts + 10)
