"""A circuit breaker: leaves a failing tenant alone, and finds out by itself when it is back.

Guarantee: when requests keep failing, no more than `BUDGET` of them in excess of a tenth of the
successes are sent; then nobody sends, except one request at a time after 5 s and up to a
minute of rest, until one succeeds. Nobody has to close the circuit.

A failure is a request that the tenant did not answer, or answered with an error of its own
(5xx). 429 and 503 are none: they name their pause, and the quota keeps it. Nor is a refusal
of content: the tenant is well.

The budget is that of retries: a failure costs 1, since it is going to be sent again, and a
success gives back 0.1 up to the full 20. So 9 % of failures can go on for ever, which a
tenant bears, while one that fails altogether is left alone after 20 requests, and one that fails
every other time after 45. How long it rests doubles with each vain try, half of it drawn (equal
jitter: several jobs of one tenant shall not come back in step, and none at once).

What is decided is a literal table of pure functions; `Circuit` only waits.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import TracebackType
from typing import Final, Self

BUDGET: Final = 20.0
FAILURE_COST: Final = 1.0
SUCCESS_REFUND: Final = 0.1
FIRST_REST_S: Final = 5.0
LONGEST_REST_S: Final = 60.0


class Phase(Enum):
    """CLOSED: requests pass. OPEN: nobody sends. TRYING: one request is under way."""

    CLOSED = auto()
    OPEN = auto()
    TRYING = auto()


class Event(Enum):
    """What happens to a circuit. A trial is the one request of the phase TRYING."""

    SUCCEEDED = auto()
    FAILED = auto()
    TRIAL_BEGAN = auto()
    TRIAL_SUCCEEDED = auto()
    TRIAL_FAILED = auto()
    TRIAL_ENDED = auto()  # cancelled, or answered with neither success nor failure


@dataclass(frozen=True, slots=True)
class CircuitState:
    """`budget` counts while closed; `vain_trials` and `rests_until_s` while it is not."""

    phase: Phase = Phase.CLOSED
    budget: float = BUDGET
    vain_trials: int = 0
    rests_until_s: float = 0.0


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
    return charged if charged.budget > 0 else _resting(charged, now_s, drawn)


def _resting(state: CircuitState, now_s: float, drawn: float) -> CircuitState:
    rest_s = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(state.vain_trials, 10))
    return replace(state, phase=Phase.OPEN, rests_until_s=now_s + rest_s * (1 + drawn) / 2)


def _trying(state: CircuitState, _now_s: float, _drawn: float) -> CircuitState:
    return replace(state, phase=Phase.TRYING)


def _closed(_state: CircuitState, _now_s: float, _drawn: float) -> CircuitState:
    return CircuitState(budget=BUDGET / 2)


def _resting_longer(state: CircuitState, now_s: float, drawn: float) -> CircuitState:
    return _resting(replace(state, vain_trials=state.vain_trials + 1), now_s, drawn)


def _open_to_the_next(state: CircuitState, now_s: float, _drawn: float) -> CircuitState:
    return replace(state, phase=Phase.OPEN, rests_until_s=now_s)


_STEPS: Final[dict[tuple[Phase, Event], Callable[[CircuitState, float, float], CircuitState]]] = {
    (Phase.CLOSED, Event.SUCCEEDED): _refunded,
    (Phase.CLOSED, Event.FAILED): _charged,
    (Phase.OPEN, Event.TRIAL_BEGAN): _trying,
    (Phase.TRYING, Event.TRIAL_SUCCEEDED): _closed,
    (Phase.TRYING, Event.TRIAL_FAILED): _resting_longer,
    (Phase.TRYING, Event.TRIAL_ENDED): _open_to_the_next,
}


class Circuit:
    """Shared by all requests to one tenant; belongs to one event loop.

    `async with circuit.attempt() as attempt:` waits while the circuit is open; inside,
    call `attempt.succeeded()` or `attempt.failed()` at most once. An attempt that ends without
    either counts as neither.
    """

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._changed = asyncio.Event()
        self.state = CircuitState()
        self.times_opened = 0

    def attempt(self) -> "Attempt":
        return Attempt(self)

    async def pass_through(self) -> bool:
        """Wait while the circuit is open; return whether the caller is the trial."""
        loop = asyncio.get_running_loop()
        while self.state.phase is not Phase.CLOSED:
            rest_s = self.state.rests_until_s - loop.time()
            if self.state.phase is Phase.TRYING:
                await self._changed.wait()
            elif rest_s > 0:
                await asyncio.sleep(rest_s)
            else:
                self.take(Event.TRIAL_BEGAN)
                return True
        return False

    def take(self, event: Event) -> None:
        """Move on to the state that follows."""
        before = self.state
        now_s = asyncio.get_running_loop().time()
        self.state = after(before, event, now_s, self._rng.random())
        if self.state.phase is not before.phase:
            self.times_opened += before.phase is Phase.CLOSED
            self._changed.set()
            self._changed = asyncio.Event()


class Attempt:
    """One request, from before it waits for its quota until its answer."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._is_trial = False
        self._is_reported = False

    async def __aenter__(self) -> Self:
        self._is_trial = await self._circuit.pass_through()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_trial and not self._is_reported:
            self._circuit.take(Event.TRIAL_ENDED)

    def succeeded(self) -> None:
        self._report(Event.TRIAL_SUCCEEDED if self._is_trial else Event.SUCCEEDED)

    def failed(self) -> None:
        self._report(Event.TRIAL_FAILED if self._is_trial else Event.FAILED)

    def _report(self, event: Event) -> None:
        self._is_reported = True
        self._circuit.take(event)
