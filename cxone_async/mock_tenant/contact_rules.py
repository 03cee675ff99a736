"""Decides which contacts of an import the tenant takes.

Repeatable: the result of a contact depends on the options, on its fields and on what was submitted
before. It does not depend on a clock, or on the order of requests with different contacts.

Whether a contact is marked as refused (for good, or for a while) follows from a hash of the seed
and its fields. A contact that is refused for a while is taken after a number of refusals, so the
only thing to remember is how often it was refused.
"""

from __future__ import annotations

import re
from enum import IntEnum, unique
from hashlib import blake2b
from operator import itemgetter
from typing import Final

from cxone_async.mock_tenant.options import CONTACT_FIELDS, TenantOptions
from cxone_async.mock_tenant.wire import Fields

MAX_EMAIL_CHARACTERS: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets

_NUMBER: Final = re.compile(r"\+?[1-9][0-9]{6,14}")  # E.164: at most 15 digits, no leading zero
_ADDRESS: Final = re.compile(r"(?s:.+)@[^@\s]+")  # the local part may be quoted and hold anything
_every_field: Final = itemgetter(*CONTACT_FIELDS)
_who: Final = itemgetter("phone", "email", "first_name", "last_name")
_LOT_RANGE: Final = float(1 << 32)


@unique
class ResultCode(IntEnum):
    """The result of one contact; kept as one byte per contact."""

    ACCEPTED = 0
    INVALID_PHONE = 1
    INVALID_EMAIL = 2
    DUPLICATE_CONTACT = 3
    DNC_LISTED = 4
    REQUIRED_FIELD_MISSING = 5
    TEMPORARILY_UNAVAILABLE = 6
    UNEXPLAINED = 7


ERRORS: Final[dict[int, dict[str, str] | None]] = {
    ResultCode.INVALID_PHONE: {
        "code": "INVALID_PHONE",
        "message": "the phone is missing, no E.164 number, or of a country that is not allowed",
    },
    ResultCode.INVALID_EMAIL: {
        "code": "INVALID_EMAIL",
        "message": "the email is missing, or no address",
    },
    ResultCode.DUPLICATE_CONTACT: {
        "code": "DUPLICATE_CONTACT",
        "message": "the contact is on the list already",
    },
    ResultCode.DNC_LISTED: {
        "code": "DNC_LISTED",
        "message": "the phone is on the do-not-call list",
    },
    ResultCode.REQUIRED_FIELD_MISSING: {
        "code": "REQUIRED_FIELD_MISSING",
        "message": "a field that the campaign requires is empty",
    },
    ResultCode.TEMPORARILY_UNAVAILABLE: {
        "code": "TEMPORARILY_UNAVAILABLE",
        "message": "the contact could not be stored now",
    },
    ResultCode.UNEXPLAINED: None,
}
"""The `error` of a failed result. None: the result fails without giving a reason."""

_MISSING: Final = {"phone": ResultCode.INVALID_PHONE, "email": ResultCode.INVALID_EMAIL}
_TRANSIENT: Final = (ResultCode.TEMPORARILY_UNAVAILABLE, ResultCode.UNEXPLAINED)


class ContactRules:
    """Judges contacts against one tenant's options, remembering what repeats need."""

    def __init__(self, options: TenantOptions) -> None:
        self._countries = frozenset(options.allowed_countries)
        required = options.required_fields
        self._required = ("phone", "email") if required is None else required
        self._seed = str(options.seed)
        self._permanent_share = options.permanent_share
        self._refused_share = options.permanent_share + options.transient_share
        self._transient_attempts = options.transient_attempts
        self._draws_lots = self._refused_share > 0
        self._refuses_duplicates = options.refuse_duplicates
        permanent = [
            ResultCode.INVALID_PHONE,
            ResultCode.INVALID_EMAIL,
            ResultCode.DUPLICATE_CONTACT,
        ]
        self._permanent = [*permanent, ResultCode.DNC_LISTED] if options.dnc_enabled else permanent
        self._times_refused: dict[bytes, int] = {}
        self._on_list: set[bytes] = set()

    @property
    def remembers_contacts(self) -> bool:
        """Whether the result of a contact can depend on what was submitted before."""
        return self._draws_lots or self._refuses_duplicates

    def judge(self, list_id: str, contacts: list[Fields]) -> bytes:
        """One `ResultCode` per contact, in order, for a submission that is new."""
        return bytes([self._result_code(list_id, fields) for fields in contacts])

    def _result_code(self, list_id: str, fields: Fields) -> ResultCode:
        return (
            self._constraint_problem(fields)
            or (self._draws_lots and self._refused_by_lot(fields))
            or (self._refuses_duplicates and self._repeat_of_another(list_id, fields))
            or ResultCode.ACCEPTED
        )

    def _constraint_problem(self, fields: Fields) -> ResultCode | None:
        for name in self._required:
            if not fields[name]:
                return _MISSING.get(name, ResultCode.REQUIRED_FIELD_MISSING)
        phone, email = fields["phone"], fields["email"]
        if (phone and not _NUMBER.fullmatch(phone)) or fields["country"] not in self._countries:
            return ResultCode.INVALID_PHONE
        if email and (len(email) > MAX_EMAIL_CHARACTERS or not _ADDRESS.fullmatch(email)):
            return ResultCode.INVALID_EMAIL
        return None

    def _refused_by_lot(self, fields: Fields) -> ResultCode | None:
        lot = _digest(self._seed, *_every_field(fields))
        share = int.from_bytes(lot[:4], "big") / _LOT_RANGE
        kind = lot[4]
        if share < self._permanent_share:
            return self._permanent[kind % len(self._permanent)]
        if share < self._refused_share:
            times_refused = self._times_refused.get(lot, 0)
            if times_refused < self._transient_attempts:
                self._times_refused[lot] = times_refused + 1
                return _TRANSIENT[kind % len(_TRANSIENT)]
        return None

    def _repeat_of_another(self, list_id: str, fields: Fields) -> ResultCode | None:
        person = _digest(list_id, *_who(fields))
        if person in self._on_list:
            return ResultCode.DUPLICATE_CONTACT
        self._on_list.add(person)
        return None


def _digest(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()
