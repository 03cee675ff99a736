"""Servers on loopback: S3 by moto, a line to it that breaks, and a web server with TLS."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
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
