"""`--request-log`: one JSON line for each request to the tenant, and for each reset.

Guarantee: a line holds words and numbers of this program only: no path, no header, no body, no
token, nothing of a contact. Whoever writes a list's name or a person's address into a path does not
find it here. A line that cannot be written is said once on standard error; the tenant goes on.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

_METHODS: Final = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request, and how it was answered."""

    kind: str
    """Which call it was; `unknown` for a path that no call has."""
    method: str
    status: int
    duration_s: float
    request_bytes: int
    items: int | None = None
    """Contacts of a submission that was taken, or contact ids of a segment call."""
    import_id: str | None = None
    """The import that a submission made or repeated, or that a poll found."""
    error_code: str | None = None
    """Why it was refused, in the tenant's words."""


class RequestLog:
    """Appends lines to a file. Raises `OSError` when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._is_failing = False

    def add(self, request: LoggedRequest) -> None:
        """Write the line of a request."""
        told = {name: value for name, value in asdict(request).items() if value is not None}
        told["method"] = request.method if request.method in _METHODS else "other"
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            os.write(self._descriptor, orjson.dumps({"at": at, **told}) + b"\n")
        except OSError as error:
            if not self._is_failing:
                sys.stderr.write(f"the request log cannot be written: {error.strerror}\n")
            self._is_failing = True
        else:
            self._is_failing = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
