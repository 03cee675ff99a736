"""What a campaign asks of its contacts."""

from collections.abc import Iterable
from dataclasses import dataclass

from cxone_async.contacts.model import FIELD_NAMES, FieldName


@dataclass(frozen=True, slots=True)
class Constraints:
    """A campaign's constraints.

    `allowed_countries` holds ISO 3166 alpha-2 codes (see `country.allowed_countries`);
    empty means any. A row's do-not-call flag counts only with `dnc_enabled`; a
    suppression list and a column of consents always count. A contact needs every one of
    `required_fields`. To require `dnc_flag` changes nothing, since an empty flag has a meaning:
    not flagged.
    """

    allowed_countries: frozenset[str] = frozenset()
    dnc_enabled: bool = False
    required_fields: frozenset[FieldName] = frozenset({"phone", "email"})


def unknown_fields(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of `names` that are no field of a contact, in order."""
    return tuple(name for name in names if name not in FIELD_NAMES)
