"""Turns a row's fields into a contact, or gives the reason why it cannot.

No row raises. The checks run in this order, and the first that fails gives the reason: country,
phone, email, the campaign's required fields, its allowed countries, do-not-call. So a row with
a problem is `invalid` whatever list it is on, and only a row that would have been sent can be
`suppressed`.

Do-not-call errs on the safe side:

- The phone and email of a suppressed row suppress every later row that has one of them.
- An invalid row whose do-not-call flag counts stays invalid, but its phone and email are
  remembered if they can be read: the person asked not to be called, even if the row has a typing
  error.

An empty cell, or one of only white space, means the default country in `country`, and "not
flagged" in `dnc_flag`.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.constraints import Constraints, parse_dnc_flag
from cxone_async.contacts.country import read_country
from cxone_async.contacts.email import read_email
from cxone_async.contacts.model import FIELD_NAMES, Contact, FieldName
from cxone_async.contacts.name import read_name
from cxone_async.contacts.phone import PhoneNumber, read_phone
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.errors import UsageError
from cxone_async.outcome import Outcome, Problem, Reason, Repair

_NO_PHONE = PhoneNumber("", "")
_EXTENSION = (Repair.PHONE_EXTENSION_LEFT_OUT,)

_NOT_ALLOWED = Problem(Reason.COUNTRY_NOT_ALLOWED, "country: not one that the campaign allows")
_FLAGGED = Problem(Reason.DNC_FLAG, "dnc_flag: set")


def _missing(name: FieldName, reason: Reason) -> Problem:
    return Problem(reason, f"{name}: required by the campaign, and empty")


_MISSING: dict[FieldName, Problem] = {
    "phone": _missing("phone", Reason.PHONE_MISSING),
    "email": _missing("email", Reason.EMAIL_MISSING),
    "first_name": _missing("first_name", Reason.FIRST_NAME_MISSING),
    "last_name": _missing("last_name", Reason.LAST_NAME_MISSING),
    "country": _missing("country", Reason.COUNTRY_MISSING),
}


class RowFields(NamedTuple):
    """The cells of a row that matter, as read; "" where the file has no such column."""

    phone: str
    email: str
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    dnc_flag: str = ""


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Why a row is not sent.

    `outcome` is INVALID or SUPPRESSED; `detail` quotes no value. Only a suppressed row has
    `repairs`: of an invalid row nothing is read.
    """

    outcome: Outcome
    reason: Reason
    detail: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class NormaliseRules:
    """The rules that `Normaliser` applies.

    `default_country` is the country of rows that name none. With "" such a row has none, and
    its phone must have a calling code.
    """

    default_country: str = "US"
    phone_check: PhoneCheck = PhoneCheck.POSSIBLE
    email_check: EmailCheck = EmailCheck.SYNTAX
    constraints: Constraints = field(default_factory=Constraints)


class Normaliser:
    """Turns rows into contacts, in row order; remembers people not to call.

    Raises `UsageError` when the rules' default country is not a country.
    """

    def __init__(self, rules: NormaliseRules, suppression: SuppressionList | None = None) -> None:
        default_country = read_country(rules.default_country, "")
        if isinstance(default_country, Problem):
            raise UsageError(f"default country: {default_country.detail.removeprefix('country: ')}")
        constraints = rules.constraints
        self._default_country = default_country
        self._phone_check = rules.phone_check
        self._email_check = rules.email_check
        self._dnc_enabled = constraints.dnc_enabled
        self._allowed_countries = constraints.allowed_countries
        self._required_fields = tuple(
            name for name in FIELD_NAMES if name in constraints.required_fields and name in _MISSING
        )
        self._suppression = suppression if suppression is not None else SuppressionList()

    def normalise(self, row: int, fields: RowFields) -> Contact | Rejection:
        """Normalise one row. Call it once for every readable row, in row order."""
        raw_phone, raw_email, first_name, last_name, raw_country, dnc_flag = fields
        country = read_country(raw_country, self._default_country)
        region = country if isinstance(country, str) else ""
        phone = (
            read_phone(raw_phone, region, self._phone_check)
            if raw_phone and not raw_phone.isspace()
            else _NO_PHONE
        )
        email = (
            read_email(raw_email, self._email_check)
            if raw_email and not raw_email.isspace()
            else ""
        )
        flagged = self._dnc_enabled and parse_dnc_flag(dnc_flag)
        problem: Problem | None
        if isinstance(country, Problem):
            problem = country
        elif isinstance(phone, Problem):
            problem = phone
        elif isinstance(email, Problem):
            problem = email
        else:
            contact = Contact(
                row,
                phone.digits,
                phone.extension,
                email,
                read_name(first_name),
                read_name(last_name),
                country,
                raw_phone,
                raw_email,
                _EXTENSION if phone.extension else (),
            )
            problem = self._unmet_constraint(contact)
            if problem is None:
                return self._unless_suppressed(contact, flagged)
        if flagged:
            self._suppression.remember(
                phone.digits if isinstance(phone, PhoneNumber) else "",
                email if isinstance(email, str) else "",
            )
        return Rejection(Outcome.INVALID, problem.reason, problem.detail)

    def _unmet_constraint(self, contact: Contact) -> Problem | None:
        for name in self._required_fields:
            if not getattr(contact, name):
                return _MISSING[name]
        if self._allowed_countries and contact.country not in self._allowed_countries:
            return _NOT_ALLOWED
        return None

    def _unless_suppressed(self, contact: Contact, flagged: bool) -> Contact | Rejection:
        phone, email = contact.phone, contact.email
        problem = _FLAGGED if flagged else self._suppression.find(phone, email)
        if problem is None:
            return contact
        self._suppression.remember(phone, email)
        return Rejection(Outcome.SUPPRESSED, problem.reason, problem.detail, contact.repairs)
