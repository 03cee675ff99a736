"""A stand-in tenant as a separate program, and a way to call the command line at it."""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cxone_async.cli.main import run

pytest_plugins = (
    "fixtures.being_told",
    "fixtures.bulk_file_dialect",
    "fixtures.certificates",
    "fixtures.collector",
    "fixtures.indiscreet_tenant",
    "fixtures.logs",
    "fixtures.machine",
    "fixtures.remote_servers",
    "fixtures.run_files",
    "fixtures.run_in_memory",
    "fixtures.search_path",
    "fixtures.virtual_time",
)

# Under nohup it is ignored, and so it would be by all programs that tests start.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among thousands of collected tests: they stay, in each worker."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


SECRET = "a-secret-of-this-test"
NOBODY = 65534


@dataclass(frozen=True)
class RunningTenant:
    """A stand-in tenant that is being served."""

    base_url: str
    secret: str = SECRET

    def statistics(self, *, full: bool = False) -> Any:
        query = "?full=1" if full else ""
        with urllib.request.urlopen(f"{self.base_url}/_stats{query}", timeout=10) as answer:  # noqa: S310  loopback
            return json.load(answer)

    @property
    def requests(self) -> int:
        return sum(self.statistics()["requests"]["by_kind"].values())


@contextmanager
def started_tenant(*options: str) -> Iterator[RunningTenant]:
    program = subprocess.Popen(
        [sys.executable, "-m", "cxone_async.mock_tenant", *options],
        env={**os.environ, "MOCK_TENANT_CLIENT_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        yield RunningTenant(program.stdout.readline().split()[-1])
    finally:
        program.terminate()
        program.wait(timeout=10)
        program.stdout.close()


@pytest.fixture(scope="session")
def start_tenant() -> Callable[..., Any]:
    """`with start_tenant("--quota", "60") as tenant`: a tenant with options of its own."""
    return started_tenant


@pytest.fixture(scope="session")
def shared_tenant() -> Iterator[RunningTenant]:
    with started_tenant("--dnc-enabled") as tenant:
        yield tenant


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """`command("plan", "x.csv")`: call the command line in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CXONE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CXONE_CLIENT_ID", "demo-client")
    monkeypatch.setenv("CXONE_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Ended:
        capfd.readouterr()
        code = run(list(arguments))
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        assert SECRET not in out + err
        return Ended(code, out, err)

    return call


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A directory of a user whom file permissions bind, and the right to act as that user."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        if os.geteuid() != 0:
            yield path
        else:
            os.chown(path, NOBODY, -1)
            os.seteuid(NOBODY)
            try:
                yield path
            finally:
                os.seteuid(0)
        path.chmod(0o700)


def _change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


def _lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _put_behind_a_link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def _replace_by(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def _listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))  # a path of any length is too long for it


DAMAGES: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "one byte changed": _change_a_byte,
    "one byte longer": _lengthen,
    "emptied": _empty,
    "a link to it": _put_behind_a_link,
    "a directory": _replace_by(Path.mkdir),
    "a named pipe": _replace_by(os.mkfifo),
    "a socket": _replace_by(_listen),
}


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """`damage(path)`: do to a file what must be noticed; each test runs with every damage."""
    return DAMAGES[request.param]
