"""Explains why a row was dropped, or was kept although it resembles another.

Guarantee: the two rows are shown as the run read them. They are read again from the input, with
the settings that the run recorded. An input that has changed since is refused.
"""

import csv
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import msgspec

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser, RowFields
from cxone_async.errors import ConfigurationError, MissingInputError, UsageError
from cxone_async.matching.explanation import Explanation, explain
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.files import read_result
from cxone_async.report.reconciliation import RunFacts
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.source.input import Input, open_input
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records


class Finding(msgspec.Struct, frozen=True):
    """What the run recorded about a row and the earlier row that it named."""

    row: int
    earlier_row: int
    rule: str
    score: float
    dropped: bool


async def explain_row(run_directory: Path, row: int, input_uri: str | None) -> list[Explanation]:
    """Explain a row of a finished run: why it is a duplicate, or which rows it resembles.

    `input_uri` is where the input is now; None means where the run read it. Raises
    MissingInputError when there is no finished run or no input, UsageError when the row is
    neither a duplicate nor resembles another, ConfigurationError when it is not the input of the
    run.
    """
    facts = read_result(run_directory).run
    found = _findings(run_directory, row)
    uri = facts.input_path if input_uri is None else input_uri
    if not uri:
        raise MissingInputError("the run read its input from a pipe; name a copy with --input")
    source = open_input(uri)
    if await source.fingerprint() != facts.settings.get(INPUT_FINGERPRINT):
        raise ConfigurationError(f"{uri} is not the input of this run, or has changed since")
    wanted = {row} | {one.earlier_row for one in found}
    contacts = await _contacts(source, facts, wanted)
    missing = sorted(wanted - contacts.keys())
    if missing:
        raise ConfigurationError(
            f"{uri}: row {missing[0]} reads differently now; was the run made by another version?"
        )
    return [
        explain(
            contacts[one.row],
            contacts[one.earlier_row],
            MatchPolicy(facts.match),
            rule=one.rule,
            score=one.score,
            dropped=one.dropped,
            threshold=facts.threshold or 0.0,
        )
        for one in found
    ]


def _findings(run_directory: Path, row: int) -> list[Finding]:
    for record in _records(run_directory / "outcomes.csv", row):
        if record["outcome"] == Outcome.DUPLICATE:
            earlier_row, score = int(record["duplicate_of"]), float(record["score"])
            return [Finding(row, earlier_row, record["rule"], score, dropped=True)]
        resembles = [
            Finding(row, int(one["resembles_row"]), one["rule"], float(one["score"]), dropped=False)
            for one in _records(run_directory / "review.csv", row)
        ]
        if resembles:
            return resembles
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


async def _contacts(source: Input, facts: RunFacts, wanted: set[int]) -> dict[int, Contact]:
    settings = OutcomeSettings.from_text(facts.settings)
    reader = Reader(encoding=settings.encoding, overrides=settings.map)
    # Rows that were matched had met the constraints, so these are not checked again.
    anything = Constraints(required_fields=frozenset())
    normaliser = Normaliser(replace(settings.rules, constraints=anything))
    contacts: dict[int, Contact] = {}

    def keep(records: Records) -> None:
        fields = reader.columns.select(records.fields) if reader.columns else ()
        for row, cells in zip(records.rows, fields, strict=False):
            if row in wanted:
                contact = normaliser.normalise(row, RowFields._make(cells))
                if isinstance(contact, Contact):
                    contacts[row] = contact

    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            keep(reader.feed(block))
            if len(contacts) == len(wanted):
                return contacts
    keep(reader.finish())
    return contacts
