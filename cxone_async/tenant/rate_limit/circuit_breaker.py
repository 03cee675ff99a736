"""Leave a failing tenant alone, and find out without help when it is back.

Guarantee: when requests of a kind keep failing, at most `BUDGET` of them in excess of twice the
successes are sent. After that one at a time is sent, after rests that grow to a minute, until one
succeeds. While a circuit is open nothing is lost: a request that waits here holds no slot of the
quota, and its intent is not in the journal yet.

A failure is a request without a connection or without an answer, or an answer by which the API
does not speak (5xx, a redirect, a gateway's own 4xx): `is_failure`. A 429 is none: the tenant is
well and says how long to pause (`pause` says when it becomes one). Refused content is no failure
either.

The budget is a retry budget: a failure costs 1, a success gives back 2, up to the full 10. So a
tenant that answers two requests in five is kept at it. A circuit rests for a third of the time
that the tenant has been failing, 0.5 s to a minute, less a random part of up to half, so that
several jobs of one tenant do not come back in step. A tenant that answers one request in four is
asked again within a few seconds, and the run gets to its end. A tenant that is down gets 20
trials in its first minute and some 8 in the next four. (Rests that double with each failed trial
cannot tell these two apart: with three failures in four their sum has no finite mean.)

Each kind of request has a circuit of its own. Where imports can be polled but not submitted,
polls must not pay for the submits, nor their successes let more submits through: with
`at-most-once` each failed submit leaves a whole chunk unresolved.

This module does not end a run: a trial that fails is a failure like any other for its caller, and
`load.failure_budget` says how long a run bears that.

The decisions are a literal table of pure functions; `CircuitBreaker` only waits.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from cxone_async.logs import log
from cxone_async.tenant.port import RequestKind

BUDGET: Final = 10.0
FAILURE_COST: Final = 1.0
SUCCESS_REFUND: Final = 2.0
FIRST_REST_S: Final = 0.5
REST_SHARE: Final = 1 / 3
LONGEST_REST_S: Final = 60.0
CLOCK_RESOLUTION_S: Final = 0.001
"""A timer may fire this much too early; going back to wait could then go on without end."""
LONGEST_TRIAL_S: Final = 60.0
"""After this long without a word a trial was cancelled; the next one may try."""


SPOKEN_BY_THE_API: Final = frozenset({400, 401, 403, 404, 409, 413, 422, 429})


def is_failure(status: int) -> bool:
    """Say whether an answer's status means that the tenant is not well; 0 is for no answer."""
    return not 200 <= status < 300 and status not in SPOKEN_BY_THE_API


class Phase(Enum):
    """CLOSED: requests pass. OPEN: nobody sends. TRYING: one request is under way."""

    CLOSED = auto()
    OPEN = auto()
    TRYING = auto()


class Event(Enum):
    """What happens to a circuit."""

    SUCCEEDED = auto()
    FAILED = auto()
    TRIAL_BEGAN = auto()
    TRIAL_ENDED = auto()  # without either: not sent, or answered 429


@dataclass(frozen=True, slots=True)
class CircuitState:
    """`budget` counts while closed; `failing_since_s` and `until_s` while it is not.

    `until_s` is when the next trial may begin: at the end of the rest, or when the trial that is
    under way has taken too long.
    """

    phase: Phase = Phase.CLOSED
    budget: float = BUDGET
    failing_since_s: float = 0.0
    until_s: float = 0.0


def after(state: CircuitState, event: Event, now_s: float, drawn: float) -> CircuitState:
    """Return the state that follows; `drawn` is a random number from 0 to 1.

    What the table does not name changes nothing: such as late answers to requests that
    were sent before the circuit opened.
    """
    step = _STEPS.get((state.phase, event))
    return state if step is None else step(state, now_s, drawn)


def _refunded(state: CircuitState, _now_s: float, _drawn: float) -> CircuitState:
    return replace(state, budget=min(BUDGET, state.budget + SUCCESS_REFUND))


def _charged(state: CircuitState, now_s: float, drawn: float) -> CircuitState:
    charged = replace(state, budget=state.budget - FAILURE_COST)
    if charged.budget > 0:
        return charged
    return _resting(replace(charged, failing_since_s=now_s), now_s, drawn)


