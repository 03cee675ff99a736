"""Reads some rows of an input once more, as contacts, when they are to be shown side by side."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser
from cxone_async.prepare.further_fields import further_fields
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.source.input import Input
from cxone_async.source.input_reading import columns_and_cells


async def contacts_of_rows(
    source: Input, settings: OutcomeSettings, wanted: Collection[int], lines: Sequence[int] = ()
) -> dict[int, Contact]:
    """Return the contacts of some rows that were matched; rows that cannot be read are left out.

    `lines`, if known, holds from index 1 on the physical line on which each row starts. Raises what
    `Input.blocks` and `Reader` raise.
    """
    columns, cells = await columns_and_cells(source, settings.reading_rules, wanted, lines)
    # Rows that were matched had met the constraints, so these are not checked again.
    anything = Constraints(required_fields=frozenset())
    normaliser = Normaliser(replace(settings.rules, constraints=anything))
    further = further_fields(settings, columns, None) if columns is not None else None
    contacts = {}
    for row, fields in cells.items():
        contact = normaliser.normalise(row, fields._replace(consents=()))
        if isinstance(contact, Contact):
            external_id = further.external_id(fields.further) if further else ""
            contacts[row] = msgspec.structs.replace(contact, external_id=external_id)
    return contacts
