"""The transport against a server on loopback that misbehaves on purpose.

Time is virtual: a server that never answers costs these tests nothing.
"""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from cxone_async.errors import (
    AmbiguousError,
    ConfigurationError,
    NotSentError,
    RequestError,
    UsageError,
)
from cxone_async.tenant.http.address import checked_base_url, path_part
from cxone_async.tenant.http.transport import (
    LONGEST_HOLD_S,
    PART_BYTES,
    SMALL_ANSWER_BYTES,
    StreamedBody,
    Timeouts,
    Transport,
)
from cxone_async.tenant.port import RequestKind

pytestmark = pytest.mark.virtual_time

SUBMIT, POLL = RequestKind.SUBMIT, RequestKind.POLL


async def nothing() -> Mapping[str, str]:
    return {}


async def send(transport: Transport, kind: RequestKind = SUBMIT, **more: Any) -> Any:
    method = "GET" if kind is POLL else "POST"
    body = None if kind is POLL else b'{"contacts":[]}'
    arguments = {"doing": "trying", "ready": nothing, "body": body, **more}
    return await transport.request(kind, method, "/x", **arguments)


@pytest.fixture
async def transport(raw_server: Any, limiter: Any) -> AsyncIterator[Transport]:
    async with Transport(raw_server.base_url, limiter) as opened:
        yield opened


async def test_a_request_goes_out_as_it_was_asked_for(
    transport: Transport, raw_server: Any, limiter: Any
) -> None:
    async def ready() -> Mapping[str, str]:
        return {"Authorization": "Bearer t"}

    answer = await transport.request(
        SUBMIT, "POST", "/a%2Fb/c%3Fd", doing="trying", ready=ready, body=b"{}"
    )
    (request,) = raw_server.requests
    assert request.line == "POST /a%2Fb/c%3Fd HTTP/1.1"
    assert request.body == b"{}"
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("cxone-async/")
    assert "Cookie" not in request.headers
    assert (answer.status, answer.body, answer.unreadable) == (200, b"{}", "")
    assert limiter.charged == [SUBMIT]
    assert limiter.answers == [False]


async def test_ready_comes_after_the_quota_and_before_the_first_byte(
    transport: Transport, raw_server: Any, limiter: Any
) -> None:
    seen: list[tuple[int, int]] = []

    async def ready() -> Mapping[str, str]:
        seen.append((len(limiter.charged), raw_server.connections))
        return {}

    await send(transport, ready=ready)
    assert seen == [(1, 0)]


@pytest.mark.parametrize(("stalls_s", "late"), [(0.0, 0), (2 * LONGEST_HOLD_S, 1)])
async def test_the_quota_is_told_of_a_request_that_its_intent_held_up(
    transport: Transport, limiter: Any, stalls_s: float, late: int
) -> None:
    async def ready() -> Mapping[str, str]:
        await asyncio.sleep(stalls_s)
        return {}

    await send(transport, ready=ready)
    assert (limiter.late, limiter.charged) == (late, [SUBMIT])


async def test_what_ready_raises_is_passed_on_and_nothing_is_sent(
    transport: Transport, raw_server: Any
) -> None:
    async def ready() -> Mapping[str, str]:
        raise TimeoutError("the journal is slow")

    with pytest.raises(TimeoutError, match="the journal is slow"):
        await send(transport, ready=ready)
    assert raw_server.connections == 0


# No connection


async def test_a_closed_port_means_not_sent(limiter: Any) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with Transport(base_url, limiter) as transport:
            with pytest.raises(NotSentError, match=r"trying: no connection to 127\.0\.0\.1:\d+: "):
                await send(transport)
    assert limiter.charged == [SUBMIT]
    assert limiter.answers == []


async def test_a_failed_tls_handshake_means_not_sent(raw_server: Any, limiter: Any) -> None:
    async def refuse_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse_tls, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Transport(f"https://127.0.0.1:{port}", limiter) as transport:
            with pytest.raises(NotSentError, match="no connection to"):
                await send(transport)


async def test_a_name_that_does_not_resolve_means_not_sent(limiter: Any) -> None:
    async with Transport("https://nowhere.invalid", limiter) as transport:
        with pytest.raises(NotSentError, match=r"no connection to nowhere\.invalid"):
            await send(transport)


