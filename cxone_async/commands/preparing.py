"""Turns a command's settings into the job for preparation."""

from typing import Any

from cxone_async.contacts.constraints import Constraints
from cxone_async.logs import log
from cxone_async.matching.any_field.matcher import has_compiled_index
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.settings import EvaluateSettings, PlanSettings, ReadingSettings
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


def log_missing_extra(match: MatchPolicy) -> None:
    """Log that the policy is slow on long lists because an extra is not installed."""
    if match is MatchPolicy.ANY_FIELD and not has_compiled_index():
        log.info("extra_missing", extra="any-field")


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
