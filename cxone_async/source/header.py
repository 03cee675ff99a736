"""Which column holds which field.

Guarantee: a column is used for a field only when its name says so, or the user does; of
two columns that could both be meant, none is guessed. A field without a column is empty
in every row.

A column whose name speaks of do-not-call is read, or the user has said that it is to be ignored,
or the header is refused (`do_not_call_columns`). Several columns whose names are those of a flag
are all read: one yes among them is enough.

Names are compared as `column_keys` says. `column_names` says which names stand for a field,
`further_columns` which columns go out beside the fields.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

from cxone_async.contacts.model import FIELD_NAMES, MAPPED_NAMES, FieldName, MappedName
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.column_keys import index_of, key_of_column, listed, looks_like_data
from cxone_async.source.column_names import (
    Recognised,
    found_names,
    is_area_code,
    is_known,
    recognise,
)
from cxone_async.source.do_not_call_columns import ColumnMeaning, meaning_of
from cxone_async.source.further_columns import (
    NO_FURTHER,
    FurtherColumn,
    FurtherColumns,
    columns_of_fields,
    columns_that_are_left,
    refuse_flags,
)

_OF_SEVERAL_COLUMNS: Final = frozenset({"phone", "dnc_flag", "consent"})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """For each of FIELD_NAMES, in that order, the index of its column or None.

    `more_phones` and `more_flags` are the indexes of further columns of these two fields, in the
    order in which they are to be read. `consents` are those of the columns of consents. `further`
    are the columns that go out beside the fields.
    """

    indexes: tuple[int | None, ...]
    more_phones: tuple[int, ...] = ()
    more_flags: tuple[int, ...] = ()
    consents: tuple[int, ...] = ()
    further: tuple[FurtherColumn, ...] = ()

    @property
    def flags(self) -> tuple[int, ...]:
        """The indexes of all columns of do-not-call flags."""
        first = self.indexes[FIELD_NAMES.index("dnc_flag")]
        return () if first is None else (first, *self.more_flags)

    def select(self, records: Sequence[list[str]]) -> Iterator[tuple[Any, ...]]:
        """Yield each record's six fields in the order of FIELD_NAMES, "" where it has no column.

        Four tuples of cells follow: those of further phones, of further flags, of consents, and of
        further fields.
        """
        columns: list[Iterable[object]] = [
            repeat("") if index is None else map(itemgetter(index), records)
            for index in self.indexes
        ]
        further = tuple(column.index for column in self.further)
        for indexes in (self.more_phones, self.more_flags, self.consents, further):
            columns.append(_cells(records, indexes))
        return zip(*columns, strict=False)


def _cells(records: Sequence[list[str]], indexes: tuple[int, ...]) -> Iterable[tuple[str, ...]]:
    if not indexes:
        return repeat(())
    return zip(*(map(itemgetter(index), records) for index in indexes), strict=True)


def read_header(
    names: Sequence[str],
    overrides: Mapping[MappedName, str],
    needed: frozenset[FieldName] = frozenset(),
    ignored: Iterable[str] = (),
    further: FurtherColumns = NO_FURTHER,
) -> ColumnMap:
    """Finds the column of each field; `overrides` name columns and win over their names.

    An override of phone, dnc_flag or consent may name several columns, separated by commas.
    `ignored` are names of columns that are not used; those that are not there do not matter.
    `further` says what goes out beside the fields. A column that is named there is not looked at
    as a field.

    Raises UnreadableInputError, with the columns that were found, when two columns have
    the same name, when several could be the column of one field, when area codes seem to be in a
    column of their own, when there is neither a phone nor an email column, when the column of a
    field in `needed` is missing, and when a column speaks of do-not-call and is neither read nor
    ignored.
    Raises UsageError when an override or a further field names a column that is not there, one
    twice, one that is ignored, or one that says who is not to be called.
    """
    keys = [key_of_column(name) for name in names]
    refuse_duplicates(names, keys)
    ignored_columns = {
        index for column in ignored if (index := index_of(column, names)) is not None
    }
    found: dict[MappedName, tuple[int, ...]] = {}
    taken = set(ignored_columns)
    for field, columns in overrides.items():
        found[field] = overriding_columns(field, columns, names, keys)
        for index in found[field]:
            if index in ignored_columns:
                raise UsageError(f"column {names[index]!r} is mapped to {field}, and ignored")
            if index in taken:
                raise UsageError(f"column {names[index]!r} is mapped to two fields")
            taken.add(index)
    # To ignore a column whose name speaks of do-not-call says only that it is neither a flag nor a
    # consent. It may go out as data.
    no_flags = {
        index for index in ignored_columns if meaning_of(names[index]) is not ColumnMeaning.OTHER
    }
    own = columns_of_fields(
        further, names, ignored=ignored_columns - no_flags, mapped=taken - no_flags
    )
    sent = {column.index for column in own}
    recognised = [
        None if looks_like_data(name) else known
        for name, known in zip(names, recognise(names), strict=True)
    ]
    for field in FIELD_NAMES:
        if field not in found and field != "dnc_flag":
            by_name = _column_by_name(field, names, recognised, taken | sent)
            if by_name is not None:
                found[field] = (by_name,)
                taken.add(by_name)
                if field == "phone":
                    _refuse_half_a_phone(names, by_name, taken)
    missing = [
        field
        for field in FIELD_NAMES
        if field in needed and field not in found and field != "dnc_flag"
    ]
    if not ("phone" in found or "email" in found):
        missing = ["phone", "email"]
    if missing:
        raise UnreadableInputError(
            f"the header has no column for {' or '.join(missing)}; {found_names(names)}; "
            f"name one with --map {missing[0]}=COLUMN"
        )
    flags = _flags(names, found.get("dnc_flag"), taken)
    if flags:
        found["dnc_flag"] = flags
        taken.update(flags)
        refuse_flags(own, flags, names)
    first = {field: columns[0] for field, columns in found.items()}
    return ColumnMap(
        tuple(first.get(field) for field in FIELD_NAMES),
        found.get("phone", ())[1:],
        flags[1:],
        found.get("consent", ()),
        (*own, *columns_that_are_left(further, names, taken | sent)),
    )


def parse_mapping(items: Iterable[str]) -> dict[MappedName, str]:
    """`field=column` items, as `--map` takes them, by field.

    An item may hold several mappings, separated by commas: `phone=Tel,email=Mail`. What has no
    `field=` before it is a further column of the field before: `phone=Mobile,Home Phone`.

    Raises UsageError for an item of another form, an unknown field, and a field twice.
    """
    mapping: dict[MappedName, str] = {}
    for number, item in enumerate(items, start=1):
        field: MappedName | None = None
        for part in item.split(","):
            name, equals, column = (text.strip() for text in part.partition("="))
            if field is not None and not equals:
                mapping[field] += f",{name}" if name else ""
                continue
            if not (name and equals and column):
                raise UsageError(f"--map: item {number} is not of the form field=column")
            field = next(
                (field for field in MAPPED_NAMES if key_of_column(field) == key_of_column(name)),
                None,
            )
            if field is None:
                raise UsageError(
                    f"--map: {name!r} is no field; the fields are {', '.join(MAPPED_NAMES)}"
                )
            if field in mapping:
                raise UsageError(f"--map: {field} is mapped twice")
            mapping[field] = column
    return mapping


def refuse_duplicates(names: Sequence[str], keys: Sequence[str]) -> None:
    """Raise UnreadableInputError when two columns have the same key (`key_of_column`)."""
    counts = Counter(key for key in keys if key)
    repeated = [name for name, key in zip(names, keys, strict=True) if counts[key] > 1]
    if repeated:
        which = f": {listed(repeated)}" if is_known(names) else f"; {found_names(names)}"
        raise UnreadableInputError(f"the header has columns of the same name{which}")


def overriding_columns(
    field: MappedName, columns: str, names: Sequence[str], keys: Sequence[str]
) -> tuple[int, ...]:
    """Return the columns that an override names; a column's name may hold commas."""
    if columns in names:
        return (names.index(columns),)
    several = [column.strip() for column in columns.split(",")]
    found = [(column, index_of(column, names)) for column in several]
    if len(several) > 1 and any(index is None for _, index in found):
        found = [(columns, index_of(columns, names))]
    indexes: list[int] = []
    for column, index in found:
        if index is None:
            raise UsageError(
                f"--map {field}={column}: there is no such column; {found_names(names)}"
            )
        if index in indexes:
            raise UsageError(f"column {column!r} is mapped twice to {field}")
        indexes.append(index)
    if len(indexes) > 1 and field not in _OF_SEVERAL_COLUMNS:
        raise UsageError(f"--map {field}: only one column can be its own")
    return tuple(indexes)


