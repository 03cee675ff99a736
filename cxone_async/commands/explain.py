"""Why a row was dropped, or kept though it resembles another: what `explain` shows.

Guarantee: what is shown are the two rows as the run read them. They are read again from the
input, with the settings that the run wrote down; an input that has changed since is refused.
"""

import csv
from contextlib import aclosing
from pathlib import Path

import msgspec

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import Contact, FieldName
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, RowFields
from cxone_async.errors import ConfigurationError, MissingInputError, UsageError
from cxone_async.matching.explanation import Explanation, explain
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.report.files import read_result
from cxone_async.report.reconciliation import RunFacts
from cxone_async.runs.identity import INPUT_FINGERPRINT
from cxone_async.source.blocks import fingerprint, read_blocks
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records


class Finding(msgspec.Struct, frozen=True):
    """What the run wrote down of a row and the earlier one it named."""

    row: int
    earlier_row: int
    rule: str
    score: float
    dropped: bool


async def explain_row(run_directory: Path, row: int, input_path: Path | None) -> list[Explanation]:
    """Explain a row of a finished run: as a duplicate, or each row that it resembles.

    `input_path` is where the input is now, None where it was then. Raises
    MissingInputError when there is no finished run or no input, UsageError when the row
    is neither a duplicate nor resembles another, ConfigurationError when the input is
    not the run's.
    """
    facts = read_result(run_directory).run
    found = _findings(run_directory, row)
    path = input_path or (Path(facts.input_path) if facts.input_path else None)
    if path is None:
        raise MissingInputError("the run read its input from a pipe; name a copy with --input")
    if await fingerprint(path) != facts.settings.get(INPUT_FINGERPRINT):
        raise ConfigurationError(f"{path} is not the input of this run, or has changed since")
    wanted = {row} | {one.earlier_row for one in found}
    contacts = await _contacts(path, facts, wanted)
    missing = sorted(wanted - contacts.keys())
    if missing:
        raise ConfigurationError(
            f"{path}: row {missing[0]} cannot be read as the run read it; was it another version?"
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


async def _contacts(path: Path, facts: RunFacts, wanted: set[int]) -> dict[int, Contact]:
    settings = facts.settings
    reader = Reader(
        encoding=settings["encoding"],
        overrides=msgspec.json.decode(settings["map"], type=dict[FieldName, str]),
    )
    normaliser = Normaliser(
        NormaliseRules(
            default_country=settings["default_country"],
            phone_check=PhoneCheck(settings["phone_check"]),
            email_check=EmailCheck(settings["email_check"]),
            constraints=Constraints(required_fields=frozenset()),
        )
    )
    contacts: dict[int, Contact] = {}

    def keep(records: Records) -> None:
        fields = reader.columns.select(records.fields) if reader.columns else ()
        for row, cells in zip(records.rows, fields, strict=False):
            if row in wanted:
                contact = normaliser.normalise(row, RowFields._make(cells))
                if isinstance(contact, Contact):
                    contacts[row] = contact

    async with aclosing(read_blocks(path)) as blocks:
        async for block in blocks:
            keep(reader.feed(block))
            if len(contacts) == len(wanted):
                return contacts
    keep(reader.finish())
    return contacts
