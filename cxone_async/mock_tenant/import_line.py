"""The command that imports a list into the stand-in, to be pasted into another terminal."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cxone_async.mock_tenant.options import TenantOptions

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  compared, not bound


def import_line(
    options: TenantOptions, base_url: str, secret: str, certificate: Path | None = None
) -> str:
    """Return the command, on several lines that a shell takes as one.

    `secret` is what stands for the client secret in a shell, such as `"$SECRET"`: a value that a
    person chose would not be printed. `certificate` is the one that the stand-in shows: it is
    trusted as if it had signed itself.
    """
    flags = {
        "--base-url": reachable_here(base_url),
        "--client-id": options.client_id,
        "--list-id": min(options.lists),
        "--campaign-id": min(options.campaigns),
        "--segment-id": min(options.segments),
        "--quota": str(options.quota_per_minute),
    }
    if certificate:
        flags["--ca-file"] = str(certificate.absolute())
    words = [f"{flag} {shlex.quote(value)}" for flag, value in flags.items()]
    pairs = [" ".join(words[at : at + 2]) for at in range(0, len(words), 2)]
    return " \\\n    ".join(
        [f"CXONE_CLIENT_SECRET={secret} cxone-async import contacts.csv", *pairs]
    )


def reachable_here(base_url: str) -> str:
    """Return the URL by which this machine reaches a server that listens on all addresses."""
    url = urlsplit(base_url)
    host = _LOOPBACK.get(url.hostname or "")
    return urlunsplit(url._replace(netloc=f"{host}:{url.port}")) if host else base_url
