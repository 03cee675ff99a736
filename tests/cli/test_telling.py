"""The end of a command reaches whoever is to be told, and changes nothing else."""

import hmac
import http.server
import json
import socketserver
import threading
from base64 import b64encode

import pytest

from cxone_async.cli import termination
from cxone_async.cli.termination import TerminationMessage
from cxone_async.notifications.destination import signing_key

pytestmark = pytest.mark.slow

CSV = "phone,email,first_name\n+12025550101,ada@example.com,Ada\n12,short@example.com,S\n"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def hook():
    """A server that keeps what it is sent."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/tok3n", received
        server.shutdown()


@pytest.fixture
def line(tmp_path, monkeypatch):
    path = tmp_path / "termination-log"
    path.touch()
    message = TerminationMessage(path)
    for module in ("cxone_async.cli.main", "cxone_async.cli.ending", "cxone_async.cli.telling"):
        monkeypatch.setattr(f"{module}.termination_message", lambda: message)
    assert str(termination.TERMINATION_LOG) == "/dev/termination-log"
    return path


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text(CSV)
    return str(path)


def target(tenant):
    return ("--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id",
            "demo-campaign", "--quota", "0", "--run-dir", "run")  # fmt: skip


def test_an_import_is_told_signed_and_in_the_termination_log(
    command, shared_tenant, hook, line, csv, monkeypatch
):
    url, received = hook
    monkeypatch.setenv("CXONE_NOTIFY_SECRET", SECRET)
    monkeypatch.setenv("CXONE_NOTIFY", f"{url}/a,{url}/b")
    ended = command("import", csv, *target(shared_tenant), "--log-level", "debug")
    assert ended.code == 0, ended.err
    assert {path for path, _, _ in received} == {"/tok3n/a", "/tok3n/b"}
    _, headers, body = received[0]
    data = json.loads(body)["data"]
    assert (data["happened"], data["exit_code"], data["state"]) == ("IMPORTED 1 of 2", 0, "good")
    assert (data["rows_read"], data["rows"]["imported"], data["rows"]["invalid"]) == (2, 1, 1)
    assert data["input_name"] == "leads.csv"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(signing_key(SECRET), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
    assert line.read_text().startswith(
        "import: IMPORTED 1 of 2 | 2 rows read, 1 imported, 1 invalid | exit code 0 | next: "
    )
    assert "tok3n" not in ended.out + ended.err
    assert "MfKQ9" not in ended.out + ended.err


def test_a_stop_is_told_with_its_exit_code(command, shared_tenant, hook, line, csv):
    url, received = hook
    ended = command(
        "import", csv, *target(shared_tenant), "--min-rows", "9", "--notify", url,
        "--notify-format", "slack",
    )  # fmt: skip
    assert ended.code == 4
    ((_, _, body),) = received
    assert "exit code 4" in json.loads(body)["text"]
    assert "exit code 4" in line.read_text()


def test_a_receiver_that_is_not_there_changes_no_exit_code_and_is_not_named(
    command, hook, csv, unused_tcp_port
):
    ended = command("plan", csv, "--notify", f"http://127.0.0.1:{unused_tcp_port}/tok3n")
    assert ended.code == 0
    assert "notification_not_sent" in ended.err
    assert "tok3n" not in ended.out + ended.err


def test_a_usage_error_is_in_the_termination_log(command, line, csv):
    ended = command("import", csv)
    assert ended.code == 64
    assert line.read_text().endswith(
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
