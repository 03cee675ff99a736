"""A contact on its way into a ledger: its keys, and the values that its policy compares, in bytes.

Guarantee: pure. What a value is, and which keys it has, the policy says (`LedgerMatcher`).
"""

from array import array
from collections.abc import Sequence

from cxone_async.errors import ConfigurationError

_KEY_BYTES = 4


def pack_person(keys: Sequence[int], values: bytes) -> bytes:
    """Return the number of keys in a byte, four bytes for each of them, and the values."""
    return b"%c%b%b" % (len(keys), array("I", keys).tobytes(), values)


def unpack_person(person: bytes) -> tuple[Sequence[int], bytes]:
    """Return the keys and the values. Raises ConfigurationError for other bytes."""
    if not person or len(person) < (end := 1 + _KEY_BYTES * person[0]):
        raise ConfigurationError("ledger: an entry cannot be read: it is damaged")
    return array("I", person[1:end]), person[end:]
