"""When to ask whether an import is done.

Guarantee: pure. Times come in as ages, in seconds since the submission; nothing here reads a
clock, waits or draws. What is planned depends only on what was observed, in its order.

**What a poll costs.** A chunk needs one submit and one poll. A poll that finds "not yet" costs one
more slot of the quota: half a chunk's price. A poll that comes late costs no slot; it costs a place
among the imports in flight and, at the very end of the run, some idle time. So the question is not
when an import may be done but when it is almost surely done. With a chance p of "not yet" at each
poll a chunk takes 1 / (1 - p) polls, and the share of the ceiling that is reached is
2 / (1 + 1 / (1 - p)): 0.99 for the p = 0.02 of `ALMOST_SURE`. A p of 0.01 would gain half a percent
and hold each import a seventh longer (for a lognormal of sigma 0.5 until 3.2 medians instead of
2.8).

**Spare slots.** The price is different when no other request wants the slot: all places in flight
are taken, the input is slow, or it has ended. An unused slot is lost, so an early poll costs
nothing, even if its chance is small. `poll_queue` knows which slots are spare.

**What is known** is a life table: the weight of completions in bins of age, each a tenth wider than
the one before. A completion is only known to lie between two polls (or between submission and first
poll), so its weight is spread over the bins in between in proportion to what they hold already. An
import that was found not done weighs on the bins beyond its age until it is done (redistribution to
the right, as in the Kaplan-Meier estimate). So a tenant that slows down, or is slower than the
prior, is noticed at the first polls and not when imports at last complete. A weight fades by 1/300
with each completion, which follows drift. That a tenant became faster shows soon in polls with
spare slots, which come early, and only slowly in the others, which all come late by design; but
where no slot is spare, a late poll costs nothing.

**Prior and limits.** Before the first completion, P(age > t) = 1 / (1 + t / m), where m is the
median that the dialect expects (`expected_import_s`): half of them are done at m, and one that is
not done is looked at again at a bit over twice its age. The prior keeps the weight of one
completion. With n completions seen beyond an age, no chance above 1 - 1 / (n + 2) is believed in
at that age (the rule of succession). So the first imports are looked at in doubling steps, and so
are the stragglers beyond all that was ever seen, however heavy the tail.

Doubling steps must not step over the end: an import that was found open after half of its time
would next be looked at after the age at which it is given up, and counted as lost though done. So
no look is planned later than that age (`last_look_s`), until that look was had.

A `Retry-After` on an answer is kept: the tenant is never asked before it. It does not make a poll
earlier than planned, since a tenant that always says "1" would cost the whole quota.
"""

import bisect
import itertools
from typing import Final

PRIOR_WEIGHT: Final = 1.0
MEMORY: Final = 300.0

ALMOST_SURE: Final = 0.98
"""The chance of being done at which an import is polled for a whole slot's price."""

SHORTEST_WAIT_S: Final = 0.25
SHORTEST_WAIT_SHARE: Final = 0.05  # of the age
MAX_RETRY_AFTER_S: Final = 300.0

_GROWTH: Final = 1.1
_EDGES_S: Final = (0.0, *(0.05 * _GROWTH**k for k in range(153)))  # up to 27 h


class PollSchedule:
    """Plans polls for one run; one instance serves all its imports.

    `expected_import_s` is the median that is believed in before anything was observed;
    `last_look_s` is the age at which an import is looked at whatever its chance, before it may be
    given up. What is planned moves with every observation: ask again when the planned age has come.
    """

    def __init__(self, expected_import_s: float, last_look_s: float) -> None:
        self.expected_import_s = expected_import_s
        self._table = _LifeTable(expected_import_s)
        self._last_look_s = last_look_s

    def first_poll_after_s(self, chance: float = ALMOST_SURE) -> float:
        """Return the age at which an import that was never polled is done with this chance."""
        return self._wait_s(0.0, chance)

    def next_poll_after_s(
        self, age_s: float, retry_after_s: float | None, chance: float = ALMOST_SURE
    ) -> float:
        """Return how long after the poll at `age_s`, which found "not yet", to poll again.

        `age_s` is 0 for the first poll; `retry_after_s` what the tenant asked for last.
        """
        asked_s = min(retry_after_s or 0.0, MAX_RETRY_AFTER_S)
        return max(self._wait_s(age_s, chance), asked_s)

    def observe(self, completed_age_lower_s: float, completed_age_upper_s: float) -> None:
        """An import completed between its last "not yet" (0: none) and the poll that saw it."""
        self._table.release(completed_age_lower_s)
        self._table.complete(completed_age_lower_s, completed_age_upper_s)

    def observe_pending(self, previous_age_s: float, age_s: float) -> None:
        """A poll at `age_s` found "not yet"; the one before it (0: none) at `previous_age_s`."""
        self._table.release(previous_age_s)
        self._table.hold(age_s)

    def observe_lost(self, previous_age_s: float) -> None:
        """An import, last found "not yet" at `previous_age_s`, will not be polled again."""
        self._table.release(previous_age_s)

    def _wait_s(self, age_s: float, chance: float) -> float:
        """Return how long until an import open at `age_s` is done with this chance."""
        seen = self._table.completed_beyond(age_s)
        open_share = self._table.pending_share(age_s) * max(1 - chance, 1 / (seen + 2))
        wait_s = self._table.age_s(open_share) - age_s
        if age_s < self._last_look_s:
            wait_s = min(wait_s, self._last_look_s - age_s)
        return max(wait_s, SHORTEST_WAIT_S, SHORTEST_WAIT_SHARE * age_s)