def _resting(state: CircuitState, now_s: float, drawn: float) -> CircuitState:
    failing_s = now_s - state.failing_since_s
    rest_s = min(max(FIRST_REST_S, REST_SHARE * failing_s), LONGEST_REST_S)
    return replace(state, phase=Phase.OPEN, until_s=now_s + rest_s * (1 + drawn) / 2)


def _trying(state: CircuitState, now_s: float, _drawn: float) -> CircuitState:
    return replace(state, phase=Phase.TRYING, until_s=now_s + LONGEST_TRIAL_S)


def _closed(_state: CircuitState, _now_s: float, _drawn: float) -> CircuitState:
    return CircuitState()


def _open_to_the_next(state: CircuitState, now_s: float, _drawn: float) -> CircuitState:
    return replace(state, phase=Phase.OPEN, until_s=now_s)


_STEPS: Final[dict[tuple[Phase, Event], Callable[[CircuitState, float, float], CircuitState]]] = {
    (Phase.CLOSED, Event.SUCCEEDED): _refunded,
    (Phase.CLOSED, Event.FAILED): _charged,
    (Phase.OPEN, Event.TRIAL_BEGAN): _trying,
    (Phase.TRYING, Event.TRIAL_BEGAN): _trying,
    (Phase.TRYING, Event.SUCCEEDED): _closed,
    (Phase.TRYING, Event.FAILED): _resting,
    (Phase.TRYING, Event.TRIAL_ENDED): _open_to_the_next,
}


class CircuitBreaker:
    """One kind's circuit. All methods belong to one event loop."""

    def __init__(self, kind: str, rng: random.Random) -> None:
        self._kind = kind
        self._rng = rng
        self._changed = asyncio.Event()
        self._status, self._what = 0, ""
        self.state = CircuitState()

    @property
    def is_closed(self) -> bool:
        return self.state.phase is Phase.CLOSED

    async def pass_through(self) -> bool:
        """Wait while the circuit is open; return whether the caller is the trial."""
        loop = asyncio.get_running_loop()
        while not self.is_closed:
            if loop.time() >= self.state.until_s - CLOCK_RESOLUTION_S:
                self.advance(Event.TRIAL_BEGAN)
                return True
            try:
                async with asyncio.timeout_at(self.state.until_s):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return False

    async def take_slot(
        self, take: Callable[[], Awaitable[None]], give_back: Callable[[], None]
    ) -> None:
        """Take a slot of the quota as soon as requests may pass.

        A slot that comes when the circuit has opened meanwhile is given back. Cancelling is safe.
        """
        while True:
            is_trial = await self.pass_through()
            try:
                await take()
            except asyncio.CancelledError:
                if is_trial:
                    self.advance(Event.TRIAL_ENDED)
                raise
            if is_trial or self.is_closed:
                return
            give_back()

    def failed(self, status: int, what: str) -> None:
        """Move on after a failure; `what` and `status` are for the log."""
        self._status, self._what = status, what
        self.advance(Event.FAILED)

    def advance(self, event: Event) -> None:
        """Move on to the state that follows."""
        before = self.state
        now_s = asyncio.get_running_loop().time()
        self.state = after(before, event, now_s, self._rng.random())
        if self.state.phase is before.phase:
            return
        if self.state.phase is Phase.OPEN and event is Event.FAILED:
            rest_s = round(self.state.until_s - now_s, 1)
            log.warning(
                "tenant_failing",
                kind=self._kind,
                rest_s=rest_s,
                status=self._status,
                what=self._what,
            )
        elif self.is_closed:
            log.info("tenant_recovered", kind=self._kind)
        self._changed.set()
        self._changed = asyncio.Event()


def circuits(rng: random.Random) -> Mapping[RequestKind, CircuitBreaker]:
    """Return a circuit for each kind of request."""
    return {kind: CircuitBreaker(kind.value, rng) for kind in RequestKind}


def open_ones(of_kinds: Mapping[RequestKind, CircuitBreaker]) -> frozenset[RequestKind]:
    """Return the kinds whose circuit is not closed."""
    return frozenset(kind for kind, circuit in of_kinds.items() if not circuit.is_closed)
