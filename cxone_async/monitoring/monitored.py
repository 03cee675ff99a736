"""Opens everything that watches a run from outside, for as long as the run lasts."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from cxone_async.errors import ConfigurationError
from cxone_async.logs import log
from cxone_async.runs.observers import RunObserver

if TYPE_CHECKING:
    from cxone_async.monitoring.metrics import RunMetrics
    from cxone_async.monitoring.progress import RunProgress

DELIVERY_INTERVAL_S: Final = 15.0
OTLP_EXTRA: Final = "otel"

Deliver = Callable[[], Awaitable[None]]


class Monitoring(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is to be watched; by default it is not.

    `status_port` 0 is any free port. `metrics_file` is written every `DELIVERY_INTERVAL_S`, and
    once more when the run has ended; so is `pushgateway`, a URL, told, under the labels of `group`.
    `otlp` is the URL of an OpenTelemetry collector. Where `otlp_is_ambient`, the environment names
    it and nobody asked for it: a missing extra is then logged.
    """

    status_port: int | None = None
    status_host: str = "127.0.0.1"
    metrics_file: Path | None = None
    pushgateway: str | None = None
    otlp: str | None = None
    otlp_is_ambient: bool = False
    group: Mapping[str, str] = MappingProxyType({})

    @property
    def is_on(self) -> bool:
        """Whether anything is to be opened."""
        opened = (self.status_port, self.metrics_file, self.pushgateway, self.otlp)
        return any(one is not None for one in opened)


@asynccontextmanager
async def monitored(wanted: Monitoring) -> AsyncIterator[Sequence[RunObserver]]:
    """Yield the observers that the run has to be given.

    Raises ConfigurationError when the port, the file or the extra cannot be had. Later failures
    are logged.
    """
    if not wanted.is_on:
        yield ()
        return
    # What is not asked for is not loaded.
    from cxone_async.monitoring.metrics import RunMetrics  # noqa: PLC0415
    from cxone_async.monitoring.progress import RunProgress  # noqa: PLC0415

    progress = RunProgress()
    metrics = RunMetrics(progress)
    async with AsyncExitStack() as stack:
        if wanted.metrics_file is not None:
            from cxone_async.monitoring.metrics_file import MetricsFile  # noqa: PLC0415

            file = MetricsFile(wanted.metrics_file, metrics)
            await file.first()
            await stack.enter_async_context(delivered(file.publish))
        if wanted.pushgateway is not None:
            from cxone_async.monitoring.pushgateway import Pushgateway  # noqa: PLC0415

            gateway = Pushgateway(wanted.pushgateway, wanted.group, metrics)
            await stack.enter_async_context(delivered(gateway.publish))
        if wanted.status_port is not None:
            from cxone_async.monitoring.server import serving_status  # noqa: PLC0415

            await stack.enter_async_context(
                serving_status(wanted.status_host, wanted.status_port, progress, metrics)
            )
        observers: list[RunObserver] = [progress, metrics]
        if wanted.otlp is not None:
            observers += await _telemetry(wanted.otlp, wanted, stack, progress, metrics)
        yield observers


async def _telemetry(
    url: str,
    wanted: Monitoring,
    stack: AsyncExitStack,
    progress: "RunProgress",
    metrics: "RunMetrics",
) -> Sequence[RunObserver]:
    try:
        from cxone_async.monitoring.otlp import Telemetry  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if not wanted.otlp_is_ambient:
            raise ConfigurationError(
                f"--otlp: is sent with the extra `{OTLP_EXTRA}`, which is not installed: "
                f"pip install 'cxone_async[{OTLP_EXTRA}]'; nothing was sent"
            ) from None
        log.warning("telemetry_not_delivered", error_type=type(error).__name__)
        return ()
    try:
        telemetry = Telemetry(url, progress, metrics)
    except (RuntimeError, ValueError) as error:  # a variable of OpenTelemetry that it cannot use
        log.warning("telemetry_not_delivered", error_type=type(error).__name__)
        return ()
    await stack.enter_async_context(delivered(telemetry.publish, telemetry.end))
    return (telemetry.spans,)


def collector_of_environment() -> str | None:
    """Return the collector that OpenTelemetry's own variables name; None where they name none."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    return os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None


@asynccontextmanager
async def delivered(deliver: Deliver, at_end: Deliver | None = None) -> AsyncIterator[None]:
    """Deliver every `DELIVERY_INTERVAL_S` while the block runs, and once more at its end.

    `at_end` takes the place of the last delivery.
    """
    again = asyncio.create_task(_again_and_again(deliver), name="monitoring")
    try:
        yield
    finally:
        again.cancel()
        await asyncio.wait([again])
        await (at_end or deliver)()


async def _again_and_again(deliver: Deliver) -> None:
    while True:
        await asyncio.sleep(DELIVERY_INTERVAL_S)
        await deliver()
