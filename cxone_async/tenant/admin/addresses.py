"""Where a tenant's sign-in, its discovery and its API are.

Guarantee: an address that a server names is used only if it is https and under one of the vendor's
domains, or its host is allowed by name: the token goes there. A base URL on a loopback host admits
loopback hosts too, for a stand-in.
"""

import re
from dataclasses import dataclass
from typing import Final

from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.tenant.http.address import checked_base_url, host_of, is_loopback

GLOBAL: Final = "https://cxone.niceincontact.com"
"""Where the password grant and the discovery are, for all areas."""

VENDOR_DOMAINS: Final = ("niceincontact.com", "nice-incontact.com")
"""Hosts of sign-in are under the one with the dash, hosts of the API under either."""

_AREA: Final = re.compile(r"[a-z]{2}[a-z0-9-]{0,30}", re.IGNORECASE)
_VERSION: Final = re.compile(r"[1-9][0-9]{0,2}\.0")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs without a trailing slash. `api` is None where it has to be discovered."""

    access_key: str
    shared: str
    api: str | None
    allowed_hosts: frozenset[str]
    admits_loopback: bool

    def discovered(self, url: str) -> str:
        """Return an address that the tenant's discovery named, checked.

        Raises ConfigurationError, naming the host, when it may not be used.
        """
        try:
            address = checked_base_url(url, "it")
        except ConfigurationError as error:
            raise ConfigurationError(
                f"the tenant's discovery names an address that cannot be used: {error}"
            ) from None
        host = host_of(address)
        is_vendors = any(host == one or host.endswith(f".{one}") for one in VENDOR_DOMAINS)
        if is_vendors or host in self.allowed_hosts:
            return address
        if is_loopback(host) and self.admits_loopback:
            return address
        raise ConfigurationError(
            f"the tenant's discovery names the host {host}, which is not under"
            f" {' or '.join(VENDOR_DOMAINS)}; --allow-host {host} admits it"
        )


def addresses_of(
    *,
    area: str | None = None,
    base_url: str | None = None,
    api_endpoint: str | None = None,
    allowed_hosts: frozenset[str] = frozenset(),
) -> Addresses:
    """Return where to sign in: `area` such as na1, or one origin that serves everything.

    Raises UsageError unless exactly one of them is given, ConfigurationError for a value that
    cannot be used.
    """
    if (area is None) == (base_url is None):
        raise UsageError("either an area or a base URL must be given, and not both")
    if base_url is not None:
        origin = checked_base_url(base_url)
        access_key, shared = origin, origin
    else:
        if not _AREA.fullmatch(area or ""):
            raise ConfigurationError(f"{area!r} is not an area, such as na1, eu1 or au1")
        access_key, shared = f"https://{(area or '').lower()}.nice-incontact.com", GLOBAL
    return Addresses(
        access_key,
        shared,
        None if api_endpoint is None else checked_base_url(api_endpoint, "the API's address"),
        frozenset(host.lower() for host in allowed_hosts),
        base_url is not None and is_loopback(host_of(shared)),
    )


def checked_version(version: str) -> str:
    """Return a version of the API, such as 34.0. Raises ConfigurationError for anything else."""
    if not _VERSION.fullmatch(version):
        raise ConfigurationError(f"{version!r} is not a version of the API, such as 34.0")
    return version
