"""Which column holds which field.

Guarantee: a column is used for a field only when its name says so, or the user does; of
two columns that could both be meant, none is guessed. A field without a column is empty
in every row.

Names are compared without regard to case, spaces, underscores and any other character
that is no letter or digit, so `E-mail`, `e_mail` and `EMAIL*` are one name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Final

from cxone_async.contacts.model import FIELD_NAMES, FieldName
from cxone_async.errors import UnreadableInputError, UsageError

# Keys of names, as `_key` makes them, that contact exports use; the field's own name is
# the first. `Country Code` holds ISO codes such as US in these exports: dialling codes
# come as part of the phone.
_SYNONYMS: Final[Mapping[FieldName, tuple[str, ...]]] = {
    "phone": (
        "phone",
        "phonenumber",
        "phoneno",
        "mobile",
        "mobilephone",
        "mobilenumber",
        "mobileno",
        "mobilephonenumber",
        "cell",
        "cellphone",
        "cellnumber",
        "cellphonenumber",
        "cellular",
        "telephone",
        "telephonenumber",
        "telephoneno",
        "tel",
        "telno",
        "telnumber",
        "contactnumber",
        "contactphone",
        "primaryphone",
        "homephone",
        "workphone",
        "businessphone",
        "msisdn",
    ),
    "email": (
        "email",
        "emailaddress",
        "emailaddr",
        "emailid",
        "mail",
        "primaryemail",
        "contactemail",
        "workemail",
        "personalemail",
    ),
    "first_name": ("firstname", "first", "fname", "givenname", "given", "forename"),
    "last_name": ("lastname", "last", "lname", "surname", "familyname"),
    "country": ("country", "countrycode", "countryiso", "isocountry", "isocountrycode"),
    "dnc_flag": ("dncflag", "dnc", "donotcall", "donotcallflag", "donotcontact", "optout"),
}
_SHOWN_NAMES: Final = 30
_SHOWN_CHARACTERS: Final = 40
_DIGITS_OF_A_PHONE: Final = 7


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """For each of FIELD_NAMES, in that order, the index of its column or None."""

    indexes: tuple[int | None, ...]

    def select(self, records: Sequence[list[str]]) -> Iterator[tuple[str, ...]]:
        """Yield each record's six fields in the order of FIELD_NAMES, "" where it has no column."""
        columns: list[Iterable[str]] = [
            repeat("") if index is None else map(itemgetter(index), records)
            for index in self.indexes
        ]
        return zip(*columns, strict=False)


def read_header(
    names: Sequence[str],
    overrides: Mapping[FieldName, str],
    needed: frozenset[FieldName] = frozenset(),
) -> ColumnMap:
    """Finds the column of each field; `overrides` name columns and win over their names.

    Raises UnreadableInputError, with the columns that were found, when two columns have
    the same name, when several could be the column of one field, when there is neither a
    phone nor an email column, and when the column of a field in `needed` is missing.
    Raises UsageError when an override names a column that is not there, or one twice.
    """
    keys = [_key(name) for name in names]
    _refuse_duplicates(names, keys)
    indexes: dict[FieldName, int] = {}
    for field, column in overrides.items():
        index = _overriding_column(field, column, names, keys)
        if index in indexes.values():
            raise UsageError(f"column {column!r} is mapped to two fields")
        indexes[field] = index
    taken = frozenset(indexes.values())
    for field in FIELD_NAMES:
        if field not in indexes:
            found = _column_by_name(field, names, keys, taken)
            if found is not None:
                indexes[field] = found
    missing = [field for field in FIELD_NAMES if field in needed and field not in indexes]
    if not ("phone" in indexes or "email" in indexes):
        missing = ["phone", "email"]
    if missing:
        raise UnreadableInputError(
            f"the header has no column for {' or '.join(missing)}; {_found(names)}; "
            f"name one with --map {missing[0]}=COLUMN"
        )
    return ColumnMap(tuple(indexes.get(field) for field in FIELD_NAMES))


def parse_mapping(items: Iterable[str]) -> dict[FieldName, str]:
    """`field=column` items, as `--map` takes them, by field.

    Raises UsageError for an item of another form, an unknown field, and a field twice.
    """
    mapping: dict[FieldName, str] = {}
    for item in items:
        name, equals, column = (part.strip() for part in item.partition("="))
        if not (name and equals and column):
            raise UsageError(f"--map {item!r} is not of the form field=column")
        field = next((field for field in FIELD_NAMES if _key(field) == _key(name)), None)
        if field is None:
            raise UsageError(
                f"--map: {name!r} is no field; the fields are {', '.join(FIELD_NAMES)}"
            )
        if field in mapping:
            raise UsageError(f"--map: {field} is mapped twice")
        mapping[field] = column
    return mapping


def _key(name: str) -> str:
    """What is compared of a name: its letters and digits, or all of it if it has none."""
    return "".join(filter(str.isalnum, name.casefold())) or name.strip()


def _refuse_duplicates(names: Sequence[str], keys: Sequence[str]) -> None:
    counts = Counter(key for key in keys if key)
    repeated = [name for name, key in zip(names, keys, strict=True) if counts[key] > 1]
    if repeated:
        raise UnreadableInputError(f"the header has columns of the same name: {_listed(repeated)}")


def _overriding_column(
    field: FieldName, column: str, names: Sequence[str], keys: Sequence[str]
) -> int:
    if column in names:
        return names.index(column)
    key = _key(column)
    if key and key in keys:
        return keys.index(key)
    raise UsageError(f"--map {field}={column}: there is no such column; {_found(names)}")


def _column_by_name(
    field: FieldName, names: Sequence[str], keys: Sequence[str], taken: frozenset[int]
) -> int | None:
    synonyms = _SYNONYMS[field]
    candidates = [index for index, key in enumerate(keys) if key in synonyms and index not in taken]
    own = [index for index in candidates if keys[index] == synonyms[0]]
    candidates = own or candidates
    if len(candidates) > 1:
        listed = _listed([names[index] for index in candidates])
        raise UnreadableInputError(
            f"several columns could be {field}: {listed}; choose with --map {field}=COLUMN"
        )
    return candidates[0] if candidates else None


def _found(names: Sequence[str]) -> str:
    return f"the columns found are {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    """Return the names for a message, which is logged.

    In a file without a header the first line is a contact, which must not be shown.
    """
    if any(map(_looks_like_data, names)):
        return f"{len(names)} that look like a contact, not like names (is the header missing?)"
    shown = [repr(name.strip()[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN_NAMES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _looks_like_data(name: str) -> bool:
    has_letters = any(map(str.isalpha, name))
    return "@" in name or (not has_letters and sum(map(str.isdigit, name)) >= _DIGITS_OF_A_PHONE)
