"""A contact's standardised values and its blocking keys.

Every value is bounded in length, holds no control character, and is "" when it is no
evidence. Two contacts are compared only if they share a blocking key.
"""

from zlib import crc32

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.names import standardise_names
from cxone_async.matching.corroborated.nicknames import CANONICAL_NAME
from cxone_async.matching.corroborated.packing import pack
from cxone_async.matching.corroborated.phones_emails import (
    email_blocking_key,
    phone_blocking_keys,
    standardise_email,
    standardise_phone,
)
from cxone_async.matching.match_input import MatchInput, StandardisedContact


def match_input_of(contact: Contact) -> MatchInput:
    """Return all that deciding needs to know of a contact."""
    standardised = standardise_contact(contact)
    return MatchInput(
        standardised, pack(standardised), _identifier_keys(standardised), _name_key(standardised)
    )


def standardise_contact(contact: Contact) -> StandardisedContact:
    """Standardise every field of a contact."""
    first_name, last_name, generation = standardise_names(contact.first_name, contact.last_name)
    return StandardisedContact(
        contact.row,
        standardise_phone(contact.phone, contact.phone_extension) if contact.phone else "",
        standardise_email(contact.email) if contact.email else "",
        first_name,
        last_name,
        generation,
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
    first = CANONICAL_NAME.get(first_name, first_name)
    last = CANONICAL_NAME.get(last_name, last_name)
    return crc32((f"{first} {last}" if first < last else f"{last} {first}").encode())
