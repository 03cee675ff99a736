"""What a matcher needs to know of a contact, as it crosses to the matching process."""

from typing import Final

import msgspec

ROW_LENGTH: Final = 8
"""A packed contact starts with its row in as many hexadecimal digits: rows below 2^32."""


class StandardisedContact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The values of a contact that a policy compares, in the policy's standard form.

    "" is no evidence. The names are the default policy's only. `generation` tells namesakes
    apart: "1" for Sr., "2" for Jr. or II, and so on; "m" or "f" where Mr or Mrs is all there
    is of a first name. `is_name_order_known` is false where either name may be the family's: on a
    shared phone neither of them decides alone then.
    """

    row: int
    phone: str
    email: str
    first_name: str = ""
    last_name: str = ""
    generation: str = ""
    is_name_order_known: bool = True


class MatchInput(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A standardised contact, and what the default policy derives from it.

    `packed` is the contact in bytes. The rest are its blocking keys, numbers of 32 bits:
    `identifier_keys` of the phone and the email, `name_key` of the name, 0 when a part of
    the name is missing.
    """

    contact: StandardisedContact
    packed: bytes = b""
    identifier_keys: tuple[int, ...] = ()
    name_key: int = 0
