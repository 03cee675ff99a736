"""The real process in other trouble than a kill: signals, a full disk, a second process."""

import os
import random
import signal
import socket
from pathlib import Path

import pytest

from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.verification import verify

pytestmark = pytest.mark.slow

LATENCY = ("--import-latency-s", "0.4", "--import-latency-sigma", "0.4")


@pytest.mark.parametrize("semantics", ["at-most-once", "idempotent"])
def test_stopped_at_any_moment_once_or_twice_the_run_goes_on(victim, semantics):
    chance = random.Random(f"signals {semantics}")
    run = victim(*LATENCY, "--transient-share", "0.1", concurrency=2)
    codes = [75]
    while codes[-1] not in (0, 3) and len(codes) < 5:
        again_s = chance.choice([None, 0.0, 0.2])
        number = chance.choice([signal.SIGTERM, signal.SIGHUP])
        codes.append(run.live_until_stopped(semantics, chance.uniform(0.0, 2.0), again_s, number))
        files = (run.run_dir / "reconciliation.csv").exists()
        # A second signal may come when the first has done its work and the handler is gone.
        stopped = (75,) if again_s is None else (75, -number)
        assert codes[-1] in (0, 3, *stopped)
        assert files == (codes[-1] in (0, 3))
    run.audit(run.live(semantics))


def test_stopped_while_a_tenant_keeps_silent_at_the_start_it_ends_soon(victim):
    run = victim()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run.base_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with run.start("at-most-once") as process:
            silent.settimeout(30)
            connection, _ = silent.accept()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 75
            connection.close()
    assert not (run.run_dir / JOURNAL_NAME).exists()


def test_stopped_while_it_gives_the_files_their_names_the_run_counts_as_finished(victim, wait_for):
    run = victim(stall_at="outcomes.csv")
    with run.start("at-most-once") as process:
        wait_for(process, (run.run_dir / "outcomes.csv").exists)
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    requests = run.statistics()["requests"]["total"]
    run.audit(code)
    run.stall_at = ""
    assert (run.live("at-most-once"), run.statistics()["requests"]["total"]) == (0, requests)


def test_stopped_while_it_looks_at_the_files_of_a_finished_run_it_ends_and_the_next_goes_on(
    victim, wait_for
):
    run = victim()
    code = run.live("at-most-once")
    outcomes = run.run_dir / "outcomes.csv"
    written = outcomes.read_bytes()
    os.truncate(outcomes, 1 << 35)  # a sparse file: takes a minute to read, and no space
    with run.start("at-most-once") as process:
        handles = Path(f"/proc/{process.pid}/fd")
        wait_for(process, lambda: outcomes in map(Path.resolve, handles.iterdir()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 75
    os.truncate(outcomes, 0)
    assert run.audit(run.live("at-most-once"))["imported"] == run.sendable
    assert (code, outcomes.read_bytes()) == (0, written)


@pytest.mark.parametrize("killed", [0, 1])
def test_when_a_preparing_child_is_killed_the_run_is_resumable(victim, wait_for, killed):
    run = victim(sendable=6000, chunk_size=100)
    with run.start("idempotent") as process:
        wait_for(process, (run.run_dir / JOURNAL_NAME).exists)
        children = wait_for(process, lambda: both(run.children(process)))
        signal.pidfd_send_signal(children[killed], signal.SIGKILL)
        run.see_them_end(children)
        assert process.wait(30) == 75
    run.take_stock()
    assert "preparing process was killed by signal 9" in (run.directory / "log").read_text()
    assert run.audit(run.live("idempotent"))["imported"] == 6000


def both(children):
    return children if len(children) == 2 else ()


@pytest.mark.parametrize("loss", ["log gone", "log cut", "journal gone"])
def test_a_journal_that_lost_its_end_is_refused_until_somebody_accepts_that(victim, loss):
    run = victim(*LATENCY, sendable=200)
    assert run.live("at-most-once", ("accepted.settled", "after", "4")) == -signal.SIGKILL
    named = {sent.row for chunk in run.chunks().values() for sent in chunk.rows}
    before = ends_by_row(run)
    journal, log = run.run_dir / JOURNAL_NAME, run.run_dir / f"{JOURNAL_NAME}-wal"
    if loss == "log cut":
        os.truncate(log, log.stat().st_size // 2)
    else:
        log.unlink()
    if loss == "journal gone":
        journal.unlink()
    run.settled.clear()  # it was settled, and its record went with the journal's end
    submits = run.statistics()["requests"]["by_kind"]["submit"]
    assert [run.live("at-most-once"), run.live("at-most-once")] == [78, 78]
    assert run.statistics()["requests"]["by_kind"]["submit"] == submits
    assert "has lost its end" in (run.directory / "log").read_text()

    accepting = ("--accept-journal-loss",)
    assert run.live("at-most-once", ("new.intended", "after", "2"), *accepting) == -signal.SIGKILL
    assert run.live("at-most-once") == 3  # accepted once is enough
    truth = run.statistics(full=True)["contacts"]
    taken = [contact["fields"]["email"] for contact in truth.values()]
    assert len(taken) == len(set(taken)), "somebody was imported twice"
    assert verify(run.run_dir, run.input) == ()
    for row in run.outcomes:
        number = int(row["row"])
        is_sent = row["outcome"] not in ("invalid", "suppressed", "duplicate")
        if row["reason"] == "journal_lost":
            assert number <= max(named)
        elif is_sent and number > max(named):
            assert row["outcome"] in ("imported", "unresolved")
        elif row["outcome"] == "imported":
            assert before[number] in ("imported", "")
    lost = [row for row in run.outcomes if row["reason"] == "journal_lost"]
    assert (len(lost) > 0, {row["outcome"] for row in lost}) == (True, {"unresolved"})


def ends_by_row(run):
    ends = dict.fromkeys(range(1, len(run.emails) + 1), "")
    for chunk in run.chunks().values():
        ends |= {end.row: end.settled_as.value for end in chunk.settlements}
    return ends


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", ["1", "2", "9"])
def test_killed_at_the_head_of_the_journal_the_run_goes_on(victim, when, nth):
    run = victim(*LATENCY)
    assert run.live("idempotent", ("journal.head", when, nth)) == -signal.SIGKILL
    assert run.audit(run.live("idempotent"))["imported"] == run.sendable


def test_of_two_that_start_at_once_one_does_the_work(victim):
    run = victim(*LATENCY)
    with run.start("at-most-once") as one, run.start("at-most-once") as other:
        codes = sorted([one.wait(60), other.wait(60)])
    assert codes == [0, 75]
    assert run.audit(0)["imported"] == run.sendable
    assert "is in use by process" in (run.directory / "log").read_text()


@pytest.mark.parametrize("semantics", ["at-most-once", "idempotent"])
def test_a_disk_that_is_full_stops_the_run_and_the_next_goes_on(victim, semantics, file_size_limit):
    run = victim(*LATENCY, sendable=400)
    with file_size_limit(100_000):
        process = run.start(semantics)
    with process:
        assert process.wait(60) == 73
    run.take_stock()
    assert not (run.run_dir / "reconciliation.csv").exists()
    run.audit(run.live(semantics))


def test_a_run_stopped_with_its_whole_group_leaves_no_process_behind(victim, wait_for):
    run = victim(*LATENCY)
    with run.start("at-most-once") as process:
        children = wait_for(process, lambda: run.children(process))
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(30) == 75
    run.see_them_end(children)
