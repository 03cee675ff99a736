"""Explains outcomes, reason codes and the columns of the input to campaign managers.

Guarantee: every outcome, reason code and repair code has a sentence. Pure; used by the page and
by the terminal.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from cxone_async.contacts.model import FieldName
from cxone_async.matching.explanation import rule_in_words
from cxone_async.matching.name_order import NameOrder, NameOrderFinding
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import LEDGER_RULE, TENANT_RULE, Outcome, Reason, Repair
from cxone_async.report.reconciliation import (
    OF_OTHER_RUNS,
    Reconciliation,
    Replay,
    RunFacts,
    SinceLastRun,
)
from cxone_async.source.columns import ColumnUse, InputColumn, InputFormat

OUTCOME_MEANING: Final[Mapping[Outcome, str]] = {
    Outcome.IMPORTED: "On the contact list: CXone confirmed this row.",
    Outcome.READY: "Would be sent by an import with the same options.",
    Outcome.DUPLICATE: "Repeats an earlier row, or was on the contact list already (rule tenant).",
    Outcome.INVALID: "Could not be read, or does not meet the campaign's rules. Not sent.",
    Outcome.SUPPRESSED: "On a do-not-call list. Not sent, on purpose.",
    Outcome.FAILED: "Sent, but CXone refused it, or the attempts ran out.",
    Outcome.UNRESOLVED: "Sent, but CXone never said what became of it.",
}

OUTCOME_FILE: Final[Mapping[Outcome, str]] = {
    Outcome.INVALID: "rejects.csv",
    Outcome.FAILED: "rejects.csv",
    Outcome.UNRESOLVED: "unresolved.csv",
}
"""Where the rows of an outcome can be found; all others are in outcomes.csv only."""

REASON_MEANING: Final[Mapping[str, str]] = {
    Reason.TOO_FEW_FIELDS: "The row has fewer fields than the header.",
    Reason.TOO_MANY_FIELDS: "The row has more fields than the header.",
    Reason.UNDECODABLE: "The row holds bytes that are no text in the file's encoding.",
    Reason.NUL_CHARACTER: "The row holds a NUL character.",
    Reason.UNTERMINATED_QUOTE: "A quote is opened and never closed.",
    Reason.MALFORMED_QUOTE: "There is text right after a closing quote.",
    Reason.FIELD_TOO_LARGE: "A field is longer than any contact's field can be.",
    Reason.PHONE_MISSING: "The campaign needs a phone number and there is none.",
    Reason.PHONE_UNREADABLE: "The phone field is not a phone number.",
    Reason.PHONE_NOT_POSSIBLE: "The phone is too long or too short for its country, or no "
    "number there begins like it.",
    Reason.PHONE_LOCAL_ONLY: "The phone number lacks its area code.",
    Reason.PHONE_NOT_VALID: "No such phone number can exist in its country.",
    Reason.PHONE_COUNTRY_MISMATCH: "The phone is of a country that the campaign does not call.",
    Reason.PHONE_AMBIGUOUS: "The phone can be read as two different numbers.",
    Reason.PHONE_PLACEHOLDER: "The phone is a placeholder, such as 0000000000.",
    Reason.EMAIL_MISSING: "The campaign needs an email address and there is none.",
    Reason.EMAIL_NOT_VALID: "The email field is not an email address.",
    Reason.FIRST_NAME_MISSING: "The campaign needs a first name and there is none.",
    Reason.LAST_NAME_MISSING: "The campaign needs a last name and there is none.",
    Reason.COUNTRY_MISSING: "The campaign needs a country and there is none.",
    Reason.COUNTRY_UNKNOWN: "The country field names no country.",
    Reason.COUNTRY_NOT_ALLOWED: "The campaign does not call that country.",
    Reason.FIELD_NOT_NUMBER: "A field of numbers holds something else, or can be read in two ways.",
    Reason.FIELD_NOT_DATE: "A field of dates holds something else, or can be read in two ways.",
    Reason.FIELD_NOT_BOOLEAN: "A field of yes and no says neither.",
    Reason.FIELD_VALUE_TOO_LONG: "A further field is longer than CXone takes.",
    Reason.FIELDS_TOO_LARGE: "The row's further fields together are more than CXone takes.",
    Reason.EXTERNAL_ID_MISSING: "An external id is required and there is none.",
    Reason.EXTERNAL_ID_REPEATED: "The external id is that of another person in the file.",
    Reason.DNC_FLAG: "The row is marked do-not-call.",
    Reason.DNC_FLAG_UNCLEAR: "The row's do-not-call mark is neither a known yes nor a known no.",
    Reason.NO_CONSENT: "The row's consent is not a known yes.",
    Reason.SUPPRESSED_ELSEWHERE: "Another row with this phone or email says not to call.",
    Reason.SUPPRESSION_FILE: "Phone or email is in a suppression file.",
    Reason.SUPPRESSED_EARLIER: "Shares a phone or email with an earlier suppressed row.",
    Reason.TENANT_INVALID_PHONE: "CXone does not accept the phone number.",
    Reason.TENANT_INVALID_EMAIL: "CXone does not accept the email address.",
    Reason.TENANT_DUPLICATE_CONTACT: "CXone says that it has this contact already.",
    Reason.TENANT_DNC_LISTED: "The contact is on CXone's do-not-call list.",
    Reason.TENANT_REFUSED_CONTENT: "CXone refused the row as it was sent.",
    Reason.RETRIES_EXHAUSTED: "CXone kept refusing it until the attempts ran out.",
    Reason.AMBIGUOUS_SUBMIT: "The connection broke while the row was being sent.",
    Reason.NO_RESULT: "CXone finished the import without a word about this row.",
    Reason.CONTRADICTORY_RESULTS: "CXone reported both success and failure for it.",
    Reason.IMPORT_LOST: "CXone took the row, then lost track of the import.",
    Reason.JOURNAL_LOST: "The run's journal had lost its end, so the row may have been sent.",
}

FIELDS_OF_REASON: Final[Mapping[str, tuple[FieldName, ...]]] = {
    **dict.fromkeys(
        (
            Reason.PHONE_MISSING,
            Reason.PHONE_UNREADABLE,
            Reason.PHONE_NOT_POSSIBLE,
            Reason.PHONE_LOCAL_ONLY,
            Reason.PHONE_NOT_VALID,
            Reason.PHONE_AMBIGUOUS,
            Reason.PHONE_PLACEHOLDER,
            Reason.TENANT_INVALID_PHONE,
        ),
        ("phone",),
    ),
    Reason.PHONE_COUNTRY_MISMATCH: ("phone", "country"),
    **dict.fromkeys(
        (Reason.EMAIL_MISSING, Reason.EMAIL_NOT_VALID, Reason.TENANT_INVALID_EMAIL), ("email",)
    ),
    Reason.FIRST_NAME_MISSING: ("first_name",),
    Reason.LAST_NAME_MISSING: ("last_name",),
    **dict.fromkeys(
        (Reason.COUNTRY_MISSING, Reason.COUNTRY_UNKNOWN, Reason.COUNTRY_NOT_ALLOWED), ("country",)
    ),
    **dict.fromkeys((Reason.DNC_FLAG, Reason.DNC_FLAG_UNCLEAR), ("dnc_flag",)),
    **dict.fromkeys(
        (Reason.SUPPRESSED_ELSEWHERE, Reason.SUPPRESSION_FILE, Reason.SUPPRESSED_EARLIER),
        ("phone", "email"),
    ),
}
"""The fields whose cells a reason is about. Reasons that are not here are about none of them."""

REPAIR_MEANING: Final[Mapping[str, str]] = {
    Repair.PHONE_EXTENSION_LEFT_OUT: "The phone's extension is not sent.",
    Repair.PHONE_LABEL_LEFT_OUT: "Words beside the phone are left out.",
    Repair.PHONE_OTHER_NUMBER_LEFT_OUT: "The phone field holds several numbers; the first is sent.",
    Repair.PHONE_SPREADSHEET_NUMBER: "A spreadsheet wrote the phone as a decimal number.",
    Repair.PHONE_ZERO_LEFT_OUT: "A zero in brackets is left out of the phone.",
    Repair.PHONE_OF_ANOTHER_COLUMN: "The phone is that of a further column.",
    Repair.PHONE_LEFT_OUT: "The phone is not usable, so the row goes out with its email only.",
    Repair.EMAIL_LEFT_OUT: "The email is not usable, so the row goes out with its phone only.",
    Repair.EMAIL_TIDIED: "What stands around the email (a name, quotes, mailto:) is not sent.",
    Repair.EMAIL_OF_SEVERAL: "The cell holds several emails; the first is sent.",
    Repair.EMAIL_DOMAIN_REWRITTEN: "The email's domain is sent in its ASCII form.",
    Repair.NAME_TIDIED: "Quotes or invisible characters in a name are not sent.",
    Repair.COUNTRY_NA_IS_NAMIBIA: "The country is NA, which was read as Namibia.",
    Repair.COUNTRY_BY_DEFAULT: "The country is empty, so it, and the phone's, is the default one.",
    Repair.CELLS_MISSING: "The row has fewer cells than the header, and the last ones were read as "
    "empty.",
    Repair.EMPTY_WORD: "A cell says N/A, null or the like, and was read as empty.",
    Repair.DNC_FLAG_NOT_HONOURED: "Marked do-not-call, which the campaign does not honour.",
    Repair.SUPPRESSION_NOT_PASSED_ON: "Its phone or email is no one person's, so it suppresses "
    "no other row.",
}

_WAY_OUT: Final[Mapping[str, str]] = {
    Reason.COUNTRY_NOT_ALLOWED: "correct the column, or name the right one with --map, or let the "
    "campaign call that country",
    Reason.FIELD_NOT_NUMBER: "write numbers as 1234.5, or send the field as text",
    Reason.FIELD_NOT_DATE: "write dates as 2026-12-31, or send the field as text",
    Reason.FIELD_NOT_BOOLEAN: "write true or false, or send the field as text",
    Reason.FIELD_VALUE_TOO_LONG: "shorten the values, or leave the column out of --field",
    Reason.FIELDS_TOO_LARGE: "leave columns out of --field",
    Reason.EXTERNAL_ID_MISSING: "fill the column, or leave out --require external_id",
    Reason.EXTERNAL_ID_REPEATED: "name a column that tells people apart with --external-id",
    Reason.UNDECODABLE: "name the file's encoding with --encoding",
    Reason.TOO_FEW_FIELDS: "have the file written again: its delimiter or quotes are wrong",
    Reason.TOO_MANY_FIELDS: "have the file written again: its delimiter or quotes are wrong",
    Reason.MALFORMED_QUOTE: "have the file written again: its quotes are wrong",
    Reason.UNTERMINATED_QUOTE: "have the file written again: its quotes are wrong",
    Reason.NUL_CHARACTER: "have the file written again, or name its encoding with --encoding",
    Reason.FIELD_TOO_LARGE: "correct the rows: a quote may have been left open",
    Reason.PHONE_LOCAL_ONLY: "add the area code",
    Reason.PHONE_NOT_POSSIBLE: "correct the number; where most are refused, name its country with "
    "--default-country, or the right column with --map phone=COLUMN",
    Reason.PHONE_NOT_VALID: "correct the number, or accept every number of the right length with "
    "--phone-check possible",
    Reason.PHONE_COUNTRY_MISMATCH: "let the campaign call that country, or send such numbers with "
    "--phone-country any",
    Reason.PHONE_AMBIGUOUS: "write the number with + and its country's calling code",
    Reason.PHONE_PLACEHOLDER: "write the real number, or leave the cell empty",
    Reason.DNC_FLAG: "nothing: the person has asked not to be called",
    Reason.DNC_FLAG_UNCLEAR: "write yes or no into the column",
    Reason.NO_CONSENT: "write yes into the column where there is a consent",
    Reason.SUPPRESSED_ELSEWHERE: "nothing: the person has asked not to be called",
    Reason.SUPPRESSION_FILE: "nothing: the person is in the file given with --suppress",
    Reason.SUPPRESSED_EARLIER: "nothing: the person has asked not to be called",
    Reason.TENANT_INVALID_PHONE: "correct the number; if many are refused, ask its administrator",
    Reason.TENANT_INVALID_EMAIL: "correct the address; if many are refused, ask its administrator",
    Reason.TENANT_DUPLICATE_CONTACT: "nothing: the contact is on the list already",
    Reason.TENANT_DNC_LISTED: "nothing: CXone may not call the contact",
    Reason.RETRIES_EXHAUSTED: "import rejects.csv once CXone is well again",
    Reason.AMBIGUOUS_SUBMIT: "look the rows up in CXone; import those that are not there",
    Reason.NO_RESULT: "look the rows up in CXone; import those that are not there",
    Reason.CONTRADICTORY_RESULTS: "look the rows up in CXone; import those that are not there",
    Reason.IMPORT_LOST: "look the rows up in CXone; import those that are not there",
    Reason.JOURNAL_LOST: "look the rows up in CXone; import those that are not there",
}


def field_of(reason: str) -> str:
    """Return the field that a reason code is about first of all, "" when it is about none."""
    return next(iter(FIELDS_OF_REASON.get(reason, ())), "")


def way_out(outcome: str, reason: str) -> str:
    """Say what a person can do about many rows that have this outcome for this reason."""
    if reason in _WAY_OUT:
        return _WAY_OUT[reason]
    if outcome == Outcome.DUPLICATE:
        return "see whether a column is repeated, or choose a stricter --match"
    if outcome in (Outcome.FAILED, Outcome.UNRESOLVED):
        return "ask CXone's administrator"
    if field := field_of(reason):
        return f"correct the column, or name the right one with --map {field}=COLUMN"
    return "correct the rows"


REQUEST_NAME: Final[Mapping[str, str]] = {
    "token": "Access tokens",
    "campaign": "Campaign look-ups",
    "submit": "Submissions",
    "poll": "Polls",
    "segment": "Segment calls",
}


Tone = Literal["good", "act", "bad"]


class NextStep(NamedTuple):
    """Something for a person to do, and the file to open for it ("" if none)."""

    text: str
    file: str


def headline(result: Reconciliation) -> str:
    """Say in one line what happened; whether the sums agree is said elsewhere."""
    is_plan = result.run.command == "plan"
    went_in, done = (
        (result.ready, "READY") if is_plan else (result.successfully_imported, "IMPORTED")
    )
    if not result.total_input:
        return f"NOTHING {done}: the file held no rows"
    known = result.duplicates_by_rule.get(LEDGER_RULE, 0)
    if known and not went_in:
        done = f"NEW: {known:,} of {result.total_input:,} were sent by earlier runs"
        if result.run.same_input_as:
            done += f", and this is the file of {result.run.same_input_as} again"
    first = f"{done} {went_in:,} of {result.total_input:,}" if went_in else f"NOTHING {done}"
    left = (
        (result.failed_after_retries, "FAILED"),
        (result.unresolved, "UNRESOLVED"),
        (result.not_segmented, "NOT IN THE SEGMENT"),
    )
    return ", ".join([first, *(f"{rows:,} {what}" for rows, what in left if rows)])


def since_last_run_in_words(since: SinceLastRun) -> str:
    """Say how many people the list has lost and won since its last run."""
    return (
        f"of the {since.people:,} people of {since.run}, {since.gone:,} are gone; "
        f"{since.new:,} are new"
    )


def replay_in_words(result: Reconciliation, replay: Replay) -> str:
    """Say how many rows of the first run are imported by now, and how many are left."""
    return (
        f"{replay.imported_before:,} + {result.successfully_imported:,} of "
        f"{replay.total_input:,}; {replay.left:,} left"
    )


def tone(result: Reconciliation) -> Tone:
    """Say how a result is to be shown.

    `good` only when something went in and nobody has to act; `bad` when nothing went in or the sums
    disagree; `act` when rows are to be corrected or looked up, or something else is not well.
    """
    went_in = result.ready if result.run.command == "plan" else result.successfully_imported
    known = result.duplicates_by_rule.get(LEDGER_RULE, 0)
    if not (result.passed and (went_in or known)):
        return "bad"
    has_to_act = (
        result.exit_code != 0
        or result.invalid
        or result.repairs.get(Repair.DNC_FLAG_NOT_HONOURED)
        or _is_namibia_doubtful(result)
    )
    return "act" if has_to_act else "good"


def band(result: Reconciliation) -> str:
    """Say in words what the colour of a result says."""
    match tone(result):
        case "good":
            return "All is well"
        case "act":
            return "Somebody has to act"
        case _ if not result.passed:
            return "The sums disagree"
        case _:
            return "Nothing can go in" if result.run.command == "plan" else "Nothing went in"


def integrity_line(result: Reconciliation) -> str:
    """Say in one line whether the rows add up."""
    if not result.passed:
        return "The rows do not add up: the counts below contradict each other."
    if result.total_input == 0:
        return "Nothing to account for."
    return "Every row is accounted for: each has exactly one outcome, and the sums agree."


def segment_problem(result: Reconciliation) -> str:
    """Say why imported rows are not in the segment, "" when all are or nothing is known."""
    code = result.segment_problem
    if not (code and result.not_segmented):
        return ""
    return _SEGMENT_PROBLEM.get(code, f"CXone refuses them ({code.replace('_', ' ')})")


_SEGMENT_PROBLEM: Final[Mapping[str, str]] = {
    "segment_not_found": "CXone knows no such segment",
    "all_refused": "CXone refuses every contact for this segment",
    "no_usable_answer": "CXone gave no usable answer",
}


def next_steps(result: Reconciliation) -> list[NextStep]:
    """List what is left for a person to do, the most urgent first; may be empty."""
    steps = []
    if not result.passed:
        steps.append(
            NextStep("Keep this run's folder, check it with cxone-async verify, and report it.", "")
        )
    if result.guard is not None:
        steps.append(NextStep(f"An import would be {result.guard.message}.", ""))
    if result.unresolved:
        steps.append(
            NextStep(
                f"Look up {_rows(result.unresolved)} in CXone before importing again: "
                "they may be on the list already.",
                "unresolved.csv",
            )
        )
    if rejected := result.invalid + result.failed_after_retries:
        steps.append(
            NextStep(
                f"Correct {_rows(rejected)} and import the file as it is. "
                "The column _reason says what is wrong. "
                "If there is a rejects.xlsx beside it, it is the same list for a spreadsheet.",
                "rejects.csv",
            )
        )
    if ignored := result.repairs.get(Repair.DNC_FLAG_NOT_HONOURED):
        why = (
            "no campaign was asked, and the mark is assumed not to count"
            if is_assumed(result.run)
            else "the campaign does not honour the mark"
        )
        steps.append(
            NextStep(
                f"Check {_rows(ignored)} marked do-not-call: {why}. With --dnc always such rows "
                "are not sent.",
                "outcomes.csv",
            )
        )
    if _is_namibia_doubtful(result):
        namibian = result.repairs[Repair.COUNTRY_NA_IS_NAMIBIA]
        steps.append(
            NextStep(
                f"Check {_rows(namibian)} whose country NA was read as Namibia: other cells of the "
                "file say N/A or the like for empty.",
                "outcomes.csv",
            )
        )
    if result.not_segmented:
        steps.append(
            NextStep(
                f"{_rows(result.not_segmented)} imported but not in the segment"
                f"{f' ({problem})' if (problem := segment_problem(result)) else ''}: "
                "look for segmented = no.",
                "outcomes.csv",
            )
        )
    if result.possible_duplicates:
        steps.append(
            NextStep(
                f"Look through {result.possible_duplicates:,} possible "
                f"{'duplicate' if result.possible_duplicates == 1 else 'duplicates'}. "
                f"All of them were kept.{_shown_of(result)} Write same or different into the "
                "column decision, and plan or import with --decisions and this file.",
                "review.csv",
            )
        )
    if result.ready and result.guard is None:
        steps.append(NextStep(f"Import to send {_rows(result.ready)}.", ""))
    return steps


def is_assumed(run: RunFacts) -> bool:
    """Say whether a run judged by rules of no campaign: a plan that asked no tenant."""
    return run.command == "plan" and not run.campaign_id


def _is_namibia_doubtful(result: Reconciliation) -> bool:
    repairs = result.repairs
    return bool(repairs.get(Repair.COUNTRY_NA_IS_NAMIBIA) and repairs.get(Repair.EMPTY_WORD))


_USE: Final[Mapping[ColumnUse, str]] = {
    ColumnUse.FIELD: "{field}",
    ColumnUse.CUSTOM_FIELD: "custom field {field}",
    ColumnUse.EXTERNAL_ID: "external id",
    ColumnUse.IGNORED: "not used",
}
_FIELD_IN_WORDS: Final[Mapping[str, str]] = {
    "first_name": "first name",
    "last_name": "last name",
    "dnc_flag": "do-not-call flag",
    "consent": "consent to calls",
}
_DELIMITER_NAME: Final[Mapping[str, str]] = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
}


def use_in_words(column: InputColumn) -> str:
    """Say what a column is used as."""
    is_field = column.used_as is ColumnUse.FIELD
    field = _FIELD_IN_WORDS.get(column.field, column.field) if is_field else column.field
    return _USE[column.used_as].format(field=field)


def name_order_in_words(finding: NameOrderFinding) -> Iterator[str]:
    """Say, line by line, which part of the names is the family's, and what shows it."""
    if finding.rows:
        yield f"names: {_ORDER_OF_COLUMNS[finding.columns]}"
        yield _shown_by(
            (finding.households_given_first, finding.households_family_first),
            (finding.known_given_first, finding.known_family_first),
            finding.columns,
        )
    if finding.one_field_rows:
        yield f"whole names in one cell: {_ORDER_OF_ONE_FIELD[finding.one_field]}"
        yield _shown_by(
            (finding.one_field_households_given_first, finding.one_field_households_family_first),
            (finding.one_field_known_given_first, finding.one_field_known_family_first),
            finding.one_field,
        )


