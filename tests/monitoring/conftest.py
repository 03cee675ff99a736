"""A run to be watched: what it started with, and counters to set."""

import pytest

from cxone_async.load.counters import RunCounters
from cxone_async.monitoring.metrics import RunMetrics
from cxone_async.monitoring.progress import RunProgress
from cxone_async.runs.observers import Observers, RunStarted, SendingNow

NOW_S = 1_790_000_000.0


@pytest.fixture
def counters():
    return RunCounters()


@pytest.fixture
def sending():
    """How the run sends; a test may replace the entry."""
    return {"now": SendingNow(quota_per_minute=50, open_circuits=frozenset(), chunks_queued=0)}


@pytest.fixture
def started(counters, sending):
    return RunStarted(
        command="import",
        run_directory="run",
        list_id="list-1",
        campaign_id="campaign-1",
        counters=counters,
        requests_in_last_minute=lambda: 20,
        time_left_s=lambda: None,
        sending_now=lambda: sending["now"],
    )


@pytest.fixture
def progress():
    return RunProgress(wall_clock_s=lambda: NOW_S)


@pytest.fixture
def metrics(progress):
    return RunMetrics(progress, wall_clock_s=lambda: NOW_S)


@pytest.fixture
def tell(progress, metrics):
    return Observers([progress, metrics])
