"""What a client signs in with. Loads no HTTP library."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Credential = str | Callable[[], str]
"""A client id or secret, or how to read it: that may block, and raises ConfigurationError."""


@dataclass(frozen=True, slots=True)
class Network:
    """The way to the tenant: whom to trust, as whom to connect, through which proxy.

    The files are PEM. `ca_file` holds the authorities to trust in place of the system's.
    `client_cert_file` is what a tenant that wants a certificate is shown, with its key in the
    same file or in `client_key_file`. `proxy` is `http://host[:port]`, "" for none.
    """

    ca_file: Path | None = None
    client_cert_file: Path | None = None
    client_key_file: Path | None = None
    proxy: str = ""
