"""`--pushgateway`: metrics sent to a Prometheus Pushgateway, for a Job that no scraper catches.

Guarantee: a gateway that fails, hangs or refuses is logged, without its address, and the run goes
on. Each push replaces the one before of the same command and list, so nights do not pile up there.
The environment is ignored: no proxies, no netrc, no cookies.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

import aiohttp
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from yarl import URL

from cxone_async.logs import log
from cxone_async.monitoring.metrics import RunMetrics

LONGEST_PUSH_S: Final = 5.0
JOB: Final = "cxone_async"

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


class Pushgateway:
    """Sends the metrics to one gateway, as often as it is asked to."""

    def __init__(
        self,
        url: str,
        group: Mapping[str, str],
        metrics: RunMetrics,
        *,
        limit_s: float = LONGEST_PUSH_S,
    ) -> None:
        self._url = URL(url.rstrip("/") + group_path(group), encoded=True)
        self._metrics = metrics
        self._limit_s = limit_s
        self._is_failing = False

    async def publish(self) -> None:
        """Replace what the gateway has of this command and list. Raises nothing."""
        try:
            problem = await self._push()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            problem = type(error).__name__
        if problem and not self._is_failing:
            log.warning("metrics_not_delivered", to="pushgateway", error_type=problem)
        self._is_failing = bool(problem)

    async def _push(self) -> str:
        """Return what went wrong, "" for nothing."""
        async with (
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._limit_s),
                trust_env=False,
            ) as session,
            session.put(
                self._url,
                data=self._metrics.text(),
                headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4},
                allow_redirects=False,
            ) as answer,
        ):
            return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"


def group_path(group: Mapping[str, str]) -> str:
    """Return the path of a group of metrics: its job, and then labels with values.

    A value that is empty or no plain word goes in base64, as the Pushgateway's API says.
    """
    parts = ["", "metrics", "job", JOB]
    for name, value in group.items():
        if _PLAIN.fullmatch(value):
            parts += [name, value]
        else:
            parts += [f"{name}@base64", urlsafe_b64encode(value.encode()).decode() or "="]
    return "/".join(parts)
