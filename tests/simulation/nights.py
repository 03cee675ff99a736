"""Several nights with one ledger: what the tenant took, against what the generator knows.

A seed draws three to five nights of one list, and what goes wrong. Each night has a run directory
and a file of its own: the same people again, more, fewer, in another order or spelling, a row of
last night that was wrong and is corrected, somebody else under the same phone, somebody who asked
not to be called. A start is killed at any step or commit, loses the end of its journal, or meets
faults of the wire. It is resumed, at once or after a later night, or never; its directory may be
gone, another job may have the ledger, the clock may be set back. The last night is undisturbed, and
has everybody.

The machine, the wire and the tenant are those of the simulation of one run, with its checks while
a run goes on. In addition must hold, by the tenant's record alone:

    nobody-twice     a person is taken once within `--ledger-days`. A clock that was set back makes
                     nobody older than the runs before
    nobody-missed    who was on a list and may be called has been taken after the last night, or
                     was refused in it, or is one of whom nobody can know
    never-called     on no night is a row sent that is wrong, or that asks not to be called
    ledger-is-one    while another job has the ledger, nothing is submitted
    last-night-ends  the last night, without a fault, finishes
"""

import random
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from durable import Durable
from faults import Target
from network import OnItsWay
from record import Record, ViolationError, blame
from scenario import EPOCH_S, HEADER, Row, Scenario, StartPlan, scenario_of
from simulation import FAST_DISK
from start import Start, entries_in
from tenant import Tenant

from cxone_async.durable.lease import RunDirectoryLease

DAY_S = 86_400.0
SLACK_S = 7_200.0
"""More than a clock that jumps while a run begins makes of its time."""

GIVEN = ("Ada", "Bea", "Cyrus", "Dora", "Emil", "Fay", "Gustav", "Hana", "Ivo", "June")
FAMILY = (
    "Abbott", "Bergmann", "Clark", "Duarte", "Eriksen", "Fontaine", "Grant", "Hoshino", "Ivanov",
    "Jansen",
)  # fmt: skip
PHONES = ("+1202555{:04}", "(202) 555-{:04}", "202.555.{:04}", "1-202-555-{:04}")
WIRE = frozenset(
    {
        "connection_refused", "reset_before_body", "reset_during_body", "reset_after_body",
        "request_lost", "answer_lost", "late_delivery", "body_cut", "status_429", "status_500",
        "status_503", "import_failed", "import_forgotten", "results_missing",
    }
)  # fmt: skip
COMMITS = (
    "killed_before_commit",
    "killed_after_commit",
    "killed_before_head",
    "killed_and_end_lost",
    "journal_write_fails",
    "journal_write_fails_durable",
)
PROCESS = ("killed", "drained", "stopped_at_once", "second_process", "clock_jumped")
FINISHED = (0, 3)
REFUSED = 78

NIGHTS = "nights"
HAPPENINGS = (
    "killed",
    "resumed",
    "end_lost",
    "loss_accepted",
    "directory_gone",
    "ledger_busy",
    "clock_set_back",
    "overtaken",
    "corrected",
    "refused_then_taken",
    "taken_again_when_old",
    "same_phone",
)
"""What has to happen in some seed of many, by name; otherwise the simulation has become weaker."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the generator knows them. `email` names them; several may have one phone."""

    email: str
    phone: int
    given: str
    family: str


@dataclass(frozen=True, slots=True)
class Night:
    """One night: its file, how its starts go wrong, and what happens after them."""

    rows: tuple[Row, ...]
    starts: tuple[StartPlan, ...]
    clock_set_by_s: float
    is_locked_at_first: bool
    loses_directory: bool
    resumes_night: int | None
    """An earlier night that is started again afterwards."""
    accepts_loss: bool


@dataclass(slots=True)
class Run:
    """What is known of one night's run."""

    record: Record
    night: Night
    directory: Path
    claims_s: list[float]
    """When its starts began, by the clock of the machine."""
    cannot_be_known: set[str]
    """People of whom only the ledger knows whether they may have been sent."""
    accepts_loss: bool = False
    has_lost_its_end: bool = False


