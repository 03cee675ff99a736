"""The two plain policies: `off` keeps every row, `exact` knows only equality.

Guarantee: `exact` calls a row a duplicate when its normalised phone (with its extension)
or its email equals one that an earlier row carried, kept or dropped; the phone is asked
first. An empty value is no evidence. Both score 100 or nothing.
"""

from cxone_async.contacts.model import Contact
from cxone_async.matching.match_input import Trace, Traits
from cxone_async.matching.policy import KEPT, Duplicate, Matcher, Verdict


class OffMatcher(Matcher):
    """Keeps every row and remembers none."""

    @staticmethod
    def trace(contact: Contact) -> Trace:
        return Trace(Traits(contact.row, "", ""))

    def decide(self, trace: Trace) -> Verdict:
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}


class ExactMatcher(Matcher):
    """Answers `exact` from two tables, from value to the first row that carried it."""

    def __init__(self) -> None:
        self._row_of_phone: dict[str, int] = {}
        self._row_of_email: dict[str, int] = {}

    @staticmethod
    def trace(contact: Contact) -> Trace:
        phone = contact.phone
        if phone and contact.phone_extension:
            phone = f"{phone}x{contact.phone_extension}"
        return Trace(Traits(contact.row, phone, contact.email))

    def decide(self, trace: Trace) -> Verdict:
        traits = trace.traits
        phone_row = email_row = row = traits.row
        if traits.phone:
            phone_row = self._row_of_phone.setdefault(traits.phone, row)
        if traits.email:
            email_row = self._row_of_email.setdefault(traits.email, row)
        if phone_row != row:
            return Duplicate(of_row=phone_row, rule="exact-phone", score=100.0)
        if email_row != row:
            return Duplicate(of_row=email_row, rule="exact-email", score=100.0)
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}