async def test_a_connection_that_takes_too_long_means_not_sent(limiter: Any) -> None:
    # A listener that accepts nothing and whose queue is full lets nobody in.
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        async with Transport(f"http://127.0.0.1:{address[1]}", limiter) as transport:
            with pytest.raises(NotSentError, match="none within 10 s"):
                await send(transport)


# A connection, and no answer


async def test_a_reset_after_the_request_is_ambiguous(
    transport: Transport, raw_server: Any
) -> None:
    async def respond(request: Any) -> None:
        request.connection.reset()

    raw_server.respond = respond
    for kind in (SUBMIT, POLL):
        with pytest.raises(AmbiguousError, match="closed without an answer"):
            await send(transport, kind)
    assert len(raw_server.requests) == 2


async def test_a_reset_before_the_request_is_read_is_ambiguous(
    transport: Transport, raw_server: Any
) -> None:
    # The client cannot know that nobody read what it wrote.
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw_server.connections += 1
        writer.transport.abort()

    raw_server.serve = serve
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Transport(f"http://127.0.0.1:{port}", transport._limiter) as other:
            with pytest.raises(AmbiguousError):
                await send(other)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
async def test_an_answer_that_ends_in_its_head_is_ambiguous(
    transport: Transport, raw_server: Any, raw: bytes
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.send(raw)
        request.connection.close()

    raw_server.respond = respond
    with pytest.raises(AmbiguousError):
        await send(transport)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2 someone@example.com\r\n\r\n",
        b"HTTP/1.1 abc Someone\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_http_is_ambiguous_and_not_quoted(
    transport: Transport, raw_server: Any, raw: bytes
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.send(raw)
        request.connection.close()

    raw_server.respond = respond
    with pytest.raises(AmbiguousError) as caught:
        await send(transport)
    assert "example" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("kind", "seconds"), [(SUBMIT, 30), (POLL, 15)])
async def test_silence_is_ambiguous_after_the_timeout(
    transport: Transport, raw_server: Any, kind: RequestKind, seconds: float
) -> None:
    async def respond(request: Any) -> None:
        await asyncio.sleep(3600)

    raw_server.respond = respond
    began_s = asyncio.get_running_loop().time()
    with pytest.raises(AmbiguousError, match="no answer in time"):
        await send(transport, kind)
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(seconds, abs=1.1)


# A status, and no whole body: the status counts


async def half_a_body(request: Any) -> None:
    await request.connection.send(b"HTTP/1.1 429 No\r\nContent-Length: 10\r\n\r\nabc")
    request.connection.close()


async def half_a_body_then_reset(request: Any) -> None:
    await request.connection.send(b"HTTP/1.1 429 No\r\nContent-Length: 10\r\n\r\nabc")
    request.connection.reset()


async def half_a_chunk(request: Any) -> None:
    await request.connection.send(b"HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")
    request.connection.close()


async def a_wrong_chunk(request: Any) -> None:
    await request.connection.send(b"HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\n")
    await asyncio.sleep(1)
    await request.connection.send(b"3\r\nabc\r\nzz\r\n")


async def no_gzip(request: Any) -> None:
    await request.connection.answer(429, b"no gzip at all", {"Content-Encoding": "gzip"})


async def a_body_that_never_ends(request: Any) -> None:
    await request.connection.send(b"HTTP/1.1 429 No\r\nContent-Length: 10\r\n\r\nabc")
    await asyncio.sleep(3600)


@pytest.mark.parametrize(
    "respond",
    [
        half_a_body,
        half_a_body_then_reset,
        half_a_chunk,
        a_wrong_chunk,
        no_gzip,
        a_body_that_never_ends,
    ],
)
async def test_a_status_counts_although_its_body_is_broken(
    transport: Transport, raw_server: Any, limiter: Any, respond: Any
) -> None:
    raw_server.respond = respond
    answer = await send(transport)
    assert answer.status == 429
    assert answer.unreadable
    assert answer.body == b""
    assert limiter.pauses == [None]


