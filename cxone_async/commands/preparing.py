"""Turns a command's settings into the job for preparation."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import UsageError
from cxone_async.load.guards import Guards
from cxone_async.logs import log
from cxone_async.matching.any_field.matcher import has_compiled_index
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.decided_pairs import NOTHING_DECIDED, DecidedPairs
from cxone_async.prepare.decided_rows import DecidedRows
from cxone_async.prepare.decisions_file import read_decisions
from cxone_async.prepare.flagged import (
    MarkedRows,
    SharedValues,
    WordsOfNotCalling,
    can_mark_people,
)
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.not_called import rows_of_same, with_people_not_called
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.files import FILE_NAMES
from cxone_async.runs.run_directory import RunDirectory
from cxone_async.settings import EvaluateSettings, PlanSettings, ReadingSettings, RunSettings
from cxone_async.source.encoding import AUTO
from cxone_async.source.header import read_header
from cxone_async.source.input import Input
from cxone_async.source.input_reading import cells_of_rows
from cxone_async.source.line_end import LineEndWatch
from cxone_async.source.records import InputHeader
from cxone_async.suppression.files import Suppression


def outcome_settings(
    settings: ReadingSettings,
    constraints: Constraints,
    suppression: Suppression,
    **decided: object,
) -> OutcomeSettings:
    """Return everything that decides outcomes.

    Each setting fills the field of its own name. `decided` holds what the command decides itself,
    such as the policy of one evaluation or the dialect.
    """
    named: dict[str, Any] = {
        name: getattr(settings, name)
        for name in OutcomeSettings.__struct_fields__
        if name in type(settings).model_fields
    }
    return OutcomeSettings(
        **named
        | {
            "encoding": "utf-8" if settings.encoding == AUTO else settings.encoding,
            "suppression_sha256": suppression.sha256,
            "suppression_day": suppression.day,
            "allowed_countries": constraints.allowed_countries,
            "dnc_enabled": constraints.dnc_enabled,
            "required_fields": constraints.required_fields,
        }
        | decided
    )


def told_constraints(settings: PlanSettings | EvaluateSettings) -> Constraints:
    """Return the campaign's constraints from the settings, for commands that ask no tenant."""
    return Constraints(
        allowed_countries=settings.allowed_countries,
        dnc_enabled=settings.dnc_enabled,
        required_fields=settings.required_fields,
    )


def guards_of(settings: RunSettings, *, max_failure_rate: float | None = None) -> Guards:
    """Return the guards that an import and its plan share, and the one on the tenant's answers."""
    return Guards(
        max_duplicate_rate=settings.max_duplicate_rate,
        max_failure_rate=max_failure_rate,
        max_invalid_rate=settings.max_invalid_rate,
        min_rows=settings.min_rows,
    )


def log_missing_line_end(watch: LineEndWatch, rows: int) -> None:
    """Log that the last of `rows` rows has no line end, so that it may be cut off."""
    if rows and not watch.has_line_end:
        log.warning("no_final_line_end", row=rows)


async def with_flagged_people(source: Input, header: InputHeader, job: PrepareJob) -> PrepareJob:
    """Return the job with the people whom any row of the input marks as not to be called.

    Reads the whole input once, or twice, if it has a column or words that can mark a person and the
    mark counts. Looks through it for such words if it has no column. Reads it once more for rows
    that are said to be the same. Blocks are worked on in a thread. Raises what `Input.blocks`
    raises.
    """
    settings = job.settings
    job = await _with_flagged_people(source, header, job)
    if not job.decided.same:
        return job
    cells = await cells_of_rows(source, settings.reading_rules, rows_of_same(job.decided))
    return replace(job, decided=with_people_not_called(job, cells))


async def _with_flagged_people(source: Input, header: InputHeader, job: PrepareJob) -> PrepareJob:
    settings = job.settings
    columns = read_header(
        header.names, settings.map, ignored=settings.ignore_column, further=settings.further
    )
    if not can_mark_people(columns, settings) and not (
        settings.rules.constraints.dnc_enabled and await _has_words_of_not_calling(source)
    ):
        return job
    reading = MarkedRows(settings)
    await _read(source, reading)
    shared: frozenset[int] = frozenset()
    if places := reading.frequent_places():
        values = SharedValues(settings, places, reading.marked)
        await _read(source, values)
        shared = values.shared()
    return replace(job, flagged=reading.marked.people(shared))


async def _has_words_of_not_calling(source: Input) -> bool:
    words = WordsOfNotCalling()
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            await asyncio.to_thread(words.feed, block)
            if words.are_there:
                return True
    return False


async def decided_pairs(run_directory: RunDirectory, settings: RunSettings) -> DecidedPairs:
    """Return the decisions of people about rows of the input.

    Reads the whole input once if there are any. Raises what `read_decisions` and `Input.blocks`
    raise. Raises UnreadableInputError for a row that is not there. Raises UsageError for external
    ids without a column, and for a file that the run would write over.
    """
    for path in settings.decisions:
        if path.name in FILE_NAMES and await asyncio.to_thread(
            _is_same_directory, path.parent, run_directory.path
        ):
            raise UsageError(
                f"--decisions: {path} is a file of this run directory, which is written anew; copy "
                "it to another place first, or name another --run-dir"
            )
    decisions = await read_decisions(settings.decisions)
    if not decisions.pairs:
        return NOTHING_DECIDED
    reading = DecidedRows(decisions, settings, run_directory.input_fingerprint)
    await _read(run_directory.input, reading)
    return reading.pairs()


def _is_same_directory(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


async def _read(source: Input, reading: MarkedRows | SharedValues | DecidedRows) -> None:
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            await asyncio.to_thread(reading.feed, block)
    await asyncio.to_thread(reading.finish)


def log_missing_extra(match: MatchPolicy) -> None:
    """Log that the policy is slow on long lists because an extra is not installed."""
    if match is MatchPolicy.ANY_FIELD and not has_compiled_index():
        log.info(
            "extra_missing",
            extra="any-field",
            what="more than 100,000 rows take long without it: pip install "
            "'cxone_async[any-field]'",
        )


def log_suppression(suppression: Suppression) -> None:
    """Log what each suppression file held."""
    for one in suppression.sources:
        held = {
            "file": one.name,
            "phones": one.phones,
            "emails": one.emails,
            "expired": one.expired,
            "empty": one.empty,
        }
        if one.phones or one.emails:
            log.info("suppression_read", **held)
        else:
            log.warning("suppression_read", **held)
