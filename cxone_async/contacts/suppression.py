"""People not to call: the suppression file, and earlier suppressed rows.

Apart from blank lines and comments, no line of the file is skipped. A line that is neither a
phone nor an email stops the run before anything is sent. So does a phone without its area code
or calling code: as it stands it would never equal a contact's number.

The phone and the email of a suppressed row suppress every later row that has one of them.
Extensions are ignored: a listed switchboard suppresses all its extensions.
"""

from collections.abc import Iterable

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.email import read_email
from cxone_async.contacts.phone import read_phone
from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem, Reason

_LISTED_PHONE = Problem(Reason.SUPPRESSION_FILE, "phone: on the suppression list")
_LISTED_EMAIL = Problem(Reason.SUPPRESSION_FILE, "email: on the suppression list")
_EARLIER_PHONE = Problem(Reason.SUPPRESSED_EARLIER, "phone: that of an earlier suppressed row")
_EARLIER_EMAIL = Problem(Reason.SUPPRESSED_EARLIER, "email: that of an earlier suppressed row")

_LINES_NAMED_LIMIT = 10


class SuppressionList:
    """Phones (E.164 digits) and emails (stripped, lower-cased) that must not be contacted."""

    __slots__ = ("_earlier_emails", "_earlier_phones", "_listed_emails", "_listed_phones")

    def __init__(self, phones: Iterable[str] = (), emails: Iterable[str] = ()) -> None:
        self._listed_phones = frozenset(phones)
        self._listed_emails = frozenset(emails)
        self._earlier_phones: set[str] = set()
        self._earlier_emails: set[str] = set()

    @classmethod
    def from_lines(cls, lines: Iterable[str], region: str) -> "SuppressionList":
        """Read a suppression file: a phone or an email a line; blanks and `#` comments skipped.

        `region` is the ISO 3166 alpha-2 code in which phones without a calling code are
        read. Raises `UnreadableInputError` naming the lines that are neither.
        """
        phones: set[str] = set()
        emails: set[str] = set()
        unreadable: list[int] = []
        for number, line in enumerate(lines, start=1):
            entry = line.removeprefix("\ufeff").strip()
            if not entry or entry.startswith("#"):
                continue
            if "@" in entry:
                email = read_email(entry, EmailCheck.SYNTAX)
                if isinstance(email, Problem):
                    unreadable.append(number)
                else:
                    emails.add(email)
            else:
                phone = read_phone(entry, region, PhoneCheck.POSSIBLE)
                if isinstance(phone, Problem):
                    unreadable.append(number)
                else:
                    phones.add(phone.digits)
        if unreadable:
            raise UnreadableInputError(_message_for(unreadable))
        return cls(phones, emails)

    def contains_phone(self, phone: str) -> bool:
        """Say whether this phone is listed or was remembered."""
        return phone in self._listed_phones or phone in self._earlier_phones

    def contains_email(self, email: str) -> bool:
        """Say whether this email is listed or was remembered."""
        return email in self._listed_emails or email in self._earlier_emails

    def find(self, phone: str, email: str) -> Problem | None:
        """Say why a contact with this phone and email is suppressed; None when it is not.

        The file goes before earlier rows, the phone before the email; "" is never found.
        """
        if phone in self._listed_phones:
            return _LISTED_PHONE
        if email in self._listed_emails:
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


def _message_for(unreadable: list[int]) -> str:
    named = ", ".join(str(number) for number in unreadable[:_LINES_NAMED_LIMIT])
    more = len(unreadable) - _LINES_NAMED_LIMIT
    return (
        f"the suppression list has neither an email nor a full phone number in "
        f"line{'s' if len(unreadable) > 1 else ''} {named}"
        f"{f' and {more} more' if more > 0 else ''}; "
        f"a phone of another country needs its plus sign and calling code"
    )