async def test_a_slow_body_is_bound_by_the_same_timeout(
    transport: Transport, raw_server: Any
) -> None:
    async def drip(request: Any) -> None:
        await request.connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            await request.connection.send(b"x")
            await asyncio.sleep(2)

    raw_server.respond = drip
    answer = await send(transport)
    assert answer.unreadable == "its body did not arrive in time"
    assert asyncio.get_running_loop().time() < 35


async def test_a_body_that_unpacks_to_more_than_the_cap_is_not_read(
    transport: Transport, raw_server: Any
) -> None:
    bomb = gzip.compress(bytes(SMALL_ANSWER_BYTES + 1), compresslevel=1)

    async def respond(request: Any) -> None:
        await request.connection.answer(200, bomb, {"Content-Encoding": "gzip"})

    raw_server.respond = respond
    answer = await send(transport)
    assert answer.unreadable == f"its body is longer than {SMALL_ANSWER_BYTES} bytes"


@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
async def test_of_a_body_that_is_too_long_little_is_read(
    transport: Transport, raw_server: Any, framing: str
) -> None:
    written = 0

    async def respond(request: Any) -> None:
        nonlocal written
        of_part = {"length": "Content-Length: 50000000", "chunks": "Transfer-Encoding: chunked"}
        head = of_part.get(framing, "Connection: close")
        await request.connection.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
        part = b"x" * 50_000
        framed = b"c350\r\n" + part + b"\r\n" if framing == "chunks" else part
        for _ in range(1000):
            await request.connection.send(framed)
            written += len(part)

    raw_server.respond = respond
    answer = await send(transport, POLL, most_answer_bytes=100_000)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.unreadable == "its body is longer than 100000 bytes"
    await asyncio.sleep(1)
    assert written < 20_000_000  # what fits into the buffers of two sockets


async def test_a_body_of_just_the_bound_is_read(transport: Transport, raw_server: Any) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(200, b"x" * 100_000)

    raw_server.respond = respond
    assert len((await send(transport, most_answer_bytes=100_000)).body) == 100_000
    assert (await send(transport, most_answer_bytes=99_999)).unreadable


