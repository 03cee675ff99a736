"""Makes the client of the tenant that the settings name."""

from contextlib import AbstractAsyncContextManager

from cxone_async.commands.environment import Environment
from cxone_async.settings import ImportSettings
from cxone_async.tenant import registry
from cxone_async.tenant.events import ObserveTenant
from cxone_async.tenant.port import TenantClient
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.registry import Access


def client_of(
    settings: ImportSettings,
    limiter: RateLimiter,
    connections: int,
    environment: Environment,
    observe: ObserveTenant,
) -> AbstractAsyncContextManager[TenantClient]:
    """Return a client, to be used in `async with`. Raises what `registry.client` raises."""
    return registry.client(
        Access(
            base_url=settings.url,
            client_id=settings.client_id or settings.read_client_id,
            client_secret=settings.secret if settings.client_secret_file else settings.secret(),
            rate_limiter=limiter,
            connections=connections,
            now=environment.wall_clock_s,
            observe=observe,
            network=settings.network,
            credentials_from=settings.credentials_in_words(),
        ),
        settings.dialect,
        plus_sign=settings.plus_sign,
    )
