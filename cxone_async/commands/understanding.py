"""Reads the header of a run's input and says what was understood of it."""

from collections.abc import Callable
from typing import NamedTuple

from cxone_async.commands.name_order import NamesRead, read_names
from cxone_async.errors import UnreadableInputError
from cxone_async.prepare.further_fields import further_fields
from cxone_async.report.reconciliation import TrippedGuard
from cxone_async.runs.observers import ColumnsRead
from cxone_async.settings import RunSettings
from cxone_async.source.column_keys import listed
from cxone_async.source.column_names import found_names, is_known
from cxone_async.source.columns import Understood, drift, input_columns, unsettled
from cxone_async.source.input import Input
from cxone_async.source.input_reading import read_beginning
from cxone_async.source.records import InputHeader
from cxone_async.tenant import registry


class UnderstoodInput(NamedTuple):
    """The header of an input, what was understood of it, and how its names are read."""

    header: InputHeader
    understood: Understood
    names: NamesRead


async def understand(
    source: Input, settings: RunSettings, observe: Callable[[ColumnsRead], None]
) -> UnderstoodInput:
    """Read the header and the first names, and tell `observe` what was understood of them.

    Raises what reading a header raises, and UnreadableInputError when the columns are not those
    that the mapping was written for and the settings are strict about it, or cannot go out as
    further fields. Raises UsageError for a type of a field that is not there.
    """

    def refuse_other_columns(header: InputHeader) -> None:
        changed = drift(header.names, settings.expect_columns)
        if changed and settings.strict_columns:
            new = listed(changed.new) if is_known(header.names) else found_names(header.names)
            told = [
                f"{what}: {shown}"
                for what, shown, names in (
                    ("gone", listed(changed.gone), changed.gone),
                    ("new", new, changed.new),
                )
                if names
            ]
            raise UnreadableInputError(
                "the columns have changed since the mapping was written (--strict-columns); "
                f"{'; '.join(told)}; correct the mapping, or write it again with `cxone-async "
                "columns`"
            )

    beginning = await read_beginning(source, settings.reading_rules, refuse_other_columns)
    columns = beginning.header.names
    limits = registry.capabilities(settings.dialect).further
    further_fields(settings, beginning.columns, limits)  # refuses what cannot go out
    understood = Understood(
        input_columns(columns, beginning.columns),
        beginning.format,
        unsettled(
            columns,
            beginning.columns,
            mapped=settings.map.keys(),
            ignored=settings.ignore_column,
            is_country_given="default_country" in settings.model_fields_set,
        ),
        drift(columns, settings.expect_columns),
    )
    names = await read_names(source, settings.reading_rules, settings.name_order, settings.match)
    observe(ColumnsRead(understood, beginning.samples, names.finding))
    return UnderstoodInput(beginning.header, understood, names)


def refuse_unsettled(understood: Understood) -> None:
    """Raise UnreadableInputError when names or countries may be missing from what would be sent."""
    if understood.unsettled:
        raise UnreadableInputError(_said(understood))


def refusal_of_import(understood: Understood) -> TrippedGuard | None:
    """Return why `refuse_unsettled` would stop an import, if it would."""
    if not understood.unsettled:
        return None
    return TrippedGuard(message=f"stopped with {UnreadableInputError.exit_code}: "
                        f"{_said(understood)}")  # fmt: skip


def _said(understood: Understood) -> str:
    return (
        "a column was mapped by hand, and others may be missing; nothing was sent: "
        f"{'. Also, '.join(understood.unsettled)}"
    )
