"""The two plain policies: `off` keeps every row, `exact` knows only equality.

Guarantee: `exact` calls a row a duplicate when its normalised phone (with its extension)
or its email equals one that an earlier row carried, kept or dropped; the phone is asked
first. An empty value is no evidence. Both score 100 or nothing.
"""

from cxone_async.contacts.model import Contact
from cxone_async.matching.policy import KEPT, Duplicate, Verdict


class OffMatcher:
    """Keeps every row and remembers none."""

    def decide(self, contact: Contact) -> Verdict:
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}


class ExactMatcher:
    """Answers `exact` from two tables, from value to the first row that carried it."""

    def __init__(self) -> None:
        self._row_of_phone: dict[str, int] = {}
        self._row_of_email: dict[str, int] = {}

    def decide(self, contact: Contact) -> Verdict:
        phone_row = email_row = contact.row
        if contact.phone:
            phone = (
                f"{contact.phone}x{contact.phone_extension}"
                if contact.phone_extension
                else contact.phone
            )
            phone_row = self._row_of_phone.setdefault(phone, contact.row)
        if contact.email:
            email_row = self._row_of_email.setdefault(contact.email, contact.row)
        if phone_row != contact.row:
            return Duplicate(of_row=phone_row, rule="exact-phone", score=100.0)
        if email_row != contact.row:
            return Duplicate(of_row=email_row, rule="exact-email", score=100.0)
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}
