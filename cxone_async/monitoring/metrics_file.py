"""`--metrics-file`: the metrics as a file, for the textfile collector of node_exporter.

Guarantee: whoever reads the file finds it whole. When the run has ended, it holds the last counts.
Everybody may read it, since the collector is another user: it holds counts and names of lists.
A file that cannot be written later than at the start is logged and tried again; the run goes on.
"""

from pathlib import Path
from typing import Final

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.logs import log
from cxone_async.monitoring.bounded_call import bounded_call
from cxone_async.monitoring.metrics import RunMetrics

READABLE_BY_ALL: Final = 0o644


class MetricsFile:
    """Writes the metrics to one file, as often as it is asked to."""

    def __init__(self, path: Path, metrics: RunMetrics) -> None:
        self._path = path
        self._metrics = metrics
        self._is_failing = False

    async def first(self) -> None:
        """Write the file before the run begins. Raises ConfigurationError when that fails."""
        try:
            await self._write()
        except (CannotWriteError, TimeoutError) as error:
            raise ConfigurationError(
                f"--metrics-file: {error or 'the disk does not answer'}; nothing was sent"
            ) from None

    async def publish(self) -> None:
        """Write the file as the metrics are now. Raises nothing."""
        try:
            await self._write()
        except (CannotWriteError, TimeoutError) as error:
            if not self._is_failing:
                log.warning("metrics_not_delivered", to="file", error_type=type(error).__name__)
            self._is_failing = True
        else:
            self._is_failing = False

    async def _write(self) -> None:
        text = self._metrics.text()
        await bounded_call(lambda: _write_whole(self._path, text))


def _write_whole(path: Path, text: bytes) -> None:
    with AtomicFile(path, mode=READABLE_BY_ALL) as file:
        file.write(text)
