"""The checks that a row goes through, in their order, and where it left them. Pure.

Guarantee: the recorded outcome and reason say at which check a row ended. Nothing is judged again,
so what is shown cannot contradict the run.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from cxone_async.contacts.checks import DoNotCall
from cxone_async.outcome import LEDGER_RULE, TENANT_RULE, Outcome, Reason, Repair
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.wording import REASON_MEANING, way_out


class CheckResult(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_REACHED = "not reached"


class Check(msgspec.Struct, frozen=True):
    """One check. `what` says what was asked, or found; it quotes nothing of a person."""

    name: str
    result: CheckResult
    what: str


class RecordedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A line of outcomes.csv, as far as a person asks for it. `attempts` is 0 for no attempt."""

    row: int
    line: int
    outcome: Outcome
    reason: str = ""
    duplicate_of: str = ""
    rule: str = ""
    score: str = ""
    contact_id: str = ""
    import_id: str = ""
    attempts: int = 0
    segmented: str = ""
    repairs: tuple[str, ...] = ()


RECORD: Final = "record"
COUNTRY: Final = "country"
PHONE: Final = "phone"
EMAIL: Final = "email"
REQUIRED: Final = "required fields"
ALLOWED: Final = "allowed countries"
FURTHER: Final = "further fields"
DO_NOT_CALL: Final = "do-not-call"
LISTED: Final = "suppression files"
OTHER_ROWS: Final = "other rows' do-not-call"
EXTERNAL_ID: Final = "external id"
EARLIER_ROWS: Final = "earlier rows"
SENDING: Final = "sending"
ANSWER: Final = "CXone's answer"
SEGMENT: Final = "segment"

ORDER: Final = (
    *(RECORD, COUNTRY, PHONE, EMAIL, REQUIRED, ALLOWED, FURTHER, DO_NOT_CALL, LISTED),
    *(OTHER_ROWS, EXTERNAL_ID, EARLIER_ROWS, SENDING, ANSWER, SEGMENT),
)

_CHECK_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            Reason.TOO_FEW_FIELDS,
            Reason.TOO_MANY_FIELDS,
            Reason.UNDECODABLE,
            Reason.NUL_CHARACTER,
            Reason.UNTERMINATED_QUOTE,
            Reason.MALFORMED_QUOTE,
            Reason.FIELD_TOO_LARGE,
        ),
        RECORD,
    ),
    Reason.COUNTRY_UNKNOWN: COUNTRY,
    **dict.fromkeys(
        (
            Reason.PHONE_UNREADABLE,
            Reason.PHONE_NOT_POSSIBLE,
            Reason.PHONE_LOCAL_ONLY,
            Reason.PHONE_NOT_VALID,
            Reason.PHONE_COUNTRY_MISMATCH,
            Reason.PHONE_AMBIGUOUS,
            Reason.PHONE_PLACEHOLDER,
        ),
        PHONE,
    ),
    Reason.EMAIL_NOT_VALID: EMAIL,
    **dict.fromkeys(
        (
            Reason.PHONE_MISSING,
            Reason.EMAIL_MISSING,
            Reason.FIRST_NAME_MISSING,
            Reason.LAST_NAME_MISSING,
            Reason.COUNTRY_MISSING,
        ),
        REQUIRED,
    ),
    Reason.COUNTRY_NOT_ALLOWED: ALLOWED,
    **dict.fromkeys(
        (
            Reason.FIELD_NOT_NUMBER,
            Reason.FIELD_NOT_DATE,
            Reason.FIELD_NOT_BOOLEAN,
            Reason.FIELD_VALUE_TOO_LONG,
            Reason.FIELDS_TOO_LARGE,
            Reason.EXTERNAL_ID_MISSING,
        ),
        FURTHER,
    ),
    Reason.DNC_FLAG: DO_NOT_CALL,
    Reason.DNC_FLAG_UNCLEAR: DO_NOT_CALL,
    Reason.NO_CONSENT: DO_NOT_CALL,
    Reason.SUPPRESSION_FILE: LISTED,
    Reason.SUPPRESSED_ELSEWHERE: OTHER_ROWS,
    Reason.SUPPRESSED_EARLIER: OTHER_ROWS,
    Reason.EXTERNAL_ID_REPEATED: EXTERNAL_ID,
    Reason.AMBIGUOUS_SUBMIT: SENDING,
    Reason.JOURNAL_LOST: SENDING,
    **dict.fromkeys(
        (
            Reason.TENANT_INVALID_PHONE,
            Reason.TENANT_INVALID_EMAIL,
            Reason.TENANT_DUPLICATE_CONTACT,
            Reason.TENANT_DNC_LISTED,
            Reason.TENANT_REFUSED_CONTENT,
            Reason.RETRIES_EXHAUSTED,
            Reason.NO_RESULT,
            Reason.CONTRADICTORY_RESULTS,
            Reason.IMPORT_LOST,
        ),
        ANSWER,
    ),
}
"""At which check each reason ends a row; a test asks it for every reason."""


def checks_of(found: RecordedOutcome, settings: OutcomeSettings) -> tuple[Check, ...]:
    """Return every check in its order: those that the row passed, where it ended, and the rest."""
    last, result = _end_of(found)
    at = ORDER.index(last)
    said = dict(_in_words(found, settings))
    checks = []
    has_no_segment = found.outcome is Outcome.IMPORTED and not found.segmented
    for position, name in enumerate(ORDER[:-1] if has_no_segment else ORDER):
        if position > at:
            checks.append(Check(name, CheckResult.NOT_REACHED, ""))
        elif position < at or result is CheckResult.PASSED:
            checks.append(Check(name, CheckResult.PASSED, said[name]))
        else:
            checks.append(Check(name, result, _why(found)))
    return tuple(checks)


