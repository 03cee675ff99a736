"""The two plain policies: `off` keeps every row, `exact` knows only equality.

With `exact` a row is a duplicate when its normalised phone (with its extension) or its email
equals one of an earlier row, kept or dropped. The phone is compared first. An empty value is
no evidence. The score is always 100.
"""

from collections.abc import Container, Iterable
from typing import Final
from zlib import crc32

from cxone_async.contacts.model import Contact
from cxone_async.matching.definition import PolicyDefinition
from cxone_async.matching.field_comparison import Comparison, compare_as_strings
from cxone_async.matching.match_input import MatchInput, StandardisedContact
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading
from cxone_async.matching.policy import (
    KEPT,
    NO_ROWS,
    Duplicate,
    LedgerMatcher,
    MatchDecision,
    Matcher,
)

_SEPARATOR: Final = "\x1f"
_PHONE_KEY: Final = "p"
_EMAIL_KEY: Final = "e"


class OffMatcher(Matcher):
    """Keeps every row and remembers none."""

    @staticmethod
    def standardise(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
        return MatchInput(StandardisedContact(contact.row, "", ""))

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}


class ExactMatcher(LedgerMatcher):
    """Looks up two tables, from a value to the first row that had it."""

    def __init__(self) -> None:
        self._phones = _Values()
        self._emails = _Values()

    @staticmethod
    def standardise(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
        phone = _phone_with_extension(contact) if contact.phone_extension else contact.phone
        return MatchInput(StandardisedContact(contact.row, phone, contact.email))

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        contact = match_input.contact
        phone_row = email_row = row = contact.row
        if contact.phone:
            phone_row = self._phones.first_row(contact.phone, row, different)
        if contact.email:
            email_row = self._emails.first_row(contact.email, row, different)
        if phone_row != row:
            return Duplicate(of_row=phone_row, rule="exact-phone", score=100.0)
        if email_row != row:
            return Duplicate(of_row=email_row, rule="exact-email", score=100.0)
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}

    @staticmethod
    def ledger_keys(match_input: MatchInput) -> tuple[int, ...]:
        contact = match_input.contact
        values = (_PHONE_KEY + contact.phone, _EMAIL_KEY + contact.email)
        return tuple(crc32(value.encode()) for value in values if len(value) > 1)

    @staticmethod
    def ledger_values(match_input: MatchInput) -> bytes:
        return f"{match_input.contact.phone}{_SEPARATOR}{match_input.contact.email}".encode()

    @staticmethod
    def from_ledger(row: int, values: bytes) -> MatchInput:
        phone, _, email = values.decode().partition(_SEPARATOR)
        return MatchInput(StandardisedContact(row, phone, email))

    def begin_with(self, frequencies: bytes) -> None:
        """How common a value is makes no difference."""

    @staticmethod
    def count_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        return frequencies

    @staticmethod
    def discount_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        return frequencies

    @staticmethod
    def ledger_identifiers(values: bytes) -> tuple[str, str]:
        phone, _, email = values.decode().partition(_SEPARATOR)
        return phone, email

    def recall(self, match_input: MatchInput) -> None:
        self.decide(match_input)

    def decide_beside_recalled(
        self, match_input: MatchInput, different: Container[int] = NO_ROWS
    ) -> MatchDecision:
        return self.decide(match_input, different)


class _Values:
    """From a value to the first row that had it, and to the other people known to have it."""

    def __init__(self) -> None:
        self._first_row: dict[str, int] = {}
        self._other_rows: dict[str, list[int]] = {}

    def first_row(self, value: str, row: int, different: Container[int]) -> int:
        """Return the first row that had this value and is not `different`, or `row` itself."""
        first = self._first_row.setdefault(value, row)
        if first == row or first not in different:
            return first
        others = self._other_rows.setdefault(value, [])
        found = next((other for other in others if other not in different), 0)
        if not found:
            others.append(row)
        return found or row


def _phone_with_extension(contact: Contact) -> str:
    extension = contact.phone_extension
    return f"{contact.phone}x{extension}" if contact.phone and extension else contact.phone


def _compare(
    contact: Contact, earlier: Contact, _threshold: float, _names: NameReading
) -> Comparison:
    fields = (
        compare_as_strings(
            "phone",
            (contact.raw_phone, earlier.raw_phone),
            (_phone_with_extension(contact), _phone_with_extension(earlier)),
        ),
        compare_as_strings(
            "email", (contact.raw_email, earlier.raw_email), (contact.email, earlier.email)
        ),
    )
    return Comparison(fields)


def _describe_score(score: float, _threshold: float, _dropped: bool) -> tuple[str, ...]:
    return (f"score {score:g} of 100",)


EXACT = PolicyDefinition(
    new_matcher=lambda _threshold, _map: ExactMatcher(),
    ledger_matcher=lambda _threshold: ExactMatcher(),
    rules={"exact-phone": "the phones are equal", "exact-email": "the emails are equal"},
    compare=_compare,
    describe_score=_describe_score,
)

OFF = PolicyDefinition(
    new_matcher=lambda _threshold, _map: OffMatcher(),
    rules={},
    compare=_compare,
    describe_score=_describe_score,
)
