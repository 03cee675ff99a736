"""How fast to send, as the tenant's answers suggest.

Guarantee: pure; the time of an answer comes in. `KeptRate` never exceeds the quota it was
given, nor `FoundRate` `MAX_PER_MINUTE`. Neither falls below a minimum from which it recovers.

`KeptRate` believes the quota. A stray 429 changes nothing (the pause it causes is enough). When
more than 10 % of the last 50 answers were throttled, another client is using the quota: the rate
falls by 15 %, 50 more answers must come before it can fall again, and it recovers by 2 % of the
quota for every 10 answers that were not throttled.

`FoundRate` (`--quota auto`) starts at 30 a minute and doubles with every 10 s worth of good
answers, that is only while the rate is really used. The first 429 tells more than that it was too
fast: what the tenant accepted in the 60 s before is the quota if it counts in a window of a
minute, and less than the quota if it counts otherwise. So the rate becomes 95 % of that, and no
60 s may hold more than that. Answers are not judged for the next minute, while what was sent too
fast may still count. After that the rate grows with every minute's worth of good answers, by 1 %
and then twice as much each time, so that a stray 429 costs minutes and not hours. More than 2
throttled of the last 50 answers set the rate again, but never to less than half, since after an
idle minute what was accepted in it says nothing.
"""

import math
from collections import deque
from typing import Final, Protocol

WINDOW_S: Final = 60.0
MAX_PER_MINUTE: Final = 100_000

JUDGED_ANSWERS: Final = 50

TOLERATED_WHEN_KEPT: Final = 5
LOWERED_TO: Final = 0.85
LOWEST_SHARE: Final = 0.1
ANSWERS_PER_RECOVERY: Final = 10
RECOVERY: Final = 0.02

TOLERATED_WHEN_FOUND: Final = 2
FIRST_PER_MINUTE: Final = 30.0
LOWEST_PER_MINUTE: Final = 1.0
SAFE_SHARE: Final = 0.95
SEARCH_ROUND_S: Final = 10.0
FIRST_GROWTH: Final = 0.01


class Rate(Protocol):
    """How fast requests are sent. Answers of the tenant may change it."""

    @property
    def per_minute(self) -> float:
        """The rate to send at now, in requests a minute."""
        ...

    @property
    def most_in_a_minute(self) -> int:
        """The most requests in any 60 s."""
        ...

    def answered(self, now_s: float, *, throttled: bool) -> None:
        """Report one answer of the tenant; `throttled` means 429."""
        ...


class KeptRate:
    """A quota that is known, in requests a minute."""

    def __init__(self, quota_per_minute: int) -> None:
        self._quota = quota_per_minute
        self._share = 1.0
        self._judged = _Judged(TOLERATED_WHEN_KEPT)
        self._accepted = 0

    @property
    def per_minute(self) -> float:
        return self._quota * self._share

    @property
    def most_in_a_minute(self) -> int:
        return self._quota

    def answered(self, now_s: float, *, throttled: bool) -> None:
        self._accepted += not throttled
        if self._judged.is_too_much(throttled=throttled):
            self._share = max(LOWEST_SHARE, self._share * LOWERED_TO)
            self._accepted = 0
        elif self._accepted == ANSWERS_PER_RECOVERY:
            self._share = min(1.0, self._share + RECOVERY)
            self._accepted = 0


class FoundRate:
    """A quota that is not known: looked for from below, then followed."""

    def __init__(self) -> None:
        self.per_minute = FIRST_PER_MINUTE
        self._is_searching = True
        self._growth = 1.0
        self._accepted_in_round = 0
        self._accepted_s: deque[float] = deque()
        self._judged = _Judged(TOLERATED_WHEN_FOUND)
        self._judged_from_s = 0.0

    @property
    def most_in_a_minute(self) -> int:
        return MAX_PER_MINUTE if self._is_searching else math.ceil(self.per_minute / SAFE_SHARE)

    def answered(self, now_s: float, *, throttled: bool) -> None:
        while self._accepted_s and self._accepted_s[0] <= now_s - WINDOW_S:
            self._accepted_s.popleft()
        if not throttled:
            self._accepted_s.append(now_s)
        if now_s < self._judged_from_s:
            return
        too_much = self._judged.is_too_much(throttled=throttled)
        if too_much or (throttled and self._is_searching):
            self._lower(now_s)
        elif not throttled:
            self._accepted_in_round += 1
            round_s = SEARCH_ROUND_S if self._is_searching else WINDOW_S
            if self._accepted_in_round >= self.per_minute * round_s / WINDOW_S:
                self._raise()

    def _lower(self, now_s: float) -> None:
        least = LOWEST_PER_MINUTE if self._is_searching else self.per_minute / 2
        found = SAFE_SHARE * min(len(self._accepted_s), self.per_minute)
        self.per_minute = max(found, least, LOWEST_PER_MINUTE)
        self._is_searching = False
        self._growth = FIRST_GROWTH
        self._accepted_in_round = 0
        self._judged = _Judged(TOLERATED_WHEN_FOUND)
        self._judged_from_s = now_s + WINDOW_S

    def _raise(self) -> None:
        self.per_minute = min(self.per_minute * (1.0 + self._growth), MAX_PER_MINUTE)
        self._growth = min(2.0 * self._growth, 1.0)
        self._accepted_in_round = 0


class _Judged:
    """The last answers, and whether too many of them were throttled."""

    def __init__(self, tolerated: int) -> None:
        self._tolerated = tolerated
        self._recent: deque[bool] = deque(maxlen=JUDGED_ANSWERS)

    def is_too_much(self, *, throttled: bool) -> bool:
        """Add one answer; return whether too many were throttled, and if so start over."""
        self._recent.append(throttled)
        if len(self._recent) < JUDGED_ANSWERS or sum(self._recent) <= self._tolerated:
            return False
        self._recent.clear()
        return True
