"""Addresses: of the tenant, of a proxy, and the ids in a path.

Nothing here repeats an address in a message: it may have a password in it.
"""

import ipaddress
import os
import re
from typing import Final
from urllib.parse import quote
from urllib.request import proxy_bypass

from cxone_async.errors import ConfigurationError

_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?"
    r"(?P<path>(?:/[a-z0-9._~-]+)*)/?",
    re.IGNORECASE | re.ASCII,
)


BASE_URL: Final = "the base URL (--base-url)"
"""What a message calls the address that somebody has given."""


def checked_base_url(base_url: str, what: str = BASE_URL) -> str:
    """Return a base URL without its trailing slash.

    Raises ConfigurationError unless it is `https://host[:port][/path]`, or the same with
    `http` for a loopback host (127.0.0.0/8, ::1, localhost). The message calls it `what`, and
    does not repeat it, since it may have a password in it.
    """
    if "@" in base_url:
        raise ConfigurationError(f"{what} must not contain credentials")
    if "?" in base_url or "#" in base_url:
        raise ConfigurationError(f"{what} must have neither a query nor a fragment")
    address = _ADDRESS.fullmatch(base_url.strip())
    if address is None or not _is_usable(address):
        raise ConfigurationError(f"{what} must be https://HOST, with a port or path if needed")
    host = address["host"].lower()
    if address["scheme"].lower() == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{what} must be https: plain http is for this machine, such as http://127.0.0.1:8080"
        )
    return f"{address['scheme'].lower()}://{host}{address['port'] or ''}{address['path']}"


def _is_usable(address: re.Match[str]) -> bool:
    port_fits = address["port"] is None or 0 < int(address["port"][1:]) <= 65535
    climbs = any(part in (".", "..") for part in address["path"].split("/"))
    host = address["host"]
    if host.startswith("["):
        host_is_one = _address(host) is not None
    else:
        labels = host.removesuffix(".").split(".")
        host_is_one = all(0 < len(label) <= 63 for label in labels)
    return port_fits and not climbs and host_is_one


def host_of(base_url: str) -> str:
    """Return the host of a checked base URL, in lower case and without a port."""
    address = _ADDRESS.fullmatch(base_url)
    return "" if address is None else address["host"].lower().removesuffix(".")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def checked_proxy(proxy: str, base_url: str) -> str:
    """Return a proxy's URL without its trailing slash, or "" when there is none.

    Raises ConfigurationError unless it is `http://host[:port]` and the tenant is reached by
    https: the proxy is asked for a tunnel, and sees no more than the tenant's name.
    """
    if not proxy:
        return ""
    if "@" in proxy:
        raise ConfigurationError("the proxy's URL (--proxy) must not contain credentials")
    address = _ADDRESS.fullmatch(proxy.strip())
    if not (address and _is_usable(address) and _is_plain_origin(address)):
        raise ConfigurationError(
            "the proxy's URL (--proxy) must be http://HOST, with a port if needed"
        )
    if not base_url.startswith("https:"):
        raise ConfigurationError("--proxy needs a base URL with https: it would see the secret")
    return proxy.strip().rstrip("/")


def _is_plain_origin(address: re.Match[str]) -> bool:
    return address["scheme"].lower() == "http" and not address["path"]


def proxy_variable(base_url: str) -> str:
    """Return the variable that names a proxy other programs would use here, or ""."""
    scheme, _, rest = base_url.partition("://")
    host = rest.partition("/")[0]
    names = (f"{scheme}_proxy", "all_proxy")
    for name in (*names, *map(str.upper, names)):
        if os.environ.get(name) and not proxy_bypass(host):
            return name
    return ""


def path_part(name: str, value: str) -> str:
    """Percent-encode an id so that it is exactly one segment of a path.

    Raises ConfigurationError, with `name` for what the id is of, when no encoding can do
    that: "", "." and "..", which every server resolves away, and invalid Unicode.
    """
    try:
        segment = quote(value, safe="")
    except UnicodeEncodeError:
        segment = ""
    if segment in ("", ".", ".."):
        raise ConfigurationError(f"{value!r} cannot be the id of {name}")
    return segment
