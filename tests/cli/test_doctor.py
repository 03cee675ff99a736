"""`doctor` as a person meets it."""

import json

import pytest

pytestmark = pytest.mark.slow


def test_it_says_what_is_missing_and_where_to_get_it(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CXONE_CLIENT_SECRET")
    ended = command("doctor", "--tenant", "acme", "--list-id", "l", "--campaign-id", "c")
    assert ended.code == 64
    assert "failed      settings      missing CXONE_CLIENT_SECRET or --client-secret-file" in (
        ended.out
    )
    assert "-> it is shown once" in ended.out
    assert ended.out.endswith("1 failed; no contact was sent\n")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_it_asks_the_tenant_and_answers_in_json(command, shared_tenant):
    arguments = (
        "doctor", "--base-url", shared_tenant.base_url, "--campaign-id", "demo-campaign",
        "--segment-id", "demo-segment", "--quota", "0", "--json",
    )  # fmt: skip
    ended = command(*arguments, "--list-id", "demo-list")
    document = json.loads(ended.out)
    assert (ended.code, document["result"]["passed"], document["error"]) == (0, True, None)
    ended = command(*arguments, "--list-id", "another")
    document = json.loads(ended.out)
    assert (ended.code, document["result"]["passed"]) == (78, False)
    failed = [one for one in document["result"]["checks"] if one["state"] == "failed"]
    assert [one["check"] for one in failed] == ["list"]
    ended = command("doctor", "--tenant", "a b", "--json")
    assert (ended.code, "--tenant" in json.loads(ended.out)["error"]["message"]) == (64, True)


def test_two_settings_for_one_thing_are_refused(command):
    for one, other in (("--base-url", "--tenant"), ("--client-id-file", "--client-id")):
        ended = command("doctor", one, "a", other, "b")
        assert (ended.code, f"give either {other} or {one}, not both" in ended.err) == (64, True)


def test_it_goes_the_way_that_an_import_would_go(command, tmp_path):
    """It advises --proxy, so it has to take it, and whatever else leads to the tenant."""
    (tmp_path / "no.pem").write_text("no certificate")
    for flag, value, said in (
        ("--proxy", "http://127.0.0.1:9", "to the proxy"),
        ("--ca-file", str(tmp_path / "no.pem"), "no.pem"),
        ("--client-cert-file", str(tmp_path / "no.pem"), "no.pem"),
        ("--client-key-file", str(tmp_path / "no.pem"), "--client-key-file needs"),
    ):
        ended = command("doctor", "--base-url", "https://127.0.0.1:9", "--json", flag, value)
        assert "has no flag" not in ended.out
        assert said in ended.out
