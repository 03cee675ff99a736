"""Counts requests over time: the quota, and statistics of the traffic.

Pure: the time of each request is passed in, as seconds of any clock that does not run backwards.
Tenants read "N a minute" in two ways, and a client must keep both:

* a *sliding* window: no 60 s, wherever they begin, hold more than N requests;
* a *fixed* window: minutes are counted from the first request and each holds N, so two bursts may
  meet at the boundary.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Protocol

WINDOW_S = 60.0

# Rounding must not matter for two requests exactly one window apart: a virtual clock that counts
# whole microseconds can put them 59.999999 s apart.
CLOCK_GRAIN_S = 1e-5


class SlidingWindow:
    """The requests of the last 60 s, and the most that any 60 s ever held (`largest`)."""

    __slots__ = ("_times_s", "largest")

    def __init__(self) -> None:
        self._times_s: deque[float] = deque()
        self.largest = 0

    def add(self, now_s: float) -> None:
        self.count(now_s)
        self._times_s.append(now_s)
        self.largest = max(self.largest, len(self._times_s))

    def count(self, now_s: float) -> int:
        """How many requests the window that ends now holds."""
        times_s = self._times_s
        expired_s = now_s - WINDOW_S + CLOCK_GRAIN_S
        while times_s and times_s[0] <= expired_s:
            times_s.popleft()
        return len(times_s)

    def free_in_s(self, now_s: float) -> float:
        """Seconds until the oldest request leaves the window; 0 when the window is empty."""
        return self._times_s[0] + WINDOW_S - now_s if self._times_s else 0.0


class Quota(Protocol):
    """Admits requests."""

    def admit(self, now_s: float) -> int:
        """Count the request and return 0, or return the seconds to wait."""
        ...


class NoQuota:
    """No limit: every request is admitted."""

    __slots__ = ()

    def admit(self, now_s: float) -> int:
        return 0


class SlidingQuota:
    """At most `per_minute` admitted requests in any 60 s; refused ones are not counted."""

    __slots__ = ("_per_minute", "_window")

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._window = SlidingWindow()

    def admit(self, now_s: float) -> int:
        if self._window.count(now_s) < self._per_minute:
            self._window.add(now_s)
            return 0
        return _whole_seconds(self._window.free_in_s(now_s))


class FixedQuota:
    """At most `per_minute` admitted requests in each minute counted from the first request."""

    __slots__ = ("_admitted", "_ends_s", "_per_minute")

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._ends_s: float | None = None
        self._admitted = 0

    def admit(self, now_s: float) -> int:
        if self._ends_s is None:
            self._ends_s = now_s + WINDOW_S
        if now_s >= self._ends_s - CLOCK_GRAIN_S:
            self._ends_s += WINDOW_S * (1 + (now_s - self._ends_s + CLOCK_GRAIN_S) // WINDOW_S)
            self._admitted = 0
        if self._admitted < self._per_minute:
            self._admitted += 1
            return 0
        return _whole_seconds(self._ends_s - now_s)


def quota_of(per_minute: int, window: str) -> Quota:
    """The quota for `per_minute` requests (0: none) in a `sliding` or a `fixed` window."""
    if per_minute == 0:
        return NoQuota()
    return SlidingQuota(per_minute) if window == "sliding" else FixedQuota(per_minute)


def _whole_seconds(wait_s: float) -> int:
    return max(1, math.ceil(wait_s - CLOCK_GRAIN_S))
