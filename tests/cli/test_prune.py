"""`prune` as a person and a program read it, and what it refuses."""

import json

import pytest

from cxone_async.cli.prune_lines import prune_lines
from cxone_async.printable import printable
from cxone_async.runs.prune import Pruned, PrunedRun, PruneResult
from cxone_async.runs.purge import Purged
from cxone_async.runs.purge_record import RemovedFile

ROWS = (
    "phone,email,first_name,last_name,country\n"
    "+12025550101,zqa@example.com,Zqfirst,Zqlast,US\n"
    "12,zqb@example.com,Zqfirst,Zqlast,US\n"
)


@pytest.fixture
def runs(command, tmp_path):
    """`runs/old`, a plan that ended in January, and `runs/new`, one of today."""
    (tmp_path / "leads.csv").write_text(ROWS)
    for name in ("old", "new"):
        assert command("plan", "leads.csv", "--run-dir", f"runs/{name}").code == 0
    path = tmp_path / "runs" / "old" / "reconciliation.json"
    result = json.loads(path.read_bytes())
    result["run"]["started_at"] = "2026-01-05T02:03:04+00:00"
    result["duration_s"] = 60
    path.write_text(json.dumps(result))
    return tmp_path / "runs"


def test_what_went_is_a_table_with_its_size_and_what_stays_is_counted(command, runs):
    would = command("prune", "runs", "--older-than", "30d", "--dry-run")
    assert (runs / "old" / "rejects.csv").exists()
    done = command("prune", "runs", "--older-than", "30d")
    assert (would.code, done.code) == (0, 0)
    assert would.out.startswith(f"WOULD PRUNE  {runs}: 1 run that ended before 20")
    first, heading, row, kept = done.out.splitlines()
    assert first.startswith(f"PRUNED  {runs}: 1 run that ended before 20")
    assert first.endswith(" bytes freed")
    assert heading.split() == ["FILES", "BYTES", "ENDED", "(UTC)", "RUN"]
    assert row.split()[2:] == ["2026-01-05", "02:04", "old"]
    assert row.split()[1] in first
    assert kept == "kept  1 younger"
    assert not (runs / "old" / "rejects.csv").exists()
    assert (runs / "new" / "rejects.csv").exists()
    again = command("prune", "runs", "--older-than", "30d")
    assert again.out.splitlines()[1] == "kept  1 younger, 1 purged before"
    assert command("prune", "runs", "--older-than", "4w", "--all").code == 0
    assert [path.name for path in runs.iterdir()] == ["new"]


def test_the_document_has_each_run_and_the_sums_and_3_says_that_something_stays(command, runs):
    (runs / "old" / "call these").write_text("zq")
    ended = command("prune", "runs", "--older-than", "48h", "--json")
    assert ended.out.count("\n") == 1
    document = json.loads(ended.out)
    assert (ended.code, document["exit_code"], document["error"]) == (3, 3, None)
    result = document["result"]
    assert [(one["directory"], one["result"]) for one in result["runs"]] == [
        ("old", "purged"), ("new", "younger"),
    ]  # fmt: skip
    assert result["runs"][0]["ended_at"] == "2026-01-05T02:04:04Z"
    removed = result["runs"][0]["purged"]["removed"]
    assert (result["purged_runs"], result["removed_files"]) == (1, len(removed))
    assert result["removed_bytes"] == sum(one["size_bytes"] for one in removed)
    ended = command("prune", "runs", "--older-than", "48h")
    assert ended.code == 3
    assert "! old: left alone, and may hold personal data: call these" in ended.out


@pytest.mark.parametrize(
    "age", ["0d", "-1d", "30", "d", "", "1.5d", "30m", "30D", "30 d", "1d2h", "\u0663d", "100000d",
            "1e3h", "30d\n"],
)  # fmt: skip
def test_an_age_that_is_none_is_refused_with_what_is_accepted(command, runs, age):
    ended = command("prune", "runs", f"--older-than={age}")
    assert ended.code == 64
    for words in ("--older-than takes a whole number", "h for hours", "such as 30d", "not "):
        assert words in ended.err
    assert (runs / "old" / "rejects.csv").exists()


def test_without_an_age_nothing_is_removed(command, runs):
    ended = command("prune", "runs")
    assert (ended.code, "--older-than" in ended.err) == (64, True)
    assert (runs / "old" / "rejects.csv").exists()


@pytest.mark.parametrize("age", ["1h", "030d", "4w", "99999h"])
def test_ages_in_hours_days_and_weeks_are_taken(command, runs, age):
    assert command("prune", "runs", "--older-than", age, "--dry-run").code == 0


def test_a_place_that_is_none_has_its_code(command, runs):
    for place, words in (("runs/old", "is a run directory itself"), ("none", "is no directory")):
        ended = command("prune", place, "--older-than", "30d", "--all", "--unfinished")
        assert (ended.code, words in ended.err) == (66, True)


def test_names_that_a_terminal_would_act_on_are_written_out_and_lines_fit():
    hostile = "a\x1b[2J\nb"
    purged = Purged(
        directory=f"/runs/{hostile}", is_dry_run=False, kept=(), left=(hostile,),
        removed=(RemovedFile("rejects.csv", 1_000, ""),),
    )  # fmt: skip
    pruned = Pruned(
        root=f"/{hostile}", ended_before="2026-10-31T22:00:00Z", is_dry_run=False,
        runs=(
            PrunedRun(directory=hostile, result=PruneResult.PURGED, purged=purged),
            *(PrunedRun(directory=hostile, result=one, said=hostile * 20) for one in PruneResult),
        ),
    )  # fmt: skip
    lines = prune_lines(pruned, 80)
    assert all(line == printable(line) for line in lines)
    assert " ".join(lines).count("kept  1 younger, 1 purged before, 1 running") == 1


def test_what_retention_removed_stands_in_the_summary_and_changes_no_exit_code(command, runs):
    (runs / "old" / "call these").write_text("zq")
    ended = command("plan", "leads.csv", "--run-dir", "runs/next", "--retention-days", "30")
    assert ended.code == 0
    (line,) = [one for one in ended.out.splitlines() if one.startswith("older runs")]
    assert line.split("  ")[-1].strip().startswith("1 purged, ")
    assert line.endswith(" bytes freed; something was left alone in 1, such as old")
    assert not (runs / "old" / "rejects.csv").exists()
    assert (runs / "new" / "rejects.csv").exists()
    again = command(
        "plan", "leads.csv", "--run-dir", "runs/new/inner", "--retention-days", "30", "--json"
    )
    assert again.code == 0
    said = json.loads(again.out)["result"]["older_runs"]
    assert said == "could not be purged (MissingInputError); look at the log"
    assert "older runs" not in command("plan", "leads.csv", "--run-dir", "runs/more").out


@pytest.mark.parametrize("days", ["0", "-1", "30d", "36501", ""])
def test_days_that_are_none_are_refused(command, runs, days):
    ended = command("plan", "leads.csv", "--run-dir", "runs/next", f"--retention-days={days}")
    assert (ended.code, "--retention-days" in ended.err) == (64, True)
    assert (runs / "old" / "rejects.csv").exists()
