"""Explains what a row has to do with another: dropped for it, kept beside it, not called for it.

Guarantee: the two rows are read again from the input, with the settings that the run recorded. An
input that has changed since is refused. The rows are shown as this version reads them: another
version than the run's may read a cell differently.
"""

import csv
from pathlib import Path
from typing import Final

import msgspec

from cxone_async.commands.name_order import read_names
from cxone_async.contacts.normalise import Normaliser
from cxone_async.errors import ConfigurationError, MissingInputError, UsageError
from cxone_async.matching.explanation import Explanation, explain
from cxone_async.matching.field_comparison import compare_as_strings
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import TENANT_RULE, Outcome, Reason
from cxone_async.prepare.contacts_again import contacts_of_rows
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.files import read_result
from cxone_async.report.reconciliation import Reconciliation, RunFacts
from cxone_async.report.wording import review_in_words
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.source.input import Input, readable_input
from cxone_async.source.input_form import InputForm
from cxone_async.source.input_reading import cells_of_rows

_KEPT: Final = frozenset({"ready", "imported", "failed", "unresolved"})


class Finding(msgspec.Struct, frozen=True):
    """What the run recorded about a row and the earlier row that it named."""

    row: int
    earlier_row: int
    rule: str
    score: float
    dropped: bool


class MarkedBy(msgspec.Struct, frozen=True):
    """A row that is not called, and the row that marks its person."""

    row: int
    marking_row: int


async def explain_row(run_directory: Path, row: int, input_uri: str | None) -> list[Explanation]:
    """Explain a row of a finished run: why it is a duplicate, or which rows it resembles.

    A row that is suppressed elsewhere is explained by the row that marks its person. `input_uri`
    is where the input is now; None means where the run read it. Raises MissingInputError when there
    is no finished run or no input, UsageError when the row is none of these, ConfigurationError
    when it is not the input of the run.
    """
    result = read_result(run_directory)
    facts = result.run
    found = _findings(run_directory, row, result)
    uri = facts.input_path if input_uri is None else input_uri
    if not uri:
        raise MissingInputError("the run read its input from a pipe; name a copy with --input")
    async with readable_input(uri, InputForm.of_run(facts.settings)) as source:
        return await _explained(source, facts, found, row)


async def _explained(
    source: Input, facts: RunFacts, found: "list[Finding] | MarkedBy", row: int
) -> list[Explanation]:
    uri = source.uri
    if await source.fingerprint() != facts.settings.get(INPUT_FINGERPRINT):
        raise ConfigurationError(f"{uri} is not the input of this run, or has changed since")
    if isinstance(found, MarkedBy):
        return [await _marked_elsewhere(source, facts, found)]
    wanted = {row} | {one.earlier_row for one in found}
    settings, policy = OutcomeSettings.from_text(facts.settings), MatchPolicy(facts.match)
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


def _findings(run_directory: Path, row: int, result: Reconciliation) -> list[Finding] | MarkedBy:
    for record in _records(run_directory / "outcomes.csv", row):
        if record["rule"] == TENANT_RULE:
            raise UsageError(
                f"row {row} repeats no row: the tenant said that it had the contact already"
            )
        if record["outcome"] == Outcome.DUPLICATE:
            earlier_row, score = int(record["duplicate_of"]), float(record["score"])
            return [Finding(row, earlier_row, record["rule"], score, dropped=True)]
        if record["reason"] == Reason.SUPPRESSED_ELSEWHERE:
            return MarkedBy(row, int(record["duplicate_of"]))
        resembles = [
            Finding(row, int(one["resembles_row"]), one["rule"], float(one["score"]), dropped=False)
            for one in _records(run_directory / "review.csv", row)
        ]
        if resembles:
            return resembles
        if result.possible_duplicates_left_out and record["outcome"] in _KEPT:
            raise UsageError(
                f"row {row} ended {record['outcome']}: it is no duplicate, and review.csv, which "
                f"shows {review_in_words(result)} possible duplicates, does not show it"
            )
        reason = f" ({record['reason']})" if record["reason"] else ""
        raise UsageError(
            f"row {row} ended {record['outcome']}{reason}: it is no duplicate and resembles no "
            "earlier row"
        )
    raise UsageError(f"the run has no row {row}")


def _records(path: Path, row: int) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [record for record in csv.DictReader(file) if record["row"] == str(row)]
    except OSError as error:
        raise MissingInputError(f"{path}: {error.strerror}") from error


async def _marked_elsewhere(source: Input, facts: RunFacts, found: MarkedBy) -> Explanation:
    settings = OutcomeSettings.from_text(facts.settings)
    rows = await cells_of_rows(source, settings.reading_rules, {found.row, found.marking_row})
    if len(rows) < 2:
        raise ConfigurationError(f"{source.uri}: row {found.row} reads differently now")
    fields, marking_fields = rows[found.row], rows[found.marking_row]
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
        found.row,
        found.marking_row,
        (
            compare_as_strings("phone", (of_row, of_marking_row), (of_row, of_marking_row)),
            compare_as_strings("email", emails, emails),
        ),
        (
            f"row {found.row} is not called: a person has decided that row {found.marking_row} is "
            "the same person"
            if is_decided
            else f"row {found.row} is not called: row {found.marking_row} has the same {shared}",
            f"row {found.marking_row} says that this person is not to be called",
        ),
    )
