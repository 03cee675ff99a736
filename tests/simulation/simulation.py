"""One seed from its first start to its end."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import audit
from durable import Durable
from network import OnItsWay
from record import Record, ViolationError, blame
from scenario import Scenario, StartPlan, scenario_of
from start import Start, entries_in
from tenant import Tenant

FAST_DISK = Path("/dev/shm")  # noqa: S108  as fast as memory; nothing secret in it


def simulate(seed: int) -> Record:
    """Run one seed to its end. Raises ViolationError, with the record so far as `record`."""
    scenario = scenario_of(seed)
    record = _run(scenario)
    if scenario.only_kills:
        undisturbed = replace(scenario, starts=(StartPlan(0.0),), resumed_when_finished=False)
        try:
            audit.check_as_undisturbed(record, _run(undisturbed))
        except ViolationError as violation:
            violation.record = record
            raise
    return record


def _run(scenario: Scenario) -> Record:
    record = Record(scenario, Tenant(scenario), Durable(blame))
    parent = FAST_DISK if FAST_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="cxone-simulation-", dir=parent) as place:
        try:
            _simulate(record, Path(place))
        except ViolationError as violation:
            violation.record = record
            raise
    return record


def _simulate(record: Record, place: Path) -> None:
    scenario = record.scenario
    (place / "in.csv").write_text(scenario.content)
    directory, now_s = place / "run", 0.0
    late: list[OnItsWay] = []
    rng = random.Random(f"{scenario.seed} between")
    accepts_loss = False
    for number, plan in enumerate(scenario.starts):
        start = Start(record, number, plan, directory, now_s, accepts_loss=accepts_loss)
        for each in late:
            start.network.send_late(each)
        code = start.execute()
        accepts_loss = accepts_loss and code is None  # it may have died before it wrote that down
        record.requests += start.network.requests
        directory, late = start.left_directory, start.late
        record.exits.append(-9 if code is None else code)
        record.history.append(f"{number} ended {code}")
        audit.check_start(record, start, code, directory)
        if code in (0, 3):
            audit.check_finished(record, start, directory, place / "in.csv", code)
            if scenario.resumed_when_finished:
                _resume_finished(record, directory, number, start.ended_s, code)
            return
        now_s = start.ended_s + rng.choice((1.0, 2.0, 10.0, 100.0))
        if start.has_lost_its_end:
            record.journal_has_lost_its_end(payload for (payload,) in entries_in(directory))
            refused = Start(record, number, StartPlan(0.0), directory, now_s)
            audit.check_refused_for_loss(refused, refused.execute())
            accepts_loss = True
    raise ViolationError("run-finishes", f"the last start, without a fault, ended with {code}")


def _resume_finished(
    record: Record, directory: Path, number: int, ended_s: float, code: int
) -> None:
    """Start twice more: with all files in place, and with one of them missing."""
    written = audit.bytes_of_files(directory)
    rng = random.Random(f"{record.scenario.seed} after the end")
    for again, missing in enumerate(("", rng.choice(audit.FILES)), start=1):
        if missing:
            (directory / missing).unlink()
        start = Start(record, number + again, StartPlan(0.0), directory, ended_s + 60.0 * again)
        ended = start.execute()
        if ended != code:
            raise ViolationError("finished-stays", f"it ended with {code}, resumed with {ended}")
        if start.network.requests:
            raise ViolationError("finished-stays", "a finished run sent a request when resumed")
        if start.rows_handed_on and missing in ("", "report.html"):
            raise ViolationError("finished-stays", "a finished run with its files was prepared")
        after = audit.bytes_of_files(directory)
        changed = [name for name in written if written[name] != after[name]]
        if changed:
            raise ViolationError("finished-stays", f"resumed when finished, it changed {changed}")
