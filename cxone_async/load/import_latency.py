"""How long imports take, learned from what polls have found.

Guarantee: pure. Times come in as ages, in seconds since the submission.

A poll tells only that an import was done by then, and was not done at the poll before. And the
first imports to end are the fastest ones: at a median of 10 s, the first five of fifty are done
after 5 s. So ages are taken for a lognormal distribution, and its two parameters are those under
which what is known, also of the imports that are still open, is likeliest (expectation
maximisation). `PollSchedule` believes in no distribution, because a poll at the wrong time costs a
request; a time left may be wrong, but it must not wait for hundreds of imports.

What the dialect expects counts as half an import. The spread counts as five imports with a sigma
of 0.5: with it, the slowest of a hundred imports takes three times the median.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Final, NamedTuple, TypeAlias

REMEMBERED: Final = 500
ROUNDS: Final = 60
EXPECTED_WEIGHT: Final = 0.5
SPREAD_WEIGHT: Final = 5.0
SIGMA: Final = 0.5

_SHORTEST_S: Final = 0.01
_LEAST_CHANCE: Final = 1e-9
_LEAST_VARIANCE: Final = 1e-4
_ENOUGH: Final = 0.001
_NORMAL: Final = NormalDist()
_GRAIN: Final = 0.05

_Edges: TypeAlias = tuple[float, float]


class Lognormal(NamedTuple):
    """The distribution of ages at completion: the logarithm is normal with `mu` and `sigma`."""

    mu: float
    sigma: float

    @property
    def mean_s(self) -> float:
        return math.exp(self.mu + self.sigma**2 / 2)

    def done_share(self, age_s: float) -> float:
        """Return the share of imports that are done at this age."""
        return _normal_share((math.log(age_s) - self.mu) / self.sigma) if age_s > 0 else 0.0

    def age_s(self, done_share: float) -> float:
        """Return the age at which this share of the imports, between 0 and 1, is done."""
        share = min(max(done_share, _LEAST_CHANCE), 1 - _LEAST_CHANCE)
        return math.exp(self.mu + self.sigma * _NORMAL.inv_cdf(share))


class OpenAge(NamedTuple):
    """An import that is not known to be done.

    `polled_s` is its age at the last poll, 0 before the first; `next_poll_s` is how long it will
    not be polled.
    """

    age_s: float
    polled_s: float
    next_poll_s: float


class ImportLatency:
    """Learns the distribution. `expected_s` is the median that is believed in at first."""

    def __init__(self, expected_s: float) -> None:
        self._expected = math.log(max(expected_s, _SHORTEST_S))
        self._found = Lognormal(self._expected, SIGMA)
        self._completed: Counter[_Edges] = Counter()
        self._order: deque[_Edges] = deque()

    def observe(self, lower_s: float, upper_s: float) -> None:
        """An import completed between these ages."""
        edges = _grain(lower_s), _grain(max(upper_s, lower_s, _SHORTEST_S))
        self._completed[edges] += 1
        self._order.append(edges)
        if len(self._order) > REMEMBERED:
            self._completed[self._order.popleft()] -= 1

    def found(self, polled_s: Iterable[float]) -> Lognormal:
        """Return the distribution.

        `polled_s` holds, for each import that is not known to be done, the age at its last poll;
        0 where it was not polled yet.
        """
        pending = Counter((_grain(age_s), math.inf) for age_s in polled_s if age_s > 0)
        known = [*(+self._completed).items(), *pending.items()]
        found = self._found
        for _ in range(ROUNDS):
            before, found = found, self._likelier(found, known)
            if abs(found.mu - before.mu) + abs(found.sigma - before.sigma) < _ENOUGH:
                break
        self._found = found
        return found

    def _likelier(self, found: Lognormal, known: Sequence[tuple[_Edges, int]]) -> Lognormal:
        mu, sigma = found
        moments = [(*_moments(mu, sigma, *edges), count) for edges, count in known]
        imports = sum(count for _, count in known)
        weight = imports + EXPECTED_WEIGHT
        sum_of_means = sum(count * mean for mean, _, count in moments)
        new_mu = (sum_of_means + EXPECTED_WEIGHT * self._expected) / weight
        squares = sum(
            count * (square - 2 * new_mu * mean + new_mu**2) for mean, square, count in moments
        )
        variance = (squares + SPREAD_WEIGHT * SIGMA**2) / (imports + SPREAD_WEIGHT)
        return Lognormal(new_mu, math.sqrt(max(variance, _LEAST_VARIANCE)))


def _grain(age_s: float) -> float:
    """Return the logarithm of an age, so coarse that many imports share it."""
    return round(math.log(age_s) / _GRAIN) * _GRAIN if age_s > 0 else -math.inf


def _moments(mu: float, sigma: float, lower: float, upper: float) -> tuple[float, float]:
    """Return the mean of a normal variable between two edges, and that of its square."""
    a, b = (lower - mu) / sigma, (upper - mu) / sigma
    chance = _normal_share(b) - _normal_share(a)
    if chance < _LEAST_CHANCE:
        edge = lower if a > 0 else upper
        return edge, edge**2
    at_a, at_b = _density(a), _density(b)
    mean = (at_a - at_b) / chance
    square = 1 + ((a * at_a if at_a else 0.0) - (b * at_b if at_b else 0.0)) / chance
    return mu + sigma * mean, mu**2 + 2 * mu * sigma * mean + sigma**2 * square


def _normal_share(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) if math.isfinite(z) else 0.0
