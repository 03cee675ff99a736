"""Turns a command's settings into the job for preparation."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.load.guards import Guards
from cxone_async.logs import log
from cxone_async.matching.any_field.matcher import has_compiled_index
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.settings import EvaluateSettings, PlanSettings, ReadingSettings, RunSettings


def outcome_settings(
    settings: ReadingSettings,
    constraints: Constraints,
    suppression_lines: tuple[str, ...],
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
            "suppression_sha256": sha256("\n".join(suppression_lines).encode()).hexdigest(),
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


async def read_suppression(path: Path | None) -> tuple[str, ...]:
    """Return the lines of the suppression file, or none if there is no file.

    Raises MissingInputError, UnreadableInputError.
    """
    if path is None:
        return ()
    try:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MissingInputError(f"no such suppression file: {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInputError(f"suppression file {path}: {type(error).__name__}") from error
    return tuple(text.splitlines())


def log_missing_extra(match: MatchPolicy) -> None:
    """Log that the policy is slow on long lists because an extra is not installed."""
    if match is MatchPolicy.ANY_FIELD and not has_compiled_index():
        log.info("extra_missing", extra="any-field")
