"""Servers on loopback: S3 by moto, a line to it that breaks, and a web server with TLS."""

import asyncio
import logging
import os
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import pytest

BUCKET = "lists"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """moto's S3 server.

    It is the one of the package registry that checks signatures and permissions, knows conditions
    and ranges, and needs no program beside Python.
    """
    pytest.importorskip("obstore")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server, monkeypatch, tmp_path):
    """An empty bucket of its own content, and credentials for it in the environment."""
    boto3 = pytest.importorskip("boto3")
    for name in [name for name in os.environ if name.startswith(("AWS_", "CXONE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHISTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "THESECRETOFTHISTEST")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    client: Any = boto3.client("s3", endpoint_url=s3_server)
    client.create_bucket(Bucket=BUCKET)

    def names():
        return [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def put(key, content):
        client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def get(key):
        return client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    yield SimpleNamespace(put=put, get=get, names=names, client=client)
    for key in names():
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)


@dataclass
class Line:
    """What a line that breaks has seen: one text per request, up to its blank line."""

    url: str
    requests: list[str]

    @property
    def ranges(self) -> list[str]:
        return [
            line.partition(":")[2].strip()
            for request in self.requests
            for line in request.splitlines()
            if line.lower().startswith("range:")
        ]


@asynccontextmanager
async def _breaking_line(to: str, cuts: list[int]) -> AsyncIterator[Line]:
    """Hand on one request a connection; end each answer after so many bytes (0: never)."""
    host, _, port = to.removeprefix("http://").partition(":")
    line = Line("", [])

    async def serve(reader, writer):
        ahead = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            line.requests.append(head.decode())
            cut = cuts.pop(0) if cuts else 0
            behind, ahead = await asyncio.open_connection(host, int(port))
            ahead.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            sent = 0
            while piece := await behind.read(1 << 16):
                keep = piece[: cut - sent] if cut else piece
                writer.write(keep)
                await writer.drain()
                sent += len(keep)
                if cut and sent >= cut:
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (ahead, writer):
                if one is not None:
                    one.close()
                    with suppress(OSError):
                        await one.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()


@pytest.fixture
def breaking_line():
    return _breaking_line


@dataclass
class Page:
    """A file on the web server; `answers` are statuses to give first, 0 for a line that breaks."""

    content: bytes
    headers: dict[str, str]
    answers: list[int]
    ranges: bool = True
    length: bool = True


@dataclass
class Web:
    """A web server with TLS: its address, its files by path, and what it was asked."""

    host: str
    pages: dict[str, Page]
    requests: list[tuple[str, dict[str, str]]]

    def put(self, path, content, *, answers=(), ranges=True, length=True, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(content, named, list(answers), ranges, length)

    def ranges(self):
        return [headers["range"] for _, headers in self.requests if "range" in headers]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self):
        web: Web = self.server.web
        headers = {name.lower(): value for name, value in self.headers.items()}
        web.requests.append((self.path, headers))
        page = web.pages.get(self.path.partition("?")[0])
        status = page.answers.pop(0) if page and page.answers else 200
        if page is None:
            self._answer(404, b"")
        elif status not in (0, 200):
            self._answer(status, b"A SECRET IN A BODY", page.headers)
        elif headers.get("if-match", page.headers.get("etag")) != page.headers.get("etag"):
            self._answer(412, b"")
        else:
            self._send(page, headers.get("range") if page.ranges else None, is_cut=status == 0)

    def _send(self, page, wanted, *, is_cut):
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        content, size = page.content[start:], len(page.content)
        headers = dict(page.headers)
        if wanted:
            headers["content-range"] = f"bytes {start}-{size - 1}/{size}"
        if not page.length:
            headers["transfer-encoding"] = "chunked"
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        self._answer(206 if wanted else 200, content, headers, is_cut=is_cut)

    def _answer(self, status, content, headers=None, *, is_cut=False):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "transfer-encoding" not in (headers or {}):
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        with suppress(OSError):  # whoever asks for the version goes away before the end
            self.wfile.write(content[: len(content) // 2] if is_cut else content)
        self.close_connection = is_cut or self.close_connection

    def log_message(self, *_):
        pass


class _WebServer(ThreadingHTTPServer):
    web: Web

    def handle_error(self, *_):
        """Say nothing of clients that do not trust the certificate."""


def _certificate(path):
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a server of this test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = builder.add_extension(host, critical=False).sign(key, hashes.SHA256())
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a certificate for 127.0.0.1 that no authority has signed, and its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    _certificate(path)
    return path


@contextmanager
def _web_server(certificate):
    server = _WebServer(("127.0.0.1", 0), _Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.web = Web(f"127.0.0.1:{server.server_address[1]}", {}, [])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def web(certificate, monkeypatch):
    """A web server of its own, whose certificate is trusted."""
    pytest.importorskip("obstore")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with _web_server(certificate) as web:
        yield web


@pytest.fixture
def another_web(certificate):
    with _web_server(certificate) as web:
        yield web
