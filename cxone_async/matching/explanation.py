"""Why a row was dropped, or kept though it resembles another, in words.

Guarantee: a pure function of two contacts, the policy, and what the run wrote down (rule
and score). It repeats no decision, since a decision also rests on the rest of the list;
it shows what the policy sees in each field and what the rule makes of it. The values are
in the result as they are: whoever prints them masks them.
"""

import msgspec
from rapidfuzz.fuzz import ratio, token_sort_ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.matcher import email_key, phone_key
from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.match_weights import Finding, weigh
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import FoldedContact, fold_contact
from cxone_async.matching.policy import MatchPolicy

RULES: dict[str, str] = {
    "exact-phone": "the phones are equal",
    "exact-email": "the emails are equal",
    "similar-phone": "the digits of the phones are alike at the threshold",
    "similar-email": "the emails are alike at the threshold",
    "phone+email": "phone and mailbox are both the same, and the first names do not contradict",
    "phone+name": "the phone is the same, and the first name is a second witness",
    "email+name": "the mailbox is the same, and the name is a second witness",
    "phone": "the phone is the same, one row is nameless, nobody else is known on that phone",
    "email": "the mailbox is the same, one row is nameless, nobody else is known to use it",
    "nothing-new": "the row names nobody, and every way to reach it is the earlier row's",
    "similar-phone+email": "phone and email are both nearly the same",
    "similar-phone+name": "the phone is nearly the same, and so rare a name is a second witness",
    "similar-email+name": "the email is nearly the same, and so rare a name is a second witness",
    "name-only": "the row has neither phone nor email, and hardly anybody else bears its name",
    "name": "only the names agree: no second witness",
}
"""What each rule says, by its stable name."""

_BLANK = ComparisonLevel.BLANK.value
_NO_EVIDENCE = "no evidence: a placeholder, a role, or not readable"


class FieldComparison(msgspec.Struct, frozen=True, gc=False):
    """One field of both rows. `similarity` is 0..100, None when either side is blank.

    `agreement` is the policy's word for it; `folded` and `earlier_folded` are what it
    compares ("" is no evidence).
    """

    field: str
    value: str
    earlier_value: str
    folded: str
    earlier_folded: str
    similarity: float | None
    agreement: str


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """Two rows side by side, and the rule's reasoning, sentence by sentence."""

    row: int
    earlier_row: int
    fields: tuple[FieldComparison, ...]
    reasoning: tuple[str, ...]


def explain(
    contact: Contact,
    earlier: Contact,
    policy: MatchPolicy,
    *,
    rule: str,
    score: float,
    dropped: bool,
    threshold: float = 85.0,
) -> Explanation:
    """Explain what a run decided about a contact and the earlier one it named."""
    decision = "is dropped as a repeat of" if dropped else "is kept, though it resembles"
    reasoning = [
        f"row {contact.row} {decision} row {earlier.row}",
        f"rule {rule}: {RULES.get(rule, 'not a rule of this version')}",
    ]
    if policy is MatchPolicy.CORROBORATED:
        new, old = fold_contact(contact), fold_contact(earlier)
        finding = weigh(new, old, TermFrequencies(), threshold)
        fields = _weighed_fields(contact, earlier, new, old, finding)
        reasoning.append(
            f"score {score:g}: on this list {_others(score)} other people were expected "
            "to agree as well as this, for every row that really is the same person"
        )
        if not dropped:
            reasoning.append("a row is dropped at 85 or more, and never by its name alone")
    else:
        fields = _plain_fields(contact, earlier, policy)
        asked = f"; the threshold is {threshold:g}" if policy is MatchPolicy.ANY_FIELD else ""
        reasoning.append(f"score {score:g} of 100{asked}")
    return Explanation(contact.row, earlier.row, fields, tuple(reasoning))


def _others(score: float) -> str:
    """Return the number of people that a score, rounded to one decimal, stands for."""
    if score >= 100:
        return "fewer than 0.001"
    return f"{100 / score - 1:.3g}" if score > 0 else "more than 1,000"


def _plain_fields(
    contact: Contact, earlier: Contact, policy: MatchPolicy
) -> tuple[FieldComparison, ...]:
    if policy is MatchPolicy.ANY_FIELD:
        phones = phone_key(contact.raw_phone), phone_key(earlier.raw_phone)
        emails = email_key(contact.raw_email), email_key(earlier.raw_email)
    else:
        phones = _with_extension(contact), _with_extension(earlier)
        emails = contact.email, earlier.email
    return (
        _plain_field("phone", contact.raw_phone, earlier.raw_phone, phones),
        _plain_field("email", contact.raw_email, earlier.raw_email, emails),
    )


def _plain_field(field: str, value: str, earlier: str, keys: tuple[str, str]) -> FieldComparison:
    similarity = token_sort_ratio(*keys) if all(keys) else None
    agreement = _BLANK if similarity is None else "same" if keys[0] == keys[1] else "different"
    return FieldComparison(
        field, value, earlier, *keys, similarity, _as_seen(agreement, value, earlier, *keys)
    )


def _as_seen(agreement: str, value: str, earlier: str, folded: str, earlier_folded: str) -> str:
    """Say of a value that folds to nothing that it is no evidence, and not that it is blank."""
    ignored = (value.strip() and not folded) or (earlier.strip() and not earlier_folded)
    return _NO_EVIDENCE if agreement == _BLANK and ignored else agreement


def _with_extension(contact: Contact) -> str:
    extension = contact.phone_extension
    return f"{contact.phone}x{extension}" if contact.phone and extension else contact.phone


def _weighed_fields(
    contact: Contact, earlier: Contact, new: FoldedContact, old: FoldedContact, finding: Finding
) -> tuple[FieldComparison, ...]:
    rows = (
        ("phone", contact.raw_phone, earlier.raw_phone, new.phone, old.phone, finding.phone),
        ("email", contact.raw_email, earlier.raw_email, new.email, old.email, finding.email),
        (
            "first_name",
            contact.first_name,
            earlier.first_name,
            new.first_name,
            old.first_name,
            finding.given,
        ),
        (
            "last_name",
            contact.last_name,
            earlier.last_name,
            new.last_name,
            old.last_name,
            finding.family,
        ),
    )
    return tuple(
        FieldComparison(
            field,
            value,
            earlier_value,
            folded,
            earlier_folded,
            round(ratio(folded, earlier_folded), 1) if folded and earlier_folded else None,
            _as_seen(agreement.value, value, earlier_value, folded, earlier_folded),
        )
        for field, value, earlier_value, folded, earlier_folded, agreement in rows
    )
