"""The metrics as a file: whole, for everybody to read, and never a reason to stop."""

import threading

import pytest
import structlog

from cxone_async.errors import ConfigurationError
from cxone_async.monitoring.bounded_call import bounded_call
from cxone_async.monitoring.metrics_file import MetricsFile


async def test_it_holds_the_metrics_and_the_collector_s_user_may_read_it(
    tmp_path, tell, metrics, started, counters
):
    path = tmp_path / "cxone.prom"
    file = MetricsFile(path, metrics)
    await file.first()
    tell(started)
    counters.imported = 7
    await file.publish()
    assert 'cxone_rows_total{outcome="imported"} 7.0' in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["cxone.prom"]


async def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path, metrics):
    with pytest.raises(ConfigurationError, match=r"--metrics-file: .*nothing was sent"):
        await MetricsFile(tmp_path / "missing" / "cxone.prom", metrics).first()


async def test_a_place_that_is_gone_later_is_logged_once_and_written_when_it_is_back(
    tmp_path, metrics
):
    place = tmp_path / "textfile"
    file = MetricsFile(place / "cxone.prom", metrics)
    with structlog.testing.capture_logs() as logged:
        await file.publish()
        await file.publish()
        place.mkdir()
        await file.publish()
    assert [(line["event"], line["to"]) for line in logged] == [("metrics_not_delivered", "file")]
    assert (place / "cxone.prom").exists()


async def test_a_call_that_does_not_come_back_is_left_to_itself():
    gate = threading.Event()

    def hang() -> None:
        gate.wait()

    with pytest.raises(TimeoutError):
        await bounded_call(hang, limit_s=0.01)
    gate.set()
