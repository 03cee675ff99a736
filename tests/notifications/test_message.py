"""How the end of a run is written, signed, and where it may go."""

import hmac
import json
from base64 import b64decode, b64encode

import pytest

from cxone_async.cli.termination import MOST_BYTES, TerminationMessage, cut_bytes
from cxone_async.notifications.destination import NotifyFormat, checked_url, signing_key
from cxone_async.notifications.message import EndOfRun, body, one_line
from cxone_async.notifications.next_step import AFTER_STOP
from cxone_async.notifications.signature import webhook_headers

END = EndOfRun(
    command="import",
    happened="IMPORTED 12 of 14",
    exit_code=3,
    state="act",
    next_step="Correct 1 row. (rejects.csv)",
    run_id="abc",
    input_name="<!channel>.csv",
    list_id="list-1",
    rows_read=14,
    rows={"imported": 12, "failed": 2, "ready": 0},
)


def test_as_json_it_has_a_type_a_time_and_the_data():
    told = json.loads(body(END, NotifyFormat.JSON, "2026-11-30T01:02:03Z"))
    assert (told["type"], told["timestamp"]) == ("run.ended", "2026-11-30T01:02:03Z")
    assert told["data"]["rows"] == {"imported": 12, "failed": 2, "ready": 0}
    assert told["data"]["exit_code"] == 3


def test_for_slack_it_is_a_text_in_which_a_file_s_name_wakes_nobody():
    told = json.loads(body(END, NotifyFormat.SLACK, ""))
    assert list(told) == ["text"]
    assert told["text"].splitlines() == [
        ":warning: *IMPORTED 12 of 14*",
        "import of &lt;!channel&gt;.csv into list list-1",
        "14 rows read, 12 imported, 2 failed",
        "exit code 3",
        "Next: Correct 1 row. (rejects.csv)",
        "Run abc",
    ]


def test_as_one_line_it_says_what_happened_counts_code_and_next_step():
    assert one_line(END) == (
        "import: IMPORTED 12 of 14 | 14 rows read, 12 imported, 2 failed | exit code 3 | "
        "next: Correct 1 row. (rejects.csv)"
    )


def test_the_termination_log_is_replaced_where_it_is_there_and_never_made(tmp_path):
    path = tmp_path / "termination-log"
    message = TerminationMessage(path)
    message.begin(["import"])
    message.note(END)
    message.write(3)
    assert not path.exists()
    path.write_text("of an earlier start, which was longer than all that is said now" * 9)
    message.write(0)
    assert path.read_text() == f"{one_line(END)}\n".replace("exit code 3", "exit code 0")
    message.begin(["verify"])
    message.note_stop("a damaged file", 65)
    message.write(65)
    assert "damaged" not in path.read_text()


def test_the_line_is_no_longer_than_kubernetes_keeps():
    line = cut_bytes("\u00fc" * 5_000)
    assert len(line) <= MOST_BYTES == 4096
    assert line.decode().endswith("...\n")


def test_every_exit_code_of_a_stop_has_a_next_step():
    assert set(AFTER_STOP) == {4, 64, 65, 66, 69, 70, 73, 75, 77, 78}


def test_it_is_signed_as_standard_webhooks_says():
    # The example of the reference libraries.
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = webhook_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', key
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    digest = hmac.digest(b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
    assert "webhook-signature" not in webhook_headers("msg_1", 1, b"", None)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.com/T0/B0/x,y", "http://127.0.0.1:9/x", "http://[::1]/x",
     "http://localhost/", "HTTPS://example.com"],
)  # fmt: skip
def test_a_url_is_https_or_loopback(url):
    assert checked_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/tok3n", "ftp://127.0.0.1/tok3n", "https://", "https:///tok3n",
     "https://a:99999/tok3n", "http://127.0.0.1\\@example.com/tok3n", "https://a/tok3n#b",
     "https://a/tok 3n", "tok3n", "http://127.0.0.1@example.com/tok3n"],
)  # fmt: skip
def test_any_other_url_is_refused_and_not_repeated(url):
    with pytest.raises(ValueError, match=r"^not ") as raised:
        checked_url(url)
    assert "tok3n" not in str(raised.value)


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!"])
def test_a_secret_that_is_none_is_refused(secret):
    with pytest.raises(ValueError, match="whsec_ and the base64"):
        signing_key(secret)
