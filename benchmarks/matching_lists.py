"""Labelled lists as the service prepares them, and what its policies decide, row by row."""

from collections.abc import Iterable, Sequence

from matching_data import LabelledContact
from people import LabelledRow

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, RowFields
from cxone_async.matching.corroborated.family_names import FAMILY_NAMES
from cxone_async.matching.corroborated.name_order_evidence import NameOrderEvidence
from cxone_async.matching.corroborated.nicknames import FULL_NAMES
from cxone_async.matching.evaluation import Decided
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.name_order import NameReading
from cxone_async.matching.policy import Duplicate, MatchPolicy
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome


def contacts_of(rows: Iterable[LabelledRow]) -> list[LabelledContact]:
    rows = list(rows)
    return normalised((row.cells for row in rows), (row.person for row in rows))


def normalised(
    rows: Iterable[tuple[str | None, ...]], people: Iterable[str]
) -> list[LabelledContact]:
    """Return rows of phone, email, names (and country) as contacts, checks off."""
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


def match_inputs(policy: MatchPolicy, labelled: Sequence[LabelledContact]) -> list[MatchInput]:
    """Standardise a list, its names in the order that its first rows show."""
    standardise, names = new_matcher(policy).standardise, name_reading(labelled)
    return [standardise(contact, names) for contact, _ in labelled]


def name_reading(labelled: Sequence[LabelledContact]) -> NameReading:
    """Learn the order of a list's names, as `prepare.name_order` does."""
    evidence = NameOrderEvidence(FULL_NAMES, FAMILY_NAMES)
    for contact, _ in labelled[: evidence.room]:
        evidence.add(contact.raw_phone, contact.raw_email, contact.first_name, contact.last_name)
    return evidence.conclude()[0]


def decisions_of(
    policy: MatchPolicy,
    labelled: Sequence[LabelledContact],
    inputs: Sequence[MatchInput] | None = None,
) -> list[Decided]:
    """Return what a policy decides of a list; `inputs` if it is standardised already."""
    decisions = new_matcher(policy).decide_all(inputs or match_inputs(policy, labelled))
    return [
        Decided(contact.row, Outcome.DUPLICATE, decision.rule)
        if isinstance(decision, Duplicate)
        else Decided(contact.row, Outcome.READY)
        for (contact, _), decision in zip(labelled, decisions, strict=True)
    ]
