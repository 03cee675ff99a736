"""An earlier contact in bytes, at a tenth of what it takes as an object.

`unpack` is the inverse of `pack`. The only line end in a packed contact is its last byte, so
packed contacts can lie one after the other.
"""

from cxone_async.matching.match_input import ROW_LENGTH, StandardisedContact

_SEPARATOR = "\x1f"  # no standardised value holds a control character
_ORDER_UNKNOWN = "\x1e"  # at the end, where it is so


def pack(contact: StandardisedContact) -> bytes:
    """Return the row's digits, then everything else, then a line end."""
    return (
        f"{contact.row:08x}{contact.phone}{_SEPARATOR}{contact.email}{_SEPARATOR}"
        f"{contact.first_name}{_SEPARATOR}{contact.last_name}{_SEPARATOR}{contact.generation}"
        f"{'' if contact.is_name_order_known else _ORDER_UNKNOWN}\n"
    ).encode()


def unpack(packed: bytes | bytearray) -> StandardisedContact:
    """Return the contact. `packed` comes without its line end."""
    text = packed.decode()
    row = int(text[:ROW_LENGTH], 16)
    phone, email, first_name, last_name, generation = text[ROW_LENGTH:].split(_SEPARATOR)
    if generation[-1:] == _ORDER_UNKNOWN:
        return StandardisedContact(
            row, phone, email, first_name, last_name, generation[:-1], is_name_order_known=False
        )
    return StandardisedContact(row, phone, email, first_name, last_name, generation)


def unpack_identifiers(packed: bytes | bytearray) -> tuple[str, str]:
    """Return only the phone and the email. `packed` comes without its line end."""
    phone, email, _ = packed[ROW_LENGTH:].decode().split(_SEPARATOR, 2)
    return phone, email
