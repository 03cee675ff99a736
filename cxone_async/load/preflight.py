"""Checks with the tenant before any row goes out: credentials, scopes, campaign, segment.

A tenant that cannot be reached at the start is given up quickly (`START_LIMITS`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cxone_async.contacts.constraints import Constraints, unknown_fields
from cxone_async.contacts.country import allowed_countries
from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.errors import (
    ConfigurationError,
    ContentRefusedError,
    NotFoundError,
    RequestError,
)
from cxone_async.load.attempts import QUESTION, NextStep, backoff_s, next_step
from cxone_async.load.failure_budget import START_LIMITS, FailureBudget
from cxone_async.tenant.port import TenantClient

Answer = TypeVar("Answer")


async def sign_in(client: TenantClient, *, with_segment: bool, rng: random.Random) -> None:
    """Obtain a token with the scopes the run needs.

    Raises RunError leaves; among them ConfigurationError when a segment is given and the
    tenant's API has none.
    """
    capabilities = client.dialect.capabilities
    scopes = capabilities.scopes
    if with_segment:
        capabilities.segment_call_size()
        scopes |= capabilities.segment_scopes
    await _answer(lambda: client.sign_in(scopes), rng)


async def constraints_of_campaign(
    client: TenantClient, campaign_id: str, rng: random.Random
) -> Constraints:
    """Ask the tenant what the campaign demands of its contacts. Raises RunError leaves."""
    try:
        campaign = await _answer(lambda: client.campaign(campaign_id), rng)
    except (NotFoundError, ContentRefusedError) as error:
        raise ConfigurationError(f"the tenant knows no campaign {campaign_id!r}") from error
    if unknown := unknown_fields(sorted(campaign.required_fields)):
        raise ConfigurationError(
            f"campaign {campaign_id!r} requires {', '.join(map(repr, unknown))}; a contact has "
            f"{', '.join(FIELD_NAMES)}"
        )
    return Constraints(
        allowed_countries=allowed_countries(campaign.allowed_countries),
        dnc_enabled=campaign.dnc_enabled,
        required_fields=frozenset(name for name in FIELD_NAMES if name in campaign.required_fields),
    )


async def refuse_unknown_segment(client: TenantClient, segment_id: str) -> None:
    """Ask once whether the tenant knows the segment.

    Raises ConfigurationError when it says no, AccessRefusedError when it may not be asked. Any
    other answer, and none, proves nothing: the first contacts that are added will tell.
    """
    try:
        await client.check_segment(segment_id)
    except NotFoundError as error:
        raise ConfigurationError(f"the tenant knows no segment {segment_id!r}") from error
    except RequestError:
        return


async def _answer(call: Callable[[], Awaitable[Answer]], rng: random.Random) -> Answer:
    """Call until there is an answer. Raises NotFoundError, ContentRefusedError, RunError leaves."""
    failure_budget = FailureBudget(START_LIMITS)
    failures = 0
    while True:
        try:
            return await call()
        except RequestError as error:
            match next_step(error, QUESTION):
                case NextStep.SEND_WHEN_ALLOWED:
                    failure_budget.refused(error)
                case NextStep.SEND_AFTER_WAIT | NextStep.REPEAT_AFTER_WAIT:
                    failure_budget.refused(error)
                    failures += 1
                    await asyncio.sleep(backoff_s(failures, rng, error.retry_after_s))
                case _:
                    raise
