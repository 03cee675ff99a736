"""Turns a row's fields into a contact, or gives the reason why it cannot.

No row raises. The checks run in this order, and the first that fails gives the reason: country,
phone, email, the campaign's required fields, its allowed countries, further fields, do-not-call. So
a row with a problem is `invalid` whatever list it is on, and only a row that would have been sent
can be `suppressed`.

Do-not-call errs on the safe side:

- A flag that is neither a known yes nor a known no is a reason not to call. So is a consent that is
  not a known yes, whatever the campaign says.
- The phones and the email of a suppressed row suppress every later row that has one of them. With
  `FlaggedPeople` those of a flagged row suppress the rows before it too. A value that cannot tell
  people apart (`none@example.com`) suppresses nobody but its own row.
- An invalid row whose do-not-call flag counts stays invalid, but suppresses others all the same:
  the person asked not to be called, even if the row has a typing error. A phone or an email of a
  flagged row that is not usable suppresses everybody whom it may mean (`every_reading`).
- A phone cell whose label says not to call (`202-555-0143 DNC`) counts as a flag, usable or not.
- Of several phones the first usable one is sent. If any of them is suppressed, so is the row.

An empty cell, or one of only white space, means the default country in `country`, and "not
flagged" in `dnc_flag`. Words that stand for an empty cell (`N/A`, `null`; see `blank`) are one in
the phone, the email, the names and the country, and a reason not to call in `dnc_flag`.

A phone or an email that is not usable is left out if the campaign does not require it and the other
one is usable. The row is suppressed all the same if what can be read of it is on a list.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import msgspec

from cxone_async.contacts.blank import is_blank, is_blank_country
from cxone_async.contacts.checks import EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.country import read_country
from cxone_async.contacts.do_not_call import Flag, has_consent, read_dnc_flag
from cxone_async.contacts.email import (
    Emails,
    as_far_as_it_reads,
    read_email_cell,
    read_plain_email,
)
from cxone_async.contacts.every_reading import every_email, every_phone, is_somebodys
from cxone_async.contacts.flagged import FlaggedPeople
from cxone_async.contacts.further import NOTHING_FURTHER, FurtherFields
from cxone_async.contacts.model import FIELD_NAMES, Contact, FieldName
from cxone_async.contacts.name import name_repairs, read_name
from cxone_async.contacts.phone import PhoneNumber, PhoneRules, read_phone
from cxone_async.contacts.phone_cell import label_says_not_to_call
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.errors import UsageError
from cxone_async.outcome import Outcome, Problem, Reason, Repair

_NO_PHONE = PhoneNumber("", "")
_UNCHECKED_PHONE = PhoneRules(PhoneCheck.OFF, PhoneCountry.ANY)
_EXTENSION = (Repair.PHONE_EXTENSION_LEFT_OUT,)
_EMPTY = (Repair.EMPTY_WORD,)
_BY_DEFAULT = (Repair.COUNTRY_BY_DEFAULT,)
_NAMIBIA = (Repair.COUNTRY_NA_IS_NAMIBIA,)
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

    The last four are the cells of more columns: of phones, in the order in which to try them, of
    do-not-call flags, of consents, and of further fields.
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
    further: tuple[str, ...] = ()


def rows_of(cells: Iterable[tuple[Any, ...]]) -> Iterator[RowFields]:
    """Give the cells their names. `RowFields(*cells)` would take three times as long."""
    return map(partial(tuple.__new__, RowFields), cells)


class Identifiers(NamedTuple):
    """What a row can be recognised by: phones (E.164 digits) and emails; "" stands for none."""

    phones: tuple[str, ...]
    emails: tuple[str, ...]


class _Phone(NamedTuple):
    """The phone of a row with several: the cell it was read from, and the row's other phones."""

    raw: str
    number: PhoneNumber | Problem
    others: tuple[str, ...]
    repairs: tuple[Repair, ...]


class _More(NamedTuple):
    """A row's further phones and emails, and what can be read of those that are left out."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    left_out_phones: tuple[str, ...] = ()
    left_out_email: str = ""


class _Read(NamedTuple):
    """What a row's phone and email cells hold; the raw cell is "" where nothing is used of it."""

    phone: PhoneNumber | Problem
    email: str | Problem
    raw_phone: str
    raw_email: str
    more: _More
    repairs: tuple[Repair, ...]


_NONE: tuple[Repair, ...] = ()
_NOTHING_MORE = _More()


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


