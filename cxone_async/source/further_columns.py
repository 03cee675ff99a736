"""Which columns go out as further fields, and which one is the external id.

Guarantee: pure. A column has one use: one that is read as a field, or that speaks of do-not-call,
is not a further field as well. A further field does not settle what a column that speaks of
do-not-call or of area codes means.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from cxone_async.contacts.further import EXTERNAL_ID, FurtherLimits
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.column_keys import index_of, key_of_column, looks_like_data
from cxone_async.source.column_names import found_names
from cxone_async.source.reject_cells import RECORD_COLUMN, REJECT_COLUMNS, has_reject_columns

REST: Final = "*"
"""The item of `--field` that stands for all columns that are left."""


@dataclass(frozen=True, slots=True)
class FurtherColumns:
    """What the settings say of further fields.

    `columns` are pairs of a field's name and its column's, `constants` of a name and a value.
    With `takes_rest` all columns that are left go out under their own names. `external_id` is a
    column's name, "" for none.
    """

    columns: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    takes_rest: bool = False
    external_id: str = ""

    def __bool__(self) -> bool:
        return bool(self.columns or self.constants or self.takes_rest or self.external_id)

    @property
    def items(self) -> tuple[str, ...]:
        """The items that say this, without the external id."""
        return (
            *(f"{name}={column}" for name, column in self.columns),
            *(f"{name}:={value}" for name, value in self.constants),
            *([REST] * self.takes_rest),
        )

    def without_values(self) -> "FurtherColumns":
        """Return the same with a digest for each constant, which may be shown to anybody."""
        return replace(
            self, constants=tuple((name, _digest(value)) for name, value in self.constants)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are known before there is a header; without the external id."""
        return tuple(name for name, _ in (*self.columns, *self.constants))


NO_FURTHER: Final = FurtherColumns()


@dataclass(frozen=True, slots=True)
class FurtherColumn:
    """A column that goes out as the field `name`. `is_rest`: nobody named it."""

    index: int
    name: str
    is_rest: bool = False


def parse_fields(items: Iterable[str], external_id: str = "") -> FurtherColumns:
    """Read items of the forms `NAME=COLUMN`, `NAME:=value` and `*`.

    Raises ValueError for an item of another form, and for a field or a column that is named twice.
    Names are compared as columns are: case and punctuation make no difference.
    """
    columns: list[tuple[str, str]] = []
    constants: list[tuple[str, str]] = []
    takes_rest = False
    for number, item in enumerate(items, start=1):
        if item.strip() == REST:
            takes_rest = True
            continue
        name, equals, value = item.partition("=")
        is_constant = name.endswith(":")
        name, value = name.removesuffix(":").strip(), value.strip()
        if not (equals and name and value):
            raise ValueError(f"item {number} is not of the form NAME=COLUMN, NAME:=value or {REST}")
        (constants if is_constant else columns).append((name, value))
    for what, names in (
        ("field", [name for name, _ in (*columns, *constants)]),
        ("column", [column for _, column in columns] + [external_id] * bool(external_id)),
    ):
        if repeated := _first_repeated(names):
            raise ValueError(f"the {what} {repeated!r} is named twice")
    return FurtherColumns(tuple(columns), tuple(constants), takes_rest, external_id)


def refuse_names(names: Collection[str], limits: FurtherLimits, *, has_id: bool) -> None:
    """Raise ValueError for the first name that a dialect does not take, and for too many."""
    reserved = {key_of_column(name) for name in limits.reserved}
    for name in names:
        if key_of_column(name) in reserved:
            hint = "; name its column with --external-id" * (key_of_column(name) == _ID_KEY)
            raise ValueError(
                f"{name!r} is reserved; no further field can be called "
                f"{', '.join(sorted(limits.reserved))}{hint}"
            )
        if len(name) > limits.name_characters:
            raise ValueError(
                f"the name {_shown(name)} is longer than the {limits.name_characters} characters "
                "that are accepted"
            )
        if not name.isprintable():
            raise ValueError(f"the name {_shown(name)} holds characters that are not printed")
    if len(names) + has_id > limits.most:
        raise ValueError(
            f"{len(names) + has_id} further fields, and at most {limits.most} are accepted"
            f"{' (the external id is one of them)' * has_id}"
        )


