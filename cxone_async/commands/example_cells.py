"""Reads single cells of an input again, for a person who asks what is wrong with them."""

from collections.abc import Collection

from cxone_async.contacts.normalise import RowFields
from cxone_async.settings import ReadingSettings
from cxone_async.source.input import open_input, readable_input
from cxone_async.source.input_reading import cells_of_rows


async def example_cells(
    csv: str, rows: Collection[int], settings: ReadingSettings
) -> dict[int, RowFields]:
    """Return the cells of some rows, by row; rows that cannot be read are left out.

    Empty for an input that can be read only once. Raises what reading an input raises.
    """
    if not (rows and open_input(csv, settings.form).location):
        return {}
    async with readable_input(csv, settings.form) as source:
        return await cells_of_rows(source, settings.reading_rules, rows)
