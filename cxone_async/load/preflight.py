"""Before any row goes out: credentials, scopes, and what the campaign asks.

Guarantee: nothing is sent for a tenant that refuses us. A tenant that cannot be reached at
the start is given up soon (`START_LIMITS`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cxone_async.contacts.constraints import Constraints, unknown_fields
from cxone_async.contacts.country import allowed_countries
from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.errors import (
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
)
from cxone_async.load.attempts import backoff_s
from cxone_async.load.failure_budget import START_LIMITS, FailureBudget
from cxone_async.tenant.port import TenantClient

SCOPES = frozenset({"contact-list:write", "import:write", "campaign:read"})
SEGMENT_SCOPES = frozenset({"segment:write"})
"""From the contact-lists contract; the second only when a segment is given."""

Answer = TypeVar("Answer")


async def sign_in(client: TenantClient, *, with_segment: bool, rng: random.Random) -> None:
    """Obtain a token with the scopes the run needs. Raises RunError leaves."""
    scopes = SCOPES | SEGMENT_SCOPES if with_segment else SCOPES
    await _patiently(lambda: client.sign_in(scopes), rng)


async def constraints_of_campaign(
    client: TenantClient, campaign_id: str, rng: random.Random
) -> Constraints:
    """Ask the tenant what the campaign demands of its contacts. Raises RunError leaves."""
    try:
        campaign = await _patiently(lambda: client.campaign(campaign_id), rng)
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


async def _patiently(call: Callable[[], Awaitable[Answer]], rng: random.Random) -> Answer:
    failure_budget = FailureBudget(START_LIMITS)
    failures = 0
    while True:
        try:
            return await call()
        except RateLimitedError as error:  # the limiter is paused already
            failure_budget.refused(error)
        except (NotSentError, AmbiguousError) as error:
            failure_budget.refused(error)
            failures += 1
            await asyncio.sleep(backoff_s(failures, rng, error.retry_after_s))
