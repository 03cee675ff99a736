"""What a run's settings and its header together say of further fields."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cxone_async.contacts.field_values import FieldType, read_value
from cxone_async.contacts.further import EXTERNAL_ID, FurtherFields, FurtherLimits
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.outcome import Problem
from cxone_async.source.column_keys import key_of_column
from cxone_async.source.further_columns import FurtherColumns, refuse_names
from cxone_async.source.header import ColumnMap


class FurtherSettings(Protocol):
    """The settings about further fields: those of a command, or those in a run's identity."""

    @property
    def further(self) -> FurtherColumns:
        """What goes out beside the fields."""
        ...

    @property
    def field_type(self) -> Mapping[str, FieldType]:
        """The types of further fields, by name."""
        ...

    @property
    def require(self) -> Sequence[str]:
        """What every row must have: nothing, or the external id."""
        ...


def further_fields(
    settings: FurtherSettings, columns: ColumnMap, limits: FurtherLimits | None
) -> FurtherFields | None:
    """Return what reads the further fields of each row; None when there are none.

    Raises UnreadableInputError for columns that the dialect cannot carry by their own names,
    UsageError for a type of a field that is not there.
    """
    wanted = settings.further
    if not wanted:
        return None
    names = tuple(column.name for column in columns.further)
    sent = [name for name in (*names, *(name for name, _ in wanted.constants))
            if name != EXTERNAL_ID]  # fmt: skip
    if limits is not None:
        try:
            refuse_names(sent, limits, has_id=bool(wanted.external_id))
        except ValueError as error:
            raise UnreadableInputError(
                f"--field '*': {error}; leave columns out with --ignore-column, or give one "
                "another name with --field NAME=COLUMN"
            ) from None
    name_of = {key_of_column(name): name for name in sent}
    types = {}
    for name, kind in settings.field_type.items():
        if key_of_column(name) not in name_of:
            raise UsageError(f"--field-type: {name!r} is no field that goes out")
        types[name_of[key_of_column(name)]] = kind
    constants = []
    for name, value in wanted.constants:
        read = read_value(name, types[name], value) if name in types else value
        constants.append((name, value if isinstance(read, Problem) else read))
    return FurtherFields(names, tuple(constants), types, limits, bool(settings.require))
