"""`evaluate`: compares matching policies on a list with known duplicates."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from cxone_async.commands.environment import Environment
from cxone_async.commands.name_order import read_names
from cxone_async.commands.preparing import (
    outcome_settings,
    told_constraints,
    with_flagged_people,
)
from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.contacts.flagged import FlaggedPeople
from cxone_async.errors import (
    MissingInputError,
    UnreadableInputError,
    UsageError,
    why_unreadable,
)
from cxone_async.matching.evaluation import Decided, Evaluation, evaluate
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.port import Preparation, PreparationPass
from cxone_async.prepare.rows import Prepared
from cxone_async.settings import EvaluateSettings
from cxone_async.source.input import Input, open_input, readable_input
from cxone_async.source.input_reading import read_input_header
from cxone_async.suppression.files import reading_suppression


async def run_evaluation(
    csv: str, settings: EvaluateSettings, environment: Environment | None = None
) -> list[tuple[MatchPolicy, Evaluation]]:
    """Match the same input with each policy and compare the decisions with the truth.

    Raises MissingInputError, UnreadableInputError for the input or the truth, UsageError for an
    input that cannot be read more than once.
    """
    environment = environment or Environment()
    if not open_input(csv, settings.form).location:
        raise UsageError("evaluate reads its input once for each policy; give it a file")
    async with readable_input(csv, settings.form) as source:
        return await _evaluated(source, settings, environment)


async def _evaluated(
    source: Input, settings: EvaluateSettings, environment: Environment
) -> list[tuple[MatchPolicy, Evaluation]]:
    truth = await asyncio.to_thread(read_truth, settings.truth)
    await refuse_misread_text(source, settings.encoding)
    constraints = told_constraints(settings)
    figures: list[tuple[MatchPolicy, Evaluation]] = []
    flagged: FlaggedPeople | None = None
    today = environment.now_text()[:10]
    async with reading_suppression(
        settings.suppress, settings.default_country, today, None
    ) as suppression:
        header = await read_input_header(source, settings.reading_rules)
        for policy in settings.match:
            names = await read_names(source, settings.reading_rules, settings.name_order, policy)
            job = PrepareJob(
                outcome_settings(settings, constraints, suppression, match=policy),
                suppression.listed,
                flagged=flagged,
                names=names.reading,
            )
            if not figures:  # who is flagged does not depend on the policy
                job = await with_flagged_people(source, header, job)
                flagged = job.flagged
            async with aclosing(source.blocks()) as blocks:
                decisions = await decisions_of(environment.preparation(job), blocks)
            figures.append((policy, evaluate(decisions, truth)))
    return figures


async def decisions_of(preparation: Preparation, blocks: AsyncIterator[bytes]) -> list[Decided]:
    """Prepare the whole input and return each row's outcome, `ready` for rows that are kept."""
    decisions: list[Decided] = []

    async def take(prepared: Prepared) -> None:
        decisions.extend(Decided(one.row, one.outcome, one.rule) for one in prepared.decided)
        decisions.extend(Decided(row, Outcome.READY) for row in prepared.ready.rows)

    await PreparationPass(preparation).each_block(blocks, take)
    return decisions


def read_truth(path: Path) -> dict[int, str]:
    """Read a CSV with the columns `row` (data rows from 1) and `entity` (any text).

    Raises MissingInputError, UnreadableInputError naming the line.
    """
    people: dict[int, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"row", "entity"} <= set(reader.fieldnames or ()):
                raise UnreadableInputError(f"{path}: the truth needs the columns row and entity")
            for record in reader:
                row = record["row"] or ""
                if not (row.isascii() and row.isdigit()) or int(row) in people:
                    raise UnreadableInputError(
                        f"{path}, line {reader.line_num}: the row is not a number, or is repeated"
                    )
                people[int(row)] = record["entity"] or ""
    except FileNotFoundError as error:
        raise MissingInputError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInputError(f"{path} {why_unreadable(error)}") from error
    except csv.Error as error:
        raise UnreadableInputError(f"{path} is not CSV: {error}") from error
    return people
