"""The live page: what it asks, what it is told, and a reader that does not read."""

import asyncio
import json
import re
from contextlib import suppress

import aiohttp
from aiohttp import web

from cxone_async.errors import TenantUnreachableError
from cxone_async.monitoring.live_page import LivePage
from cxone_async.monitoring.server import serving_status
from cxone_async.outcome import Outcome
from cxone_async.runs.observers import RunEnded
from cxone_async.tenant.events import RequestMade


async def next_event(answer):
    lines: list[str] = []
    while (line := (await answer.content.readline()).decode().rstrip("\n")) or not lines:
        lines.append(line)
    return lines[0].removeprefix("event: "), lines[1].removeprefix("data: ")


async def test_the_page_names_no_other_address_and_may_ask_none(progress, metrics):
    async with (
        serving_status("127.0.0.1", 0, progress, metrics) as url,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(url) as answer:
            page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        asked = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert sorted(asked) == ["data:,", "live.css", "live.js", "look.css", "metrics"]
        for name in ("live.css", "live.js", "look.css"):
            async with session.get(url + name) as answer:
                assert answer.status == 200
                assert "//" not in re.sub(r"^//.*", "", await answer.text())


async def test_a_reader_is_told_the_figures_and_at_last_that_they_are_the_last(
    progress, metrics, tell, started, counters
):
    tell(started)
    counters.rows_read, counters.input_ended = 20, True
    counters.show({Outcome.IMPORTED: 4, Outcome.INVALID: 1})
    counters.reasons = {(Outcome.INVALID, "phone_missing"): 1}
    tell(RequestMade("submit", 202, 0.1))
    async with aiohttp.ClientSession() as session:
        async with serving_status("127.0.0.1", 0, progress, metrics) as url:
            answer = await session.get(f"{url}events")
            kind, data = await next_event(answer)
            state = json.loads(data)
            assert kind == "state"
            assert (state["headline"], state["tone"]) == ("Importing", "under-way")
            assert state["percent"] == 25
            told = {one["outcome"]: one["rows"] for one in state["outcomes"]}
            assert told == {"imported": 4, "invalid": 1, "duplicate": 0, "suppressed": 0}
            assert [one["reason"] for one in state["reasons"]] == ["phone_missing"]
            assert ["Requests in the last minute", "20 of 50"] in state["now"]
            assert [count for _, count in state["requests"]] == ["1"]
            tell(RunEnded(None, TenantUnreachableError("gone")))
        last = [await next_event(answer), await next_event(answer)]
        answer.close()
    assert last[1][0] == "end"
    state = json.loads(last[0][1])
    assert (state["headline"], state["tone"]) == ("Stopped early, with exit code 69", "bad")


async def test_a_reader_that_does_not_read_is_dropped(progress, metrics, tell, started, counters):
    tell(started)
    counters.reasons = {(Outcome.DUPLICATE, "x" * 200_000): 1}
    page = LivePage(progress, metrics, interval_s=0.001, slowest_read_s=0.05)
    application = web.Application()
    page.add_to(application)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.server is not None
    _, port = runner.addresses[0]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /events HTTP/1.1\r\nHost: here\r\n\r\n")
    await reader.readline()
    async with asyncio.timeout(20):
        while runner.server.connections:  # noqa: ASYNC110  until it is dropped
            await asyncio.sleep(0.01)
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()
    page.end()
    await runner.cleanup()
