"""`--json`: one document on standard output, however the command ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cxone_async import __version__

pytestmark = pytest.mark.slow

HEADER = "phone,email,first_name,last_name,country,dnc\n"
GOOD = "+12025550101,ada@example.com,Ada,Abbott,US,\n"
BAD = "12,zed@example.com,Zed,Zorn,US,\n"


def written(tmp_path, *rows):
    path = tmp_path / "input.csv"
    path.write_text(HEADER + "".join(rows))
    return str(path)


def document(ended, command):
    """Return the only thing on standard output."""
    assert ended.out.count("\n") == 1
    assert ended.out.endswith("\n")
    found = json.loads(ended.out)
    assert list(found) == ["command", "version", "exit_code", "result", "error"]
    assert (found["command"], found["version"]) == (command, __version__)
    assert found["exit_code"] == ended.code
    return found


def target(tenant):
    return (
        "--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id", "demo-campaign",
        "--segment-id", "demo-segment", "--quota", "0", "--run-dir", "run",
    )  # fmt: skip


def test_an_import_answers_with_its_reconciliation_and_the_next_steps(
    command, shared_tenant, tmp_path
):
    path = written(tmp_path, GOOD, BAD)
    found = document(command("import", path, "--json", *target(shared_tenant)), "import")
    result = found["result"]
    assert (found["exit_code"], found["error"]) == (0, None)
    assert result["headline"] == "IMPORTED 1 of 2"
    assert result["run_directory"] == str(tmp_path / "run")
    assert [step["file"] for step in result["next_steps"]] == ["rejects.csv"]
    assert result["reconciliation"] == json.loads(Path("run/reconciliation.json").read_text())
    assert result["reconciliation"]["successfully_imported"] == 1
    assert result["log_lines_lost"] == 0


def test_a_plan_that_a_guard_would_stop_answers_with_result_and_guard(command, tmp_path):
    path = written(tmp_path, GOOD, BAD, BAD)
    found = document(command("plan", path, "--json", "--run-dir", "p"), "plan")
    assert (found["exit_code"], found["error"]) == (4, None)
    guard = found["result"]["reconciliation"]["guard"]
    assert "invalid" in guard["message"]


def test_an_import_that_a_guard_stops_says_the_reasons(command, shared_tenant, tmp_path):
    path = written(tmp_path, GOOD, BAD, BAD)
    found = document(command("import", path, "--json", *target(shared_tenant)), "import")
    assert (found["exit_code"], found["result"]) == (4, None)
    (reason,) = found["error"]["reasons"]
    assert (reason["reason"], reason["rows"], reason["first_rows"]) == (
        "phone_not_possible",
        2,
        [2, 3],
    )
    assert "--map phone=COLUMN" in reason["way_out"]


def test_verify_answers_whether_it_passed_and_what_contradicts(command, tmp_path):
    path = written(tmp_path, GOOD)
    command("plan", path, "--run-dir", "p")
    found = document(command("verify", "p", path, "--json"), "verify")
    whole = {"passed": True, "contradictions": [], "edited": [], "kept": []}
    assert found["result"] == whole
    rejects = Path("p/rejects.csv")
    rejects.write_text(f"{rejects.read_text()}corrected\n")
    Path("p/review.edited-1.csv").touch()
    ended = command("verify", "--json", "p", path)
    found = document(ended, "verify")["result"]
    edited, kept = found.pop("edited"), found.pop("kept")
    assert (ended.code, found) == (0, {"passed": True, "contradictions": []})
    assert edited[0].startswith("rejects.csv was edited after the run")
    assert kept[0].startswith("review.edited-1.csv is kept: review.csv was edited after the run")
    outcomes = Path("p/outcomes.csv")
    outcomes.write_text(outcomes.read_text().replace("ready", "imported"))
    ended = command("verify", "--json", "p", path)
    found = document(ended, "verify")
    assert (ended.code, found["result"]["passed"]) == (65, False)
    assert found["result"]["contradictions"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import", "no-such.csv", "--json", "--tenant", "t", "--list-id", "l"], 64, "campaign"),
        (["plan", "no-such.csv", "--json"], 66, "there is no such file"),
        (["plan", "--json", "x.csv", "--match", "fuzzy"], 64, "corroborated"),
        (["plan", "x.csv", "--quota", "-1", "--json"], 64, "--quota"),
        (["plan", "x.csv", "--no-such-flag", "--json"], 64, "--no-such-flag"),
        (["plan", "--json"], 64, "CSV"),
        (["verify", "nowhere", "x.csv", "--json"], 66, "nowhere"),
        (["explain", "nowhere", "1", "--json"], 66, "nowhere"),
        (["explain", "nowhere", "one", "--json"], 64, "ROW"),
    ],
)
def test_a_command_that_ends_early_says_why(command, arguments, code, said):
    ended = command(*arguments)
    found = document(ended, arguments[0])
    assert (ended.code, found["result"]) == (code, None)
    assert said in found["error"]["message"]
    assert ended.err  # what a person reads stays on standard error


def test_an_internal_error_is_a_document_without_its_text(command, tmp_path, monkeypatch):
    from cxone_async.commands import plan

    def defect(*_arguments, **_named):
        raise ZeroDivisionError("+12025550101")

    monkeypatch.setattr(plan, "reconcile", defect)
    found = document(command("plan", written(tmp_path, GOOD), "--json"), "plan")
    assert (found["exit_code"], "ZeroDivisionError" in found["error"]["message"]) == (70, True)
    assert "2025550101" not in json.dumps(found)


def test_help_is_help_and_a_command_without_documents_knows_no_such_flag(command):
    ended = command("plan", "--json", "--help")
    assert (ended.code, "Usage:" in ended.out) == (0, True)
    assert command("plan", "--", "--json").code == 66
    ended = command("report", "run", "--json")
    assert (ended.code, ended.out) == (64, "")


@pytest.mark.parametrize("after_s", [0.0, 0.4])
def test_a_command_that_a_signal_stops_says_so(tmp_path, after_s):
    fifo = tmp_path / "input.csv"
    os.mkfifo(fifo)
    program = subprocess.Popen(
        [sys.executable, "-m", "cxone_async", "plan", str(fifo), "--json", "--run-dir", "p"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    caught = f"{1 << (signal.SIGTERM - 1):x}"
    status = Path(f"/proc/{program.pid}/status")
    while time.monotonic() < deadline:
        masks = [line.split()[1] for line in status.read_text().splitlines() if "SigCgt" in line]
        if int(masks[0], 16) & int(caught, 16):
            break
    time.sleep(after_s)
    program.send_signal(signal.SIGTERM)
    out, _ = program.communicate(timeout=20)
    found = json.loads(out)
    assert (program.returncode, found["exit_code"], found["result"]) == (75, 75, None)
    assert "SIGTERM" in found["error"]["message"]
