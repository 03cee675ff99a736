"""The stand-in as a program of its own, run as a person or a script would run it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager

import aiohttp
import pytest

from cxone_async.mock_tenant.__main__ import main
from cxone_async.mock_tenant.import_line import import_line
from cxone_async.mock_tenant.options import TenantOptions

pytestmark = pytest.mark.slow

OPTIONS = """
    --host --port --seed --client-id --client-secret --scopes --token-lifetime-s --campaign
    --list-id --segment-id --closed-segment-id --allowed-countries --dnc-enabled
    --required-fields --quota --quota-window --throttle-share --import-latency-s
    --import-latency-sigma --transient-share --transient-attempts
    --permanent-share --refuse-duplicates --tls-cert --tls-key --request-log --state
"""


async def _start(*arguments, interpreter=(), environment=None):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *interpreter,
        "-m",
        "cxone_async.mock_tenant",
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        env=os.environ | (environment or {}),
    )


async def _run(*arguments, interpreter=()):
    """Exit code, standard output and standard error of a program that ends by itself."""
    program = await _start(*arguments, interpreter=interpreter)
    output, complaints = await asyncio.wait_for(program.communicate(), 30)
    return program.returncode, output.decode(), complaints.decode()


def test_help_names_every_option(capsys):
    assert main(["--help"]) == 0
    assert set(OPTIONS.split()) <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


async def _loaded_by(*arguments, code):
    """What a program loads that ends by itself, and what it says."""
    ended, output, complaints = await _run(*arguments, interpreter=("-X", "importtime"))
    assert ended == code
    loaded = set(re.findall(r"^import time:.*\|\s+([\w.]+)$", complaints, flags=re.MULTILINE))
    return loaded, output + complaints


async def test_it_loads_nothing_of_the_service(tmp_path):
    loaded, said = await _loaded_by("--state", str(tmp_path), code=78)
    assert "--state" in said
    loaded = {name for name in loaded if name.partition(".")[0] == "cxone_async"}
    assert "cxone_async.mock_tenant.server" in loaded
    assert [name for name in loaded if not name.startswith("cxone_async.mock_tenant")] in (
        [],  # a namespace has no module to load
        ["cxone_async"],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "/_stats"),
        (["--nope"], 64, "--nope"),
        (["--port", "70000"], 64, "--port"),
        (["--quota", "-1"], 64, "quota"),
        (["--tls-key", "key.pem"], 64, "--tls-key"),
    ],
)
async def test_help_and_wrong_options_load_no_server(arguments, code, said):
    loaded, all_said = await _loaded_by(*arguments, code=code)
    assert said in all_said
    assert "argparse" in loaded
    slow = {"aiohttp", "asyncio", "orjson", "prometheus_client", "sqlite3", "ssl"}
    assert loaded & {*slow, "cxone_async.mock_tenant.server"} == set()


@asynccontextmanager
async def _serving(
    *arguments,
    ended_by=signal.SIGTERM,
    segments=frozenset({"demo-segment"}),
    in_a_shell='"$MOCK_TENANT_CLIENT_SECRET"',
    shown=None,
):
    """The base URL of a program that runs; checks that it ends cleanly and what else it says."""
    program = await _start(
        *arguments, environment={"MOCK_TENANT_CLIENT_SECRET": "from-the-environment"}
    )
    try:
        line = await asyncio.wait_for(program.stdout.readline(), 30)
        ready = re.fullmatch(
            r"mock tenant listening on (https?://127\.0\.0\.1:\d+)\n", line.decode()
        )
        assert ready
        yield ready[1]
    finally:
        program.send_signal(ended_by)
        rest = await asyncio.wait_for(program.communicate(), 10)
    assert (program.returncode, rest[1]) == (0, b"")
    assert rest[0].decode() == (
        "import a list into it, from another terminal:\n"
        f"{import_line(TenantOptions(segments=segments), ready[1], in_a_shell, shown)}\n"
    )


async def _sign_in(base_url, secret):
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo-client",
        "client_secret": secret,
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(base_url + "/oauth/token", data=form) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_listens_serves_and_ends_with_0_on_a_signal(number):
    segments = ("--segment-id", "a", "--segment-id", "b")
    known = frozenset({"a", "b"})
    async with _serving(*segments, ended_by=number, segments=known) as base_url:
        async with aiohttp.ClientSession() as session, session.get(base_url + "/_stats") as answer:
            statistics = await answer.json()
        assert set(statistics["segments"]) == {"a", "b"}


async def test_the_secret_comes_from_the_environment_unless_it_is_given():
    async with _serving() as base_url:
        assert await _sign_in(base_url, "from-the-environment") == 200
        assert await _sign_in(base_url, "demo-secret") == 401
    async with _serving("--client-secret", "given", in_a_shell="SECRET") as base_url:
        assert await _sign_in(base_url, "given") == 200
        assert await _sign_in(base_url, "from-the-environment") == 401


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--quota", "many"), "--quota"),
        (("--port", "70000"), "--port"),
        (("--quota-window", "rolling"), "--quota-window"),
        (("--transient-share", "2"), "transient_share"),
        (("--client-secret", ""), "client_secret"),
        (("--no-such-option",), "--no-such-option"),
        (("--tls-key", "key.pem"), "--tls-cert"),
    ],
)
def test_a_wrong_option_is_a_usage_error_that_names_it(arguments, named, capsys):
    assert main(arguments) == 64
    assert named in capsys.readouterr().err


async def test_an_address_in_use_is_a_configuration_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, complaints = await _run("--port", str(taken.getsockname()[1]))
    assert code == 78
    assert "cannot listen on 127.0.0.1 port" in complaints
    assert "Traceback" not in complaints


async def test_with_a_certificate_it_speaks_https_only(certificate):
    async with _serving("--tls-cert", str(certificate), shown=certificate) as base_url:
        assert base_url.startswith("https://")
        trusted = ssl.create_default_context(cafile=certificate)
        async with (
            aiohttp.ClientSession() as session,
            session.get(base_url + "/healthz", ssl=trusted) as answer,
        ):
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(base_url + "/healthz")
            with pytest.raises(aiohttp.ClientError):
                await session.get(base_url.replace("https", "http") + "/healthz")


async def test_what_it_accepted_survives_a_kill(tmp_path, person):
    state, log = tmp_path / "tenant.state", tmp_path / "requests.jsonl"
    files = ("--state", str(state), "--request-log", str(log))

    async def submitted(base_url):
        async with aiohttp.ClientSession(base_url) as session:
            form = {
                "grant_type": "client_credentials",
                "client_id": "demo-client",
                "client_secret": "demo-secret",
            }
            async with session.post("/oauth/token", data=form) as answer:
                token = (await answer.json())["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "key"}
            contacts = {"contacts": [{"fields": person()}]}
            path = "/api/v2/contactlists/demo-list/import"
            async with session.post(path, json=contacts, headers=headers) as answer:
                return answer.status

    for status, number in ((202, signal.SIGKILL), (200, signal.SIGTERM)):
        program = await _start(*files)
        line = await asyncio.wait_for(program.stdout.readline(), 30)
        assert await submitted(line.decode().split()[-1]) == status
        program.send_signal(number)
        await asyncio.wait_for(program.communicate(), 10)
    assert program.returncode == 0
    assert len(log.read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("flag", "content", "said"),
    [
        ("--tls-cert", "no certificate", "--tls-cert"),
        ("--tls-cert", None, "No such file"),
        ("--state", "no state\n" * 200, "of another program"),
        ("--state", None, "No such file"),
        ("--request-log", None, "No such file"),
    ],
)
async def test_a_file_that_cannot_be_used_is_a_configuration_error(flag, content, said, tmp_path):
    path = tmp_path / ("nowhere/file" if content is None else "file")
    if content is not None:
        path.write_text(content)
    code, output, complaints = await _run(flag, str(path))
    assert (code, output) == (78, "")
    assert flag in complaints
    assert said in complaints
    assert "Traceback" not in complaints
