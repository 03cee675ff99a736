"""The end of a command reaches whoever is to be told, and changes nothing else."""

import hmac
import json
import os
import select
import signal
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest

from cxone_async.notifications.destination import signing_key

pytestmark = pytest.mark.slow

CSV = "phone,email,first_name\n+12025550101,ada@example.com,Ada\n12,short@example.com,S\n"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text(CSV)
    return str(path)


def target(tenant):
    return ("--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id",
            "demo-campaign", "--quota", "0", "--run-dir", "run")  # fmt: skip


def test_an_import_is_told_signed_and_in_the_termination_log(
    command, shared_tenant, hook, termination_log, csv, monkeypatch
):
    url, received = hook
    monkeypatch.setenv("CXONE_NOTIFY_SECRET", SECRET)
    monkeypatch.setenv("CXONE_NOTIFY", f"{url}/a,{url}/b")
    ended = command("import", csv, *target(shared_tenant), "--log-level", "debug")
    assert ended.code == 0, ended.err
    assert {path for path, _, _ in received} == {"/tok3n/a", "/tok3n/b"}
    _, headers, body = received[0]
    data = json.loads(body)["data"]
    assert (data["happened"], data["exit_code"], data["state"]) == ("IMPORTED 1 of 2", 0, "act")
    assert (data["rows_read"], data["rows"]["imported"], data["rows"]["invalid"]) == (2, 1, 1)
    assert data["input_name"] == "leads.csv"
    assert data["run_directory"] == str(Path("run").absolute())
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(signing_key(SECRET), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
    assert termination_log.read_text().startswith(
        "import: IMPORTED 1 of 2 | 2 rows read, 1 imported, 1 invalid | exit code 0 | next: "
    )
    assert "tok3n" not in ended.out + ended.err
    assert "MfKQ9" not in ended.out + ended.err


def test_a_stop_is_told_with_its_exit_code(command, shared_tenant, hook, termination_log, csv):
    url, received = hook
    ended = command(
        "import", csv, *target(shared_tenant), "--min-rows", "9", "--notify", url,
        "--notify-format", "slack",
    )  # fmt: skip
    assert ended.code == 4
    ((_, _, body),) = received
    assert "exit code 4" in json.loads(body)["text"]
    assert "exit code 4" in termination_log.read_text()


def test_a_receiver_that_is_not_there_changes_no_exit_code_and_is_not_named(
    command, hook, csv, unused_tcp_port
):
    ended = command("plan", csv, "--notify", f"http://127.0.0.1:{unused_tcp_port}/tok3n")
    assert ended.code == 0
    assert "notification_not_sent" in ended.err
    assert "tok3n" not in ended.out + ended.err


def test_a_usage_error_is_in_the_termination_log(command, termination_log, csv):
    ended = command("import", csv)
    assert ended.code == 64
    assert termination_log.read_text().endswith(
        "| exit code 64 | next: Correct the command or its settings.\n"
    )


@pytest.mark.parametrize("url", ["http://example.com/tok3n", "tok3n"])
def test_a_wrong_url_is_refused_and_not_repeated(command, csv, monkeypatch, tmp_path, url):
    file = tmp_path / "urls"
    file.write_text(url)
    ends = [
        command("plan", csv, "--notify", url),
        command("plan", csv, "--notify-file", str(file)),
    ]
    monkeypatch.setenv("CXONE_NOTIFY", url)
    ends.append(command("plan", csv))
    assert [ended.code for ended in ends] == [64, 78, 78]
    assert all("tok3n" not in ended.out + ended.err for ended in ends)


def wait_for(happened):
    deadline_s = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline_s
        select.select([], [], [], 0.02)


@pytest.fixture
def sending(start_tenant, csv, tmp_path):
    """`sending("--notify", url)`: an import as a process of its own, which waits for its tenant."""
    with start_tenant("--import-latency-s", "600") as tenant:
        processes = []

        def start(*arguments):
            environment = {
                **{name: value for name, value in os.environ.items() if name[:6] != "CXONE_"},
                "CXONE_CLIENT_ID": "demo-client",
                "CXONE_CLIENT_SECRET": tenant.secret,
            }
            process = subprocess.Popen(
                [sys.executable, "-m", "cxone_async", "import", csv, *target(tenant), *arguments],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path, text=True,
                env=environment,
            )  # fmt: skip
            processes.append(process)
            wait_for(lambda: tenant.statistics()["requests"]["by_kind"].get("poll"))
            return process

        yield start
        for process in processes:
            process.kill()
            process.communicate()


def test_a_run_that_sigterm_stops_is_told_before_it_ends_with_75(sending, hook):
    url, received = hook
    process = sending("--notify", url)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 75
    ((_, _, body),) = received
    data = json.loads(body)["data"]
    assert (data["exit_code"], data["state"], data["rows_read"]) == (75, "bad", 2)
    happened = data["happened"]
    assert happened.startswith("NOT FINISHED, ")
    assert happened.endswith(" wait: stopped by SIGTERM; run the same command to resume")
    assert f"cxone-async: {happened}\n" in said or json.dumps(happened) in said
    assert data["next_step"] == "Run the same command again. It resumes."
    assert "notification_sent" in said


def test_a_receiver_that_is_silent_keeps_a_stopped_run_for_no_longer_than_its_grace(sending, hook):
    url, received = hook
    process = sending("--notify", f"{url}/silent", "--grace", "1.5")
    began_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 75
    assert len(received) == 1  # the first of three tries alone would last 4 s
    assert '"tries":1,"status":0,"error_type":"TimeoutError"' in said
    assert time.monotonic() - began_s < 10  # 15 s without a grace


def test_a_second_signal_gives_up_telling_at_once(sending, hook):
    url, received = hook
    process = sending("--notify", f"{url}/silent", "--grace", "60")
    process.send_signal(signal.SIGTERM)
    wait_for(lambda: received)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 75
    assert len(received) == 1
    assert '"tries":1,"status":0,"error_type":"CancelledError"' in said


@pytest.mark.parametrize("given", ["variable", "file"])
@pytest.mark.parametrize("secret", ["s3cr3t", "whsec_s3cr3t", "whsec_c2hvcnQ=", "whsec_c2hvcnQ!"])
def test_a_malformed_signing_secret_is_refused_before_anything_is_sent(
    command, shared_tenant, hook, csv, monkeypatch, tmp_path, secret, given
):
    url, received = hook
    arguments = ("import", csv, *target(shared_tenant), "--notify", url)
    if given == "variable":
        monkeypatch.setenv("CXONE_NOTIFY_SECRET", secret)
    else:
        (tmp_path / "secret").write_text(secret)
        arguments = (*arguments, "--notify-secret-file", str(tmp_path / "secret"))
    before = shared_tenant.requests
    ended = command(*arguments)
    assert (ended.code, received, shared_tenant.requests) == (78, [], before)
    assert "not whsec_ and the base64 of 24 to 64 bytes" in ended.err
    assert secret not in ended.out + ended.err
    assert not (tmp_path / "run").exists()
