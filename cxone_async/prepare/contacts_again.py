"""Reads some rows of an input once more, as contacts, when they are to be shown side by side.

In memory are at most `LONGEST_CELL` characters of each cell that is shown, and no further fields.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.further import EXTERNAL_ID, FurtherFields
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser, RowFields
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.source.header import ColumnMap
from cxone_async.source.input import Input
from cxone_async.source.input_reading import shortened_cells

LONGEST_CELL: Final = 320
"""Characters of a cell: no address is longer, and no name that a person compares by eye."""

_EXTERNAL_ID: Final = FurtherFields((EXTERNAL_ID,))


async def contacts_of_rows(
    source: Input, settings: OutcomeSettings, wanted: Collection[int], lines: Sequence[int] = ()
) -> dict[int, Contact]:
    """Return the contacts of some rows that were matched; rows that cannot be read are left out.

    `lines`, if known, holds from index 1 on the physical line on which each row starts. Raises what
    `Input.blocks` and `Reader` raise.
    """
    cells = await shortened_cells(source, settings.reading_rules, wanted, _shortened, lines)
    # Rows that were matched had met the constraints, so these are not checked again.
    anything = Constraints(required_fields=frozenset())
    normaliser = Normaliser(replace(settings.rules, constraints=anything))
    contacts = {}
    for row, fields in cells.items():
        contact = normaliser.normalise(row, fields)
        if isinstance(contact, Contact):
            external_id = _EXTERNAL_ID.external_id(fields.further or ("",))
            contacts[row] = msgspec.structs.replace(contact, external_id=external_id)
    return contacts


def _shortened(fields: RowFields, columns: ColumnMap) -> RowFields:
    return RowFields(
        fields.phone[:LONGEST_CELL],
        fields.email[:LONGEST_CELL],
        fields.first_name[:LONGEST_CELL],
        fields.last_name[:LONGEST_CELL],
        fields.country[:LONGEST_CELL],
        more_phones=tuple(cell[:LONGEST_CELL] for cell in fields.more_phones),
        further=tuple(
            cell[:LONGEST_CELL]
            for column, cell in zip(columns.further, fields.further, strict=True)
            if column.name == EXTERNAL_ID
        ),
    )
