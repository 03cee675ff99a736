"""What every receiver does: the twin in memory, and the one at a URL."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cxone_async.errors import ConfigurationError
from cxone_async.notifications.http_receiver import HttpReceiver
from cxone_async.notifications.port import NoAnswerError
from cxone_async.tenant.access import Network
from cxone_async.testing import InMemoryReceiver, ReceivedPost

HEADERS = {"webhook-id": "msg_1", "webhook-timestamp": "1"}


class AtUrl:
    """A server that answers with statuses in turn, and a receiver at its URL."""

    def __init__(self, statuses):
        self.received = []
        self._statuses = iter(statuses)

    async def answer(self, request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(ReceivedPost(await request.read(), headers))
        status = next(self._statuses, 200)
        if not status:
            request.transport.close()
        return web.Response(
            status=status or 200, headers={"Location": "/elsewhere"}, body=b"x" * 3_000_000
        )


@pytest.fixture(params=["in memory", "at a url"])
async def receiver(request):
    statuses = [200, 302, 500, 0]
    if request.param == "in memory":
        twin = InMemoryReceiver(statuses)
        yield twin, twin
        return
    served = AtUrl(statuses)
    app = web.Application()
    app.router.add_post("/hook", served.answer)
    app.router.add_route("*", "/elsewhere", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield HttpReceiver(f"http://127.0.0.1:{port}/hook"), served
    await runner.cleanup()


@pytest.mark.slow
async def test_it_is_sent_as_it_is_once_and_only_the_status_counts(receiver):
    post, seen = receiver
    assert await post.post(b'{"a":1}', HEADERS) == 200
    assert await post.post(b"{}", HEADERS) == 302  # not followed
    assert await post.post(b"{}", HEADERS) == 500
    assert [one.body for one in seen.received] == [b'{"a":1}', b"{}", b"{}"]
    assert all(HEADERS.items() <= one.headers.items() for one in seen.received)
    with pytest.raises(NoAnswerError):
        await post.post(b"{}", HEADERS)
    assert len(seen.received) == 4


@pytest.mark.slow
async def test_the_address_is_in_no_exception(unused_tcp_port):
    receiver = HttpReceiver(f"http://127.0.0.1:{unused_tcp_port}/s3cret-path")
    with pytest.raises(NoAnswerError) as raised:
        await receiver.post(b"{}", HEADERS)
    assert "s3cret" not in f"{raised.value}{raised.value!r}{receiver!r}"


@asynccontextmanager
async def served_by(served, certificates):
    app = web.Application()
    app.router.add_post("/hook", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    tls = certificates.context(certificates.server())
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield f"https://localhost:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


@pytest.mark.slow
async def test_the_tenants_authorities_are_trusted_beside_the_systems(certificates):
    served = AtUrl([200])
    async with served_by(served, certificates) as url:
        with pytest.raises(NoAnswerError, match="Certificate"):
            await HttpReceiver(url).post(b"{}", HEADERS)
        receiver = HttpReceiver(url, Network(ca_file=certificates.ca_file))
        assert await receiver.post(b"{}", HEADERS) == 200
    assert len(served.received) == 1


@pytest.mark.slow
async def test_it_goes_through_the_tenants_proxy_which_sees_nothing_of_it(certificates):
    asked = []

    async def open_tunnel(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 No\r\n\r\n")
        writer.close()

    proxy = await asyncio.start_server(open_tunnel, "127.0.0.1", 0)
    network = Network(proxy=f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    with pytest.raises(NoAnswerError):
        await HttpReceiver("https://hooks.example/s3cret-path", network).post(b"{}", HEADERS)
    proxy.close()
    (head,) = asked
    assert head.startswith(b"CONNECT hooks.example:443 ")
    assert b"s3cret" not in head


@pytest.mark.slow
async def test_what_stays_on_this_machine_goes_through_no_proxy(unused_tcp_port):
    served = AtUrl([200])
    app = web.Application()
    app.router.add_post("/hook", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    network = Network(proxy=f"http://127.0.0.1:{unused_tcp_port}")
    receiver = HttpReceiver(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", network)
    assert await receiver.post(b"{}", HEADERS) == 200
    await runner.cleanup()


def test_authorities_that_cannot_be_read_are_told_when_the_receiver_is_made(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^CA file .*gone\.pem does not exist$"):
        HttpReceiver("https://hooks.example/x", Network(ca_file=tmp_path / "gone.pem"))