def nights_of(seed: int) -> tuple[Scenario, int, tuple[Night, ...]]:
    """Return the tenant's habits and the settings, the days of the ledger, and the nights."""
    rng = random.Random(f"{seed} nights")
    people = _people(rng)
    tenant = replace(
        scenario_of(seed),
        rows=(),
        match="corroborated",
        semantics=rng.choice(("at-most-once", "idempotent")),
        chunk_size=rng.choice((1, 2, 3)),
        concurrency=rng.choice((1, 1, 2, 4)),
        quota=0,
        tenant_quota=0,
        segment=rng.random() < 0.2,
        latency=(0.0, 0.5),
        refusals=_refusals(rng, people),
        poison=frozenset(),
        not_segmentable=frozenset(),
        segment_limit=0,
        kinds=WIRE,
        piece_rows=100,
    )
    days = rng.choice((30, 30, 1, 2, 3))
    count = rng.choice((3, 3, 3, 4, 5))
    phones = {each.phone for each in people if rng.random() < 0.05}
    asked_not_to = {each.email for each in people if each.phone in phones}  # with their household
    nights: list[Night] = []
    listed: list[Person] = rng.sample(people, rng.randint(2, len(people)))
    ever: dict[str, Person] = {}
    for number in range(count):
        is_last = number == count - 1
        if number:
            listed = _changed(rng, listed, people)
        ever.update((each.email, each) for each in listed)
        rows = [
            _row(rng, each, asked_not_to, wrong=0.0 if is_last else 0.1)
            for each in (ever.values() if is_last else listed)
        ]
        if rng.random() < 0.2:
            rows.append(_row(rng, rng.choice(listed), asked_not_to, wrong=0.0))
        nights.append(
            Night(
                rows=tuple(rows),
                starts=(StartPlan(0.0),) if is_last else _starts(rng),
                clock_set_by_s=-DAY_S * rng.choice((1, 2, 4))
                if number and rng.random() < 0.25
                else 0.0,
                is_locked_at_first=rng.random() < 0.1,
                loses_directory=not is_last and rng.random() < 0.15,
                resumes_night=rng.randrange(number)
                if number and not is_last and rng.random() < 0.4
                else None,
                accepts_loss=rng.random() < 0.4,
            )
        )
    return tenant, days, tuple(nights)


def _people(rng: random.Random) -> list[Person]:
    people: list[Person] = []
    for number in range(rng.randint(4, len(GIVEN))):
        shares = people and rng.random() < 0.15
        phone = rng.choice(people).phone if shares else 100 + number
        people.append(Person(f"p{number}@example.com", phone, GIVEN[number], FAMILY[number]))
    return people


def _changed(rng: random.Random, listed: list[Person], people: list[Person]) -> list[Person]:
    """Return the next night's list: the same, another order, fewer, more, or others."""
    match rng.choice(("same", "order", "fewer", "more", "others")):
        case "order":
            return rng.sample(listed, len(listed))
        case "fewer":
            return rng.sample(listed, rng.randint(1, len(listed)))
        case "more":
            new = [each for each in people if each not in listed]
            return [*listed, *rng.sample(new, rng.randint(0, len(new)))]
        case "others":
            return rng.sample(people, rng.randint(1, len(people)))
        case _:
            return listed


def _row(rng: random.Random, who: Person, asked_not_to: set[str], *, wrong: float) -> Row:
    phone = rng.choice(PHONES).format(who.phone)
    email = rng.choice((who.email, who.email.upper(), f" {who.email} "))
    given = rng.choice((who.given, who.given, who.given.upper(), f"{who.given} "))
    family = rng.choice((who.family, who.family, who.family.lower()))
    if rng.random() < wrong:
        return Row(f"12,{email},{given},{family},US,\n", who.email, "invalid")
    if who.email in asked_not_to:
        return Row(f"{phone},{email},{given},{family},US,yes\n", who.email, "suppressed")
    return Row(f"{phone},{email},{given},{family},US,\n", who.email, "sent")


def _refusals(rng: random.Random, people: list[Person]) -> dict[str, tuple[str | None, ...]]:
    """Refuse some at first, for good or for a while; they are taken when they come again."""
    share = rng.choice((0.0, 0.1, 0.3))
    return {
        each.email: rng.choice((("DNC_LISTED",), ("BUSY",), ("BUSY", "DNC_LISTED")))
        for each in people
        if rng.random() < share
    }


