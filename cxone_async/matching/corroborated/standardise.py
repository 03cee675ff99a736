"""A contact's standardised values and its blocking keys.

Every value is bounded in length, holds no control character, and is "" when it is no
evidence. Two contacts are compared only if they share a blocking key.
"""

from zlib import crc32

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.name_parts import given_and_family
from cxone_async.matching.corroborated.names import standardise_names, without_spaces
from cxone_async.matching.corroborated.nicknames import CANONICAL_NAME
from cxone_async.matching.corroborated.packing import pack, unpack
from cxone_async.matching.corroborated.phones_emails import (
    email_blocking_key,
    phone_blocking_keys,
    standardise_email,
    standardise_phone,
)
from cxone_async.matching.corroborated.romanisation.forms import canonical_names
from cxone_async.matching.match_input import MatchInput, StandardisedContact
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading


def match_input_of(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
    """Return all that deciding needs to know of a contact."""
    standardised = standardise_contact(contact, names)
    return MatchInput(
        standardised, pack(standardised), _identifier_keys(standardised), _name_key(standardised)
    )


def from_values(row: int, values: bytes) -> MatchInput:
    """Return the match input of a contact whose `ledger_values` were kept."""
    packed = b"%08x%b" % (row, values)
    standardised = unpack(packed)
    return MatchInput(
        standardised, packed + b"\n", _identifier_keys(standardised), _name_key(standardised)
    )


def standardise_contact(
    contact: Contact, names: NameReading = AS_THE_HEADER_SAYS
) -> StandardisedContact:
    """Standardise every field of a contact; `names` says which part of its name is the family's."""
    given, family, is_order_known = given_and_family(contact.first_name, contact.last_name, names)
    first_name, last_name, generation = standardise_names(given, family)
    return StandardisedContact(
        contact.row,
        standardise_phone(contact.phone, contact.phone_extension) if contact.phone else "",
        standardise_email(contact.email) if contact.email else "",
        first_name,
        last_name,
        generation,
        is_order_known,
    )


def _identifier_keys(contact: StandardisedContact) -> tuple[int, ...]:
    keys = phone_blocking_keys(contact.phone) if contact.phone else ()
    if contact.email:
        keys = (*keys, email_blocking_key(contact.email))
    return tuple(map(crc32, map(str.encode, keys)))


def _name_key(contact: StandardisedContact) -> int:
    """Return one key for a name, its nicknames and its swapped form; 0 for half a name."""
    first_name, last_name = contact.first_name, contact.last_name
    if not (first_name and last_name):
        return 0
    if " " in first_name or " " in last_name:
        first_name, last_name = without_spaces(first_name), without_spaces(last_name)
    if not (first_name.isascii() and last_name.isascii()):
        first_name, last_name = canonical_names(first_name, last_name)
    first = CANONICAL_NAME.get(first_name, first_name)
    last = CANONICAL_NAME.get(last_name, last_name)
    return crc32((f"{first} {last}" if first < last else f"{last} {first}").encode())
