"""People not to call: the suppression files, and earlier suppressed rows.

The phone and the email of a suppressed row suppress every later row that has one of them.
Extensions are ignored: a listed switchboard suppresses all its extensions.

A file may hold numbers of many countries as this program sends them: digits with their calling
code, without a plus sign. Where such digits may also be a national number, they are listed as one.
A contact of another country is looked up by that too, unless it is certain that a national number
was meant: it is one in use, of a plan whose numbers all have one length.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec
from phonenumbers import region_code_for_country_code

from cxone_async.contacts.checks import PhoneCheck, PhoneCountry
from cxone_async.contacts.phone import PhoneNumber, PhoneRules, read_phone
from cxone_async.contacts.suppression_digits import plain_lines
from cxone_async.outcome import Problem, Reason

_IN_USE = PhoneRules(PhoneCheck.STRICT, PhoneCountry.ANY)
_LISTED_PHONE = Problem(Reason.SUPPRESSION_FILE, "phone: on the suppression list")
_LISTED_EMAIL = Problem(Reason.SUPPRESSION_FILE, "email: on the suppression list")
_EARLIER_PHONE = Problem(Reason.SUPPRESSED_EARLIER, "phone: that of an earlier suppressed row")
_EARLIER_EMAIL = Problem(Reason.SUPPRESSED_EARLIER, "email: that of an earlier suppressed row")


class LongList(Protocol):
    """More entries than memory should hold. Exact for phones."""

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The open files that a child process needs for it."""

    def has_phone(self, phone: str) -> bool:
        """Say whether this phone (E.164 digits) is listed."""

    def has_email(self, email: str) -> bool:
        """Say whether this email (as `read_email` returns it) is listed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Everybody in a run's suppression files. A long list is in `long`, and not in the others.

    `phones` are E.164 digits, `emails` are as `read_email` returns them. `calling_code` is that of
    the country in which digits without a sign were read; "" if there were none.
    """

    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    long: LongList | None = None
    calling_code: str = ""

    def has_phone(self, phone: str) -> bool:
        """Say whether this phone is listed, also by its digits taken for a national number."""
        if self._holds(phone):
            return True
        if not self.calling_code or phone.startswith(self.calling_code):
            return False
        national = self.calling_code + phone
        return self._holds(national) and not _is_certain(national, self.calling_code)

    def _holds(self, phone: str) -> bool:
        return phone in self.phones or (self.long is not None and self.long.has_phone(phone))

    def has_email(self, email: str) -> bool:
        """Say whether this email is listed."""
        return email in self.emails or (self.long is not None and self.long.has_email(email))


def _is_certain(national: str, calling_code: str) -> bool:
    plan = plain_lines(region_code_for_country_code(int(calling_code)))
    if plan is None or not plan.has_one_length:
        return False
    return isinstance(read_phone(f"+{national}", "", _IN_USE), PhoneNumber)


NOBODY_LISTED = Listed()


class SuppressionSource(msgspec.Struct, frozen=True, kw_only=True):
    """What a suppression file held. `name` is the file's name without its folder.

    `expired` entries do not count any more; `empty` records had neither a phone nor an email.
    """

    name: str
    phones: int
    emails: int
    expired: int = 0
    empty: int = 0


class SuppressionList:
    """Phones and emails that must not be contacted: those listed, and those remembered."""

    __slots__ = ("_earlier_emails", "_earlier_phones", "_has_email", "_has_phone", "is_empty")

    def __init__(self, listed: Listed = NOBODY_LISTED) -> None:
        is_short = listed.long is None
        is_plain = is_short and not listed.calling_code
        self._has_phone = listed.phones.__contains__ if is_plain else listed.has_phone
        self._has_email = listed.emails.__contains__ if is_short else listed.has_email
        self._earlier_phones: set[str] = set()
        self._earlier_emails: set[str] = set()
        self.is_empty = is_short and not listed.phones and not listed.emails
        """Nobody is listed and nobody is remembered."""

    def contains_phone(self, phone: str) -> bool:
        """Say whether this phone is listed or was remembered."""
        return self._has_phone(phone) or phone in self._earlier_phones

    def contains_email(self, email: str) -> bool:
        """Say whether this email is listed or was remembered."""
        return self._has_email(email) or email in self._earlier_emails

    def find(self, phone: str, email: str) -> Problem | None:
        """Say why a contact with this phone and email is suppressed; None when it is not.

        The files go before earlier rows, the phone before the email; "" is never found.
        """
        if self._has_phone(phone):
            return _LISTED_PHONE
        if self._has_email(email):
            return _LISTED_EMAIL
        if phone in self._earlier_phones:
            return _EARLIER_PHONE
        if email in self._earlier_emails:
            return _EARLIER_EMAIL
        return None

    def remember(self, phone: str, email: str) -> None:
        """Suppress later rows with this phone or this email; "" stands for none."""
        if phone:
            self._earlier_phones.add(phone)
        if email:
            self._earlier_emails.add(email)
        self.is_empty = self.is_empty and not (phone or email)
