"""What the command line loads before it says that it was not used rightly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SLOW_TO_LOAD = {
    "aiofiles", "aiohttp", "aiolimiter", "asyncio", "email_validator", "jinja2", "numba", "numpy",
    "phonenumbers", "rapidfuzz", "rich", "sqlite3", "structlog", "yarl",
}  # fmt: skip

QUICK = {
    "the version": (["--version"], 0, "0."),
    "the version by a word": (["version"], 0, "0."),
    "the help by a word": (["help"], 0, "Commands:"),
    "an unknown command": (["improt"], 64, "Did you mean 'import'?"),
    "an unknown flag of the whole": (["--nope"], 64, "--nope"),
    "an unknown flag of a command": (["import", "in.csv", "--nope"], 64, "--nope"),
    "a missing argument": (["import"], 64, "CSV"),
    "a missing setting": (["import", "in.csv"], 64, "--list-id"),
    "a word that is not accepted": (["plan", "in.csv", "--match", "fuzzy"], 64, "--match"),
    "a number that is not accepted": (["plan", "in.csv", "--threshold", "101"], 64, "--threshold"),
    "a quota that is not accepted": (["plan", "in.csv", "--quota", "fast"], 64, "--quota"),
    "a field that is not known": (["plan", "in.csv", "--map", "shoe=x"], 64, "shoe"),
    "a config file that is not there": (["plan", "in.csv", "--config", "no.toml"], 78, "no.toml"),
}


def started(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cxone_async", *arguments],
        capture_output=True, text=True, check=False, cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("CXONE_")},
    )  # fmt: skip


def loaded_by(ended: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("what", QUICK)
def test_the_version_and_usage_errors_load_nothing_that_is_slow_to_load(tmp_path, what):
    arguments, code, said = QUICK[what]
    ended = started(arguments, tmp_path)
    assert (ended.returncode, said in ended.stdout + ended.stderr) == (code, True), ended.stderr
    loaded = loaded_by(ended)
    assert "typer" in loaded
    assert loaded & SLOW_TO_LOAD == set()


@pytest.mark.parametrize("what", ["the version", "an unknown command"])
def test_no_settings_are_defined_before_a_command_is_known(tmp_path, what):
    assert "pydantic" not in loaded_by(started(QUICK[what][0], tmp_path))


@pytest.mark.parametrize(
    "command", ["verify", "report", "explain", "runs", "status", "compare", "purge", "prune"]
)
def test_commands_of_finished_runs_define_no_settings_for_a_wrong_flag(tmp_path, command):
    ended = started([command, "--nope"], tmp_path)
    assert ended.returncode == 64
    assert "pydantic" not in loaded_by(ended)


def test_no_plugin_of_another_package_is_looked_for(tmp_path, monkeypatch):
    about = tmp_path / "loud-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pydantic]\nloud = loud:plugin\n")
    (tmp_path / "loud.py").write_text("print('loud')\nplugin = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    ended = started(["plan", "in.csv", "--threshold", "101"], tmp_path)
    assert (ended.returncode, "loud" in ended.stdout) == (64, False)
