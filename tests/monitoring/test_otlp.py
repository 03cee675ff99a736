"""Traces and metrics at an OpenTelemetry collector, and collectors that do not take them."""

import asyncio
import gc
import subprocess
import sys
import time
from collections import Counter

import pytest
import structlog
from fixtures.collector import Collector, answering, attributes, dripping, never
from monitoring.test_monitored import sums
from pydantic import ValidationError

from cxone_async import ImportSettings, run_import
from cxone_async.commands.environment import Environment
from cxone_async.commands.plan import run_plan
from cxone_async.errors import ConfigurationError, TenantUnreachableError
from cxone_async.load.events import ChunkSubmitted, ImportFinished
from cxone_async.logs import EVENTS
from cxone_async.monitoring.bounded_call import LONGEST_CALL_S
from cxone_async.monitoring.metrics import RunMetrics
from cxone_async.monitoring.monitored import Monitoring, collector_of_environment, monitored
from cxone_async.monitoring.otlp import Telemetry
from cxone_async.monitoring.progress import RunProgress
from cxone_async.runs.observers import RunEnded
from cxone_async.settings import PlanSettings
from cxone_async.tenant.events import RequestMade
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

ROWS = "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 112))
ERROR = 2
INLINE = Environment(preparation=InlinePreparation)


@pytest.fixture(autouse=True)
def _no_other_collector(monkeypatch):
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("phone,email,first_name,last_name\n" + ROWS + "12,short@example.com,S,Short\n")
    return path


@pytest.fixture
def settings(tmp_path):
    return ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        chunk_size=5,
        run_dir=tmp_path / "run",
    )


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as lines:
        yield lines


def undelivered(logged):
    return [line["error_type"] for line in logged if line["event"] == "telemetry_not_delivered"]


