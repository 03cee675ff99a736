"""What each start of a run used, so that the figures of a resumed run are those of all its starts.

Guarantee: a note of this costs no write of its own while a run sends. It goes into a commit that
is made anyway, when the last note is `NOTE_EVERY_S` old, and into the opening and the closing of
the journal. So a start that is killed loses from its figures what it used since its last note, and
it is known that it was killed: no note says that it has ended.

Everything here is pure.
"""

from collections.abc import Callable
from typing import Final

import msgspec

NOTE_EVERY_S: Final = 5.0


class Used(msgspec.Struct, frozen=True, array_like=True):
    """What a run used, or a part of it.

    `duration_s` is how long it loaded, `requests` counts by kind, `chunks` those that the tenant
    accepted. `room` is how many contacts the quota would have carried in that time if a chunk took
    one request; None when no quota was given. The bytes of it stand in journals: fields are only
    added at the end.
    """

    duration_s: float = 0.0
    requests: dict[str, int] = {}
    chunks: int = 0
    contacts_sent: int = 0
    early_polls: int = 0
    throttled: int = 0
    room: float | None = 0.0

    def __add__(self, other: "Used") -> "Used":
        """Return what both used."""
        kinds = {**self.requests, **other.requests}
        return Used(
            self.duration_s + other.duration_s,
            {kind: self.requests.get(kind, 0) + other.requests.get(kind, 0) for kind in kinds},
            self.chunks + other.chunks,
            self.contacts_sent + other.contacts_sent,
            self.early_polls + other.early_polls,
            self.throttled + other.throttled,
            None if self.room is None or other.room is None else self.room + other.room,
        )


NOTHING_USED: Final = Used()


class StartUsed(msgspec.Struct, frozen=True, tag="start_used", array_like=True):
    """What a start has used so far; it takes the place of earlier notes of the same start.

    `start` counts from 1. With `has_ended` the start ended in order and this is all that it used.
    """

    start: int
    has_ended: bool
    used: Used


class UseNotes:
    """Says when a start makes a note. `used` returns what it has used up to the call."""

    def __init__(self, start: int, used: Callable[[], Used]) -> None:
        self._start = start
        self._used = used
        self._due_s = 0.0

    def opening(self) -> StartUsed:
        """Return the note that the start was there."""
        return StartUsed(self._start, False, NOTHING_USED)

    def due(self, now_s: float) -> StartUsed | None:
        """Return the note that goes into a commit of this moment; None when the last is new."""
        if now_s < self._due_s:
            return None
        self._due_s = now_s + NOTE_EVERY_S
        return StartUsed(self._start, False, self._used())

    def closing(self) -> StartUsed:
        """Return the last note of a start that ends in order."""
        return StartUsed(self._start, True, self._used())
