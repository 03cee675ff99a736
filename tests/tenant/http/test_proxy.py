"""The tenant through a proxy that is named, and through none that is not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from fixtures.certificates import Certificates

from cxone_async.errors import ConfigurationError, NotSentError
from cxone_async.tenant.access import Network
from cxone_async.tenant.http.transport import Transport
from cxone_async.tenant.port import RequestKind

pytestmark = pytest.mark.virtual_time


class Proxy:
    """Opens tunnels to where it is asked; `answer` is what it says instead, "" for nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: str | None = None
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        if self.answer is not None:
            writer.write(self.answer.encode())
            writer.close()
            return
        host, _, port = head.split()[1].rpartition(":")
        there, onward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = asyncio.create_task(self._copy(there, writer))
        self._tasks.add(back)
        await self._copy(reader, onward)
        await back

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            writer.write(part)
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield proxy
    server.close()


async def nothing() -> Mapping[str, str]:
    return {"Authorization": "Bearer a-token"}


async def ask(base_url: str, limiter: Any, network: Network) -> int:
    async with Transport(base_url, limiter, network=network) as transport:
        answer = await transport.request(
            RequestKind.SUBMIT, "POST", "/x", doing="trying", ready=nothing, body=b"{}"
        )
    return answer.status


@asynccontextmanager
async def tls_server(raw_server: Any, certificates: Certificates) -> AsyncIterator[str]:
    context = certificates.context(certificates.server())
    server = await asyncio.start_server(raw_server.serve, "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
    server.close()
    await raw_server.aclose()


async def test_a_named_proxy_is_asked_for_a_tunnel_and_sees_nothing_of_the_request(
    proxy: Proxy, raw_server: Any, certificates: Certificates, limiter: Any
) -> None:
    async with tls_server(raw_server, certificates) as base_url:
        network = Network(ca_file=certificates.ca_file, proxy=proxy.url + "/")
        assert await ask(base_url, limiter, network) == 200
    assert raw_server.requests[0].headers["Authorization"] == "Bearer a-token"
    (asked,) = proxy.asked
    assert asked.startswith(f"CONNECT {base_url.removeprefix('https://')} HTTP/1.1\r\n")
    assert "Authorization" not in asked


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("HTTP/1.1 407 No\r\n\r\n", "the proxy answered 407: it asks for credentials"),
        ("HTTP/1.1 403 No\r\n\r\n", "the proxy answered 403: it opens no tunnel"),
        ("", "the proxy closed without an answer"),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_means_not_sent(
    proxy: Proxy, limiter: Any, answer: str, cause: str
) -> None:
    proxy.answer = answer
    with pytest.raises(NotSentError, match=rf"^trying: no connection to tenant\.example: {cause}$"):
        await ask("https://tenant.example", limiter, Network(proxy=proxy.url))


async def test_a_proxy_that_cannot_be_reached_means_not_sent(limiter: Any) -> None:
    with pytest.raises(NotSentError, match="none to the proxy: Connect"):
        await ask("https://tenant.example", limiter, Network(proxy="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:hush@proxy.example:3128",
        "https://proxy.example",
        "socks5://proxy.example",
        "proxy.example:3128",
        "http://proxy.example/path",
        "http://proxy.example?x",
        "http://proxy.example:0",
        "http://proxy.example:65536",
        "http://proxy..example:3128",
        f"http://{'x' * 64}.proxy.example",
        "http://[1:2]:3128",
        "http://",
    ],
)
def test_any_other_proxy_is_refused_without_being_quoted(proxy: str, limiter: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"the proxy's URL \(--proxy\) must") as caught:
        Transport("https://tenant.example", limiter, network=Network(proxy=proxy))
    assert "hush" not in str(caught.value)
    assert "proxy.example" not in str(caught.value)


def test_no_proxy_is_shown_a_secret_that_goes_out_without_tls(limiter: Any) -> None:
    with pytest.raises(ConfigurationError, match="it would see the secret"):
        Transport("http://127.0.0.1:9", limiter, network=Network(proxy="http://proxy.example"))


# Proxies of the environment


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


async def told(base_url: str, limiter: Any, network: Network | None = None) -> list[Any]:
    with structlog.testing.capture_logs() as logged:
        async with Transport(base_url, limiter, network=network):
            pass
    return logged


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_a_proxy_of_the_environment_is_not_used_and_that_is_said(
    limiter: Any, no_variables: pytest.MonkeyPatch, variable: str
) -> None:
    no_variables.setenv(variable, "http://user:hush@127.0.0.1:9")
    (line,) = await told("https://tenant.example", limiter)
    assert line == {
        "event": "environment_proxy_not_used", "log_level": "info", "variable": variable,
    }  # fmt: skip
    with pytest.raises(NotSentError) as caught:
        await ask("https://nowhere.invalid", limiter, Network())
    assert str(caught.value).endswith(f"({variable} is not used; --proxy is)")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTP_PROXY", "http://127.0.0.1:9"), ("HTTPS_PROXY", ""), ("NO_PROXY", "tenant.example")],
)
async def test_nothing_is_said_of_a_variable_that_names_no_proxy_for_this_tenant(
    limiter: Any, no_variables: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    if variable == "NO_PROXY":
        no_variables.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    no_variables.setenv(variable, value)
    assert await told("https://tenant.example", limiter) == []


async def test_nothing_is_said_where_a_proxy_is_named(
    limiter: Any, no_variables: pytest.MonkeyPatch
) -> None:
    no_variables.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    network = Network(proxy="http://127.0.0.1:8")
    assert await told("https://tenant.example", limiter, network) == []
