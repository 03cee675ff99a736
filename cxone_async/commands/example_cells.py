"""Reads single cells of an input again, for a person who asks what is wrong with them."""

from collections.abc import Collection
from contextlib import aclosing

from cxone_async.contacts.normalise import RowFields, rows_of
from cxone_async.settings import ReadingSettings
from cxone_async.source.input import open_input, readable_input
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records


async def cells_of_rows(
    csv: str, rows: Collection[int], settings: ReadingSettings
) -> dict[int, RowFields]:
    """Return the cells of some rows, by row; rows that cannot be read are left out.

    Empty for an input that can be read only once. Raises what reading an input raises.
    """
    found: dict[int, RowFields] = {}
    if not (rows and open_input(csv, settings.form).location):
        return found
    reader = Reader(
        encoding=settings.encoding,
        form=settings.csv_form,
        overrides=settings.map,
        ignored=settings.ignore_column,
        further=settings.further,
    )

    def keep(records: Records) -> None:
        fields = reader.columns.select(records.fields) if reader.columns else ()
        for row, cells in zip(records.rows, rows_of(fields), strict=False):
            if row in rows:
                found[row] = cells

    last = max(rows)
    async with (
        readable_input(csv, settings.form) as source,
        aclosing(source.blocks()) as blocks,
    ):
        async for block in blocks:
            records = reader.feed(block)
            keep(records)
            if records.rows and records.rows[-1] >= last:
                return found
    keep(reader.finish())
    return found