def _end_of(found: RecordedOutcome) -> tuple[str, CheckResult]:
    match found.outcome:
        case Outcome.READY:
            end = EARLIER_ROWS, CheckResult.PASSED
        case Outcome.DUPLICATE:
            is_sent = found.rule == TENANT_RULE
            end = ANSWER if is_sent else EARLIER_ROWS, CheckResult.FAILED
        case Outcome.IMPORTED:
            is_out = found.segmented == "no"
            result = CheckResult.FAILED if is_out else CheckResult.PASSED
            end = SEGMENT if found.segmented else ANSWER, result
        case Outcome.UNRESOLVED:
            end = _CHECK_OF.get(found.reason, ANSWER), CheckResult.UNKNOWN
        case Outcome.FAILED:
            end = ANSWER, CheckResult.FAILED
        case _:
            end = _CHECK_OF.get(found.reason, RECORD), CheckResult.FAILED
    return end


def _why(found: RecordedOutcome) -> str:
    if found.outcome is Outcome.DUPLICATE:
        if found.rule == TENANT_RULE:
            return "CXone has this contact on the list already"
        score = f", score {found.score}" if found.score else ""
        if found.rule == LEDGER_RULE:
            run, _, row = found.duplicate_of.rpartition("/")
            return f"was sent before, by the run {run} as its row {row}{score}"
        return f"repeats row {found.duplicate_of} (rule {found.rule}{score})"
    if found.outcome is Outcome.IMPORTED:
        return "CXone did not add it"
    named = f" (row {found.duplicate_of})" if found.duplicate_of else ""
    return f"{meaning_of(found)}{named}"


def _in_words(found: RecordedOutcome, settings: OutcomeSettings) -> Iterator[tuple[str, str]]:
    """Yield what each check asked, or found, for a row that passed it."""
    countries = ", ".join(sorted(settings.allowed_countries))
    counts = settings.dnc_enabled or settings.dnc is DoNotCall.ALWAYS
    yield RECORD, f"read from line {found.line}"
    yield COUNTRY, f"a known country, or none: then {settings.default_country or 'none'}"
    if Repair.PHONE_LEFT_OUT in found.repairs:
        yield PHONE, "not usable, so it is left out: the email is enough"
    else:
        yield PHONE, f"a number that may exist (--phone-check {settings.phone_check}), or none"
    if Repair.EMAIL_LEFT_OUT in found.repairs:
        yield EMAIL, "not usable, so it is left out: the phone is enough"
    else:
        yield EMAIL, f"an address (--email-check {settings.email_check}), or none"
    required = ", ".join(sorted(settings.required_fields))
    yield REQUIRED, f"has {required}" if required else "the campaign requires none"
    yield ALLOWED, f"one of {countries}" if countries else "the campaign allows any country"
    yield FURTHER, "fit" if settings.further else "none are sent"
    flags = "the row's own cells do not forbid it" if counts else "the campaign honours no flags"
    yield DO_NOT_CALL, flags
    yield LISTED, "on none of them"
    yield OTHER_ROWS, "no other row that counts forbids it"
    yield EXTERNAL_ID, "no other person's" if settings.external_id else "none is sent"
    yield EARLIER_ROWS, f"repeats none (--match {settings.match})"
    times = f"{found.attempts} times" if found.attempts > 1 else "once"
    name = f" in import {found.import_id}" if found.import_id else ""
    yield SENDING, f"sent {times}{name}"
    contact = f"contact {found.contact_id}" if found.contact_id else "without a contact id"
    yield ANSWER, f"taken, {contact}"
    yield SEGMENT, "added"


def meaning_of(found: RecordedOutcome) -> str:
    """Say in a sentence what the reason means; "" for a row without one."""
    return REASON_MEANING.get(found.reason, found.reason)


_NOTHING: Final = "nothing"


def way_out_of_row(found: RecordedOutcome) -> str:
    """Say what a person can do about this one row."""
    if found.outcome is Outcome.SUPPRESSED:
        return _WAY_OUT_OF_SUPPRESSION.get(found.reason, _NOTHING)
    if found.outcome is Outcome.IMPORTED and found.segmented == "no":
        return "add the contact to the segment in CXone: its id is in outcomes.csv"
    if found.rule == TENANT_RULE:
        return _NOTHING
    if found.rule == LEDGER_RULE:
        return "nothing if it is the same person; else import the row alone with --again"
    if found.outcome in _WAY_OUT_OF_OUTCOME:
        return _WAY_OUT_OF_OUTCOME[found.outcome]
    return f"{way_out(found.outcome, found.reason)}; the row is in rejects.csv"


_WAY_OUT_OF_OUTCOME: Final[Mapping[Outcome, str]] = {
    Outcome.READY: "import the list",
    Outcome.IMPORTED: _NOTHING,
    Outcome.UNRESOLVED: "look the contact up in CXone; only if it is not there, import its line of "
    "unresolved.csv",
    Outcome.DUPLICATE: "nothing if it is the same person; else write different into the column "
    "decision of duplicates.csv, and import with --decisions and that file",
}

_WAY_OUT_OF_SUPPRESSION: Final[Mapping[str, str]] = {
    Reason.DNC_FLAG: "nothing, or correct the row's flag if it is wrong",
    Reason.DNC_FLAG_UNCLEAR: "write a plain yes or no into the row's flag",
    Reason.NO_CONSENT: "write a plain yes into the row's consent, if the person has given it",
    Reason.SUPPRESSED_ELSEWHERE: "nothing, or correct the other row if its flag is wrong",
    Reason.SUPPRESSED_EARLIER: "nothing, or correct the earlier row if its flag is wrong",
    Reason.SUPPRESSION_FILE: "nothing, or take the person off the suppression file",
}
