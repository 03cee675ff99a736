"""What the stand-in remembers of the requests, so that a test can prove what a client did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal["429", "503", "html", "empty", "lost", "closed", "array"]
"""What may happen to one request.

`lost`: it is processed, and the connection is closed without an answer; `closed`: the same without
its being processed; `html`: a gateway's page with 502; `empty`: 500 without a body; `array`: the
answer is wrapped in an array.
"""


@dataclass(slots=True)
class AdminRecord:
    """What was asked. `requests` counts by the name of the call and the status of its answer.

    `uploaded_rows` counts, for each list and external id, how often a row of it was taken for
    processing: above 1, a row was sent twice. `started_skills` names the uploads that asked the
    platform to begin dialling; `overwriting` those with forceOverwrite, `mailing` with sendEmail.
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    uploaded_rows: Counter[tuple[int, str]] = field(default_factory=Counter)
    upload_names: list[str] = field(default_factory=list)
    started_skills: list[str] = field(default_factory=list)
    overwriting: list[str] = field(default_factory=list)
    mailing: list[str] = field(default_factory=list)
    most_uploads_at_once: int = 0

    def calls(self, name: str) -> int:
        """Return how many requests of that name were answered, whatever the status."""
        return sum(count for (called, _), count in self.requests.items() if called == name)
