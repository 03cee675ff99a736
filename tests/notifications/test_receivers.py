"""What every receiver does: the twin in memory, and the one at a URL."""

import pytest
from aiohttp import web

from cxone_async.notifications.http_receiver import HttpReceiver
from cxone_async.notifications.port import NoAnswerError
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