async def test_an_import_is_told_in_spans_of_run_blocks_chunks_and_requests(
    csv, settings, collector, tmp_path, logged
):
    file = tmp_path / "cxone.prom"
    async with monitored(Monitoring(otlp=collector.url + "/", metrics_file=file)) as observers:
        _, result = await run_import(
            csv, settings, tenant=InMemoryTenant(), environment=INLINE, observers=observers
        )
    (run,) = collector.named("run")
    (run_id,) = {line["run_id"] for line in logged if line["event"] == "run_started"}
    assert attributes(run) == {
        "cxone.command": "import", "cxone.run_id": run_id, "cxone.list_id": "list-1",
        "cxone.exit_code": 0,
    }  # fmt: skip
    children = [span for span in collector.spans if span.name != "run"]
    assert {span.parent_span_id for span in children} == {run.span_id}
    assert {span.trace_id for span in children} == {run.trace_id}
    for span in children:
        assert run.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= run.end_time_unix_nano

    (block,) = [one for one in collector.named("prepare block") if attributes(one)["cxone.rows"]]
    assert attributes(block) == {
        "cxone.rows": 13, "cxone.rows_ready": 12, "cxone.first_row": 1, "cxone.last_row": 13,
    }  # fmt: skip

    chunks = sorted(
        (attributes(chunk) for chunk in collector.named("chunk")),
        key=lambda chunk: chunk["cxone.first_row"],
    )
    assert [(one["cxone.first_row"], one["cxone.last_row"]) for one in chunks] == [
        (1, 5), (6, 10), (11, 12),
    ]  # fmt: skip
    assert {one["cxone.chunk_number"] for one in chunks} == {1, 2, 3}
    assert sum(one["cxone.imported"] for one in chunks) == result.successfully_imported == 12

    requests = [attributes(request) for request in collector.named("request")]
    assert len(requests) == result.requests
    assert {one["http.response.status_code"] // 100 for one in requests} == {2}
    assert Counter(one["cxone.kind"] for one in requests) == {
        kind: count for kind, count in result.requests_by_kind.items() if count
    }
    assert undelivered(logged) == []


async def test_the_metrics_of_the_collector_are_those_of_the_file(
    csv, settings, collector, tmp_path
):
    file = tmp_path / "cxone.prom"
    async with monitored(Monitoring(otlp=collector.url, metrics_file=file)) as observers:
        await run_import(
            csv, settings, tenant=InMemoryTenant(), environment=INLINE, observers=observers
        )
    told, written = collector.metrics[-1], sums(file.read_text())
    counted = {}
    for name, metric in told.items():
        kind = metric.WhichOneof("data")
        assert metric.description.endswith(".")
        for point in getattr(metric, kind).data_points:
            labels = tuple(attributes(point).values())
            if kind == "histogram":
                counted[f"{name}_count", *labels] = point.count
                counted[f"{name}_sum", *labels] = point.sum
                below = 0
                for bound, count in zip(
                    [*point.explicit_bounds, float("inf")], point.bucket_counts, strict=True
                ):
                    below += count
                    shown = "+Inf" if bound == float("inf") else str(bound)
                    counted[f"{name}_bucket", *labels, shown] = below
                assert not point.HasField("min")
                assert not point.HasField("max")
            else:
                counted[name, *labels] = getattr(point, point.WhichOneof("value"))
    assert by_labels(counted) == by_labels(written)
    rows = told["cxone_rows_total"].sum
    assert rows.is_monotonic
    assert rows.aggregation_temporality == 2  # cumulative
    assert rows.data_points[0].start_time_unix_nano < rows.data_points[0].time_unix_nano


def by_labels(values):
    """Values by name and labels in any order, but for memory, which moves."""
    return {
        (name, *sorted(labels)): value
        for (name, *labels), value in values.items()
        if name != "cxone_resident_memory_bytes"
    }


async def test_a_plan_is_told_in_spans_without_requests(csv, tmp_path, collector):
    async with monitored(Monitoring(otlp=collector.url)) as observers:
        await run_plan(
            csv, PlanSettings(run_dir=tmp_path / "plan"), environment=INLINE, observers=observers
        )
    (run,) = collector.named("run")
    assert attributes(run)["cxone.command"] == "plan"
    blocks = [attributes(one) for one in collector.named("prepare block")]
    assert sum(one["cxone.rows"] for one in blocks) == 13
    assert {span.name for span in collector.spans} == {"run", "prepare block"}


async def test_a_run_that_stops_ends_its_spans_and_says_so(started, counters, collector):
    async with monitored(Monitoring(otlp=collector.url)) as observers:
        spans = observers[-1]
        spans.run_started(started)
        counters.chunks_accepted = 1
        spans.chunk_submitted(ChunkSubmitted("c1", "i1", 5, 1, 5))
        spans.import_finished(ImportFinished("of an earlier start", "i0", 30.0, 5, 0, 0))
        spans.request_made(RequestMade("poll", 503, 0.1))
        spans.request_made(RequestMade("poll", 0, 15.0))
        spans.run_ended(RunEnded(None, TenantUnreachableError("gone")))
        spans.run_ended(RunEnded(None, TenantUnreachableError("told twice")))
    (run,) = collector.named("run")
    assert (run.status.code, attributes(run)["cxone.exit_code"]) == (ERROR, 69)
    earlier, unfinished = collector.named("chunk")
    assert earlier.end_time_unix_nano - earlier.start_time_unix_nano >= 30 * 10**9
    assert (earlier.status.code, unfinished.status.code) == (0, ERROR)
    assert attributes(unfinished)["cxone.chunk_id"] == "c1"
    silent, failing = collector.named("request")
    assert attributes(failing) == {"cxone.kind": "poll", "http.response.status_code": 503}
    assert attributes(silent) == {"cxone.kind": "poll"}
    assert (silent.status.code, failing.status.code) == (ERROR, ERROR)


async def test_the_span_of_a_command_that_is_refused_before_it_reads_ends_too(collector):
    with pytest.raises(ConfigurationError):
        async with monitored(Monitoring(otlp=collector.url)):
            raise ConfigurationError("no such list")
    (run,) = collector.named("run")
    assert run.end_time_unix_nano >= run.start_time_unix_nano


async def test_opentelemetry_s_own_variables_name_the_service_and_the_headers(
    collector, monkeypatch
):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "nightly-list")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=staging")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20zqheader")
    async with monitored(Monitoring(otlp=collector.url)):
        pass
    assert {one["service.name"] for one in collector.resources} == {"nightly-list"}
    assert {one["deployment.environment"] for one in collector.resources} == {"staging"}
    assert {one["authorization"] for one in collector.headers} == {"Bearer zqheader"}


