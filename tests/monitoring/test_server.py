"""The status port: probes, metrics, and what its clients cannot do to a run."""

import asyncio
import errno
import socket

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from cxone_async.errors import ConfigurationError
from cxone_async.monitoring.server import MOST_CONNECTIONS, serving_status
from cxone_async.runs.observers import ColumnsRead
from cxone_async.source.columns import InputFormat, Understood

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


async def fetched(url, **headers):
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(url) as answer,
    ):
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_it_is_ready_once_the_input_is_read_and_the_tenant_has_signed_in(
    progress, metrics, tell, started
):
    async with serving_status("127.0.0.1", 0, progress, metrics) as url:
        assert (await fetched(f"{url}healthz"))[0] == 200
        status, _, text = await fetched(f"{url}readyz")
        assert (status, text) == (503, "not ready: reading the input\n")
        tell(ColumnsRead(Understood((), InputFormat("utf-8", ",")), ()))
        assert (await fetched(f"{url}readyz"))[2] == "not ready: signing in\n"
        tell(started)
        assert (await fetched(f"{url}readyz"))[0] == 200


async def test_metrics_come_in_the_format_that_is_asked_for(progress, metrics):
    async with serving_status("127.0.0.1", 0, progress, metrics) as url:
        _, plain_type, plain = await fetched(f"{url}metrics")
        _, open_type, text = await fetched(f"{url}metrics", Accept=OPENMETRICS)
    assert plain_type.startswith("text/plain; version=0.0.4")
    assert "# EOF" not in plain
    assert open_type.startswith("application/openmetrics-text; version=1.0.0")
    assert "cxone_rows_read" in {one.name for one in text_string_to_metric_families(text)}


async def test_a_port_that_is_taken_is_refused_with_the_way_out(progress, metrics):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"--status-port {port}: .*another process"):
            async with serving_status("127.0.0.1", port, progress, metrics):
                pass


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "x" * 64])
async def test_an_address_that_this_machine_does_not_have_is_refused_in_words(
    progress, metrics, host
):
    with pytest.raises(ConfigurationError) as refused:
        async with serving_status(host, 0, progress, metrics):
            pass
    assert str(refused.value) == (
        f"--status-host {host}: this machine has no such address; take 127.0.0.1 for itself alone, "
        "or 0.0.0.0 for all of its addresses; nothing was sent"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "--status-host here: this machine has no such"),
        (PermissionError(errno.EACCES, "x"), "--status-port 80: this user may not listen there"),
        (OSError(errno.EMFILE, "x"), "--status-port 80: here: Too many open files"),
        (OverflowError("x"), "--status-port 80: here: the address cannot be used"),
    ],
)
async def test_what_cannot_be_listened_on_is_told_with_the_flag_to_change(
    progress, metrics, monkeypatch, error, said
):
    async def refuse(*_):
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", refuse)
    with pytest.raises(ConfigurationError, match=said):
        async with serving_status("here", 80, progress, metrics):
            pass


async def test_connections_beyond_the_most_are_closed_and_those_there_are_served(progress, metrics):
    async with serving_status("127.0.0.1", 0, progress, metrics) as url:
        port = int(url.rpartition(":")[2].strip("/"))
        streams = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_CONNECTIONS)
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        reader, writer = streams[0]
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        for _, writer in streams:
            writer.close()
            await writer.wait_closed()


async def test_nothing_else_is_served_and_nothing_is_taken_in(progress, metrics):
    async with (
        serving_status("127.0.0.1", 0, progress, metrics) as url,
        aiohttp.ClientSession() as session,
    ):
        async with session.post(f"{url}metrics", data=b"x") as answer:
            assert answer.status == 405
        async with session.get(f"{url}../etc/passwd") as answer:
            assert answer.status == 404
