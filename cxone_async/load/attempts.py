"""What to do after a request that did not succeed, and how long to wait first.

Guarantee: no other module reads `RequestError.retry`. `next_step` decides from the error's class
and from what is known of the request, and has a decision for every leaf of the exception tree.
Preflight, submitting, polling and segment calls act on its answer. Waits are exponential with
jitter, so that hundreds of workers do not come back in step.
"""

import math
import random
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

from cxone_async.errors import RequestError, RetryRule, RunError

FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 2.0
"""Short, because the quota bounds how much is sent. With longer waits a tenant that fails three
requests in four would keep a single import for minutes."""
LONGEST_ASKED_S: Final = 300.0

SENDS_PER_AMBIGUOUS_CHUNK: Final = 8
"""How often an ambiguous submission is sent in all under `idempotent` semantics."""

CALLS_PER_BATCH: Final = 8
"""How often one segment batch is sent in all when its answers are ambiguous."""


class SubmitSemantics(StrEnum):
    """The values of `--submit-semantics`."""

    AT_MOST_ONCE = "at-most-once"
    IDEMPOTENT = "idempotent"


@dataclass(frozen=True, slots=True)
class Repeatability:
    """What it means to send a request twice.

    `may_double` says that the tenant could do the work twice, so that an earlier send in doubt
    stays in doubt whatever a later one is answered. `most_ambiguous_sends` is after how many
    ambiguous sends the request is given up.
    """

    may_double: bool
    most_ambiguous_sends: float


QUESTION: Final = Repeatability(may_double=False, most_ambiguous_sends=math.inf)
SEGMENT_CALL: Final = Repeatability(may_double=False, most_ambiguous_sends=CALLS_PER_BATCH)
SUBMISSION: Final = {
    SubmitSemantics.AT_MOST_ONCE: Repeatability(may_double=True, most_ambiguous_sends=1),
    SubmitSemantics.IDEMPOTENT: Repeatability(
        may_double=True, most_ambiguous_sends=SENDS_PER_AMBIGUOUS_CHUNK
    ),
}


class NextStep(Enum):
    """What to do after a request that did not succeed."""

    SEND_WHEN_ALLOWED = auto()  # not processed; the rate limiter holds everybody long enough
    SEND_AFTER_WAIT = auto()  # not processed
    REPEAT_AFTER_WAIT = auto()  # perhaps processed; repeat it under the same key
    LEAVE_UNRESOLVED = auto()  # perhaps processed; it must not be sent again
    SPLIT = auto()  # the content is refused: find the part that is
    GIVE_UP = auto()  # this request will never succeed
    STOP_RUN = auto()  # no request will


def next_step(
    error: RequestError | RunError, request: Repeatability, ambiguous_sends: int = 0
) -> NextStep:
    """Decide what follows; `ambiguous_sends` are those of this request before the error."""
    match error.retry:
        case RetryRule.SEND_AGAIN:
            return NextStep.SEND_AFTER_WAIT
        case RetryRule.SEND_AGAIN_AFTER_PAUSE:
            return NextStep.SEND_WHEN_ALLOWED
        case RetryRule.GIVE_UP:
            return NextStep.GIVE_UP
        case RetryRule.STOP_RUN:
            return NextStep.STOP_RUN
        case RetryRule.SPLIT if not (request.may_double and ambiguous_sends):
            return NextStep.SPLIT
        case _:  # AMBIGUOUS, or SPLIT while an earlier send is in doubt
            # A refusal is about this send only; an earlier one may still have been taken.
            is_last = ambiguous_sends + 1 >= request.most_ambiguous_sends
            return NextStep.LEAVE_UNRESOLVED if is_last else NextStep.REPEAT_AFTER_WAIT


def backoff_s(
    failures: int, random_source: random.Random, retry_after_s: float | None = None
) -> float:
    """Return how long to wait after the `failures`-th failure in a row.

    Not less than `retry_after_s`, for which the tenant asked, up to `LONGEST_ASKED_S`.
    """
    ceiling_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (min(failures, 10) - 1))
    asked_s = min(retry_after_s or 0.0, LONGEST_ASKED_S)
    return max(random_source.uniform(0.1, ceiling_s), asked_s)