async def test_proxies_and_netrc_of_the_environment_are_not_used(
    collector, monkeypatch, tmp_path, unused_tcp_port, logged
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password zqpassword\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_tcp_port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with monitored(Monitoring(otlp=collector.url)):
        pass
    assert len(collector.headers) == 2
    assert not [one for one in collector.headers if "authorization" in one]
    assert undelivered(logged) == []


async def test_the_service_has_a_name_without_them(collector):
    async with monitored(Monitoring(otlp=collector.url)):
        pass
    assert {one["service.name"] for one in collector.resources} == {"cxone-async"}


@pytest.mark.parametrize(
    ("endpoint", "disabled", "named"),
    [
        ("http://collector:4318", "", "http://collector:4318"),
        ("http://collector:4318", "true", None),
        ("http://collector:4318", "TRUE ", None),
        ("", "", None),
    ],
)
def test_the_collector_of_the_environment_is_found_unless_it_is_switched_off(
    monkeypatch, endpoint, disabled, named
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    monkeypatch.setenv("OTEL_SDK_DISABLED", disabled)
    assert collector_of_environment() == named


async def ended_with(url, **limits):
    """Say something to a collector and end; the seconds that the end took."""
    progress = RunProgress()
    telemetry = Telemetry(url, progress, RunMetrics(progress), **limits)
    telemetry.spans.request_made(RequestMade("submit", 202, 0.1))
    await telemetry.publish()
    telemetry.spans.run_ended(RunEnded(None, TenantUnreachableError("gone")))
    began_s = time.monotonic()
    await telemetry.end()
    return time.monotonic() - began_s


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (answering(400), "HTTP 400"),
        (answering(401), "HTTP 401"),
        (answering(404), "HTTP 404"),
        (answering(413), "HTTP 413"),
        (answering(500), "HTTP 500"),
        (answering(429, {"Retry-After": "86400"}), "HTTP 429"),
        (answering(503), "HTTP 503"),
        (answering(307, {"Location": "/elsewhere"}), "HTTP 307"),
        (never, "ReadTimeout"),
    ],
)
async def test_a_collector_that_does_not_take_them_is_logged_once_and_given_up(
    collector, logged, answer, error_type
):
    collector.answer = answer
    assert await ended_with(collector.url, export_limit_s=0.5, limit_s=1.5) < 4
    assert undelivered(logged) == [error_type]


async def test_a_collector_that_drips_is_given_up_and_not_asked_again_meanwhile(collector, logged):
    collector.answer = dripping
    progress = RunProgress()
    telemetry = Telemetry(
        collector.url, progress, RunMetrics(progress), limit_s=0.2, export_limit_s=5
    )
    for _ in range(3):
        await telemetry.publish()
    assert len(collector.metrics) == 1
    await telemetry.end()
    assert undelivered(logged) == ["TimeoutError"]


async def test_a_collector_that_is_not_there_is_logged_once(unused_tcp_port, logged):
    limits = {"export_limit_s": 0.5, "limit_s": 1.5}
    assert await ended_with(f"http://127.0.0.1:{unused_tcp_port}", **limits) < 4
    assert undelivered(logged) == ["ConnectionError"]
    assert EVENTS["telemetry_not_delivered"][1] == {"error_type"}


@pytest.mark.parametrize("url", ["collector:4318", "grpc://collector", "http://", "http://[::1"])
async def test_an_address_of_the_environment_that_is_none_is_logged_once(url, logged):
    await ended_with(url, export_limit_s=0.5, limit_s=1.5)
    assert len(undelivered(logged)) == 1