_ORDER_OF_COLUMNS: Final[Mapping[NameOrder, str]] = {
    NameOrder.GIVEN_FIRST: "last_name holds the family names",
    NameOrder.FAMILY_FIRST: "the columns are exchanged, first_name holds the family names",
    NameOrder.UNKNOWN: "it is not clear which column holds the family names",
}
_ORDER_OF_ONE_FIELD: Final[Mapping[NameOrder, str]] = {
    NameOrder.GIVEN_FIRST: "the given name comes first",
    NameOrder.FAMILY_FIRST: "the family name comes first",
    NameOrder.UNKNOWN: "not clear which name comes first",
}


def _shown_by(households: tuple[int, int], known: tuple[int, int], order: NameOrder) -> str:
    """Return the numbers for and against an order; each pair is given-first, family-first."""
    is_turned = order is NameOrder.FAMILY_FIRST
    evidence = [
        f"{counts[is_turned]:,} {what} for it, {counts[not is_turned]:,} against"
        for what, counts in (("households", households), ("known names", known))
        if any(counts)
    ]
    return f"  {'; '.join(evidence) or 'nothing in the list shows it'}"


def format_in_words(read: InputFormat) -> str:
    """Say how the input was read, such as `utf-8, columns separated by semicolon`.

    A workbook has a sheet; encoding and delimiter are then those of the run's own copy.
    """
    delimiter = _DELIMITER_NAME.get(read.delimiter, repr(read.delimiter))
    parts = (
        ["a workbook", f"sheet {read.sheet!r}"]
        if read.sheet
        else [read.encoding, f"columns separated by {delimiter}"]
    )
    lines = read.lines_skipped
    parts.append(
        f"{lines:,} {'line' if lines == 1 else 'lines'} above the header skipped"
        if lines
        else "no line above the header"
    )
    return ", ".join(parts)


