"""Whom the transport trusts and what it shows, against servers with certificates of their own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from fixtures.certificates import Certificates, new_certificates

from cxone_async.errors import ConfigurationError, NotSentError
from cxone_async.tenant.access import Network
from cxone_async.tenant.http.transport import Transport
from cxone_async.tenant.port import RequestKind

pytestmark = pytest.mark.virtual_time

Serve = Callable[[ssl.SSLContext], AbstractAsyncContextManager[str]]


@pytest.fixture
def serve(raw_server: Any) -> Serve:
    """`async with serve(context) as base_url`: the raw server behind TLS."""

    @asynccontextmanager
    async def serving(context: ssl.SSLContext) -> AsyncIterator[str]:
        server = await asyncio.start_server(raw_server.serve, "127.0.0.1", 0, ssl=context)
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
        server.close()
        await raw_server.aclose()

    return serving


async def nothing() -> Mapping[str, str]:
    return {}


async def ask(base_url: str, limiter: Any, network: Network | None = None) -> int:
    async with Transport(base_url, limiter, network=network) as transport:
        answer = await transport.request(
            RequestKind.SUBMIT, "POST", "/x", doing="trying", ready=nothing, body=b"{}"
        )
    return answer.status


async def test_an_authority_of_a_file_is_trusted(
    serve: Serve, certificates: Certificates, limiter: Any
) -> None:
    async with serve(certificates.context(certificates.server())) as base_url:
        assert await ask(base_url, limiter, Network(ca_file=certificates.ca_file)) == 200


async def test_an_authority_of_ssl_cert_file_is_trusted(
    serve: Serve, certificates: Certificates, limiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    async with serve(certificates.context(certificates.server())) as base_url:
        assert await ask(base_url, limiter) == 200


async def test_a_ca_file_stands_in_place_of_what_the_system_trusts(
    serve: Serve,
    certificates: Certificates,
    limiter: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    other = new_certificates(tmp_path / "other")
    async with serve(certificates.context(certificates.server())) as base_url:
        with pytest.raises(NotSentError, match="from nobody who is trusted here"):
            await ask(base_url, limiter, Network(ca_file=other.ca_file))


@pytest.mark.parametrize(
    ("host", "is_expired", "trusts", "cause"),
    [
        ("localhost", False, False, r"its certificate is from nobody who is trusted here \(--ca-f"),
        ("localhost", True, True, "its certificate has expired"),
        ("other.example.com", False, True, "its certificate is for another host name"),
    ],
)
async def test_a_certificate_that_will_not_do_says_why_and_nothing_is_sent(
    serve: Serve,
    certificates: Certificates,
    limiter: Any,
    raw_server: Any,
    host: str,
    is_expired: bool,
    trusts: bool,
    cause: str,
) -> None:
    network = Network(ca_file=certificates.ca_file) if trusts else Network()
    pair = certificates.server(host, is_expired=is_expired)
    async with serve(certificates.context(pair)) as base_url:
        with pytest.raises(NotSentError, match=rf"^trying: no connection to .*: {cause}"):
            await ask(base_url, limiter, network)
    assert raw_server.requests == []


@pytest.mark.parametrize("in_one_file", [False, True])
async def test_a_client_certificate_is_shown_to_a_tenant_that_wants_one(
    serve: Serve, certificates: Certificates, limiter: Any, in_one_file: bool
) -> None:
    certificate, key = certificates.client()
    network = Network(certificates.ca_file, certificate, key)
    if in_one_file:
        certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
        network = Network(certificates.ca_file, certificate)
    context = certificates.context(certificates.server(), wants_client=True)
    async with serve(context) as base_url:
        assert await ask(base_url, limiter, network) == 200


# Files that cannot be used


def refused(network: Network, limiter: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Transport("https://tenant.example", limiter, network=network)
    return str(caught.value)


NOT_PEM = {
    "": "is empty",
    " \n": "is empty",
    "hello": "holds no certificates in PEM form",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n": "holds no certificates",
}


@pytest.mark.parametrize(("content", "message"), NOT_PEM.items())
def test_a_ca_file_without_certificates_is_refused(
    tmp_path: Path, limiter: Any, content: str, message: str
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content)
    assert refused(Network(ca_file=path), limiter).startswith(f"CA file {path} {message}")


@pytest.mark.parametrize(("content", "message"), NOT_PEM.items())
def test_so_is_a_file_of_ssl_cert_file(
    tmp_path: Path,
    limiter: Any,
    content: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert refused(Network(), limiter).startswith(f"SSL_CERT_FILE {path} {message}")


def test_a_key_in_place_of_an_authority_is_refused(
    certificates: Certificates, limiter: Any
) -> None:
    _, key = certificates.client()
    assert "holds no certificates in PEM form" in refused(Network(ca_file=key), limiter)


@pytest.mark.parametrize("which", ["CA file", "client certificate file", "client key file"])
def test_a_file_that_is_not_there_is_named(
    certificates: Certificates, limiter: Any, tmp_path: Path, which: str
) -> None:
    gone = tmp_path / "gone.pem"
    certificate, key = certificates.client()
    network = {
        "CA file": Network(ca_file=gone),
        "client certificate file": Network(client_cert_file=gone, client_key_file=key),
        "client key file": Network(client_cert_file=certificate, client_key_file=gone),
    }[which]
    assert refused(network, limiter) == f"{which} {gone} does not exist"
    gone.mkdir()
    assert refused(network, limiter) == f"{which} {gone} is a directory, not a file"


def test_a_certificate_and_the_key_of_another_are_refused(
    certificates: Certificates, limiter: Any
) -> None:
    certificate, _ = certificates.client("one")
    _, key = certificates.client("other")
    assert refused(Network(None, certificate, key), limiter) == (
        f"client certificate file {certificate}, client key file {key}: "
        "the key is not that of the certificate"
    )


def test_files_that_are_swapped_or_no_pem_are_refused(
    certificates: Certificates, limiter: Any, tmp_path: Path
) -> None:
    certificate, key = certificates.client()
    (other := tmp_path / "other").write_text("hello")
    for network in (
        Network(None, key, certificate),
        Network(None, certificate),
        Network(None, other, key),
        Network(None, certificate, other),
    ):
        assert refused(network, limiter).endswith("not a certificate and its key in PEM form")


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password(
    certificates: Certificates, limiter: Any
) -> None:
    certificate, key = certificates.client()
    private = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        )
    )
    message = refused(Network(None, certificate, key), limiter)
    assert message.endswith("the key is encrypted; give one that is not")


def test_a_loopback_tenant_without_tls_needs_none_of_the_files(
    tmp_path: Path, limiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    Transport("http://127.0.0.1:9", limiter)
