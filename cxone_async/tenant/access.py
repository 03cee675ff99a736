"""What a client signs in with. Loads no HTTP library."""

from collections.abc import Callable

Credential = str | Callable[[], str]
"""A client id or secret, or how to read it: that may block, and raises ConfigurationError."""
