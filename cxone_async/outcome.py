"""A row's outcome, and the stable codes that say why.

`prepare` and `load` make outcomes; `report` counts them and writes them to the files. They share
these types, so the types are in a module of their own, below all of them. That every input row
gets exactly one outcome is checked by `report.reconciliation`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class Outcome(StrEnum):
    """The seven outcomes that a row can have."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    UNRESOLVED = "unresolved"
    READY = "ready"


class Reason(StrEnum):
    """Why a row is invalid, suppressed, failed or unresolved. Codes never change meaning."""

    # invalid: the record could not be read
    TOO_FEW_FIELDS = "too_few_fields"
    TOO_MANY_FIELDS = "too_many_fields"
    UNDECODABLE = "undecodable"
    NUL_CHARACTER = "nul_character"
    UNTERMINATED_QUOTE = "unterminated_quote"
    MALFORMED_QUOTE = "malformed_quote"
    FIELD_TOO_LARGE = "field_too_large"
    # invalid: a field is missing or not what it should be
    PHONE_MISSING = "phone_missing"
    PHONE_UNREADABLE = "phone_unreadable"
    PHONE_NOT_POSSIBLE = "phone_not_possible"
    PHONE_LOCAL_ONLY = "phone_local_only"
    PHONE_NOT_VALID = "phone_not_valid"
    PHONE_COUNTRY_MISMATCH = "phone_country_mismatch"
    PHONE_AMBIGUOUS = "phone_ambiguous"
    PHONE_PLACEHOLDER = "phone_placeholder"
    EMAIL_MISSING = "email_missing"
    EMAIL_NOT_VALID = "email_not_valid"
    FIRST_NAME_MISSING = "first_name_missing"
    LAST_NAME_MISSING = "last_name_missing"
    COUNTRY_MISSING = "country_missing"
    COUNTRY_UNKNOWN = "country_unknown"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    FIELD_NOT_NUMBER = "field_not_number"
    FIELD_NOT_DATE = "field_not_date"
    FIELD_NOT_BOOLEAN = "field_not_boolean"
    FIELD_VALUE_TOO_LONG = "field_value_too_long"
    FIELDS_TOO_LARGE = "fields_too_large"
    EXTERNAL_ID_MISSING = "external_id_missing"
    EXTERNAL_ID_REPEATED = "external_id_repeated"
    # suppressed
    DNC_FLAG = "dnc_flag"
    DNC_FLAG_UNCLEAR = "dnc_flag_unclear"
    NO_CONSENT = "no_consent"
    SUPPRESSED_ELSEWHERE = "suppressed_elsewhere"
    SUPPRESSION_FILE = "suppression_file"
    SUPPRESSED_EARLIER = "suppressed_earlier"
    # failed
    TENANT_INVALID_PHONE = "tenant_invalid_phone"
    TENANT_INVALID_EMAIL = "tenant_invalid_email"
    TENANT_DUPLICATE_CONTACT = "tenant_duplicate_contact"
    TENANT_DNC_LISTED = "tenant_dnc_listed"
    TENANT_REFUSED_CONTENT = "tenant_refused_content"
    RETRIES_EXHAUSTED = "retries_exhausted"
    # unresolved
    AMBIGUOUS_SUBMIT = "ambiguous_submit"
    NO_RESULT = "no_result"
    CONTRADICTORY_RESULTS = "contradictory_results"
    IMPORT_LOST = "import_lost"
    JOURNAL_LOST = "journal_lost"


TENANT_RULE: Final = "tenant"
"""The rule of a duplicate that was sent: the tenant had the contact already."""

DECISION_RULE: Final = "decision"
"""The rule of a duplicate of which a person has said so. Its score is always 100."""


LEDGER_RULE: Final = "ledger"
"""The rule of a duplicate who was sent by an earlier run: `duplicate_of_run` names it."""


class Repair(StrEnum):
    """What was read differently from how the cell has it. Codes never change meaning."""

    PHONE_EXTENSION_LEFT_OUT = "phone_extension_left_out"
    PHONE_LABEL_LEFT_OUT = "phone_label_left_out"
    PHONE_OTHER_NUMBER_LEFT_OUT = "phone_other_number_left_out"
    PHONE_SPREADSHEET_NUMBER = "phone_spreadsheet_number"
    PHONE_ZERO_LEFT_OUT = "phone_zero_left_out"
    PHONE_OF_ANOTHER_COLUMN = "phone_of_another_column"
    PHONE_LEFT_OUT = "phone_left_out"
    EMAIL_LEFT_OUT = "email_left_out"
    EMAIL_TIDIED = "email_tidied"
    EMAIL_OF_SEVERAL = "email_of_several"
    EMAIL_DOMAIN_REWRITTEN = "email_domain_rewritten"
    NAME_TIDIED = "name_tidied"
    COUNTRY_NA_IS_NAMIBIA = "country_na_is_namibia"
    COUNTRY_BY_DEFAULT = "country_by_default"
    EMPTY_WORD = "empty_word"
    CELLS_MISSING = "cells_missing"
    DNC_FLAG_NOT_HONOURED = "dnc_flag_not_honoured"
    SUPPRESSION_NOT_PASSED_ON = "suppression_not_passed_on"


def joined(repairs: Iterable[Repair]) -> str:
    """Return repairs as files show them: each code once, in the order found, joined by `;`."""
    return ";".join(dict.fromkeys(repairs)) if repairs else ""


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Why a record or a field cannot be used: the stable code, and one line for a person.

    A problem is data, not an exception: a bad cell is an everyday event. `detail` names the
    field and what is wrong with it, never the value, so it may be printed and logged.
    """

    reason: Reason
    detail: str


class RowOutcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row's outcome.

    `row` counts data records from 1. `line` is the physical line on which the record starts (the
    header is line 1). `detail` names the field and what was wrong with it, never the value.
    `duplicate_of` is the row that a duplicate repeats, or the one that marks the person of a row
    that is `suppressed_elsewhere`. `score` is 0..100, or None where no rule decided. `repairs` is
    as `joined` returns it. `external_id` is the row's own name in the user's system. `raw` is the
    record as in the input, without its line end; only rows that are written to rejects.csv or
    unresolved.csv carry it. `duplicate_of_run` names the earlier run whose row a duplicate repeats;
    "" is this run.
    """

    row: int
    line: int
    outcome: Outcome
    reason: str = ""
    detail: str = ""
    duplicate_of: int = 0
    rule: str = ""
    score: float | None = None
    contact_id: str = ""
    import_id: str = ""
    attempts: int = 0
    raw: bytes = b""
    external_id: str = ""
    repairs: str = ""
    duplicate_of_run: str = ""


class Resemblance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row that was kept although it resembles an earlier one: a line of review.csv."""

    row: int
    resembles_row: int
    rule: str
    score: float