class _LifeTable:
    """The distribution of ages at completion, as polls have shown it."""

    def __init__(self, median_s: float) -> None:
        pending = [1 / (1 + edge_s / median_s) for edge_s in _EDGES_S]
        self._prior = [PRIOR_WEIGHT * (a - b) for a, b in itertools.pairwise(pending)]
        self._prior[-1] += PRIOR_WEIGHT * pending[-1]
        self._completed = [0.0] * len(self._prior)
        self._pending = [0] * len(self._prior)
        self._done_at_edge = self._estimate()

    def complete(self, lower_s: float, upper_s: float) -> None:
        """Spread a completion over the bins between the two ages."""
        upper_s = max(lower_s, upper_s)
        first, last = _bin(lower_s), _bin(upper_s)
        bins = slice(first, last + 1)
        held = [a + b for a, b in zip(self._completed[bins], self._prior[bins], strict=True)]
        below, above = held[0] * _part(first, lower_s), held[-1] * (1 - _part(last, upper_s))
        held[0] -= below
        held[-1] -= above
        in_all = sum(held)
        self._completed = [weight * (1 - 1 / MEMORY) for weight in self._completed]
        for k, weight in enumerate(held, first):
            self._completed[k] += weight / in_all if in_all > 0 else 1 / len(held)
        self._done_at_edge = []

    def hold(self, age_s: float) -> None:
        """One more import is known not to be done at `age_s`."""
        self._pending[_bin(age_s)] += 1
        self._done_at_edge = []

    def release(self, age_s: float) -> None:
        """Undo `hold`; at age 0 nothing was held."""
        if age_s > 0:
            k = _bin(age_s)
            self._pending[k] = max(0, self._pending[k] - 1)
            self._done_at_edge = []

    def completed_beyond(self, age_s: float) -> float:
        """Return the weight of the completions at higher ages."""
        k = _bin(age_s)
        return sum(self._completed[k + 1 :]) + self._completed[k] * (1 - _part(k, age_s))

    def pending_share(self, age_s: float) -> float:
        """Return the share of imports that is not done at this age."""
        done, k = self._estimated(), _bin(age_s)
        return 1 - (done[k] + (done[k + 1] - done[k]) * _part(k, age_s))

    def age_s(self, pending_share: float) -> float:
        """Return the age at which this share is not done."""
        done = self._estimated()
        k = min(bisect.bisect_right(done, 1 - pending_share), len(done) - 1) - 1
        part = (1 - pending_share - done[k]) / (done[k + 1] - done[k])
        return _EDGES_S[k] + (_EDGES_S[k + 1] - _EDGES_S[k]) * min(part, 1.0)

    def _estimated(self) -> list[float]:
        if not self._done_at_edge:
            self._done_at_edge = self._estimate()
        return self._done_at_edge

    def _estimate(self) -> list[float]:
        """Return the share done at each edge: completions, prior, and the pending spread."""
        weights = [a + b for a, b in zip(self._completed, self._prior, strict=True)]
        beyond = sum(weights)
        scale, cumulated = 1.0, [0.0]
        for weight, pending in zip(weights, self._pending, strict=True):
            cumulated.append(cumulated[-1] + weight * scale)
            beyond -= weight
            if pending and beyond > 0:
                scale += pending / beyond
        return [weight / cumulated[-1] for weight in cumulated]


def _bin(age_s: float) -> int:
    """Return the bin that an age falls into; the last one takes all beyond."""
    return min(bisect.bisect_right(_EDGES_S, age_s), len(_EDGES_S) - 1) - 1


def _part(k: int, age_s: float) -> float:
    """Return which part of bin `k` lies below the age, 0 to 1."""
    part = (age_s - _EDGES_S[k]) / (_EDGES_S[k + 1] - _EDGES_S[k])
    return min(max(part, 0.0), 1.0)
