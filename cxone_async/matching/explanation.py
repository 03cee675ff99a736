"""Why a row was dropped, or kept though it resembles another, in words.

The explanation is a function of two contacts, the policy, and what the run wrote down (rule
and score). It does not repeat the decision, which also rests on the rest of the list; it
shows how the policy sees each field and what the rule makes of it. The result holds the
values as they are: whoever prints them masks them.
"""

import msgspec

from cxone_async.contacts.model import Contact
from cxone_async.matching.field_comparison import FieldComparison
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameOrder, NameReading
from cxone_async.matching.policy import MatchPolicy
from cxone_async.matching.registry import definition
from cxone_async.outcome import DECISION_RULE


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """Two rows side by side, and the rule's reasoning, sentence by sentence.

    `remarks` say what tells the two apart beyond the fields.
    """

    row: int
    earlier_row: int
    fields: tuple[FieldComparison, ...]
    reasoning: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def speaks_for(self) -> tuple[str, ...]:
        """What speaks for one person, a phrase for each field; it holds no value."""
        return tuple(field.in_words() for field in self.fields if field.agrees)

    @property
    def speaks_against(self) -> tuple[str, ...]:
        """What speaks against it."""
        of_fields = (field.in_words() for field in self.fields if field.agrees is False)
        return (*of_fields, *self.remarks)


def explain(
    contact: Contact,
    earlier: Contact,
    policy: MatchPolicy,
    *,
    rule: str,
    score: float,
    dropped: bool,
    threshold: float = 85.0,
    names: NameReading = AS_THE_HEADER_SAYS,
) -> Explanation:
    """Explain what a run decided about a contact and the earlier one it named."""
    decision = "is dropped as a repeat of" if dropped else "is kept, though it resembles"
    defined = definition(policy)
    is_decided = rule == DECISION_RULE
    compared = defined.compare(contact, earlier, threshold, names)
    return Explanation(
        contact.row,
        earlier.row,
        compared.fields,
        (
            f"row {contact.row} {decision} row {earlier.row}",
            f"rule {rule}: {rule_in_words(policy, rule)}",
            *_order_in_words(contact, earlier, names),
            *compared.remarks,
            *(() if is_decided else defined.describe_score(score, threshold, dropped)),
        ),
        compared.remarks,
    )


def _order_in_words(contact: Contact, earlier: Contact, names: NameReading) -> tuple[str, ...]:
    """Say how the names of the two rows are read, where it is not as the header has them."""
    if names is AS_THE_HEADER_SAYS:
        return ()
    rows = (contact, earlier)
    orders = {names.columns for one in rows if one.first_name and one.last_name}
    if NameOrder.FAMILY_FIRST in orders:
        return ("on this list the first name's column holds family names",)
    if NameOrder.UNKNOWN in orders:
        return ("this list does not tell which of its two names is the family's",)
    return ()


def rule_in_words(policy: MatchPolicy, rule: str) -> str:
    """Say what a rule of a policy means."""
    if rule == DECISION_RULE:
        return "a person has decided that they are the same"
    return definition(policy).rules.get(rule, "not a rule of this version")