def _starts(rng: random.Random) -> tuple[StartPlan, ...]:
    starts = [_start_gone_wrong(rng) for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    if not starts or rng.random() < 0.4:
        starts.append(StartPlan(0.0))
    return tuple(starts)


def _start_gone_wrong(rng: random.Random) -> StartPlan:
    rate = rng.choice((0.0, 0.05, 0.15))
    lot = rng.random()
    if lot < 0.45:
        return StartPlan(rate, killed_at_step=1 + int(10 ** rng.uniform(1.3, 2.8)))
    if lot < 0.75:
        nth = rng.choice((0, 1, 2, 2, 3, 3, 4, 5))
        return StartPlan(rate, target=Target(rng.choice(COMMITS), "journal", nth, 0))
    phase = rng.choice(("token", "submit", "submit", "poll"))
    return StartPlan(rate, target=Target(rng.choice(PROCESS), phase, rng.choice((1, 2)), 0))


class NightStart(Start):
    """A start on a disk with a ledger: a kill leaves all of the disk as it is, where it is."""

    def __init__(
        self, run: Run, number: int, plan: StartPlan, now_s: float, ledger_days: int
    ) -> None:
        super().__init__(
            run.record, number, plan, run.directory, now_s, accepts_loss=run.accepts_loss
        )
        self._ledger_days = ledger_days
        self._wall_clock_jump_s = run.night.clock_set_by_s
        run.claims_s.append(EPOCH_S + now_s + run.night.clock_set_by_s)

    def _input_of(self, directory: Path) -> Path:
        return directory.with_suffix(".csv")

    def _settings(self, directory: Path) -> dict[str, object]:
        ledger = {"ledger": directory.parent / "ledger.db", "ledger_days": self._ledger_days}
        return {**super()._settings(directory), **ledger}

    def _copy_of_disk(self) -> Path:
        disk = self._directory.parent
        shutil.copytree(
            disk, disk.with_name("left"), ignore=shutil.ignore_patterns("*-shm", "tmp*")
        )
        return disk.with_name("left") / self._directory.name

    def execute(self) -> int | None:
        code = super().execute()
        if self.was_killed:
            disk = self._directory.parent
            shutil.rmtree(disk)
            disk.with_name("left").rename(disk)
            self.left_directory = self._directory
        return code


def simulate_nights(seed: int) -> Record:
    """Run one seed to its end. Raises ViolationError, with the record so far as `record`."""
    scenario, ledger_days, nights = nights_of(seed)
    total = Record(scenario, Tenant(scenario), Durable(blame))
    parent = FAST_DISK if FAST_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="cxone-nights-", dir=parent) as place:
        try:
            Nights(total, Path(place) / "disk", ledger_days).run(nights)
        except ViolationError as violation:
            violation.record = total
            raise
    return total