async def test_a_compressed_body_and_any_content_type_are_read(
    transport: Transport, raw_server: Any
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(
            200, gzip.compress(b"{}"), {"Content-Encoding": "gzip", "Content-Type": "text/html"}
        )

    raw_server.respond = respond
    assert (await send(transport)).body == b"{}"


# Rates


@pytest.mark.parametrize(
    ("status", "answers", "failures"),
    [
        (429, [True], 0),
        (503, [], 1),
        (500, [], 1),
        (504, [], 1),
        (408, [], 1),
        (303, [], 1),
        (304, [], 1),
        (405, [], 1),
        (409, [False], 0),
        (404, [False], 0),
    ],
)
async def test_the_quota_is_told_what_came_back(
    transport: Transport,
    raw_server: Any,
    limiter: Any,
    status: int,
    answers: list[bool],
    failures: int,
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(status, b"", {"Retry-After": "7"})

    raw_server.respond = respond
    answer = await send(transport)
    assert answer.retry_after_s == 7
    assert limiter.answers == answers
    assert len(limiter.failures) == failures
    assert limiter.pauses == ([7.0] if status == 408 or status >= 429 else [])


@pytest.mark.parametrize(
    ("status", "pauses"),
    [(200, []), (202, []), (404, []), (408, []), (429, [None]), (500, []), (503, [None])],
)
async def test_without_retry_after_only_429_and_503_pause_everybody(
    transport: Transport, raw_server: Any, limiter: Any, status: int, pauses: list[None]
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(status, b"", {"Retry-After": "soon"})

    raw_server.respond = respond
    await send(transport)
    assert limiter.pauses == pauses


@pytest.mark.parametrize("off_s", [-3600.0, 0.0, 3600.0, 1e9])
@pytest.mark.parametrize("retry_after", ["Sun, 06 Nov 1994 08:49:57 GMT", "20, 20"])
async def test_a_wrong_clock_here_changes_no_retry_after(
    raw_server: Any, limiter: Any, off_s: float, retry_after: str
) -> None:
    async def respond(request: Any) -> None:
        dates = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After": retry_after}
        await request.connection.answer(429, b"", dates)

    raw_server.respond = respond
    now_s = 784_111_777.0 + off_s
    async with Transport(raw_server.base_url, limiter, now=lambda: now_s) as transport:
        assert (await send(transport)).retry_after_s == 20.0
    assert limiter.pauses == [20.0]


async def test_a_date_to_retry_after_is_read_by_the_wall_clock(
    raw_server: Any, limiter: Any
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(429, b"", {"Retry-After": "Sun, 06 Nov 1994 08:50:07 GMT"})

    raw_server.respond = respond
    async with Transport(raw_server.base_url, limiter, now=lambda: 784111777.0) as transport:
        assert (await send(transport)).retry_after_s == 30


# One call is at most one request


async def test_no_request_is_repeated_behind_the_back_of_the_quota(
    transport: Transport, raw_server: Any, limiter: Any
) -> None:
    """A server that answers once on a connection and resets it when it is used again."""

    async def respond(request: Any) -> None:
        if request.nth == 1:
            await request.connection.answer(200, {})
        else:
            request.connection.reset()

    raw_server.respond = respond
    ends = []
    for _ in range(60):
        try:
            ends.append((await send(transport, POLL)).status)
        except AmbiguousError:
            ends.append(0)
    assert set(ends) == {0, 200}
    assert len(raw_server.requests) == len(limiter.charged) == 60


async def test_a_submission_never_meets_a_connection_that_is_about_to_close(
    transport: Transport, raw_server: Any, limiter: Any
) -> None:
    async def respond(request: Any) -> None:
        if request.nth == 1:
            await request.connection.answer(202, {})
        else:
            request.connection.reset()

    raw_server.respond = respond
    for _ in range(20):
        assert (await send(transport)).status == 202
        with contextlib.suppress(AmbiguousError):
            await send(transport, POLL)
    submits = [each for each in raw_server.requests if each.line.startswith("POST")]
    assert [each.nth for each in submits] == [1] * 20
    assert {each.headers["Connection"] for each in submits} == {"close"}
    assert len(raw_server.requests) == len(limiter.charged) == 40


async def test_other_calls_share_kept_connections(transport: Transport, raw_server: Any) -> None:
    for _ in range(5):
        await send(transport, POLL)
    assert raw_server.connections == 1


@pytest.mark.parametrize("is_read_before", [False, True])
@pytest.mark.parametrize(
    "stray",
    [
        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"no HTTP at all",
    ],
)
async def test_a_connection_on_which_something_came_unasked_is_not_used_again(
    transport: Transport, raw_server: Any, stray: bytes, is_read_before: bool
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(200, {"nth": request.connection.number})

    async def stray_comes() -> Mapping[str, str]:
        raw_server.requests[-1].connection.writer.write(stray)
        if is_read_before:
            await asyncio.sleep(0.1)
        return {}

    raw_server.respond = respond
    await send(transport, POLL)
    for nth in range(2, 5):
        answer = await send(transport, POLL, ready=stray_comes)
        assert (answer.status, answer.body) == (200, b'{"nth": %d}' % nth)
    assert raw_server.connections == 4


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Le"],
        [b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 2\r\n\r\n{}"],
        [b"no HTTP at all"],
    ],
)
@pytest.mark.parametrize("gap_s", [0.0, 0.05, 0.2])
async def test_a_piece_of_an_answer_that_came_unasked_is_never_a_wrong_answer(
    transport: Transport, raw_server: Any, pieces: list[bytes], gap_s: float
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(200, {"to": request.line})
        for piece in pieces:
            await request.connection.send(piece)
            await asyncio.sleep(0.1)

    raw_server.respond = respond
    answers = []
    for nth in range(10):
        with contextlib.suppress(AmbiguousError):
            answer = await transport.request(POLL, "GET", f"/{nth}", doing="x", ready=nothing)
            assert answer.body == b'{"to": "GET /%d HTTP/1.1"}' % nth
            answers.append(answer)
        await asyncio.sleep(gap_s)
    assert answers or pieces == [b"no HTTP at all"]


async def test_segment_calls_and_what_is_asked_apart_have_connections_of_their_own(
    transport: Transport, raw_server: Any
) -> None:
    await send(transport, POLL)
    await send(transport, RequestKind.SEGMENT)
    await send(transport, POLL, apart=True)
    await send(transport, POLL)
    assert [each.connection.number for each in raw_server.requests] == [1, 2, 3, 1]


async def test_hanging_up_closes_the_connection_of_that_answer(
    transport: Transport, raw_server: Any
) -> None:
    first = await send(transport, POLL)
    (await send(transport, POLL)).hang_up()
    await send(transport, POLL)
    assert [each.connection.number for each in raw_server.requests] == [1, 1, 2]
    first.hang_up()
    await send(transport, POLL)
    assert raw_server.connections == 2


async def test_no_more_connections_are_open_than_allowed(raw_server: Any, limiter: Any) -> None:
    async def respond(request: Any) -> None:
        await asyncio.sleep(1)
        await request.connection.answer(200, {})

    raw_server.respond = respond
    async with Transport(raw_server.base_url, limiter, connections=3) as transport:
        await asyncio.gather(*(send(transport, POLL) for _ in range(9)))
    assert raw_server.connections == 3


# What is never followed, kept or taken from the environment


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(
    transport: Transport, raw_server: Any, status: int
) -> None:
    async def respond(request: Any) -> None:
        await request.connection.answer(
            status, b"", {"Location": f"{raw_server.base_url}/elsewhere"}
        )

    raw_server.respond = respond
    assert (await send(transport, POLL)).status == status
    assert len(raw_server.requests) == 1


async def test_cookies_and_the_environment_have_no_say(
    raw_server: Any, limiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def respond(request: Any) -> None:
        await request.connection.answer(200, b"", {"Set-Cookie": "who=someone; Path=/"})

    raw_server.respond = respond
    async with Transport(raw_server.base_url, limiter) as transport:
        await send(transport, POLL)
        await send(transport, POLL)
    assert all("Cookie" not in each.headers for each in raw_server.requests)


async def test_outside_of_its_context_it_sends_nothing(raw_server: Any, limiter: Any) -> None:
    transport = Transport(raw_server.base_url, limiter)
    with pytest.raises(UsageError, match="async with"):
        await send(transport)
    async with transport:
        await send(transport)
    with pytest.raises(UsageError, match="async with"):
        await send(transport)
    assert limiter.charged == [SUBMIT]


async def test_a_cancelled_request_is_cancelled(transport: Transport, raw_server: Any) -> None:
    async def respond(request: Any) -> None:
        await asyncio.sleep(3600)

    raw_server.respond = respond
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await send(transport)
    assert asyncio.get_running_loop().time() == pytest.approx(1)


@pytest.mark.parametrize("connect_s", [0, -1, 15, 20, float("nan")])
def test_a_connect_timeout_must_be_told_from_the_others(connect_s: float) -> None:
    with pytest.raises(UsageError, match="connect_s"):
        Timeouts(submit_s=30, other_s=15, connect_s=connect_s)


# Addresses


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://acme.cxone.com", "https://acme.cxone.com"),
        ("https://acme.cxone.com/", "https://acme.cxone.com"),
        ("HTTPS://Acme.CXone.com:8443/api/", "https://acme.cxone.com:8443/api"),
        (" https://acme.cxone.com\n", "https://acme.cxone.com"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.8.7", "http://127.9.8.7"),
        ("http://localhost:1/x/y", "http://localhost:1/x/y"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_is_brought_into_one_form(base_url: str, expected: str) -> None:
    assert checked_base_url(base_url) == expected


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "acme",
        "acme.cxone.com",
        "//acme.cxone.com",
        "https://",
        "https:///api",
        "ftp://acme.cxone.com",
        "http://acme.cxone.com",
        "http://10.0.0.7",
        "http://0.0.0.0",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.1",
        "http://[::2]",
        "http://[2001:db8::1]",
        "https://[::zz]",
        "https://[1]",
        "https://user:s3cret@acme.cxone.com",
        "https://s3cret@acme.cxone.com",
        "https://acme.cxone.com?key=s3cret",
        "https://acme.cxone.com/#s3cret",
        "https://acme.cxone.com:0",
        "https://acme.cxone.com:65536",
        "https://acme.cxone.com:port",
        "https://acme.cxone.com/../x",
        "https://acme.cxone.com/a//b",
        "https://acme.cxone.com/%2e%2e",
        "https://acme.cxone.com\\@example.com",
        "https://acme..com",
        "https://.com",
        "https://ac me.com",
        "https://acme.com\r\nX: y",
        "https://" + "a" * 64 + ".com",
        "https://ácme.com",
    ],
)
def test_any_other_base_url_is_refused_without_being_quoted(base_url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_base_url(base_url)
    assert str(caught.value).startswith("the base URL (--base-url) must ")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("list-1", "list-1"),
        ("a b", "a%20b"),
        ("../../oauth/token", "..%2F..%2Foauth%2Ftoken"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("é", "%C3%A9"),
        ("a\r\nb", "a%0D%0Ab"),
        ("...", "..."),
    ],
)
def test_an_id_is_one_segment_of_the_path(value: str, expected: str) -> None:
    assert path_part("a list", value) == expected


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
def test_an_id_that_no_path_can_hold_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="the id of a list"):
        path_part("a list", value)


async def test_dots_and_slashes_reach_the_server_as_they_are(
    transport: Transport, raw_server: Any
) -> None:
    path = f"/lists/{path_part('a list', '../x')}/{path_part('a list', '%2e%2e')}"
    await transport.request(POLL, "GET", path, doing="trying", ready=nothing)
    assert raw_server.seen == ["GET /lists/..%2Fx/%252e%252e HTTP/1.1"]


async def test_a_streamed_body_arrives_whole_each_time_it_is_sent(
    transport: Transport, raw_server: Any
) -> None:
    lines = [b"%d,a line of a large file\r\n" % n for n in range(20_000)]
    body = StreamedBody(lambda: lines, sum(map(len, lines)))
    for _ in range(2):
        answer = await transport.request(
            SUBMIT, "POST", "/upload", doing="trying", ready=nothing, body=body,
            content_type="text/csv",
        )  # fmt: skip
        assert answer.status == 200
    for request in raw_server.requests:
        assert request.body == b"".join(lines)
        assert request.headers["Content-Type"] == "text/csv"
        assert "Transfer-Encoding" not in request.headers


async def test_a_streamed_body_is_never_held_in_one_piece() -> None:
    body = StreamedBody(lambda: (b"x" * 100 for _ in range(10_000)), 1_000_000)
    parts = [len(part) async for part in body.parts()]
    assert sum(parts) == 1_000_000
    assert max(parts) < PART_BYTES + 100
    assert len(parts) == 1_000_000 // PART_BYTES + 1


def test_every_error_of_the_transport_is_a_leaf_with_a_decision() -> None:
    for error in (NotSentError, AmbiguousError):
        assert issubclass(error, RequestError)
        assert error.retry


@pytest.mark.parametrize(
    ("body", "sent_bytes"),
    [(b"four", 4), (None, 0), (StreamedBody(lambda: [b"two", b"parts"], 8), 8)],
)
async def test_a_request_is_told_with_the_lengths_of_its_body_and_of_its_answer_s(
    raw_server: Any, limiter: Any, body: bytes | StreamedBody | None, sent_bytes: int
) -> None:
    told: list[Any] = []
    async with Transport(raw_server.base_url, limiter, observe=told.append) as opened:
        answer = await send(opened, body=body)
    (made,) = told
    assert (made.kind, made.status, made.sent_bytes) == ("submit", 200, sent_bytes)
    assert made.received_bytes == len(answer.body) == 2


async def test_a_request_without_an_answer_is_told_with_what_was_to_be_sent(
    limiter: Any, unused_tcp_port: int
) -> None:
    told: list[Any] = []
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with Transport(address, limiter, observe=told.append) as opened:
        with pytest.raises(NotSentError):
            await send(opened, body=b"four")
    ((status, sent_bytes, received_bytes),) = [
        (made.status, made.sent_bytes, made.received_bytes) for made in told
    ]
    assert (status, sent_bytes, received_bytes) == (0, 4, 0)
