import random
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.journal_events import chunk_events_in, replay

from cxone_async.journal.events import kind_of
from cxone_async.journal.lifecycle import Settled, SettledAs
from cxone_async.journal.store import JOURNAL_NAME

pytestmark = pytest.mark.slow

RECORDING_PROCESS = Path(__file__).with_name("recording_process.py")
LIVES = 6


def live_and_be_killed(directory: Path, after_lines: int) -> list[tuple[str, str]]:
    """Kill the process when it has acknowledged so many events; return all that it did."""
    with subprocess.Popen(
        [sys.executable, str(RECORDING_PROCESS), str(directory)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after_lines)]
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode == -9
    return [(chunk_id, kind) for chunk_id, kind in (line.decode().split() for line in lines)]


def test_a_process_that_is_killed_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[tuple[str, str]] = []
    ends: dict[str, tuple] = {}
    chance = random.Random(20)
    for _ in range(LIVES):
        acknowledged += live_and_be_killed(tmp_path, chance.randrange(1, 60))
        events = chunk_events_in(tmp_path / JOURNAL_NAME)
        recorded = [(event.chunk_id, kind_of(type(event))) for event in events]
        assert len(set(recorded)) == len(recorded)  # each event stands there once
        assert set(acknowledged) <= set(recorded)
        replay(events)  # raises when they contradict each other
        now = {event.chunk_id: event.settlements for event in events if isinstance(event, Settled)}
        assert ends.items() <= now.items()  # what was settled stays as it was
        ends = now
    settled_as_by_row = {end.settled_as for chunk in ends.values() for end in chunk}
    assert settled_as_by_row == {SettledAs.IMPORTED, SettledAs.UNRESOLVED}
