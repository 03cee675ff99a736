"""What came back from the tenant, before its status is judged.

Guarantee: reading an answer either gives the value that was asked for or raises
`AmbiguousError`. No exception of a JSON or date library leaves this module, and no byte
of a body gets into a message. What a status means is for the dialect to say (`FailureOf`).

Bodies are read by the standard library's JSON. It accepts a lone surrogate escape, for which
the faster parsers refuse the whole document; a tenant that cuts a name in the middle of a
surrogate pair must not cost the other 499 results. Bytes that are not UTF-8 become lone
surrogates for the same reason: they can never equal anything that was sent. Large answers are
first tried with a parser that takes a quarter of the time; what it refuses is read again.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias, TypeVar

import msgspec

from cxone_async.errors import AmbiguousError, CXoneError
from cxone_async.tenant.port import RequestKind

MAX_RETRY_AFTER_S: Final = 3600.0
"""No wish of a tenant holds a run longer than this; after it the tenant is asked again."""

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""No answer is read further than this, whatever was asked."""

_SECONDS: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")

Shape = TypeVar("Shape")


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what of the body could be read.

    `unreadable` says why the body could not be read to its end ("" when it could); `body`
    is then empty. The status holds all the same: a 429 with a broken body is a 429. `hang_up`
    closes the connection that it came on: for an answer that fits no question. `dated_s` is its
    date by the tenant's clock. `headers` are those that it came with, by name in any case.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    unreadable: str = ""
    retry_after_s: float | None = None
    hang_up: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
    dated_s: float | None = field(default=None, compare=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def read(self, shape: type[Shape], doing: str) -> Shape:
        """Return the JSON body as `shape`, a type that msgspec can convert to.

        Raises AmbiguousError, naming `doing`, when the body could not be received, is
        not JSON, or has another shape. Then it may be the answer to another question, and no
        more is asked on its connection.
        """
        problem = self.unreadable
        if not problem:
            try:
                text = self.body.decode("utf-8-sig", "surrogateescape")
                return msgspec.convert(json.loads(text), shape)
            except msgspec.ValidationError:
                problem = "its body is not what this call answers with"
            except (ValueError, RecursionError):
                problem = "its body is not JSON"
        self.hang_up()
        raise AmbiguousError(
            f"{doing}: the tenant answered {self.status}, but {problem}", status=self.status
        )

    def plain(self, shape: type[Shape]) -> Shape | None:
        """Return the body as `shape` if it is plainly that; None means that `read` must judge.

        What is not UTF-8, or escapes a surrogate, is not plain: in members that `shape` does
        not have, this parser would not see it.
        """
        if self.unreadable or b"\\ud" in self.body or b"\\uD" in self.body:
            return None
        try:
            return msgspec.json.decode(self.body.decode(), type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


FailureOf: TypeAlias = Callable[[RequestKind, Answer, str], CXoneError | None]
"""Given a call, its answer and what it was for: the error to raise, or None for a success."""


def retry_after_s(value: str | None, now_s: float) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3) into seconds from now.

    `now_s` is the time at which the answer was made, in seconds since the epoch, for the form that
    names a date. Of several numbers the largest counts; what follows a semicolon does not.
    Gives None when the header is absent or unreadable; a time in the past is 0, and
    nothing is longer than `MAX_RETRY_AFTER_S`.
    """
    if value is None:
        return None
    first = value.partition(";")[0].strip().strip('"')
    numbers = [part.strip() for part in first.split(",") if part.strip()]
    if numbers and all(map(_SECONDS.fullmatch, numbers)):
        wait_s = max(map(float, numbers))
    else:
        date_s = http_date_s(first)
        if date_s is None:
            return None
        wait_s = date_s - now_s
    return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)


def http_date_s(date: str | None) -> float | None:
    """Return the moment that an HTTP date names, in seconds since the epoch, if it names one."""
    try:
        moment = parsedate_to_datetime(date or "")
        if moment.tzinfo is None:  # an HTTP date is always GMT, whether it says so or not
            moment = moment.replace(tzinfo=UTC)
        moment_s = moment.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment_s if math.isfinite(moment_s) else None


def identifier(value: str | int | None) -> str:
    """Return an id as text; "" for one that could not be sent back to the tenant.

    Ids that are numbers become their digits. Not usable are: nothing, "." and ".." (no
    path can hold them), more than 256 characters, control characters, and text that is
    not valid Unicode.
    """
    text = "" if value is None else str(value)
    usable = text not in (".", "..") and len(text) <= 256 and text.isprintable()
    return text if usable else ""


def error_code(value: object) -> str:
    """Return an error code; "" for anything that does not look like one.

    A code is a word of letters, underscores and hyphens. What a tenant writes in its
    place may be a sentence with a person in it, so nothing else gets through.
    """
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,63}")
