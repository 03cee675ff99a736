"""What the default policy looks at in a contact, and keeps of it.

Guarantee: `Traits` holds only folded values, each bounded in length, in which "" means
"no evidence"; packing and unpacking one gives it back unchanged.
"""

import msgspec

from cxone_async.contacts.model import Contact
from cxone_async.matching.identifiers import fold_email, fold_phone
from cxone_async.matching.names import fold_pair

_SEPARATOR = "\x1f"  # no folded value holds a control character


class Traits(msgspec.Struct, frozen=True, gc=False):
    """A contact's folded values. `generation` is "1" for Sr., "2" for Jr. or II, and so on."""

    row: int
    phone: str
    email: str
    first_name: str
    last_name: str
    generation: str = ""


def traits_of(contact: Contact) -> Traits:
    """Fold a contact."""
    return Traits(
        contact.row,
        fold_phone(contact.phone, contact.phone_extension),
        fold_email(contact.email),
        *fold_pair(contact.first_name, contact.last_name),
    )


def pack(traits: Traits) -> bytes:
    """Return the traits as one line of bytes."""
    return (
        f"{traits.row}{_SEPARATOR}{traits.phone}{_SEPARATOR}{traits.email}{_SEPARATOR}"
        f"{traits.first_name}{_SEPARATOR}{traits.last_name}{_SEPARATOR}{traits.generation}\n"
    ).encode()


def unpack(line: bytes | bytearray) -> Traits:
    """Return the traits that `pack` packed, given without the line end."""
    row, phone, email, first_name, last_name, generation = line.decode().split(_SEPARATOR)
    return Traits(int(row), phone, email, first_name, last_name, generation)