async def test_the_loop_turns_while_a_collector_hangs(collector):
    collector.answer = never
    progress = RunProgress()
    telemetry = Telemetry(
        collector.url, progress, RunMetrics(progress), limit_s=0.5, export_limit_s=0.4
    )
    turns = 0

    async def turning():
        nonlocal turns
        while True:
            await asyncio.sleep(0.005)
            turns += 1

    task = asyncio.create_task(turning())
    await telemetry.publish()
    await telemetry.end()
    task.cancel()
    assert turns > 20


async def test_spans_beyond_those_that_may_wait_are_dropped_and_that_is_said(
    collector, logged, monkeypatch
):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8")
    progress = RunProgress()
    telemetry = Telemetry(collector.url, progress, RunMetrics(progress))
    for _ in range(2000):
        telemetry.spans.request_made(RequestMade("submit", 202, 0.1))
    await telemetry.end()
    assert len(collector.spans) < 2001
    assert undelivered(logged) == ["spans were dropped"]


async def test_spans_that_are_not_sampled_are_not_missed(collector, logged, monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    await ended_with(collector.url)
    assert collector.spans == []
    assert undelivered(logged) == []


async def test_a_variable_that_cannot_be_used_does_not_stop_the_run(collector, logged, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    async with monitored(Monitoring(otlp=collector.url)) as observers:
        assert len(observers) == 2
    assert undelivered(logged) == ["ValueError"]


@pytest.fixture
def _without_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "cxone_async.monitoring.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)


@pytest.mark.usefixtures("_without_the_extra")
async def test_without_the_extra_the_message_names_it():
    with pytest.raises(
        ConfigurationError, match=r"extra `otel`.*pip install 'cxone_async\[otel\]'"
    ):
        async with monitored(Monitoring(otlp="http://collector:4318")):
            pass


@pytest.mark.usefixtures("_without_the_extra")
async def test_without_the_extra_a_collector_that_nobody_asked_for_is_logged(logged):
    wanted = Monitoring(otlp="http://collector:4318", otlp_is_ambient=True)
    async with monitored(wanted) as observers:
        assert len(observers) == 2
    assert undelivered(logged) == ["ModuleNotFoundError"]


@pytest.mark.parametrize(
    "url",
    ["collector:4318", "grpc://collector", "http://ann:word@collector", "http://c?token=1",
     "http://", "http://col lector", "http://c/#x"],
)  # fmt: skip
def test_a_url_that_holds_a_secret_or_is_none_is_refused(url):
    with pytest.raises(ValidationError, match="without credentials or a query"):
        PlanSettings(otlp=url)


def test_an_empty_url_is_refused():
    with pytest.raises(ValidationError, match="is empty"):
        PlanSettings(otlp="")


async def test_nothing_stays_open_when_the_run_has_ended(collector: Collector):
    async with monitored(Monitoring(otlp=collector.url)):
        pass
    gc.collect()  # a socket that is left open is a warning, which fails the test


@pytest.mark.slow
def test_the_command_sends_to_the_collector_of_the_environment(
    command, csv, collector, monkeypatch
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    assert command("plan", str(csv), "--run-dir", "plan").code == 0
    assert [attributes(run)["cxone.command"] for run in collector.named("run")] == ["plan"]


@pytest.mark.slow
def test_a_process_ends_in_seconds_whatever_the_collector_does_and_keeps_its_address(
    csv, collector, tmp_path
):
    collector.answer = never
    with subprocess.Popen(
        [sys.executable, "-m", "cxone_async", "plan", str(csv), "--run-dir", "plan",
         "--otlp", collector.url, "--log-level", "debug"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert time.monotonic() - collector.asked_at_s[-1] < LONGEST_CALL_S + 10
    assert err.count("telemetry_not_delivered") == 1
    assert collector.url.removeprefix("http://") not in err
    assert "Traceback" not in err
