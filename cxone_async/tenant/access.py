"""How a client gets at its tenant: its credentials, and the way there. Loads no HTTP library."""

from collections.abc import Callable

Credential = str | Callable[[], str]
"""A client id or secret, or how to read it: that may block, and raises ConfigurationError."""
