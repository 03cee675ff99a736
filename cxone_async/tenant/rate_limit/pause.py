"""How long all requests wait when the tenant throttles.

Guarantee: a pause lasts as long as the tenant asked for, within limits. Where it named no time, a
pause lasts a second plus a random part of a span that doubles until an answer is not throttled.
Where it names less than a second, the shortest pause doubles in the same way, so that a tenant that
says `Retry-After: 0` for ever is asked less and less often. Refusals of requests that were under
way together are one pause. Reads no clock.

A 429 is no failure: it says that the tenant is well. But without a quota, a tenant that throttles
everything and names no time, or a short one, would be asked a thousand times a second. So when
`PAUSES_BORNE` pauses were followed by nothing but 429s (`SHORT_PAUSES_BORNE` of less than a
second), each further one is a failure, and the circuit of its kind opens (`circuit_breaker`).
"""

import math
import random
from typing import Final

from cxone_async.tenant.rate_limit.circuit_breaker import Event

MIN_PAUSE_S: Final = 0.1
MAX_NAMED_PAUSE_S: Final = 300.0
UNNAMED_PAUSE_S: Final = 1.0
MAX_UNNAMED_PAUSE_S: Final = 60.0
PAUSES_BORNE: Final = 3
SHORT_PAUSES_BORNE: Final = 1


class Pause:
    """The time until which no request may leave, by one clock that does not run backwards."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._ends_s = -math.inf
        self._in_a_row = 0  # pauses that began since the last answer that was not throttled
        self._borne = PAUSES_BORNE
        self.total_s = 0.0

    def left_s(self, now_s: float) -> float:
        """Return how many seconds of the pause are left; 0 or less when requests may leave."""
        return self._ends_s - now_s

    def answered(self, *, throttled: bool) -> Event:
        """Return what the answer means for its kind's circuit."""
        if not throttled:
            self._in_a_row = 0
            return Event.SUCCEEDED
        return Event.TRIAL_ENDED if self._in_a_row <= self._borne else Event.FAILED

    def failed(self, now_s: float) -> None:
        """A failure ends a row of throttled answers, unless a 503 has just started a pause."""
        if self._ends_s <= now_s:
            self._in_a_row = 0

    def begin(self, now_s: float, retry_after_s: float | None) -> None:
        """Hold all requests for the time that a 429 or 503 names, or for a random time (None)."""
        is_new = self._ends_s <= now_s
        if retry_after_s is not None and not math.isnan(retry_after_s):
            is_short = retry_after_s < UNNAMED_PAUSE_S
            self._borne = SHORT_PAUSES_BORNE if is_short else PAUSES_BORNE
            shortest_s = self._shortest_s(is_new) if is_short else 0.0
            length_s = min(max(retry_after_s, shortest_s), MAX_NAMED_PAUSE_S)
        elif is_new:
            # A minimum plus full jitter over a span that doubles until an answer is not throttled.
            span_s = min(UNNAMED_PAUSE_S * 2.0 ** min(self._in_a_row, 10), MAX_UNNAMED_PAUSE_S)
            length_s = UNNAMED_PAUSE_S + self._rng.uniform(0.0, span_s)
        else:
            return  # one of several requests in flight together: the refusal says nothing new
        self._in_a_row += is_new
        ends_s = max(self._ends_s, now_s + length_s)
        self.total_s += ends_s - max(self._ends_s, now_s)
        self._ends_s = ends_s

    def _shortest_s(self, is_new: bool) -> float:
        if not is_new:
            return MIN_PAUSE_S
        return min(MIN_PAUSE_S * 2.0 ** min(self._in_a_row, 10), MAX_UNNAMED_PAUSE_S)
