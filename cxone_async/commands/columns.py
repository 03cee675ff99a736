"""Writes a mapping template for an input, and shows what was understood of its columns."""

from typing import Final, NamedTuple

from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.errors import UnreadableInputError
from cxone_async.runs.observers import ColumnsRead
from cxone_async.settings import ReadingSettings
from cxone_async.source.columns import Understood, input_columns
from cxone_async.source.input import readable_input
from cxone_async.source.input_reading import naming, read_beginning
from cxone_async.source.mapping_template import mapping_template, sketch
from cxone_async.source.records import InputHeader

_IN_THE_TEMPLATE: Final = frozenset({"map", "ignore_column", "log_format", "log_level"})
"""What the template holds anyway, and what has nothing to do with it."""


class Columns(NamedTuple):
    """`understood` is None for a header that an import would refuse; `refusal` says why."""

    template: str
    understood: ColumnsRead | None
    refusal: str


async def columns_of(csv: str, settings: ReadingSettings) -> Columns:
    """Read the beginning of an input and return its mapping template.

    With `--encoding auto` the whole input is read. Raises MissingInputError; UnreadableInputError
    for what is no list of contacts, in another encoding, with columns of the same name, or without
    a header; UsageError when the settings name a column that is not there.
    """
    seen: list[InputHeader] = []
    understood, refusal = None, ""
    async with readable_input(csv, settings.form) as source:
        await refuse_misread_text(source, settings.encoding)
        try:
            beginning = await read_beginning(source, settings.reading_rules, seen.append)
        except UnreadableInputError as error:
            if not seen:
                raise
            refusal = str(error)
        else:
            columns = input_columns(beginning.header.names, beginning.columns)
            understood = ColumnsRead(Understood(columns, beginning.format), beginning.samples)
    names = seen[0].names
    with naming(source):
        template = mapping_template(
            source.name,
            names,
            sketch(names, settings.map, settings.ignore_column, settings.further),
            ignored=settings.ignore_column,
            fields=settings.field,
            field_types=settings.field_type,
            other_settings=_given(settings),
        )
    return Columns(template, understood, refusal)


def _given(settings: ReadingSettings) -> dict[str, str | int | float | bool]:
    """Return the settings that were given, as far as a single value says them."""
    values = {
        name: getattr(settings, name)
        for name in type(settings).model_fields
        if name in settings.model_fields_set - _IN_THE_TEMPLATE
    }
    given = {name: value for name, value in values.items() if isinstance(value, str | int | float)}
    return given | ({"require": ",".join(settings.require)} if settings.require else {})
