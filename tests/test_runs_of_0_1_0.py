"""Run directories that version 0.1.0 wrote: they resume, verify, explain and report.

How they were made, and what is in them: fixtures/make_runs_of_0_1_0.py.
"""

import csv
import fcntl
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from fixtures.journal_events import (
    chunk_events_in,
    events_in,
    pages_read,
    replay,
    segment_events_in,
)
from fixtures.make_runs_of_0_1_0 import DIRECTORY, HOST, KILLED_SETTINGS, PORTS, SEGMENT, TARGET

from cxone_async.journal.lifecycle import ChunkEvent, ChunkState


@pytest.fixture
def old_run(tmp_path, monkeypatch):
    """`old_run("finished")`: go into a copy of the case's directory; return its run directory."""

    def copy(case):
        monkeypatch.chdir(shutil.copytree(DIRECTORY / case, tmp_path / case))
        return Path("run")

    return copy


@pytest.fixture
def tenant(start_tenant):
    """A tenant at the address that the killed run was begun with; it knows nobody yet."""
    lock = Path(tempfile.gettempdir(), f"cxone-async-tests-{PORTS['killed']}.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # other tests of this machine wait for the address
        with start_tenant("--host", HOST, "--port", str(PORTS["killed"])) as tenant:
            yield tenant


def import_again(case):
    """The command that began the run, as somebody calls it a second time."""
    settings = {"finished": SEGMENT, "killed": KILLED_SETTINGS}[case]
    url = f"http://{HOST}:{PORTS[case]}"
    return ["import", "contacts.csv", "--base-url", url, *TARGET, *settings, "--run-dir", "run"]


def table(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def reconciliation(run):
    return dict(csv.reader((run / "reconciliation.csv").read_text().splitlines()))


def facts(run):
    names = ("outcomes.csv", "rejects.csv", "unresolved.csv", "review.csv", "reconciliation.csv")
    return {name: without_newer_columns((run / name).read_bytes()) for name in names}


def without_newer_columns(content):
    """Cut what 0.1.0 did not have: `external_id` and `repairs`, which these runs leave empty, and
    what follows the score in review.csv.
    """
    if content.startswith(b"row,resembles_row,"):
        return b"".join(b",".join(line.split(b",")[:4]) + b"\n" for line in content.splitlines())
    if not content.startswith(b"row,line,outcome,") or b",external_id,repairs\n" not in content:
        return content
    return content.replace(b",external_id,repairs\n", b"\n").replace(b",,\n", b"\n")


def test_the_killed_run_is_one_that_stopped_in_its_middle(old_run):
    journal_path = old_run("killed") / "journal.db"
    assert segment_events_in(journal_path) == []
    states = [chunk.state for chunk in replay(chunk_events_in(journal_path)).values()]
    assert states == [*[ChunkState.SETTLED] * 3, ChunkState.SENDING]


@pytest.mark.parametrize("case", ["finished", "planned"])
def test_a_finished_run_verifies(command, old_run, case):
    ended = command("verify", str(old_run(case)), "contacts.csv")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("case", ["finished", "planned"])
def test_a_duplicate_is_explained(command, old_run, case):
    run = old_run(case)
    one = next(row for row in table(run / "outcomes.csv") if row["outcome"] == "duplicate")
    ended = command("explain", str(run), one["row"], "--input", "contacts.csv")
    assert ended.code == 0
    assert f"row {one['row']} is dropped as a repeat of row {one['duplicate_of']}" in ended.out


@pytest.mark.parametrize(
    ("case", "said"), [("finished", "IMPORTED 118 of 149"), ("planned", "READY 131 of 149")]
)
def test_the_report_is_written_again(command, old_run, case, said):
    run = old_run(case)
    (run / "report.html").unlink()
    assert command("report", str(run)).code == 0
    assert said in (run / "report.html").read_text()


def test_a_finished_import_has_nothing_left_to_do_and_asks_nobody(command, old_run):
    run = old_run("finished")
    before = facts(run)
    ended = command(*import_again("finished"))  # where nobody listens
    assert ended.code == 3  # as it ended then: some rows failed
    assert "IMPORTED 118 of 149" in ended.out
    assert "files_intact" in ended.err
    assert facts(run) == before


@pytest.mark.slow
def test_the_files_of_a_finished_import_come_back_as_they_were_without_a_request(command, old_run):
    run = old_run("finished")
    before = facts(run)
    (run / "outcomes.csv").unlink()
    assert command(*import_again("finished")).code == 3
    assert facts(run) == before


@pytest.mark.slow
def test_a_finished_plan_is_made_again_with_the_same_outcomes(command, old_run):
    run = old_run("planned")
    before = facts(run)["outcomes.csv"]
    assert command("plan", "contacts.csv", "--dnc-enabled", "--run-dir", "run").code == 0
    assert facts(run)["outcomes.csv"] == before


@pytest.mark.slow
def test_a_killed_import_is_resumed_to_its_end_and_nobody_is_sent_twice(command, old_run, tenant):
    run = old_run("killed")
    begun = events_in(run / "journal.db")
    with pages_read() as pages:
        ended = command(*import_again("killed"), "--chunk-size", "40")
    assert pages == [0, 0, len(begun)]  # what was begun, and the one pass over the journal
    assert ended.code == 3  # the chunk that was being sent ends unresolved
    logged = [json.loads(line) for line in ended.err.splitlines()]
    assert [one["resumed"] for one in logged if one["event"] == "run_started"] == [True]
    told = reconciliation(run)
    assert (told["data_integrity_check"], told["unresolved"]) == ("PASS", "40")
    starts = json.loads((run / "reconciliation.json").read_text())["starts"]
    assert starts == {"count": 2, "cut_short": 0, "are_added_up": False}
    assert "this start only" in ended.out  # that version noted nothing of what it used
    assert command("verify", str(run), "contacts.csv").code == 0

    outcomes = {int(row["row"]): row["outcome"] for row in table(run / "outcomes.csv")}
    assert {"duplicate", "suppressed", "invalid"} < set(outcomes.values())
    before = {
        sent.row
        for chunk in replay(event for event in begun if isinstance(event, ChunkEvent)).values()
        for sent in chunk.rows
    }
    assert {outcomes[row] for row in before} == {"imported", "unresolved"}
    emails = [one["email"] for one in table("contacts.csv")]
    wanted = [
        emails[row - 1]
        for row, outcome in outcomes.items()
        if outcome == "imported" and row not in before
    ]
    taken = tenant.statistics(full=True)["contacts"].values()
    assert sorted(one["fields"]["email"] for one in taken) == sorted(wanted)
