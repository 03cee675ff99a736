"""Where notifications go, in which form, and the key that signs them. Loads no HTTP library.

Guarantee: no message repeats a URL or a secret. The URL of a chat's web hook holds its password.
"""

import binascii
import ipaddress
import re
from base64 import b64decode
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

SECRET_PREFIX: Final = "whsec_"  # noqa: S105
"""What the secret begins with in Standard Webhooks."""

KEY_BYTES: Final = range(24, 65)
"""Lengths of a key that Standard Webhooks allows."""

_WRITTEN: Final = re.compile(r"(?i:https?)://[!-~]+", re.ASCII)
_READ_DIFFERENTLY: Final = frozenset('\\"<>^`{|}#')
"""Characters that a URL may not hold, and the fragment, which never leaves this machine."""


class NotifyFormat(StrEnum):
    """The values of `--notify-format`."""

    JSON = "json"
    SLACK = "slack"


def checked_url(url: str) -> str:
    """Return a URL that notifications may go to.

    Raises ValueError unless it is https, or http to a loopback host.
    """
    url = url.strip()
    if _WRITTEN.fullmatch(url) is None or not _READ_DIFFERENTLY.isdisjoint(url):
        raise ValueError("not a URL that begins with https://")
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port == 0:
        raise ValueError("not a URL with a host, and a port if needed")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("not https: plain http is for loopback hosts")
    return url


def signing_key(secret: str) -> bytes:
    """Return the key that a secret `whsec_...` stands for. Raises ValueError: it is none."""
    encoded = secret.strip()
    try:
        key = b64decode(encoded.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not encoded.startswith(SECRET_PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(
            f"not {SECRET_PREFIX} and the base64 of {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes"
        )
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