def candidates_by_name(
    field: FieldName, recognised: Sequence[Recognised | None], taken: Collection[int]
) -> list[int]:
    """Return the columns that could be a field's by their names, without those that are `taken`.

    `recognised` is what `column_names.recognise` says of the header.
    All phones are equal: none is guessed, not even the one called phone. Of the other fields, a
    column with the field's own name is preferred, then one with the plain word of a language.
    """
    ranks = {
        index: found.rank
        for index, found in enumerate(recognised)
        if index not in taken and found is not None and found.field == field
    }
    best = min(ranks.values(), default=0)
    return [index for index, rank in ranks.items() if field == "phone" or rank == best]


def _column_by_name(
    field: FieldName,
    names: Sequence[str],
    recognised: Sequence[Recognised | None],
    taken: Collection[int],
) -> int | None:
    candidates = candidates_by_name(field, recognised, taken)
    if len(candidates) > 1:
        choice = listed([names[index] for index in candidates])
        several = (
            ", or several, in the order in which to try them, with --map phone=COLUMN,COLUMN"
            if field == "phone"
            else ""
        )
        raise UnreadableInputError(
            f"several columns could be {field}: {choice}; choose with --map {field}=COLUMN{several}"
        )
    return candidates[0] if candidates else None


def _refuse_half_a_phone(names: Sequence[str], phone: int, taken: Collection[int]) -> None:
    """Raise UnreadableInputError where another column seems to hold the beginning of the phones.

    What is left of a number without its area code may be somebody else's.
    """
    codes = [name for index, name in enumerate(names) if index not in taken and is_area_code(name)]
    if codes:
        raise UnreadableInputError(
            f"the column {listed([names[phone]])} may hold phones without their area codes, which "
            f"are in {listed(codes)}: put them into one column; if the phones are whole, say so "
            f"with --ignore-column {listed(codes[:1])}"
        )


def _flags(
    names: Sequence[str], mapped: tuple[int, ...] | None, taken: Collection[int]
) -> tuple[int, ...]:
    """Return the columns of do-not-call flags: those that were mapped, or those with its names.

    Raises UnreadableInputError for every other column that speaks of do-not-call.
    """
    meanings = {
        index: meaning
        for index, name in enumerate(names)
        if index not in taken and (meaning := meaning_of(name)) is not ColumnMeaning.OTHER
    }
    flags = mapped
    if flags is None:
        flags = tuple(index for index, found in meanings.items() if found is ColumnMeaning.FLAG)
        meanings = {index: found for index, found in meanings.items() if index not in flags}
    if meanings:
        unread = listed([names[index] for index in meanings])
        raise UnreadableInputError(
            f"the header speaks of do-not-call in columns that would not be read: {unread}; say "
            "what each of them is: --map dnc_flag=COLUMN where yes means do not call, "
            "--map consent=COLUMN where yes means may be called, --ignore-column COLUMN where "
            "neither does"
        )
    return flags
