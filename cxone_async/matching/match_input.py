"""What a policy looks at in a contact, and what the default one keeps of it.

Guarantee: `FoldedContact` holds only folded values, each bounded in length where the default
policy folds, in which "" means "no evidence". `pack` and `unpack` are each other's
inverse; what is packed ends in the only line end it holds.
"""

import msgspec

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.names import fold_pair
from cxone_async.matching.corroborated.phones_emails import fold_email, fold_phone

ROW_LENGTH = 8
"""A packed record starts with its row in so many hexadecimal digits: rows below 2^32."""

_SEPARATOR = "\x1f"  # no folded value holds a control character


class FoldedContact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A contact's folded values. `generation` tells namesakes apart: "1" for Sr., "2" for Jr.
    or II, and so on; "m" or "f" where Mr or Mrs is all there is of a first name."""

    row: int
    phone: str
    email: str
    first_name: str = ""
    last_name: str = ""
    generation: str = ""


class MatchInput(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that a policy needs of a contact that it is to decide on.

    Only the default policy has a use for the rest: `record` is the packed folded, `value_keys`
    are the keys (32 bits) of the phone and the email, and `name_key` is that of the name, 0
    when a part of it is missing.
    """

    folded: FoldedContact
    record: bytes = b""
    value_keys: tuple[int, ...] = ()
    name_key: int = 0


def fold_contact(contact: Contact) -> FoldedContact:
    """Fold a contact."""
    first_name, last_name, generation = fold_pair(contact.first_name, contact.last_name)
    return FoldedContact(
        contact.row,
        fold_phone(contact.phone, contact.phone_extension) if contact.phone else "",
        fold_email(contact.email) if contact.email else "",
        first_name,
        last_name,
        generation,
    )


def pack(folded: FoldedContact) -> bytes:
    """Return a record: the row's digits, then everything else, then a line end."""
    return (
        f"{folded.row:08x}{folded.phone}{_SEPARATOR}{folded.email}{_SEPARATOR}"
        f"{folded.first_name}{_SEPARATOR}{folded.last_name}{_SEPARATOR}{folded.generation}\n"
    ).encode()


def reached_by(record: bytes | bytearray) -> tuple[str, str]:
    """Return only the phone and the email of a record given without its line end."""
    phone, email, _ = record[ROW_LENGTH:].decode().split(_SEPARATOR, 2)
    return phone, email


def unpack(record: bytes | bytearray) -> FoldedContact:
    """Return the folded of a record given without its line end."""
    text = record.decode()
    return FoldedContact(int(text[:ROW_LENGTH], 16), *text[ROW_LENGTH:].split(_SEPARATOR))