def rules_in_words(run: RunFacts) -> str:
    """Say by which of a campaign's rules rows were judged, such as `US; phone required`.

    Run directories of version 0.1.0 name none.
    """
    named = run.settings
    return constraints_in_words(
        named.get("campaign allowed_countries", "").split(","),
        named.get("campaign required_fields", "").split(","),
        counts=named.get("campaign dnc_enabled") == "True" or named.get("dnc") == "always",
    )


def constraints_in_words(countries: Iterable[str], required: Iterable[str], *, counts: bool) -> str:
    """Say what a campaign asks of its contacts; `counts` is whether do-not-call flags do."""
    return (
        f"{_listed(countries) or 'any country'}; do-not-call flags "
        f"{'count' if counts else 'do not count'}; {_listed(required) or 'no field'} required"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(filter(None, names)))


def passed_over(result: Reconciliation) -> str:
    """Say which records are no rows, such as `2 blank rows and 1 repeat of the header`; or ""."""
    counts = (
        (result.blank_rows, "blank row", "blank rows"),
        (result.repeated_headers, "repeat of the header", "repeats of the header"),
    )
    return " and ".join(f"{count:,} {one if count == 1 else more}"
                        for count, one, more in counts if count)  # fmt: skip


def decisions_in_words(result: Reconciliation) -> str:
    """Say what people had decided, such as `5 same, 7 different, 1 without effect`; or ""."""
    decisions = result.decisions
    counts = (
        (decisions.same, "same"),
        (decisions.different, "different"),
        (decisions.unused, "of them without effect, as a row is invalid or suppressed"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)


def duplicates_in_words(result: Reconciliation) -> str:
    """Say where duplicates of the file can be looked through; "" where there are none."""
    of_others = sum(result.duplicates_by_rule.get(rule, 0) for rule in OF_OTHER_RUNS)
    listed = result.fuzzy_deduplicated - of_others
    left_out = result.duplicates_left_out
    if listed <= 0 or left_out is None:
        return ""
    which = f"the {listed - left_out:,} least certain" if left_out else "side by side"
    return f"{which} in duplicates.csv"


def review_in_words(result: Reconciliation) -> str:
    """Say how much of the possible duplicates review.csv shows; "" where it shows all."""
    left_out, pairs = result.possible_duplicates_left_out, result.possible_duplicates
    return f"the likeliest {pairs - left_out:,} of {pairs:,}" if left_out else ""


def _shown_of(result: Reconciliation) -> str:
    shown = review_in_words(result)
    return f" The file shows {shown}." if shown else ""


def match_rule_in_words(match: str, rule: str) -> str:
    """Say what a rule means by which rows of the file were dropped, "" where that is not known."""
    if rule == TENANT_RULE:
        return "CXone had the contact on the list already"
    if rule == LEDGER_RULE:
        return "an earlier run had sent the person already"
    if match not in set(MatchPolicy):
        return ""
    return rule_in_words(MatchPolicy(match), rule)


def day_in_words(moment: str) -> str:
    """Say a moment of ISO 8601 as people do: `28 November 2026, 11:32 UTC`."""
    found = _MOMENT(moment)
    if not found or not 1 <= int(found["month"]) <= 12:
        return moment
    zone = " UTC" if found["zone"] in {"Z", "+00:00"} else f" ({found['zone']})"
    month = _MONTHS[int(found["month"]) - 1]
    return f"{int(found['day'])} {month} {found['year']}, {found['time']}{zone}"


_MOMENT: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<time>\d\d:\d\d)(:\d\d(\.\d+)?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)",
    re.ASCII,
).fullmatch
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def duration(seconds: float) -> str:
    """Say a duration as people do: 0.4 s, 4 min 20 s, 3 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min"


def starts_in_words(result: Reconciliation) -> str:
    """Say how many starts a run took, and of how many its figures are; "" for one start."""
    starts = result.starts
    if starts is None or (starts.count == 1 and starts.are_added_up):
        return ""
    if not starts.are_added_up:
        return "this start only: the run was begun by a version that did not note what a start used"
    text = f"{starts.count:,} starts"
    if starts.cut_short:
        text += (
            f", {starts.cut_short:,} of them killed: what "
            f"{'it' if starts.cut_short == 1 else 'they'} used last is not counted"
        )
    return text


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
