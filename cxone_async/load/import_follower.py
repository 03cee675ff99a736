"""Follows one accepted import to its end.

Guarantee: an import counts as lost only when the tenant says so: every poll for
`NOT_FOUND_GRACE_S` is answered 404, or an answer says that the import is unfinished after
`import_timeout_s`. While the tenant gives no answer, the import is not given up. The failure
budget ends the run instead, and a resumed run continues to poll.
"""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cxone_async.errors import RequestError
from cxone_async.load.attempts import QUESTION, NextStep, backoff_s, next_step
from cxone_async.load.counters import RunCounters
from cxone_async.load.failure_budget import FailureBudget
from cxone_async.load.poll_queue import Polls
from cxone_async.tenant.port import ImportReport, RefusedRow, SentSize, Submitted, TenantClient

NOT_FOUND_GRACE_S = 60.0

ASKS_FOR_REFUSED_ROWS = 8
"""After this many unusable answers, rows that were not named stay unresolved."""

Answer = TypeVar("Answer")


class ImportFollower:
    """Polls imports, and asks for their refused rows."""

    def __init__(
        self,
        client: TenantClient,
        list_id: str,
        polls: Polls,
        failure_budget: FailureBudget,
        counters: RunCounters,
        random_source: random.Random,
    ) -> None:
        self._client = client
        self._list_id = list_id
        self._polls = polls
        self._failure_budget = failure_budget
        self._counters = counters
        self._random = random_source

    async def last_report(self, submitted: Submitted, sent: SentSize) -> ImportReport | None:
        """Poll until the import is finished; None when the tenant has lost it."""
        timeout_s = self._client.dialect.capabilities.import_timeout_s
        polled = self._polls.enter(submitted.retry_after_s)
        not_found_since_s: float | None = None
        failures = 0
        while True:
            await polled.turn()
            answer = await self._ask(self._client.poll(self._list_id, submitted.import_id, sent))
            is_answered = True
            if isinstance(answer, ImportReport):
                not_found_since_s = None
                if answer.import_id == submitted.import_id:
                    failures = 0
                    if answer.state.is_terminal:
                        polled.completed()
                        return answer
                    polled.not_yet(answer.retry_after_s)
                    self._counters.early_polls += 1
                    if polled.age_s < timeout_s:
                        continue
            elif answer.step is NextStep.SEND_WHEN_ALLOWED:
                continue
            elif answer.step is NextStep.GIVE_UP:
                if not_found_since_s is None:
                    not_found_since_s = polled.age_s
                if polled.age_s - not_found_since_s >= NOT_FOUND_GRACE_S:
                    polled.lost()
                    return None
            else:
                not_found_since_s = None
                is_answered = answer.is_answered
            if is_answered and polled.age_s >= timeout_s:
                polled.lost()
                return None
            failures += 1
            await asyncio.sleep(backoff_s(failures, self._random, answer.retry_after_s))

    async def refused_rows(self, import_id: str) -> Sequence[RefusedRow]:
        """Ask which rows a finished import refused; none when the tenant will not say."""
        failures = answers = 0
        while True:
            answer = await self._ask(self._client.refused_rows(self._list_id, import_id))
            if not isinstance(answer, _NoAnswer):
                return answer
            if answer.step is NextStep.SEND_WHEN_ALLOWED:
                continue
            failures += 1
            answers += answer.is_answered
            if answers == ASKS_FOR_REFUSED_ROWS:
                return ()
            await asyncio.sleep(backoff_s(failures, self._random, answer.retry_after_s))

    async def _ask(self, question: Awaitable[Answer]) -> "Answer | _NoAnswer":
        """Ask once. Raises the errors after which asking again makes no sense."""
        try:
            answer = await question
        except RequestError as error:
            step = next_step(error, QUESTION)
            match step:
                case (
                    NextStep.SEND_WHEN_ALLOWED
                    | NextStep.SEND_AFTER_WAIT
                    | NextStep.REPEAT_AFTER_WAIT
                ):
                    self._failure_budget.refused(error)
                case NextStep.GIVE_UP:
                    self._failure_budget.answered()
                case _:
                    raise
            return _NoAnswer(step, error.status != 0, error.retry_after_s)
        self._failure_budget.answered()
        return answer


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    step: NextStep
    is_answered: bool
    retry_after_s: float | None
