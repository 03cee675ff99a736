"""Delivers a notification: up to three tries at each receiver, within a limit of time.

Guarantee: it raises nothing but the cancellation of its caller. What was not delivered is logged
by the receiver's number, never by its address.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cxone_async.logs import log
from cxone_async.notifications.port import NoAnswerError, Receiver

LONGEST_S: Final = 15.0
"""Seconds for all tries at all receivers: those are told at the same time."""

TRIES: Final = 3
LONGEST_TRY_S: Final = 4.0
PAUSES_S: Final = (1.0, 2.0)
"""Between the tries."""

_MAY_PASS: Final = frozenset({408, 425, 429})

Headers = Callable[[], Mapping[str, str]]
"""Makes the headers of one try."""


async def deliver(
    receivers: Sequence[Receiver], body: bytes, headers: Headers, limit_s: float = LONGEST_S
) -> None:
    """Deliver to all receivers at once, for at most `limit_s` seconds."""
    async with asyncio.TaskGroup() as group:
        for number, receiver in enumerate(receivers, 1):
            group.create_task(_deliver(number, receiver, body, headers, limit_s))


async def _deliver(
    number: int, receiver: Receiver, body: bytes, headers: Headers, limit_s: float
) -> None:
    tries, status, error_type = 0, 0, "TimeoutError"
    if limit_s <= 0:
        log.warning("notification_not_sent", notification=number, tries=0, status=0, error_type="")
        return
    try:
        async with asyncio.timeout(limit_s):
            for pause_s in (*PAUSES_S, 0.0):
                tries += 1
                status, error_type = await _try(receiver, body, headers())
                if not _is_worth_another(status):
                    break
                await asyncio.sleep(pause_s)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        log.warning(
            "notification_not_sent", notification=number, tries=tries, status=status,
            error_type="CancelledError",
        )  # fmt: skip
        raise
    if 200 <= status < 300:
        log.info("notification_sent", notification=number, tries=tries)
    else:
        log.warning(
            "notification_not_sent",
            notification=number,
            tries=tries,
            status=status,
            error_type=error_type,
        )


async def _try(receiver: Receiver, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status, 0 for no answer, and then also the type of the error."""
    try:
        async with asyncio.timeout(LONGEST_TRY_S):
            return await receiver.post(body, headers), ""
    except TimeoutError:
        return 0, "TimeoutError"
    except NoAnswerError as error:
        return 0, error.error_type


def _is_worth_another(status: int) -> bool:
    return not status or status >= 500 or status in _MAY_PASS
