"""The default policy in words, and its definition for the registry."""

from functools import cache

from rapidfuzz.fuzz import ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.address_names import (
    does_each_address_spell_its_name,
    is_family_mailbox,
)
from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.match_weights import compare_fields
from cxone_async.matching.corroborated.matcher import CorroboratedMatcher
from cxone_async.matching.corroborated.name_parts import given_and_family
from cxone_async.matching.corroborated.name_weights import are_two_generations
from cxone_async.matching.corroborated.standardise import standardise_contact
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.definition import PolicyDefinition
from cxone_async.matching.field_comparison import (
    Comparison,
    FieldComparison,
    compared_field,
)
from cxone_async.matching.match_input import StandardisedContact
from cxone_async.matching.name_order import NameReading

_RULES = {
    "phone+email": "phone and mailbox are both the same, and the first names do not contradict",
    "phone+name": "the phone is the same, and the first name is a second witness",
    "email+name": "the mailbox is the same, and the name is a second witness",
    "phone": "the phone is the same, one row has no name, and nobody else is known on that phone",
    "email": "the mailbox is the same, one row has no name, and nobody else is known to use it",
    "nothing-new": "the row has no name, and the earlier row has its phone and its email already",
    "similar-phone+email": "phone and email are both nearly the same",
    "similar-phone+name": "the phone is nearly the same, and the name, a rare one, is a second "
    "witness",
    "similar-email+name": "the email is nearly the same, and the name, a rare one, is a second "
    "witness",
    "name-only": "the row has neither phone nor email, and hardly anybody else has its name",
    "name": "only the names agree: there is no second witness",
}


_of_nothing = cache(TermFrequencies)  # to make one takes longer than to compare two rows

_AGREEING = frozenset(
    (
        ComparisonLevel.SAME,
        ComparisonLevel.VARIANT,
        ComparisonLevel.ABBREVIATED,
        ComparisonLevel.PART,
        ComparisonLevel.TYPO,
    )
)


def _compare(
    contact: Contact, earlier: Contact, threshold: float, names: NameReading
) -> Comparison:
    """Compare as the matcher does, on a list of which nothing is known yet."""
    new, old = standardise_contact(contact, names), standardise_contact(earlier, names)
    compared = compare_fields(new, old, _of_nothing(), threshold)
    phones, emails = (new.phone, old.phone), (new.email, old.email)
    parts, old_parts = (
        given_and_family(one.first_name, one.last_name, names) for one in (contact, earlier)
    )
    first_names, last_names = (new.first_name, old.first_name), (new.last_name, old.last_name)
    fields = (
        _field("phone", (contact.raw_phone, earlier.raw_phone), phones, compared.phone),
        _field("email", (contact.raw_email, earlier.raw_email), emails, compared.email),
        _field(
            "first_name", (parts.given, old_parts.given), first_names, compared.names.first_name
        ),
        _field("last_name", (parts.family, old_parts.family), last_names, compared.names.last_name),
    )
    return Comparison(fields, _remarks(new, old))


def _field(
    field: str, values: tuple[str, str], standardised: tuple[str, str], level: ComparisonLevel
) -> FieldComparison:
    are_comparable = all(standardised) and len({value.isascii() for value in standardised}) == 1
    similarity = round(ratio(*standardised), 1) if are_comparable else None
    return compared_field(
        field, values, standardised, similarity, level.value, agrees=level in _AGREEING
    )


def _remarks(new: StandardisedContact, old: StandardisedContact) -> tuple[str, ...]:
    """Say what tells two rows apart that their fields do not show."""
    remarks = []
    if are_two_generations(new.generation, old.generation):
        remarks.append("a mark such as Jr., or Mr and Mrs, tells the two apart")
    if new.first_name != old.first_name:
        if does_each_address_spell_its_name(new, old):
            remarks.append("each address spells the first name of its own row")
        if is_family_mailbox(new, old):
            remarks.append("the mailbox is named after the family")
    return tuple(remarks)


def _describe_score(score: float, _threshold: float, dropped: bool) -> tuple[str, ...]:
    meaning = (
        f"score {score:g}: on this list, for every row that really is the same person, "
        f"{_others(score)} other people were expected to agree as well as this"
    )
    if dropped:
        return (meaning,)
    return meaning, "a row is dropped at 85 or more, and never by its name alone"


def _others(score: float) -> str:
    """Return the number of people that a score, rounded to one decimal, stands for."""
    if score >= 100:
        return "fewer than 0.001"
    return f"{100 / score - 1:.3g}" if score > 0 else "more than 1,000"


CORROBORATED = PolicyDefinition(
    new_matcher=lambda threshold, _map: CorroboratedMatcher(threshold),
    ledger_matcher=CorroboratedMatcher,
    rules=_RULES,
    compare=_compare,
    describe_score=_describe_score,
)
