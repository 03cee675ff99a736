"""Tells the end of an import or a plan: to web hooks, and to the pod's termination log.

Guarantee: how the command ends does not depend on who could be told. After a signal, telling takes
no longer than what is left of the grace; another signal gives it up.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from cxone_async.cli.signals import unless_signalled
from cxone_async.cli.termination import termination_message
from cxone_async.notifications.message import EndOfRun, body
from cxone_async.notifications.port import Receiver
from cxone_async.notifications.run_watch import RunWatch
from cxone_async.report.reconciliation import Command
from cxone_async.settings import ImportSettings, RunSettings


@asynccontextmanager
async def telling_the_end(
    command: Command, settings: RunSettings, grace_s: float
) -> AsyncIterator[RunWatch]:
    """Yield what has to watch the run, and tell how the block ended.

    Raises ConfigurationError when the URLs, the secret or the authorities cannot be read.
    """
    receivers, key = _receivers(settings), settings.notify_key()
    watch = RunWatch(command, asyncio.get_running_loop().time)
    error: BaseException | None = None
    try:
        yield watch
    except BaseException as raised:
        error = raised
        raise
    finally:
        end = watch.end(error)
        termination_message().note(end)
        if receivers and (error is None or isinstance(error, Exception)):
            await unless_signalled(_tell(end, receivers, key, settings, watch, grace_s))


def _receivers(settings: RunSettings) -> Sequence[Receiver]:
    urls = settings.notify_urls()
    if not urls:
        return ()
    from cxone_async.notifications.http_receiver import HttpReceiver  # noqa: PLC0415

    network = settings.network if isinstance(settings, ImportSettings) else None
    return [HttpReceiver(url, network) for url in urls]


async def _tell(
    end: EndOfRun,
    receivers: Sequence[Receiver],
    key: bytes | None,
    settings: RunSettings,
    watch: RunWatch,
    grace_s: float,
) -> None:
    # What is not asked for is not loaded.
    from cxone_async.notifications.delivery import LONGEST_S, deliver  # noqa: PLC0415
    from cxone_async.notifications.signature import webhook_headers  # noqa: PLC0415

    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = body(end, settings.notify_format, now)
    message_id = f"msg_{secrets.token_hex(16)}"
    await deliver(
        receivers,
        text,
        lambda: webhook_headers(message_id, int(time.time()), text, key),
        watch.rest_of(grace_s, LONGEST_S),
    )
