"""`config show`: what is in force, from where, and no secret."""

import tomllib

import pytest

pytestmark = pytest.mark.slow

FILE = """
quota = 60
tenant = "acme"
map = {phone = ["Mobile", "Home Phone"]}

[profile.staging]
base_url = "https://user:hush-hush@staging.example/?key=hush-hush"
list_id = "trial"
campaign_id = "C"
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def origins(text):
    return {
        line.partition(" = ")[0]: line.rpartition("  # ")[2]
        for line in text.splitlines()
        if " = " in line
    }


def test_each_setting_is_shown_with_where_it_comes_from(command, config, monkeypatch):
    monkeypatch.setenv("CXONE_THRESHOLD", "90")
    ended = command("config", "show", "--config", str(config), "--profile", "staging")
    assert ended.code == 0, ended.err
    where = origins(ended.out)
    assert where["quota"] == f"config file {config}"
    assert where["list_id"] == f"config file {config}, profile staging"
    assert where["threshold"] == "CXONE_THRESHOLD"
    assert where["chunk_size"] == "default"
    assert "tenant" not in where
    assert "# tenant is not set" in ended.out.splitlines()
    shown = tomllib.loads(ended.out)
    assert (shown["quota"], shown["threshold"], shown["chunk_size"]) == (60, "90", 500)
    assert shown["map"] == {"phone": ["Mobile", "Home Phone"]}


def test_no_secret_is_shown(command, config):
    ended = command("config", "show", "--config", str(config), "--profile", "staging")
    assert "hush-hush" not in ended.out + ended.err
    assert 'base_url = "https://***@staging.example/?***"' in ended.out
    (line,) = [line for line in ended.out.splitlines() if "client_secret is" in line]
    assert line.split("  # ")[1] == "CXONE_CLIENT_SECRET"  # `command` checks that its value is not


def test_what_is_missing_is_said_and_the_exit_code_is_that_of_the_command(command):
    ended = command("config", "show", "import")
    assert ended.code == 64
    assert "# list_id is missing" in ended.out
    assert "missing --list-id, --campaign-id, either --tenant or --base-url" in ended.err
    ended = command("config", "show", "evaluate")
    assert (ended.code, "missing --truth" in ended.err) == (64, True)


def test_what_is_wrong_is_said_with_where_it_stands(command, monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "fast")
    ended = command("config", "show", "plan")
    assert (ended.code, "CXONE_QUOTA: neither auto nor" in ended.err) == (78, True)


def test_variables_that_nobody_reads_are_named(command, monkeypatch):
    monkeypatch.setenv("CXONE_COLOUR", "blue")
    ended = command("config", "show", "plan")
    assert "# CXONE_COLOUR is no setting: nothing reads it" in ended.out
    assert "blue" not in ended.out


def test_what_is_shown_is_a_file_that_sets_the_same(command, tmp_path, monkeypatch):
    monkeypatch.setenv("CXONE_SUPPRESS", "a.txt,b.txt")
    monkeypatch.setenv("CXONE_MAP", "phone=Tel 1")
    first = command("config", "show", "plan")
    path = tmp_path / "shown.toml"
    path.write_text(first.out)
    monkeypatch.delenv("CXONE_SUPPRESS")
    monkeypatch.delenv("CXONE_MAP")
    again = command("config", "show", "plan", "--config", str(path))
    assert (first.code, again.code) == (0, 0), again.err
    assert tomllib.loads(again.out) == tomllib.loads(first.out)
    assert tomllib.loads(again.out)["suppress"] == "a.txt,b.txt"