def _flags_beside(fields: RowFields) -> tuple[str, ...]:
    """Return the flag that stands in a cell of a phone (`202-555-0143 DNC`)."""
    cells = (fields.phone, *fields.more_phones)
    return ("DNC",) if any(map(label_says_not_to_call, cells)) else ()


def _always(_identifier: str) -> bool:
    return True


class Normaliser:
    """Turns rows into contacts, in row order; remembers people not to call.

    `flagged` are the people whom any row of the file marks; with None, rows are known as they come.
    `tells_apart` says whether a phone or an email can be one person's alone. `further` reads the
    further fields; without it they are left out. `has_country_column` says that the file has one: a
    row without a country has its repair then. Where no row has one, the default was meant for all.

    Raises `UsageError` when the rules' default country is not a country.
    """

    def __init__(
        self,
        rules: NormaliseRules,
        suppression: SuppressionList | None = None,
        *,
        flagged: FlaggedPeople | None = None,
        tells_apart: Callable[[str], bool] = _always,
        further: FurtherFields | None = None,
        has_country_column: bool = False,
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
        self._phones_are_unchecked = rules.phone_check is PhoneCheck.OFF
        self._dnc_enabled = constraints.dnc_enabled
        self._allowed_countries = constraints.allowed_countries
        self._required_fields = tuple(
            name for name in FIELD_NAMES if name in constraints.required_fields and name in _MISSING
        )
        self._phone_is_optional = "phone" not in constraints.required_fields
        self._email_is_optional = "email" not in constraints.required_fields
        self._suppression = suppression if suppression is not None else SuppressionList()
        self._flagged = flagged
        self._tells_apart = tells_apart
        self._further_fields = further
        self._of_no_country = _BY_DEFAULT if has_country_column and default_country else _NONE

    def normalise(self, row: int, fields: RowFields) -> Contact | Rejection:
        """Normalise one row. Call it once for every readable row, in row order."""
        (
            raw_phone, raw_email, first_name, last_name, raw_country,
            dnc_flag, more_phones, more_flags, consents, further_cells,
        ) = fields  # fmt: skip
        country = read_country(raw_country, self._default_country)
        region = country if isinstance(country, str) else ""
        # written out, not called: every row passes here
        phone = (
            read_phone(raw_phone, region, self._phone_rules)
            if raw_phone and not raw_phone.isspace()
            else _NO_PHONE
        )
        email: str | Problem = read_plain_email(raw_email) if raw_email else ""
        more, repairs = _NOTHING_MORE, _NONE
        if (
            isinstance(phone, Problem)
            or more_phones
            or (raw_email and not email)
            or self._phones_are_unchecked
        ):
            more_flags += _flags_beside(fields)
            phone, email, raw_phone, raw_email, more, repairs = self._further(fields, phone, region)
        elif phone.repairs:
            more_flags += _flags_beside(fields)
        flag: Problem | None = None
        if dnc_flag or more_flags or consents:
            flag, is_left_out = self._flag_passed_on(fields, more_flags)
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
            if phone.extension or phone.repairs or phone.others:
                more, repairs = _with_details(phone, more, repairs)
            first, last = read_name(first_name), read_name(last_name)
            if first != first_name or last != last_name:
                repairs += name_repairs(first_name, first) + name_repairs(last_name, last)
            if raw_country != country or country == "NA":
                repairs += self._country_repairs(raw_country, country)
            external_id, further, further_repairs, further_problem = (
                self._further_fields.read(further_cells)
                if self._further_fields is not None
                else NOTHING_FURTHER
            )
            contact = Contact(
                row,
                phone.digits,
                phone.extension,
                email,
                first,
                last,
                country,
                raw_phone,
                raw_email,
                repairs + further_repairs,
                external_id,
                further,
            )
            # Most rows have every field and meet nobody on a list: neither needs a closer look.
            is_complete = phone.digits and email and first and last and country
            problem = (
                further_problem
                if is_complete and not self._allowed_countries
                else self._unmet_constraint(contact) or further_problem
            )
            if problem is None:
                is_free = flag is None and self._flagged is None and self._suppression.is_empty
                return contact if is_free else self._unless_suppressed(contact, more, flag)
        return Rejection(Outcome.INVALID, problem.reason, problem.detail)

    def country_of(self, fields: RowFields) -> str | Problem:
        """Return the country of a row as `normalise` reads it."""
        return read_country(fields.country, self._default_country)

    def flagged_identifiers(self, fields: RowFields) -> Identifiers | None:
        """Return whom a row may mean, if its flag or consent counts against a call."""
        flags = fields.more_flags + _flags_beside(fields)
        flag, _ = self._flag(fields.dnc_flag, flags, fields.consents)
        return None if flag is None else self._every_identifier(fields)

    def identifiers(self, fields: RowFields) -> Identifiers:
        """Return what a row is recognised by, as far as it can be read."""
        country = read_country(fields.country, self._default_country)
        region = country if isinstance(country, str) else ""
        first, *others = (self._phone(raw, region) for raw in (fields.phone, *fields.more_phones))
        emails = self._emails(fields.email)
        return _identifiers(
            first,
            _digits_of(others),
            *(("", ()) if isinstance(emails, Problem) else (emails.address, emails.others)),
        )

    def _every_identifier(self, fields: RowFields) -> Identifiers:
        """Return everybody whom a row may mean; what is written plainly means one only."""
        country = read_country(fields.country, self._default_country)
        region = country if isinstance(country, str) else ""
        phones = [
            digits
            for raw in (fields.phone, *fields.more_phones)
            if not is_blank(raw)
            for digits in self._every_phone(raw, region)
        ]
        plain = read_plain_email(fields.email)
        emails = (plain,) if plain else every_email(fields.email)
        return Identifiers(tuple(phones), () if is_blank(fields.email) else emails)

    def _every_phone(self, raw: str, region: str) -> tuple[str, ...]:
        number = read_phone(raw, region, self._phone_rules)
        is_plain = region and not self._phones_are_unchecked
        if is_plain and isinstance(number, PhoneNumber) and not (number.repairs or number.others):
            return (number.digits,)
        digits = "".join(filter(str.isdigit, raw))
        if len(set(digits)) == 1:
            return (digits,)  # as it stands, however short: with a calling code it looks like one
        readings = (*_digits_of((number,)), *every_phone(raw, (region,)))
        if region == self._default_country:
            return readings
        elsewhere = every_phone(raw, (self._default_country,))
        if self._phones_are_unchecked:
            return (*readings, *elsewhere)
        # In a country that the row does not name, what is no number there is nobody's.
        return (*readings, *filter(is_somebodys, elsewhere))

    def is_passed_on(self, identifier: str) -> bool:
        """Say whether a suppressed row's phone or email suppresses other rows that have it."""
        return self._tells_apart(identifier) and not (
            self._flagged is not None and self._flagged.is_shared(identifier)
        )

    def _further(self, fields: RowFields, phone: PhoneNumber | Problem, region: str) -> _Read:
        """Read what is not plain: several numbers or addresses, words for none, unusable ones."""
        raw_phone, raw_email = fields.phone, fields.email
        repairs: tuple[Repair, ...] = ()
        if is_blank(raw_phone):
            repairs = _EMPTY if raw_phone.strip() else ()
            raw_phone, phone = "", _NO_PHONE
        more = _NOTHING_MORE
        if fields.more_phones:
            chosen = self._first_usable(
                (raw_phone, *fields.more_phones),
                (phone, *(self._phone(one, region) for one in fields.more_phones)),
            )
            raw_phone, phone = chosen.raw, chosen.number
            more = _More(phones=chosen.others)
            repairs += chosen.repairs
        found = self._emails(raw_email)
        email: str | Problem
        if isinstance(found, Problem):
            email = found
        else:
            email, more = found.address, more._replace(emails=found.others)
            raw_email = raw_email if email else ""
            repairs += found.repairs
        if isinstance(phone, Problem):
            if self._phone_is_optional and email and isinstance(email, str):
                more = more._replace(left_out_phones=self._loosely(raw_phone, region))
                raw_phone, phone = "", _NO_PHONE
                repairs = (*repairs, Repair.PHONE_LEFT_OUT)
        elif isinstance(email, Problem) and self._email_is_optional and phone.digits:
            more = more._replace(left_out_email=as_far_as_it_reads(raw_email))
            raw_email = email = ""
            repairs = (*repairs, Repair.EMAIL_LEFT_OUT)
        return _Read(phone, email, raw_phone, raw_email, more, repairs)

    def _phone(self, raw: str, region: str) -> PhoneNumber | Problem:
        return _NO_PHONE if is_blank(raw) else read_phone(raw, region, self._phone_rules)

    def _loosely(self, raw: str, region: str) -> tuple[str, ...]:
        """Return the numbers that an unusable phone may be, with its plus sign and without."""
        bare = raw.lstrip(" +\t\u00a0")
        return _digits_of(read_phone(one, region, _UNCHECKED_PHONE) for one in (raw, bare) if one)

    def _emails(self, raw: str) -> Emails | Problem:
        if is_blank(raw):
            return Emails("", (), _EMPTY if raw.strip() else ())
        return read_email_cell(raw, self._email_check)

    def _country_repairs(self, raw: str, country: str) -> tuple[Repair, ...]:
        if country == "NA" != self._default_country and raw.strip() == "NA":
            return _NAMIBIA
        if not is_blank_country(raw):
            return _NONE
        return _EMPTY + self._of_no_country if raw.strip() else self._of_no_country

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

    def _flag_passed_on(
        self, fields: RowFields, more_flags: tuple[str, ...]
    ) -> tuple[Problem | None, bool]:
        """Return what `_flag` does, and let a flagged row suppress everybody whom it may mean.

        What `FlaggedPeople` holds need not be remembered.
        """
        flag, is_left_out = self._flag(fields.dnc_flag, more_flags, fields.consents)
        if flag is not None and self._flagged is None:
            self._pass_on(self._every_identifier(fields), flag)
        return flag, is_left_out

    def _unmet_constraint(self, contact: Contact) -> Problem | None:
        for name in self._required_fields:
            if not getattr(contact, name):
                return _MISSING[name]
        if self._allowed_countries and contact.country not in self._allowed_countries:
            return _NOT_ALLOWED
        return None

    def _unless_suppressed(
        self, contact: Contact, more: _More, flag: Problem | None
    ) -> Contact | Rejection:
        phone, email = contact.phone, contact.email
        problem = flag or self._suppression.find(phone, email)
        if more is not _NOTHING_MORE and problem is None:
            problem = self._find_more(more)
        flagged_row = 0
        if self._flagged is not None and (
            problem is None or problem.reason is Reason.SUPPRESSED_EARLIER
        ):
            phones, emails = (phone, *more.phones), (email, *more.emails)
            flagged_row = self._flagged_row(*phones, *more.left_out_phones)
            if flagged_row:
                problem = _flagged_by("phone", flagged_row)
            elif flagged_row := self._flagged_row(*emails, more.left_out_email):
                problem = _flagged_by("email", flagged_row)
        if problem is None:
            return contact
        repairs = contact.repairs
        if Repair.DNC_FLAG_NOT_HONOURED in repairs:  # the row does not go out, after all
            repairs = tuple(one for one in repairs if one is not Repair.DNC_FLAG_NOT_HONOURED)
        if not self._pass_on(Identifiers((phone, *more.phones), (email, *more.emails)), flag):
            repairs = (*repairs, Repair.SUPPRESSION_NOT_PASSED_ON)
        return Rejection(Outcome.SUPPRESSED, problem.reason, problem.detail, repairs, flagged_row)

    def _find_more(self, more: _More) -> Problem | None:
        find = self._suppression.find
        problem = find("", more.left_out_email)
        for phone in (*more.phones, *more.left_out_phones):
            problem = problem or find(phone, "")
        for email in more.emails:
            problem = problem or find("", email)
        return problem

    def _flagged_row(self, *identifiers: str) -> int:
        """Return the first row that flags one of these people; 0 if none does."""
        assert self._flagged is not None  # noqa: S101  the caller asks only then
        return next(filter(None, map(self._flagged.row_of, identifiers)), 0)

    def _pass_on(self, identifiers: Identifiers, flag: Problem | None) -> bool:
        """Let a row's phones and email suppress later rows; say whether all of them do.

        What `FlaggedPeople` holds need not be remembered.
        """
        phones = [phone for phone in identifiers.phones if phone]
        emails = [email for email in identifiers.emails if email]
        passed = [one for one in (*phones, *emails) if self.is_passed_on(one)]
        if self._flagged is None or flag is None:
            for phone in phones:
                self._suppression.remember(phone if phone in passed else "", "")
            for email in emails:
                self._suppression.remember("", email if email in passed else "")
        return len(passed) == len(phones) + len(emails)


def _with_details(
    phone: PhoneNumber, more: _More, repairs: tuple[Repair, ...]
) -> tuple[_More, tuple[Repair, ...]]:
    """Add the phone's other numbers and its repairs to the row's."""
    extension = _EXTENSION if phone.extension else ()
    return (
        more._replace(phones=(*phone.others, *more.phones)),
        (*phone.repairs, *repairs, *extension),
    )


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
    phone: PhoneNumber | Problem,
    others: tuple[str, ...],
    email: str | Problem,
    other_emails: tuple[str, ...],
) -> Identifiers:
    phones = (phone.digits, *phone.others) if isinstance(phone, PhoneNumber) else ("",)
    emails = (email if isinstance(email, str) else "", *other_emails)
    return Identifiers((*phones, *others), emails)
