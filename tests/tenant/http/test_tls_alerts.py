"""What a server says that wants a client certificate, by TLS as OpenSSL speaks it.

A server of asyncio resets the connection instead, so this one is a thread with a blocking socket.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fixtures.certificates import Certificates, new_certificates

from cxone_async.errors import AmbiguousError, NotSentError, RequestError
from cxone_async.tenant.access import Network
from cxone_async.tenant.http.transport import Transport
from cxone_async.tenant.port import RequestKind


@contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[str]:
    """The base URL of a server whose handshake with one client fails."""

    def serve() -> None:
        accepted, _ = listener.accept()
        tls = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        with pytest.raises(ssl.SSLError):
            tls.do_handshake()
        # To close at once would reset the connection, and the alert would be lost.
        with socket.socket(fileno=tls.detach()) as connection:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        thread.join()


async def nothing() -> Mapping[str, str]:
    return {}


async def failure(base_url: str, limiter: Any, network: Network) -> RequestError:
    async with Transport(base_url, limiter, network=network) as transport:
        with pytest.raises(RequestError) as caught:
            await transport.request(RequestKind.TOKEN, "GET", "/x", doing="trying", ready=nothing)
    return caught.value


@pytest.mark.parametrize(
    ("version", "error", "said"),
    [
        (ssl.TLSVersion.TLSv1_2, NotSentError, "it refused the handshake; it may want a client"),
        (ssl.TLSVersion.TLSv1_3, AmbiguousError, "it wants a client certificate (--client-cert-"),
    ],
)
async def test_a_tenant_that_wants_a_client_certificate_is_understood(
    certificates: Certificates,
    limiter: Any,
    version: ssl.TLSVersion,
    error: type[RequestError],
    said: str,
) -> None:
    context = certificates.context(certificates.server(), wants_client=True)
    context.maximum_version = version
    with refusing(context) as base_url:
        failed = await failure(base_url, limiter, Network(certificates.ca_file))
    assert isinstance(failed, error)
    assert said in str(failed)


async def test_so_is_one_that_does_not_trust_the_client_certificate(
    certificates: Certificates, limiter: Any, tmp_path: Path
) -> None:
    stranger = new_certificates(tmp_path / "stranger").client()
    with refusing(certificates.context(certificates.server(), wants_client=True)) as base_url:
        failed = await failure(base_url, limiter, Network(certificates.ca_file, *stranger))
    assert str(failed).endswith("it does not trust the client certificate")
