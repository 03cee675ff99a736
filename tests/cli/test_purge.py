"""`purge` as a person and a program read it, and what other commands say afterwards."""

import json
import os

import pytest

from cxone_async.cli.purge_lines import purge_lines
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.printable import printable
from cxone_async.runs.purge import Purged
from cxone_async.runs.purge_record import RemovedFile

ROWS = (
    "phone,email,first_name,last_name,country\n"
    "+12025550101,zqemail@example.com,Zqfirst,Zqlast,US\n"
    "12,zqemail@example.com,Zqfirst,Zqlast,US\n"
)


@pytest.fixture
def runs(command, tmp_path):
    """`runs/a`, a finished plan of marked rows."""
    (tmp_path / "leads.csv").write_text(ROWS)
    assert command("plan", "leads.csv", "--run-dir", "runs/a").code == 0
    return tmp_path / "runs"


def answer(ended):
    assert ended.out.count("\n") == 1
    return json.loads(ended.out)


def test_what_goes_is_said_before_and_after_with_files_and_bytes(command, runs):
    size = sum(
        path.stat().st_size for path in (runs / "a").iterdir()
        if path.name.partition(".")[0] not in {"lock", "report", "reconciliation", "SHA256SUMS"}
    )  # fmt: skip
    would = command("purge", "runs/a", "--dry-run")
    assert would.code == 0
    assert would.out.startswith(f"WOULD PURGE  {runs}/a: to remove ")
    assert f" files, {size:,} bytes\n" in would.out
    assert (runs / "a" / "rejects.csv").exists()
    done = command("purge", "runs/a")
    assert done.code == 0
    assert done.out == would.out.replace("WOULD PURGE", "PURGED").replace("to remove", "removed")
    assert "      rejects.csv  " in done.out
    for path in runs.rglob("*"):
        assert path.is_dir() or b"zq" not in path.read_bytes().lower()


def test_the_document_has_the_same_and_what_was_left_alone_ends_with_3(command, runs):
    (runs / "a" / "call these").write_text("zq")
    ended = command("purge", "runs/a", "--json")
    document = answer(ended)
    assert (ended.code, document["exit_code"], document["error"]) == (3, 3, None)
    result = document["result"]
    assert result["left"] == ["call these, which no run makes"]
    assert result["removed_files"] == len(result["removed"])
    assert result["removed_bytes"] == sum(one["size_bytes"] for one in result["removed"])
    assert {len(one["sha256"]) for one in result["removed"]} == {64}
    assert "! left alone, and may hold personal data: call these" in command("purge", "runs/a").out


def test_every_command_says_in_words_that_the_run_was_purged(command, runs):
    assert command("purge", "runs/a").code == 0
    status = command("status", "runs/a")
    assert (status.code, status.out.splitlines()[0]) == (
        0, "PURGED  its rows were removed; what is told here is kept",
    )  # fmt: skip
    assert "total_input           2" in status.out
    listed = command("runs", "runs")
    assert (listed.code, "1 directory: 1 purged" in listed.out) == (0, True)
    report = command("report", "runs/a")
    assert (report.code, "was purged on" in report.err) == (0, True)
    assert report.out == "runs/a/report.html\n"
    for words, code in (
        (("verify", "runs/a", "leads.csv"), 66),
        (("explain", "runs/a", "1"), 66),
        (("plan", "leads.csv", "--run-dir", "runs/a"), 78),
        (("compare", "runs/a", "runs/a"), 0),
    ):
        ended = command(*words)
        assert (ended.code, "Traceback" in ended.err) == (code, False), words
        assert code == 0 or "was purged on" in ended.err


def test_refusals_have_their_codes_and_remove_nothing(command, runs):
    before = {path.name for path in (runs / "a").iterdir()}
    (runs / "link").symlink_to("a")
    for name, said in (
        ("runs", "it holds no run"), ("runs/link", "is a link"), ("runs/link/", "is a link"),
        ("runs/none", "no such run directory"), (".", "it holds no run"),
    ):  # fmt: skip
        ended = command("purge", name, "--all", "--unfinished")
        assert (ended.code, said in ended.err) == (66, True), name
    with RunDirectoryLease.acquire(runs / "a"):
        ended = command("purge", "runs/a", "--unfinished", "--json")
    assert (ended.code, answer(ended)["result"]) == (75, None)
    for name in ("reconciliation.json", "reconciliation.csv"):
        (runs / "a" / name).unlink()
    ended = command("purge", "runs/a")
    assert (ended.code, "--unfinished" in ended.err) == (78, True)
    assert {path.name for path in (runs / "a").iterdir()} == before - {
        "reconciliation.json", "reconciliation.csv",
    }  # fmt: skip


def test_all_removes_the_directory_one_stands_in(command, runs):
    os.chdir(runs / "a")
    assert command("purge", ".", "--all").code == 0
    os.chdir(runs)
    assert list(runs.iterdir()) == []


def test_names_that_a_terminal_would_act_on_are_written_out():
    hostile = "a\x1b[2J\nb"
    purged = Purged(
        directory=f"/runs/{hostile}", is_dry_run=False,
        removed=(RemovedFile("rejects.csv", 1_000, ""),), kept=(), left=(hostile,),
    )  # fmt: skip
    lines = purge_lines(purged, None)
    assert all(line == printable(line) for line in lines)
    assert lines[0].endswith("removed 1 file, 1,000 bytes")


def test_lines_for_a_terminal_are_broken_between_words_and_no_path_is():
    name = "nightly-callback-list-of-2026-11-30"
    purged = Purged(
        directory=f"/runs/{name * 3}", is_dry_run=True, removed=(), kept=("report.html",) * 9,
        left=(f"{name} that somebody has put there by hand.csv, which no run makes",),
    )  # fmt: skip
    lines = purge_lines(purged, 80)
    assert [line for line in lines if len(line) > 80] == [f"      {purged.directory}:"]
    assert " ".join(" ".join(lines).split()) == " ".join(
        " ".join(purge_lines(purged, None)).split()
    )
