"""Turns a row's fields into a contact, or gives the reason why it cannot.

No row raises. The checks run in this order, and the first that fails gives the reason: country,
phone, email, the campaign's required fields, its allowed countries, do-not-call. So a row with
a problem is `invalid` whatever list it is on, and only a row that would have been sent can be
`suppressed`.

Do-not-call errs on the safe side:

- A flag that is neither a known yes nor a known no is a reason not to call. So is a consent that is
  not a known yes, whatever the campaign says.
- The phones and the email of a suppressed row suppress every later row that has one of them. With
  `FlaggedPeople` those of a flagged row suppress the rows before it too. A value that cannot tell
  people apart (`none@example.com`) suppresses nobody but its own row.
- An invalid row whose do-not-call flag counts stays invalid, but its phones and email are
  remembered if they can be read: the person asked not to be called, even if the row has a typing
  error.
- Of several phones the first usable one is sent. If any of them is suppressed, so is the row.

An empty cell, or one of only white space, means the default country in `country`, and "not
flagged" in `dnc_flag`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import msgspec

from cxone_async.contacts.checks import EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.country import read_country
from cxone_async.contacts.do_not_call import Flag, has_consent, read_dnc_flag
from cxone_async.contacts.email import read_email
from cxone_async.contacts.flagged import FlaggedPeople
from cxone_async.contacts.model import FIELD_NAMES, Contact, FieldName
from cxone_async.contacts.name import read_name
from cxone_async.contacts.phone import PhoneNumber, PhoneRules, read_phone
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.errors import UsageError
from cxone_async.outcome import Outcome, Problem, Reason, Repair

_NO_PHONE = PhoneNumber("", "")
_EXTENSION = (Repair.PHONE_EXTENSION_LEFT_OUT,)
_ANOTHER_COLUMN = (Repair.PHONE_OF_ANOTHER_COLUMN,)

_NOT_ALLOWED = Problem(Reason.COUNTRY_NOT_ALLOWED, "country: not one that the campaign allows")
_FLAGGED = Problem(Reason.DNC_FLAG, "dnc_flag: set")
_UNCLEAR = Problem(Reason.DNC_FLAG_UNCLEAR, "dnc_flag: neither a known yes nor a known no")
_NO_CONSENT = Problem(Reason.NO_CONSENT, "consent: not a known yes")


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
    """The cells of a row that matter, as read; "" where the file has no such column.

    The last three are the cells of further columns: of phones, in the order in which to try them,
    of do-not-call flags, and of consents.
    """

    phone: str
    email: str
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    dnc_flag: str = ""
    more_phones: tuple[str, ...] = ()
    more_flags: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()


def rows_of(cells: Iterable[tuple[Any, ...]]) -> Iterator[RowFields]:
    """Give the cells their names. `RowFields(*cells)` would take three times as long."""
    return map(partial(tuple.__new__, RowFields), cells)


class Identifiers(NamedTuple):
    """What a row can be recognised by: phones (E.164 digits) and an email, "" for none."""

    phones: tuple[str, ...]
    email: str


class _Phone(NamedTuple):
    """The phone of a row with several: the cell it was read from, and the row's other phones."""

    raw: str
    number: PhoneNumber | Problem
    others: tuple[str, ...]
    repairs: tuple[Repair, ...]


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Why a row is not sent.

    `outcome` is INVALID or SUPPRESSED; `detail` quotes no value. Only a suppressed row has
    `repairs`: of an invalid row nothing is read. `flagged_row` is the row that marks the person,
    if it is another one; else 0.
    """

    outcome: Outcome
    reason: Reason
    detail: str
    repairs: tuple[Repair, ...] = ()
    flagged_row: int = 0


@dataclass(frozen=True, slots=True)
class NormaliseRules:
    """The rules that `Normaliser` applies.

    `default_country` is the country of rows that name none. With "" such a row has none, and
    its phone must have a calling code.
    """

    default_country: str = "US"
    phone_check: PhoneCheck = PhoneCheck.POSSIBLE
    phone_country: PhoneCountry = PhoneCountry.ALLOWED
    email_check: EmailCheck = EmailCheck.SYNTAX
    constraints: Constraints = field(default_factory=Constraints)


def _always(_identifier: str) -> bool:
    return True


class Normaliser:
    """Turns rows into contacts, in row order; remembers people not to call.

    `flagged` are the people whom any row of the file marks; with None, rows are known as they come.
    `tells_apart` says whether a phone or an email can be one person's alone.

    Raises `UsageError` when the rules' default country is not a country.
    """

    def __init__(
        self,
        rules: NormaliseRules,
        suppression: SuppressionList | None = None,
        *,
        flagged: FlaggedPeople | None = None,
        tells_apart: Callable[[str], bool] = _always,
    ) -> None:
        default_country = read_country(rules.default_country, "")
        if isinstance(default_country, Problem):
            raise UsageError(f"default country: {default_country.detail.removeprefix('country: ')}")
        constraints = rules.constraints
        self._default_country = default_country
        self._phone_rules = PhoneRules(
            rules.phone_check, rules.phone_country, constraints.allowed_countries
        )
        self._email_check = rules.email_check
        self._dnc_enabled = constraints.dnc_enabled
        self._allowed_countries = constraints.allowed_countries
        self._required_fields = tuple(
            name for name in FIELD_NAMES if name in constraints.required_fields and name in _MISSING
        )
        self._suppression = suppression if suppression is not None else SuppressionList()
        self._flagged = flagged
        self._tells_apart = tells_apart

    def normalise(self, row: int, fields: RowFields) -> Contact | Rejection:
        """Normalise one row. Call it once for every readable row, in row order."""
        (
            raw_phone, raw_email, first_name, last_name, raw_country,
            dnc_flag, more_phones, more_flags, consents,
        ) = fields  # fmt: skip
        country = read_country(raw_country, self._default_country)
        region = country if isinstance(country, str) else ""
        # written out, not called: every row passes here
        phone = (
            read_phone(raw_phone, region, self._phone_rules)
            if raw_phone and not raw_phone.isspace()
            else _NO_PHONE
        )
        email = (
            read_email(raw_email, self._email_check)
            if raw_email and not raw_email.isspace()
            else ""
        )
        others: tuple[str, ...] = ()
        repairs: tuple[Repair, ...] = ()
        if more_phones:
            raw_phone, phone, others, repairs = self._first_usable(
                (raw_phone, *more_phones),
                (phone, *(self._phone(one, region) for one in more_phones)),
            )
        flag: Problem | None = None
        if dnc_flag or more_flags or consents:
            flag, is_left_out = self._flag(dnc_flag, more_flags, consents)
            if is_left_out:
                repairs = (*repairs, Repair.DNC_FLAG_NOT_HONOURED)
        problem: Problem | None
        if isinstance(country, Problem):
            problem = country
        elif isinstance(phone, Problem):
            problem = phone
        elif isinstance(email, Problem):
            problem = email
        else:
            if phone.others:
                others = (*phone.others, *others)
            if phone.repairs:
                repairs = (*phone.repairs, *repairs)
            if phone.extension:
                repairs = repairs + _EXTENSION if repairs else _EXTENSION
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
                repairs,
            )
            problem = self._unmet_constraint(contact)
            if problem is None:
                return self._unless_suppressed(contact, others, flag)
        if flag is not None:
            self._pass_on(_identifiers(phone, others, email), flag)
        return Rejection(Outcome.INVALID, problem.reason, problem.detail)

    def flagged_identifiers(self, fields: RowFields) -> Identifiers | None:
        """Return what a row is recognised by, if its flag or consent counts against a call."""
        flag, _ = self._flag(fields.dnc_flag, fields.more_flags, fields.consents)
        return None if flag is None else self.identifiers(fields)

    def identifiers(self, fields: RowFields) -> Identifiers:
        """Return what a row is recognised by, as far as it can be read."""
        country = read_country(fields.country, self._default_country)
        region = country if isinstance(country, str) else ""
        first, *others = (self._phone(raw, region) for raw in (fields.phone, *fields.more_phones))
        return _identifiers(
            first,
            _digits_of(others),
            self._email(fields.email),
        )

    def is_passed_on(self, identifier: str) -> bool:
        """Say whether a suppressed row's phone or email suppresses other rows that have it."""
        return self._tells_apart(identifier) and not (
            self._flagged is not None and self._flagged.is_shared(identifier)
        )

    def _phone(self, raw: str, region: str) -> PhoneNumber | Problem:
        if not raw or raw.isspace():
            return _NO_PHONE
        return read_phone(raw, region, self._phone_rules)

    def _email(self, raw: str) -> str | Problem:
        if not raw or raw.isspace():
            return ""
        return read_email(raw, self._email_check)

    def _first_usable(
        self, cells: tuple[str, ...], numbers: tuple[PhoneNumber | Problem, ...]
    ) -> _Phone:
        """Choose the first cell with a number; without one, the problem of the first with any."""
        usable = [
            at for at, one in enumerate(numbers) if isinstance(one, PhoneNumber) and one.digits
        ]
        if not usable:
            at = next((at for at, one in enumerate(numbers) if isinstance(one, Problem)), 0)
            return _Phone(cells[at], numbers[at], (), ())
        first = usable[0]
        others = dict.fromkeys(_digits_of(numbers[at] for at in usable[1:]))
        is_another = any(isinstance(one, Problem) for one in numbers[:first])
        return _Phone(
            cells[first], numbers[first], tuple(others), _ANOTHER_COLUMN if is_another else ()
        )

    def _flag(
        self, dnc_flag: str, more_flags: tuple[str, ...], consents: tuple[str, ...]
    ) -> tuple[Problem | None, bool]:
        """Say why the row's own cells are against a call, or that its flag does not count."""
        flag = read_dnc_flag(dnc_flag)
        if more_flags and flag is not Flag.YES:
            flags = {flag, *map(read_dnc_flag, more_flags)}
            flag = next(one for one in (Flag.YES, Flag.UNCLEAR, Flag.NO) if one in flags)
        if flag is not Flag.NO and self._dnc_enabled:
            return _FLAGGED if flag is Flag.YES else _UNCLEAR, False
        if not all(map(has_consent, consents)):
            return _NO_CONSENT, False
        return None, flag is not Flag.NO

    def _unmet_constraint(self, contact: Contact) -> Problem | None:
        for name in self._required_fields:
            if not getattr(contact, name):
                return _MISSING[name]
        if self._allowed_countries and contact.country not in self._allowed_countries:
            return _NOT_ALLOWED
        return None

    def _unless_suppressed(
        self, contact: Contact, others: tuple[str, ...], flag: Problem | None
    ) -> Contact | Rejection:
        phone, email = contact.phone, contact.email
        problem = flag or self._suppression.find(phone, email)
        for other in others:
            problem = problem or self._suppression.find(other, "")
        flagged_row = 0
        if self._flagged is not None and (
            problem is None or problem.reason is Reason.SUPPRESSED_EARLIER
        ):
            row_of = self._flagged.row_of
            flagged_row = row_of(phone)
            for other in others:
                flagged_row = flagged_row or row_of(other)
            if flagged_row:
                problem = _flagged_by("phone", flagged_row)
            elif flagged_row := row_of(email):
                problem = _flagged_by("email", flagged_row)
        if problem is None:
            return contact
        repairs = contact.repairs
        if Repair.DNC_FLAG_NOT_HONOURED in repairs:  # the row does not go out, after all
            repairs = tuple(one for one in repairs if one is not Repair.DNC_FLAG_NOT_HONOURED)
        if not self._pass_on(Identifiers((phone, *others), email), flag):
            repairs = (*repairs, Repair.SUPPRESSION_NOT_PASSED_ON)
        return Rejection(Outcome.SUPPRESSED, problem.reason, problem.detail, repairs, flagged_row)

    def _pass_on(self, identifiers: Identifiers, flag: Problem | None) -> bool:
        """Let a row's phones and email suppress later rows; say whether all of them do.

        What `FlaggedPeople` holds need not be remembered.
        """
        phones = [phone for phone in identifiers.phones if phone]
        email = identifiers.email
        passed = [one for one in (*phones, email) if one and self.is_passed_on(one)]
        if self._flagged is None or flag is None:
            for phone in phones:
                self._suppression.remember(phone if phone in passed else "", "")
            self._suppression.remember("", email if email in passed else "")
        return len(passed) == len(phones) + bool(email)


def _flagged_by(name: FieldName, row: int) -> Problem:
    return Problem(
        Reason.SUPPRESSED_ELSEWHERE, f"{name}: that of row {row}, which says not to call"
    )


def _digits_of(numbers: Iterable[PhoneNumber | Problem]) -> tuple[str, ...]:
    return tuple(
        digits
        for one in numbers
        if isinstance(one, PhoneNumber)
        for digits in (one.digits, *one.others)
    )


def _identifiers(
    phone: PhoneNumber | Problem, others: tuple[str, ...], email: str | Problem
) -> Identifiers:
    phones = (phone.digits, *phone.others) if isinstance(phone, PhoneNumber) else ("",)
    return Identifiers((*phones, *others), email if isinstance(email, str) else "")
