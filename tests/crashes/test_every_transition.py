"""The real process is killed before and after every transition of the journal's tables.

Each process is killed at its place, and the next one resumes the run. At its end the run is audited
against the tenant's own record.
"""

import signal

import pytest

from cxone_async.journal.events import kind_of
from cxone_async.journal.lifecycle import TRANSITIONS
from cxone_async.journal.segments import SEGMENT_TRANSITIONS
from cxone_async.report.files import FILE_NAMES

pytestmark = pytest.mark.slow

IDEMPOTENT, AT_MOST_ONCE = "idempotent", "at-most-once"
REFUSALS = ("--transient-share", "0.1", "--permanent-share", "0.08", "--import-latency-s", "0.1")
"""With these options a tenant refuses the same contacts in every run."""


def both_sides(*places: str) -> list[tuple[str, str]]:
    return [(place, when) for place in places for when in ("before", "after")]


SENT_AGAIN = both_sides(
    "run_started",
    "new.intended",
    "sending.intended",
    "in_doubt.intended",
    "in_doubt.accepted",
    "sending.accepted",
    "accepted.settled",
)
SEGMENT_AND_END = both_sides(
    "new.segment_intended",
    "adding.segment_intended",
    "adding.segment_added",
    "outcomes.csv",
    "reconciliation.csv",
    "run_finished",
)
NEVER_SENT_AGAIN = both_sides(
    "new.intended", "sending.settled", "sending.accepted", "accepted.settled"
)
THROTTLED = both_sides("sending.bounced", "unsent.intended")
TOKEN_EXPIRED = both_sides("in_doubt.bounced")
GIVEN_UP = both_sides("in_doubt.settled")
REFUSED = both_sides("adding.segment_refused")


def test_the_chains_below_pass_every_row_of_both_tables_on_both_sides():
    rows = {
        f"{state}.{kind_of(event)}"
        for table in (TRANSITIONS, SEGMENT_TRANSITIONS)
        for state, event in table
    }
    chains = [
        SENT_AGAIN,
        SEGMENT_AND_END,
        NEVER_SENT_AGAIN,
        THROTTLED,
        TOKEN_EXPIRED,
        GIVEN_UP,
        REFUSED,
    ]
    assert set(both_sides(*rows)) <= {each for chain in chains for each in chain}


def lives_end(victim, semantics, chain):
    for place, when in chain:
        code = victim.live(semantics, (place, when, "1"))
        assert code == -signal.SIGKILL, f"{place} was not passed; exit code {code}"


@pytest.mark.parametrize("chain", [SENT_AGAIN, SEGMENT_AND_END], ids=["chunks", "the end"])
def test_sent_again_under_its_key_nobody_is_lost_doubled_or_unresolved(
    victim, chain, undisturbed_story
):
    killed = victim(*REFUSALS)
    lives_end(killed, IDEMPOTENT, chain)
    code = killed.live(IDEMPOTENT)
    counts = killed.audit(code)
    assert counts["imported"] > counts["failed"] > 0
    assert killed.story == undisturbed_story(*REFUSALS)


def test_never_sent_again_exactly_what_a_kill_left_in_doubt_is_unresolved(
    victim, undisturbed_story
):
    killed = victim(*REFUSALS)
    lives_end(killed, AT_MOST_ONCE, NEVER_SENT_AGAIN)
    counts = killed.audit(killed.live(AT_MOST_ONCE))
    assert counts["unresolved"] >= killed.chunk_size
    assert [
        (one, other)
        for one, other in zip(killed.story, undisturbed_story(*REFUSALS), strict=True)
        if one != other and "unresolved" not in one
    ] == []


def test_throttled_submissions_are_told_from_those_in_doubt(victim):
    killed = victim("--throttle-share", "0.4", chunk_size=4)
    lives_end(killed, IDEMPOTENT, THROTTLED)
    killed.audit(killed.live(IDEMPOTENT))


def test_a_token_that_expires_while_the_intent_is_written_leaves_what_is_in_doubt_in_doubt(victim):
    killed = victim("--token-lifetime-s", "1", "--import-latency-s", "0.1", concurrency=1)
    lives_end(killed, IDEMPOTENT, [("new.intended", "after")])
    killed.stall_at = "sending.intended"
    lives_end(killed, IDEMPOTENT, TOKEN_EXPIRED[:1])
    killed.stall_at = "in_doubt.intended"
    lives_end(killed, IDEMPOTENT, TOKEN_EXPIRED[1:])
    killed.stall_at = ""
    killed.audit(killed.live(IDEMPOTENT))


def test_what_was_sent_twice_and_then_given_up_is_unresolved(victim):
    killed = victim(*REFUSALS)
    lives_end(killed, IDEMPOTENT, [("new.intended", "after"), ("sending.intended", "after")])
    lives_end(killed, AT_MOST_ONCE, GIVEN_UP)
    assert killed.audit(killed.live(AT_MOST_ONCE))["unresolved"] > 0


def test_a_segment_that_is_refused_stays_refused(victim):
    killed = victim("--closed-segment-id", "demo-segment")
    lives_end(killed, AT_MOST_ONCE, REFUSED)
    code = killed.live(AT_MOST_ONCE)
    counts = killed.audit(code)
    assert (code, counts["failed"] + counts["unresolved"]) == (3, 0)


def test_a_run_that_finished_sends_nothing_and_leaves_the_same_bytes(victim):
    killed = victim(*REFUSALS)
    lives_end(killed, IDEMPOTENT, [("new.intended", "after"), ("run_finished", "after")])
    files = {path.name: path.read_bytes() for path in killed.run_dir.iterdir()}
    requests = killed.statistics()["requests"]["total"]
    for missing in ("report.html", "outcomes.csv", "reconciliation.csv"):
        (killed.run_dir / missing).unlink()
        killed.audit(killed.live(IDEMPOTENT))
        again = {path.name: path.read_bytes() for path in killed.run_dir.iterdir()}
        assert {name for name in again if again[name] != files.get(name)} <= {"journal.db", "lock"}
    assert killed.statistics()["requests"]["total"] == requests


def test_killed_while_it_writes_the_files_of_a_finished_run_again_it_writes_them_the_next_time(
    victim,
):
    killed = victim(*REFUSALS)
    code = killed.live(IDEMPOTENT)
    files = {name: (killed.run_dir / name).read_bytes() for name in FILE_NAMES}
    (killed.run_dir / "review.csv").unlink()
    lives_end(killed, IDEMPOTENT, both_sides("outcomes.csv", "reconciliation.csv"))
    killed.audit(killed.live(IDEMPOTENT))
    assert {name: (killed.run_dir / name).read_bytes() for name in FILE_NAMES} == files
    assert code == 3
