"""Tells the end of an import or a plan: to web hooks, and to the pod's termination log.

Guarantee: how the command ends does not depend on who could be told. After a signal, telling takes
no longer than what is left of the grace; another signal gives it up.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from cxone_async.cli.signals import unless_signalled
from cxone_async.cli.termination import termination_message
from cxone_async.notifications.message import EndOfRun, body
from cxone_async.notifications.run_watch import RunWatch
from cxone_async.report.reconciliation import Command
from cxone_async.settings import RunSettings


@asynccontextmanager
async def telling_the_end(
    command: Command, settings: RunSettings, grace_s: float
) -> AsyncIterator[RunWatch]:
    """Yield what has to watch the run, and tell how the block ended.

    Raises ConfigurationError when the URLs or the secret cannot be read.
    """
    urls, key = settings.notify_urls(), settings.notify_key()
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
        if urls and (error is None or isinstance(error, Exception)):
            await unless_signalled(_tell(end, urls, key, settings, watch, grace_s))


async def _tell(
    end: EndOfRun,
    urls: tuple[str, ...],
    key: bytes | None,
    settings: RunSettings,
    watch: RunWatch,
    grace_s: float,
) -> None:
    # What is not asked for is not loaded.
    from cxone_async.notifications.delivery import LONGEST_S, deliver  # noqa: PLC0415
    from cxone_async.notifications.http_receiver import HttpReceiver  # noqa: PLC0415
    from cxone_async.notifications.signature import webhook_headers  # noqa: PLC0415

    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = body(end, settings.notify_format, now)
    message_id = f"msg_{secrets.token_hex(16)}"
    await deliver(
        [HttpReceiver(url) for url in urls],
        text,
        lambda: webhook_headers(message_id, int(time.time()), text, key),
        watch.rest_of(grace_s, LONGEST_S),
    )
