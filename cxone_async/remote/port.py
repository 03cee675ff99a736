"""What a download needs of a file that lies elsewhere, and the errors that it may raise.

Guarantee: the errors made here name a file as it may be shown. A library's own text is not in
them, and its error is not their cause: both may quote a signed URL.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from cxone_async.errors import (
    AccessRefusedError,
    MissingInputError,
    RemoteUnreachableError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.remote.uri import BUCKETS, scheme_of


class Version(msgspec.Struct, frozen=True):
    """Which bytes a file elsewhere has.

    `tag` is the ETag where there is one, else the time of the last change; "" when the server tells
    neither. Then nobody can know whether two reads are of the same bytes.
    """

    size_bytes: int
    tag: str


class RemoteFile(Protocol):
    """A file that lies elsewhere.

    Both methods raise MissingInputError, AccessRefusedError, UnreadableInputError, and
    RemoteUnreachableError for what may be over when it is tried again.
    """

    @property
    def shown(self) -> str:
        """Its URI, without what must not be shown."""

    async def version(self) -> Version:
        """Ask which bytes it has now."""

    def pieces(self, offset: int, version: Version) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of `version` from `offset` on.

        Raises UnreadableInputError when it has another version by now, and CannotGoOnError, for
        an `offset` above 0, when the server sends whole files only.
        """


class CannotGoOnError(Exception):
    """The server sends a file only from its beginning."""


def missing(shown: str) -> MissingInputError:
    """Return the error for a file that is not there."""
    what = "object, or no such bucket" if scheme_of(shown) in BUCKETS else "file"
    return MissingInputError(f"{shown}: there is no such {what}")


def refused(
    shown: str, why: str = "may not be read with the credentials that were found"
) -> AccessRefusedError:
    """Return the error for a file that may not be read."""
    return AccessRefusedError(f"{shown}: {why}")


def unreachable(shown: str, why: str) -> RemoteUnreachableError:
    """Return the error for a server that gives no answer, or none that can be used."""
    return RemoteUnreachableError(f"{shown}: {why}")


def changed(shown: str) -> UnreadableInputError:
    """Return the error for a file that got other bytes while it was read."""
    return UnreadableInputError(
        f"{shown}: has changed while it was read; nothing of it was used; start again when it is "
        "complete"
    )


def extra_missing(shown: str, extra: str) -> UsageError:
    """Return the error for a kind of file whose library is not installed."""
    return UsageError(
        f"{shown}: is read with the extra `{extra}`, which is not installed: "
        f"pip install 'cxone_async[{extra}]'"
    )
