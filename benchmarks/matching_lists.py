"""Contacts of the labelled lists, normalised as the service does, with all checks off."""

from collections.abc import Iterable

from matching_data import LabelledContact
from people import LabelledRow

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, RowFields


def contacts_of(rows: Iterable[LabelledRow]) -> list[LabelledContact]:
    rows = list(rows)
    return normalised((row.cells for row in rows), (row.person for row in rows))


def normalised(
    rows: Iterable[tuple[str | None, ...]], people: Iterable[str]
) -> list[LabelledContact]:
    """Return rows of phone, email, names (and country) as contacts; none may be rejected."""
    rules = NormaliseRules(
        phone_check=PhoneCheck.OFF,
        email_check=EmailCheck.OFF,
        constraints=Constraints(required_fields=frozenset()),
    )
    normalise = Normaliser(rules).normalise
    made = []
    for number, (row, person) in enumerate(zip(rows, people, strict=True), 1):
        phone, email, first, last, *country = (value or "" for value in row)
        contact = normalise(number, RowFields(phone, email, first, last, "".join(country)))
        assert isinstance(contact, Contact), contact
        made.append((contact, str(person)))
    return made
