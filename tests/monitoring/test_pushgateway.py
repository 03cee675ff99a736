"""Metrics of a run at a Pushgateway, and gateways that do not take them."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import structlog
from aiohttp import web
from monitoring.test_monitored import sums
from pydantic import ValidationError

from cxone_async.monitoring.metrics import RunMetrics
from cxone_async.monitoring.monitored import Monitoring, monitored
from cxone_async.monitoring.progress import RunProgress
from cxone_async.monitoring.pushgateway import Pushgateway, group_path
from cxone_async.settings import PlanSettings
from cxone_async.tenant.events import RequestMade


@asynccontextmanager
async def gateway(answer):
    """A gateway's URL, and what it was sent: method, path and body."""
    sent = []

    async def handle(request):
        sent.append((request.method, request.raw_path, (await request.read()).decode()))
        return await answer()

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", sent
    finally:
        await runner.cleanup()


def answering(status, headers=None):
    async def answer():
        return web.Response(status=status, headers=headers)

    return answer


async def test_the_gateway_has_the_last_counts_when_the_run_has_ended():
    async with gateway(answering(200)) as (url, sent):
        wanted = Monitoring(pushgateway=url + "/", group={"command": "import", "list_id": "L 1"})
        async with monitored(wanted) as observers:
            for observer in observers:
                observer.request_made(RequestMade("submit", 202, 0.1))
    ((method, path, body),) = sent
    assert (method, path) == (
        "PUT", "/metrics/job/cxone_async/command/import/list_id@base64/TCAx"
    )  # fmt: skip
    assert sums(body)["cxone_requests_total", "submit", "2xx"] == 1


@pytest.mark.parametrize(
    ("group", "path"),
    [
        ({}, ""),
        ({"list_id": "list-1_a.B"}, "/list_id/list-1_a.B"),
        ({"list_id": ""}, "/list_id@base64/="),
        ({"list_id": "a/b"}, "/list_id@base64/YS9i"),
        ({"list_id": "Kunden ä"}, "/list_id@base64/S3VuZGVuIMOk"),
        ({"list_id": "??>"}, "/list_id@base64/Pz8-"),
    ],
)
def test_a_group_is_named_as_the_gateway_wants_it(group, path):
    assert group_path(group) == "/metrics/job/cxone_async" + path


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (answering(400), "HTTP 400"),
        (answering(503), "HTTP 503"),
        (answering(307, {"Location": "/elsewhere"}), "HTTP 307"),
    ],
)
async def test_a_gateway_that_refuses_is_logged_once_and_nothing_is_raised(answer, error_type):
    with structlog.testing.capture_logs() as logged:
        async with gateway(answer) as (url, sent):
            pushed = Pushgateway(url, {}, RunMetrics(RunProgress()))
            await pushed.publish()
            await pushed.publish()
    assert len(sent) == 2
    assert logged == [
        {
            "event": "metrics_not_delivered", "to": "pushgateway", "error_type": error_type,
            "log_level": "warning",
        }
    ]  # fmt: skip


async def test_a_gateway_that_is_not_there_is_logged_again_after_it_was(unused_tcp_port):
    pushed = Pushgateway(f"http://127.0.0.1:{unused_tcp_port}", {}, RunMetrics(RunProgress()))
    with structlog.testing.capture_logs() as logged:
        await pushed.publish()
    assert [line["error_type"] for line in logged] == ["ClientConnectorError"]


async def test_a_gateway_that_hangs_is_given_up():
    async def never():
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logged:
        async with gateway(never) as (url, sent):
            await Pushgateway(url, {}, RunMetrics(RunProgress()), limit_s=0.05).publish()
    assert len(sent) == 1
    assert "Timeout" in logged[0]["error_type"]


@pytest.mark.parametrize(
    "url",
    ["gateway:9091", "ftp://gateway", "http://ann:word@gateway", "http://gateway?token=1",
     "http://", "http://gate way", "http://gateway/#x"],
)  # fmt: skip
def test_a_url_that_holds_a_secret_or_is_none_is_refused(url):
    with pytest.raises(ValidationError, match="without credentials or a query"):
        PlanSettings(pushgateway=url)


def test_an_empty_url_is_refused():
    with pytest.raises(ValidationError, match="is empty"):
        PlanSettings(pushgateway="")


def test_a_gateway_within_a_cluster_is_a_url():
    for url in (
        "http://pushgateway.monitoring:9091",
        "https://gate.example/push",
        "http://[::1]:1",
    ):
        assert PlanSettings(pushgateway=url).pushgateway == url
