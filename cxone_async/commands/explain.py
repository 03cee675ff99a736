"""Explains what became of a row: what it held, how it was read, each check, and why it ended so.

Guarantee: the row is read again from the input, with the settings that the run recorded. An
input that has changed since is refused. Where it ended and why is what the run wrote down. The
cells are shown as this version reads them: another version than the run's may read one differently.
"""

import csv
from pathlib import Path
from typing import Final

import msgspec

from cxone_async.commands.name_order import read_names
from cxone_async.contacts.field_readings import FieldReading, field_readings
from cxone_async.contacts.normalise import Normaliser, Rejection
from cxone_async.errors import ConfigurationError, MissingInputError, UsageError
from cxone_async.matching.explanation import Explanation, explain
from cxone_async.matching.field_comparison import compare_as_strings
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, Problem, Reason
from cxone_async.prepare.contacts_again import contacts_of_rows
from cxone_async.prepare.further_fields import further_fields
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.files import read_result
from cxone_async.report.reconciliation import OF_OTHER_RUNS, Reconciliation, RunFacts
from cxone_async.report.row_checks import (
    Check,
    RecordedOutcome,
    checks_of,
    meaning_of,
    way_out_of_row,
)
from cxone_async.report.wording import OUTCOME_MEANING, REPAIR_MEANING, review_in_words
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.runs.purge_record import refuse_to_look_into_purged
from cxone_async.source.columns import InputColumn
from cxone_async.source.input import Input, readable_input
from cxone_async.source.input_form import InputForm
from cxone_async.source.input_reading import cells_of_rows
from cxone_async.source.row_as_read import RowAsRead, row_as_read
from cxone_async.tenant import registry

_KEPT: Final = frozenset({"ready", "imported", "failed", "unresolved"})


class HeldCell(msgspec.Struct, frozen=True):
    """What a row held in one column, as it stands in the input."""

    column: InputColumn
    value: str


class RowExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one row of a finished run.

    `held` are its cells, `record` the whole record where it could not be cut into cells. Values are
    as they are: whoever prints them masks them. `understood` is how each field reads. `reasons` are
    the sentences that say why it ended so, `repairs` what was read differently from how a cell has
    it. `pairs` shows the row beside those that it repeats or resembles, or the one that marks its
    person. `remarks` say what is not shown.
    """

    recorded: RecordedOutcome
    held: tuple[HeldCell, ...]
    record: str
    understood: tuple[FieldReading, ...]
    repairs: tuple[str, ...]
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
    way_out: str
    pairs: tuple[Explanation, ...]
    remarks: tuple[str, ...]


class Finding(msgspec.Struct, frozen=True):
    """What the run recorded about a row and the earlier row that it named."""

    row: int
    earlier_row: int
    rule: str
    score: float
    dropped: bool


async def explain_row(run_directory: Path, row: int, input_uri: str | None) -> RowExplanation:
    """Explain a row of a finished run, whatever its outcome.

    `input_uri` is where the input is now; None means where the run read it. Raises
    MissingInputError when there is no finished run or no input, UsageError when the run has no such
    row, ConfigurationError when it is not the input of the run.
    """
    refuse_to_look_into_purged(run_directory)
    result = read_result(run_directory)
    facts = result.run
    recorded = _recorded(run_directory, row, result.total_input)
    uri = facts.input_path if input_uri is None else input_uri
    if not uri:
        raise MissingInputError("the run read its input from a pipe; name a copy with --input")
    async with readable_input(uri, InputForm.of_run(facts.settings)) as source:
        if await source.fingerprint() != facts.settings.get(INPUT_FINGERPRINT):
            raise ConfigurationError(f"{uri} is not the input of this run, or has changed since")
        settings = OutcomeSettings.from_text(facts.settings)
        read = await row_as_read(source, settings.reading_rules, row)
        if read is None:
            raise ConfigurationError(f"{uri}: row {row} reads differently now")
        findings = _findings(run_directory, recorded)
        if recorded.reason == Reason.SUPPRESSED_ELSEWHERE:
            pairs = [await _marked_elsewhere(source, settings, recorded)]
        else:
            pairs = await _pairs(source, facts, settings, findings, row)
    return RowExplanation(
        recorded=recorded,
        held=tuple(map(HeldCell, read.columns, read.cells)),
        record=read.text if read.problem else "",
        understood=field_readings(read.fields, settings.rules) if read.fields else (),
        repairs=tuple(REPAIR_MEANING.get(code, code) for code in recorded.repairs),
        checks=checks_of(recorded, settings),
        reasons=_reasons(recorded, read, settings),
        way_out=way_out_of_row(recorded),
        pairs=tuple(pairs),
        remarks=_remarks(result, recorded, findings),
    )


def _recorded(run_directory: Path, row: int, rows: int) -> RecordedOutcome:
    for record in _records(run_directory / "outcomes.csv", row):
        return RecordedOutcome(
            row=row,
            line=int(record["line"]),
            outcome=Outcome(record["outcome"]),
            reason=record["reason"],
            duplicate_of=record["duplicate_of"],
            rule=record["rule"],
            score=record["score"],
            contact_id=record["contact_id"],
            import_id=record["import_id"],
            attempts=int(record["attempts"] or 0),
            segmented=record["segmented"],
            repairs=tuple(filter(None, record.get("repairs", "").split(";"))),
        )
    raise UsageError(f"the run has no row {row}: it has {rows:,}, and the header is none of them")


def _reasons(
    recorded: RecordedOutcome, read: RowAsRead, settings: OutcomeSettings
) -> tuple[str, ...]:
    """Say why the row ended so: its outcome, its reason, and what is wrong with which cell."""
    said = [OUTCOME_MEANING[recorded.outcome], meaning_of(recorded)]
    if recorded.outcome is Outcome.INVALID:
        limits = registry.capabilities(settings.dialect or registry.DEFAULT).further
        further = further_fields(settings, read.column_map, limits)
        normaliser = Normaliser(settings.rules, further=further)
        # A record that cannot be read has no fields: its problem is what is wrong with it.
        judged = normaliser.normalise(recorded.row, read.fields) if read.fields else read.problem
        if isinstance(judged, Problem) or (
            isinstance(judged, Rejection) and judged.reason == recorded.reason
        ):
            said.append(judged.detail)
    return tuple(filter(None, said))


def _remarks(
    result: Reconciliation, recorded: RecordedOutcome, findings: list[Finding]
) -> tuple[str, ...]:
    if result.possible_duplicates_left_out and recorded.outcome in _KEPT and not findings:
        return (
            f"review.csv, which shows {review_in_words(result)} possible duplicates, does not show "
            "this row",
        )
    return ()


async def _pairs(
    source: Input, facts: RunFacts, settings: OutcomeSettings, found: list[Finding], row: int
) -> list[Explanation]:
    if not found:
        return []
    uri = source.uri
    wanted = {row} | {one.earlier_row for one in found}
    policy = MatchPolicy(facts.match)
    contacts = await contacts_of_rows(source, settings, wanted)
    names = await read_names(source, settings.reading_rules, settings.name_order, policy)
    missing = sorted(wanted - contacts.keys())
    if missing:
        raise ConfigurationError(
            f"{uri}: row {missing[0]} reads differently now; was the run made by another version?"
        )
    return [
        explain(
            contacts[one.row],
            contacts[one.earlier_row],
            policy,
            rule=one.rule,
            score=one.score,
            dropped=one.dropped,
            threshold=facts.threshold or 0.0,
            names=names.reading,
        )
        for one in found
    ]


def _findings(run_directory: Path, recorded: RecordedOutcome) -> list[Finding]:
    """Return the row that a duplicate repeats, or those that a kept row resembles."""
    row = recorded.row
    if recorded.outcome is Outcome.DUPLICATE:
        if recorded.rule in OF_OTHER_RUNS:
            return []
        earlier_row, score = int(recorded.duplicate_of), float(recorded.score)
        return [Finding(row, earlier_row, recorded.rule, score, dropped=True)]
    return [
        Finding(row, int(one["resembles_row"]), one["rule"], float(one["score"]), dropped=False)
        for one in _records(run_directory / "review.csv", row)
    ]


def _records(path: Path, row: int) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [record for record in csv.DictReader(file) if record["row"] == str(row)]
    except OSError as error:
        raise MissingInputError(f"{path}: {error.strerror}") from error


async def _marked_elsewhere(
    source: Input, settings: OutcomeSettings, recorded: RecordedOutcome
) -> Explanation:
    """Show a row that is not called beside the row that marks its person.

    A row that cannot be read and marks somebody is a flag that a line break has cut off the row
    above it.
    """
    row, marking_row = recorded.row, int(recorded.duplicate_of)
    wanted = {row, marking_row, marking_row - 1}
    rows = await cells_of_rows(source, settings.reading_rules, wanted)
    is_cut_off = marking_row not in rows
    fields = rows.get(row)
    marking_fields = rows.get(marking_row - 1 if is_cut_off else marking_row)
    if fields is None or marking_fields is None:
        raise ConfigurationError(f"{source.uri}: row {row} reads differently now")
    normaliser = Normaliser(settings.rules)
    own, marking = map(normaliser.identifiers, (fields, marking_fields))
    phone = next((one for one in own.phones if one and one in marking.phones), "")
    email = next((one for one in own.emails if one and one in marking.emails), "")
    shared = " and ".join(name for name, one in (("phone", phone), ("email", email)) if one)
    is_decided = not shared and bool(settings.decisions_sha256)
    # A phone or email that is left out of its own row is compared as far as it reads.
    shared = shared or "phone or email, as far as it reads"
    emails = email or own.emails[0], email or marking.emails[0]
    of_row, of_marking_row = phone or own.phones[0], phone or marking.phones[0]
    return Explanation(
        row,
        marking_row,
        (
            compare_as_strings("phone", (of_row, of_marking_row), (of_row, of_marking_row)),
            compare_as_strings("email", emails, emails),
        ),
        (
            f"row {row} is not called: a person has decided that row {marking_row} is "
            "the same person"
            if is_decided
            else f"row {row} is not called: row {marking_row} has the same {shared}",
            f"row {marking_row} stands alone, and may be the do-not-call flag of the row above it"
            if is_cut_off
            else f"row {marking_row} says that this person is not to be called",
        ),
    )
