"""The two plain policies: `off` keeps every row, `exact` knows only equality.

Guarantee: `exact` calls a row a duplicate when its normalised phone (with its extension)
or its email equals one that an earlier row carried, kept or dropped; the phone is asked
first. An empty value is no evidence. Both score 100 or nothing.
"""

from cxone_async.contacts.model import Contact
from cxone_async.matching.match_input import FoldedContact, MatchInput
from cxone_async.matching.policy import KEPT, Duplicate, MatchDecision, Matcher


class OffMatcher(Matcher):
    """Keeps every row and remembers none."""

    @staticmethod
    def match_input(contact: Contact) -> MatchInput:
        return MatchInput(FoldedContact(contact.row, "", ""))

    def decide(self, match_input: MatchInput) -> MatchDecision:
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}


class ExactMatcher(Matcher):
    """Answers `exact` from two tables, from value to the first row that carried it."""

    def __init__(self) -> None:
        self._row_of_phone: dict[str, int] = {}
        self._row_of_email: dict[str, int] = {}

    @staticmethod
    def match_input(contact: Contact) -> MatchInput:
        phone = contact.phone
        if phone and contact.phone_extension:
            phone = f"{phone}x{contact.phone_extension}"
        return MatchInput(FoldedContact(contact.row, phone, contact.email))

    def decide(self, match_input: MatchInput) -> MatchDecision:
        folded = match_input.folded
        phone_row = email_row = row = folded.row
        if folded.phone:
            phone_row = self._row_of_phone.setdefault(folded.phone, row)
        if folded.email:
            email_row = self._row_of_email.setdefault(folded.email, row)
        if phone_row != row:
            return Duplicate(of_row=phone_row, rule="exact-phone", score=100.0)
        if email_row != row:
            return Duplicate(of_row=email_row, rule="exact-email", score=100.0)
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}