def refuse_long_value(value: str, limits: FurtherLimits) -> None:
    """Raise ValueError for a constant that no row could carry."""
    if len(value) > limits.value_characters:
        raise ValueError(
            "a constant is longer than the "
            f"{limits.value_characters:,} characters that are accepted"
        )


_DIGEST: Final = "sha256:"
_ID_KEY: Final = key_of_column(EXTERNAL_ID)


def columns_of_fields(
    wanted: FurtherColumns,
    names: Sequence[str],
    *,
    ignored: Collection[int],
    mapped: Collection[int] = (),
) -> tuple[FurtherColumn, ...]:
    """Return the columns that the settings name, the external id's first.

    Raises UsageError for a column that is not there, is ignored or mapped, or is named twice.
    """
    named = [*wanted.columns]
    if wanted.external_id:
        named.insert(0, (EXTERNAL_ID, wanted.external_id))
    found: dict[int, FurtherColumn] = {}
    for name, column in named:
        flag = "--external-id " if name == EXTERNAL_ID else f"--field {name}="
        index = index_of(column, names)
        if index is None:
            raise UsageError(f"{flag}{column}: there is no such column; {found_names(names)}")
        for uses, use in (
            (ignored, "is ignored"),
            (mapped, "is mapped"),
            (found, "has another use"),
        ):
            if index in uses:
                raise UsageError(f"column {names[index]!r} goes out as {name}, and {use}")
        found[index] = FurtherColumn(index, name)
    return tuple(found.values())


def refuse_flags(
    columns: Iterable[FurtherColumn], flags: Collection[int], names: Sequence[str]
) -> None:
    """Raise UsageError for a column that is to go out and says who is not to be called."""
    for column in columns:
        if column.index in flags:
            raise UsageError(
                f"column {names[column.index]!r} says who is not to be called; it cannot go out as "
                f"{column.name} as well"
            )


def columns_that_are_left(
    wanted: FurtherColumns, names: Sequence[str], taken: Collection[int]
) -> tuple[FurtherColumn, ...]:
    """Return all columns with a name that are not `taken`, if the settings want them.

    The columns that rejects.csv and rejects.xlsx add are left out. Raises UnreadableInputError
    when a name is that of another further field, or looks like a contact's data.
    """
    if not wanted.takes_rest:
        return ()
    last = len(names) - len(REJECT_COLUMNS) * has_reject_columns(names)
    last -= bool(last) and names[last - 1].strip() == RECORD_COLUMN
    left = [
        FurtherColumn(index, name.strip(), is_rest=True)
        for index, name in enumerate(names[:last])
        if index not in taken and name.strip()
    ]
    if any(looks_like_data(column.name) for column in left):
        raise UnreadableInputError(
            "--field '*': the name of a column looks like a phone or an email, so it is not sent; "
            "name the columns one by one"
        )
    if repeated := _first_repeated([*wanted.names, *(column.name for column in left)]):
        raise UnreadableInputError(
            f"--field '*': the column {repeated!r} has the name of another field; give it one of "
            "its own with --field NAME=COLUMN, or leave it out with --ignore-column"
        )
    return tuple(left)


def _first_repeated(names: Sequence[str]) -> str:
    counts = Counter(map(key_of_column, names))
    return next((name for name in names if counts[key_of_column(name)] > 1), "")


def _digest(value: str) -> str:
    if value.startswith(_DIGEST):
        return value
    return _DIGEST + sha256(value.encode()).hexdigest()[:16]


def _shown(text: str) -> str:
    return repr(text[:40]) + ("..." if len(text) > 40 else "")
