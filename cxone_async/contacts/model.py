"""The contact: one normalised row.

A contact holds what goes to the tenant, and what the row said (`raw_phone` and `raw_email`, on
which the `any-field` policy works), so that no later stage parses a field again.
"""

from typing import Literal

import msgspec

from cxone_async.outcome import Repair

FieldName = Literal["phone", "email", "first_name", "last_name", "country", "dnc_flag"]
FIELD_NAMES: tuple[FieldName, ...] = (
    "phone",
    "email",
    "first_name",
    "last_name",
    "country",
    "dnc_flag",
)
MappedName = FieldName | Literal["consent"]
"""What a column can be mapped to: a field, or a consent, whose yes means may be called."""
MAPPED_NAMES: tuple[MappedName, ...] = (*FIELD_NAMES, "consent")
SENT_FIELDS: tuple[FieldName, ...] = ("phone", "email", "first_name", "last_name", "country")


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row after normalising.

    `phone` is E.164 digits without the plus sign ("" when the row has none);
    `phone_extension` the extension's digits, kept apart. `email` is stripped and
    lower-cased. `country` is an ISO 3166 alpha-2 code in capitals. `raw_phone` and
    `raw_email` are the fields as read. `repairs` says what was read differently from how
    the cells have it. `external_id` and `further`, (name, value) pairs, are what goes out beside
    the five fields (`contacts.further`).
    """

    row: int
    phone: str
    phone_extension: str
    email: str
    first_name: str
    last_name: str
    country: str
    raw_phone: str
    raw_email: str
    repairs: tuple[Repair, ...] = ()
    external_id: str = ""
    further: tuple[tuple[str, str], ...] = ()