class Nights:
    """The nights of one seed, and the judgement over them."""

    def __init__(self, total: Record, disk: Path, ledger_days: int) -> None:
        self._total = total
        self._disk = disk
        self._ledger_days = ledger_days
        self._runs: list[Run] = []
        self._late: list[OnItsWay] = []
        self._now_s = 0.0
        self._starts = 0
        disk.mkdir()

    def run(self, nights: tuple[Night, ...]) -> None:
        code: int | None = None
        for number, night in enumerate(nights):
            self._now_s = max(self._now_s + 600.0, number * DAY_S)
            run = self._new_run(number, night)
            if night.clock_set_by_s:
                self._happened("clock_set_back")
            if night.is_locked_at_first:
                self._start_beside_another_job(run)
            for plan in night.starts:
                code = self._start(run, plan)
                if code in FINISHED:
                    break
            self._judge_rows(run)
            if night.loses_directory and run.directory.exists():
                self._note_who_cannot_be_known(run)
                shutil.rmtree(run.directory)
                self._happened("directory_gone")
            if night.resumes_night is not None:
                earlier = self._runs[night.resumes_night]
                if earlier.directory.exists():
                    is_overtaken = self._start(earlier, StartPlan(0.0)) == REFUSED
                    if is_overtaken and not earlier.has_lost_its_end:
                        self._happened("overtaken")
        if code not in FINISHED:
            blame("last-night-ends", f"the last night, without a fault, ended with {code}")
        self._judge()

    def _new_run(self, number: int, night: Night) -> Run:
        scenario = replace(self._total.scenario, rows=night.rows)
        record = Record(
            scenario,
            self._total.tenant,
            Durable(blame),
            history=self._total.history,
            hits=self._total.hits,
        )
        directory = self._disk / f"night-{number}"
        directory.with_suffix(".csv").write_text(HEADER + "".join(row.line for row in night.rows))
        run = Run(record, night, directory, [], set())
        self._runs.append(run)
        return run

    def _start(self, run: Run, plan: StartPlan) -> int | None:
        if run.has_lost_its_end and not run.accepts_loss and run.night.accepts_loss:
            run.accepts_loss = True
            self._happened("loss_accepted")
            if not run.record.lost_rows:
                left = [payload for (payload,) in entries_in(run.directory)]
                run.record.journal_has_lost_its_end(left)
        if run.record.durable.state and not run.record.durable.finished:
            self._happened("resumed")
        start = NightStart(run, self._starts, plan, self._now_s, self._ledger_days)
        self._starts += 1
        for each in self._late:
            start.network.send_late(each)
        try:
            code = start.execute()
        finally:
            run.record.requests += start.network.requests
            self._total.requests += start.network.requests
        self._late = start.late
        self._now_s = start.ended_s + 10.0
        if code is None:
            self._happened("killed")
        if start.has_lost_its_end:
            self._happened("end_lost")
            run.has_lost_its_end = True
            run.accepts_loss = False
            self._note_who_cannot_be_known(run)
        self._total.steps = sum(each.record.steps for each in self._runs)
        self._total.exits.append(-9 if code is None else code)
        self._total.history.append(f"{self._starts} {run.directory.name} ended {code}")
        return code

    def _start_beside_another_job(self, run: Run) -> None:
        ledger = self._disk / "ledger.db"
        before = len(run.record.requests)
        with closing(_Held(RunDirectoryLease.acquire_file(ledger, "another job"))):
            code = self._start(run, StartPlan(0.0))
        sent = [each for each in run.record.requests[before:] if each.phase == "submit"]
        if sent or code in FINISHED:
            blame("ledger-is-one", f"{len(sent)} submissions, ended with {code}")
        self._happened("ledger_busy")

    def _note_who_cannot_be_known(self, run: Run) -> None:
        """Without its journal, all whom the ledger was told of may have been sent."""
        rows = run.night.rows
        run.cannot_be_known |= {rows[row - 1].email for row in self._rows_noted(run)}

    def _rows_noted(self, run: Run) -> list[int]:
        """Return the rows of a run that has not ended; what is in flight is the latest run's."""
        with tempfile.TemporaryDirectory(dir=self._disk.parent) as place:
            for path in self._disk.glob("ledger.db*"):
                shutil.copy(path, place)
            if not (Path(place) / "ledger.db").exists():
                return []
            with closing(sqlite3.connect(Path(place) / "ledger.db")) as connection:
                found = connection.execute(
                    "SELECT row FROM in_flight WHERE "
                    "(SELECT name FROM runs WHERE last_person IS NULL) = ?",
                    (run.directory.name,),
                )
                return [row for (row,) in found]

    def _happened(self, what: str) -> None:
        self._total.hits[what, NIGHTS] += 1

    # What must hold

    def _judge_rows(self, run: Run) -> None:
        may_be_sent = {row.email for row in run.night.rows if row.standing == "sent"}
        for request in run.record.requests:
            if wrong := set(request.emails) - may_be_sent:
                blame("never-called", f"{run.directory.name} sent {sorted(wrong)}")

    def _judge(self) -> None:
        night_of = {
            request.key: number
            for number, run in enumerate(self._runs)
            for request in run.record.requests
            if request.phase == "submit"
        }
        takes: dict[str, list[int]] = defaultdict(list)
        first_take: dict[int, int] = {}
        for at, each in enumerate(self._total.tenant.imports):
            for contact, (answer, _) in zip(each.contacts, each.answers, strict=True):
                if answer == "taken":
                    takes[contact["email"]].append(night_of[each.key])
                    first_take.setdefault(night_of[each.key], at)
        for email, nights in takes.items():
            for earlier, later in pairwise(nights):
                if self._is_too_soon(earlier, later, first_take):
                    blame("nobody-twice", f"{email} was taken on the nights {nights}")
            if len(nights) > 1:
                self._happened("taken_again_when_old")
        self._judge_missed(set(takes))
        self._count_who_was_taken(set(takes))

    def _is_too_soon(self, earlier: int, later: int, first_take: dict[int, int]) -> bool:
        """Say whether the earlier take, or a run before it, is not too old for the later run."""
        if earlier == later:
            return True
        since_s = max(self._runs[later].claims_s) - self._ledger_days * DAY_S + SLACK_S
        return any(
            min(self._runs[number].claims_s) >= since_s
            for number, at in first_take.items()
            if at <= first_take[earlier]
        )

    def _judge_missed(self, taken: set[str]) -> None:
        last = self._runs[-1]
        refused = {
            email for each in last.record.requests if each.processed for email in each.emails
        }
        excused = refused.union(*(_in_doubt(run) for run in self._runs))
        for row in last.night.rows:
            if row.standing == "sent" and row.email not in taken | excused:
                blame("nobody-missed", f"{row.email} was on the list and was never taken")

    def _count_who_was_taken(self, taken: set[str]) -> None:
        rows = [row for run in self._runs for row in run.night.rows]
        if taken & {row.email for row in rows if row.standing == "invalid"}:
            self._happened("corrected")
        if taken & set(self._total.scenario.refusals):
            self._happened("refused_then_taken")
        phones = {each["email"]: each["phone"] for each in self._total.tenant.taken.values()}
        if len(set(phones.values())) < len(phones):
            self._happened("same_phone")


def _in_doubt(run: Run) -> set[str]:
    """Return of whom a run did not learn whether they were taken."""
    durable, rows = run.record.durable, run.night.rows
    open_rows = {
        row
        for chunk, state in durable.state.items()
        if state in ("intended", "accepted")
        for row, _ in durable.rows[chunk]
    }
    open_rows |= {row for row, (end, *_) in durable.ends.items() if end == "unresolved"}
    return {rows[row - 1].email for row in open_rows} | run.cannot_be_known


class _Held:
    """A lease that another job has."""

    def __init__(self, lease: RunDirectoryLease) -> None:
        self._lease = lease

    def close(self) -> None:
        self._lease.release()
