"""The tenant APIs that this package speaks, by name.

Outside its own package, a dialect is added by a line in `DIALECTS`. Names are stored in run
directories, so they must not change. A client is imported when it is opened, so names and
capabilities load no HTTP library.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.tenant.access import Credential, Network
from cxone_async.tenant.contact_lists import contract
from cxone_async.tenant.events import ObserveTenant, unobserved
from cxone_async.tenant.port import Capabilities, TenantClient
from cxone_async.tenant.rate_limit.limiter import RateLimiter

DEFAULT: Final = contract.NAME


@dataclass(frozen=True, slots=True)
class Access:
    """What a client needs in order to talk to one tenant.

    Credentials that are given as functions are read for each sign-in. `connections` is the most
    that are open at once; `now` is the wall clock, in seconds since the epoch. `observe` is told of
    each request and each pause. `network` is the way to the tenant. `credentials_from` says where
    the credentials come from, for a person whose tenant refuses them.
    """

    base_url: str
    client_id: Credential
    client_secret: Credential
    rate_limiter: RateLimiter
    connections: int
    now: Callable[[], float]
    observe: ObserveTenant = unobserved
    network: Network | None = None
    credentials_from: str = ""


def names() -> tuple[str, ...]:
    """Return the names of all dialects."""
    return tuple(DIALECTS)


def capabilities(name: str) -> Capabilities:
    """Return what a dialect's API can do. Raises UsageError for a name that is not registered."""
    return _registered(name).capabilities


def client(
    access: Access, name: str = DEFAULT, *, plus_sign: bool = False
) -> AbstractAsyncContextManager[TenantClient]:
    """Return a client of that dialect, to be used in `async with`.

    With `plus_sign` phones go out with a leading +.

    Raises UsageError for a name that is not registered, ConfigurationError for a base URL that
    may not be used and for files of `Access.network` that cannot be.
    """
    return _registered(name).client(access, plus_sign)


def refuse_another_dialect(client: TenantClient, name: str) -> None:
    """Raise ConfigurationError unless a client speaks the dialect of that name."""
    if client.dialect.name != name:
        raise ConfigurationError(
            f"the settings name the dialect {name!r}, but the given tenant client speaks "
            f"{client.dialect.name!r}"
        )


@dataclass(frozen=True, slots=True)
class Registered:
    """A dialect: what it can do, and how to make a client from access and `plus_sign`."""

    capabilities: Capabilities
    client: Callable[[Access, bool], AbstractAsyncContextManager[TenantClient]]


def _contact_lists_client(
    access: Access, plus_sign: bool
) -> AbstractAsyncContextManager[TenantClient]:
    from cxone_async.tenant.contact_lists.client import CXoneClient  # noqa: PLC0415  loads aiohttp
    from cxone_async.tenant.contact_lists.wire import ContactListsDialect  # noqa: PLC0415

    return CXoneClient(
        base_url=access.base_url,
        client_id=access.client_id,
        client_secret=access.client_secret,
        rate_limiter=access.rate_limiter,
        dialect=ContactListsDialect(plus_sign=plus_sign),
        connections=access.connections,
        now=access.now,
        observe=access.observe,
        network=access.network,
        credentials_from=access.credentials_from,
    )


DIALECTS: Final = {contract.NAME: Registered(contract.CAPABILITIES, _contact_lists_client)}


def _registered(name: str) -> Registered:
    if name not in DIALECTS:
        raise UsageError(f"no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name]
