"""One start of the command on the simulated machine, and the checks while it runs.

It runs all of `commands.import_contacts.run_import`: lease, journal, sign-in, limiter, client,
workers, segmenter, collector, files. Only preparation is done in place (`InlinePreparation`,
which its own tests compare with the child processes).
"""

import asyncio
import random
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import audit
from faults import HEAD, JOURNAL, PROCESS, Injector
from machine import EndlessError, SimulatedLoop
from network import Network
from record import Record, ViolationError
from scenario import EPOCH_S, StartPlan
from tenant import Request

from cxone_async.commands.environment import Environment, RunResult
from cxone_async.commands.import_contacts import run_import
from cxone_async.errors import (
    CannotWriteError,
    InterruptedRunError,
    RunDirectoryBusyError,
    RunError,
)
from cxone_async.load.counters import RunCounters
from cxone_async.load.guards import MINIMUM_ROWS
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.rows import Prepared
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.settings import ImportSettings
from cxone_async.testing.clock import StuckError
from cxone_async.testing.preparation import InlinePreparation

QUEUE_CHUNKS = 32
"""How far the producer may be ahead of the workers; from the design, not from the code."""

LONGEST_START_S = 40 * 3600.0

PAUSES_S = (5.0, 45.0, 320.0)
"""Shorter and longer than the timeouts of a request, and than the patience of a run."""


class Start:
    """One start of the command; the environment of its loop."""

    def __init__(
        self,
        record: Record,
        number: int,
        plan: StartPlan,
        directory: Path,
        now_s: float,
        *,
        accepts_loss: bool = False,
    ) -> None:
        scenario = record.scenario
        self._record = record
        self._plan = plan
        self._directory = directory
        self._number = number
        self._accepts_loss = accepts_loss
        self._rng = random.Random(f"{scenario.seed} start {number}")
        self.loop = SimulatedLoop(now_s, self._rng, LONGEST_START_S)
        self.loop.surroundings = self
        self._is_resumed = bool(record.durable.state)
        self._was_finished = record.durable.finished
        self.faults = Injector(
            target=plan.target,
            kinds=scenario.kinds,
            rate=plan.rate,
            is_resumed=self._is_resumed,
            rng=self._rng,
            hits=record.hits,
        )
        self.network = Network(
            self.loop,
            record.tenant,
            self.faults,
            self._rng,
            self._check_departure,
            self._strike,
            self._note,
            len(record.requests),
            number,
        )
        self._wall_clock_jump_s = 0.0
        self._run: RunStarted | None = None
        self._counters: RunCounters | None = None
        self._main: asyncio.Task[Any] | None = None
        self.rows_handed_on = 0
        self._commits = 0
        self._violation: ViolationError | None = None
        self._second_is_in = False
        self._sent_rows: set[str] = set()
        self.began_s = now_s
        self.died_s: float | None = None
        self.stopped_s: float | None = None
        self.stopped_at_once_s: float | None = None
        self.journal_failed = False
        self._end_is_lost = False
        self.has_lost_its_end = False
        self.files_before = {name for name in audit.FILES if (directory / name).exists()}

    # Called by the loop

    async def connect(self) -> None:
        await self.network.connect()

    def transport(self, protocol: Any, sock: Any) -> Any:
        return self.network.transport(protocol, sock)

    def step(self, number: int) -> None:
        if self.died_s is not None:
            return
        if self._violation is not None:
            self._die("")
            return
        counters = self._counters
        if counters is not None and counters.imported > self._record.durable.imported:
            self._blame("emitted-when-durable", "more rows are emitted as imported than durable")
        if number == self._plan.killed_at_step:
            self._hit_process("killed")
            self._die("killed")

    def commit(self, write: Callable[[], None], entries: list[Any]) -> None:
        if self.died_s is not None:
            write()
            return
        self._commits += 1
        not_here = set(HEAD)
        fault = self.faults.draw(
            "journal",
            (),
            (*(kind for kind in JOURNAL if kind not in not_here), *PROCESS),
            is_last=any(self._record.durable.ends_run(entry) for entry in entries),
        )
        if fault in PROCESS:
            self.loop.call_later(0.0, self._strike, fault)
        if fault == "killed_before_commit":
            self._die(fault)
            return
        if fault == "journal_write_fails":
            self.journal_failed = True
            raise CannotWriteError("the disk is full, by the simulation")
        write()
        try:
            kinds = self._record.durable.take(entries)
        except ViolationError as violation:
            self._violation = self._violation or violation
            kinds = []
        self._note("commits", kinds)
        if fault == "journal_write_fails_durable":
            self.journal_failed = True
            raise CannotWriteError("the flush failed, by the simulation")
        if fault == "killed_after_commit":
            self._die(fault)
        if fault == "killed_and_end_lost":
            self._end_is_lost = True

    def keep_head(self, write: Callable[[], None]) -> None:
        """Write the head of the journal, or die before; the commit that it tells of is durable."""
        if self.died_s is None and self.faults.draw("journal", (), HEAD):
            self._die("killed_before_head")
            return
        write()
        if self.died_s is None and self._end_is_lost:
            self._die("killed_and_end_lost")
            self.has_lost_its_end = end_lost(self.left_directory, self._rng)

    # The course of a start

    def execute(self) -> int | None:
        """Run the command; return its exit code, None when the process died."""
        plan = self._plan
        if plan.drained_after_s is not None:
            self.loop.call_later(plan.drained_after_s, self._strike, "drained")
        try:
            task = self.loop.run(self._command())
        except StuckError as stuck:
            self._violation = self._violation or ViolationError("run-ends", f"stuck: {stuck}")
            task = None
        except EndlessError as endless:
            self._violation = self._violation or ViolationError("run-ends", str(endless))
            task = None
        self.worked_until_s = self.died_s if self.died_s is not None else self.loop.time()
        self.ended_s = self.worked_until_s + self.loop.lag_s
        self._record.steps += self.loop.steps
        if self._second_is_in and self.died_s is None:
            self._violation = ViolationError("one-process", "a second process was let in")
        if self.died_s is None:
            self._die("")
        code = None
        if task is not None and task.done() and not task.cancelled() and task.exception() is None:
            code = task.result()
        self.loop.clear_away()
        if self._violation is not None:
            raise self._violation
        return code

    async def _command(self) -> int | None:
        self._main = asyncio.current_task()
        try:
            _, result = await self._import(self._directory, Attendant(self))
        except RunError as error:
            code = error.exit_code
            what = str(error).replace(str(self._directory.parent), "")
            self._note("ends", f"{type(error).__name__} {what}")
        except asyncio.CancelledError:
            if self.died_s is not None or self.stopped_s is None:
                raise
            code = InterruptedRunError.exit_code
        except Exception as error:
            if self.died_s is None:
                self._blame("no-internal-error", f"{type(error).__name__}: {error}")
                raise
            return None
        else:
            code = result.exit_code
            if result.data_integrity_check != "PASS":
                self._blame("files-agree", f"the run's own check: {result.contradictions}")
        if self.died_s is not None:
            return None
        return code

    async def _import(self, directory: Path, *observers: RunObserver) -> RunResult:
        settings = ImportSettings.model_validate(self._settings(directory))
        environment = Environment(
            rng=random.Random(f"{self._record.scenario.seed} command {self._number}"),
            wall_clock_s=lambda: EPOCH_S + self.loop.real_s + self._wall_clock_jump_s,
            preparation=self._preparation,
        )
        path = self._input_of(directory)
        return await run_import(path, settings, observers=observers, environment=environment)

    def _input_of(self, directory: Path) -> Path:
        return directory.parent / "in.csv"

    def _settings(self, directory: Path) -> dict[str, object]:
        scenario = self._record.scenario
        return {
            "base_url": "http://127.0.0.1:9",
            "list_id": "l",
            "campaign_id": "c",
            "segment_id": "s" if scenario.segment else None,
            "client_id": "me",
            "client_secret": "x",
            "quota": scenario.quota,
            "chunk_size": scenario.chunk_size,
            "concurrency": scenario.concurrency,
            "submit_semantics": scenario.semantics,
            "match": scenario.match,
            "grace": scenario.grace_s,
            "deadline": self._plan.deadline_s,
            "run_dir": directory,
            "accept_journal_loss": self._accepts_loss,
            "delimiter": ",",  # with the next, so that no row waits for a sample
            "ragged": "reject",
            "max_invalid_rate": 1.0,
            "min_rows": self._min_rows,
        }

    def _preparation(self, job: PrepareJob) -> "PiecewisePreparation":
        return PiecewisePreparation(job, self._record.scenario.piece_rows, self._hand_on)

    def _hand_on(self, prepared: Prepared) -> None:
        self.rows_handed_on += len(prepared.ready)

    def attend(self, run: RunStarted | None) -> None:
        """Note the run that is now in progress, or None."""
        self._run = run
        if run is not None:
            self._counters = run.counters

    # Faults

    def _strike(self, fault: str) -> None:
        if self.died_s is not None:
            return
        self._note("strikes", fault)
        match fault:
            case "killed":
                self._die(fault)
            case "drained":
                self._stop()
            case "stopped_at_once":
                self._stop()
                self.loop.call_later(self._rng.choice((0.0, 0.1, 0.7)), self._stop_again)
            case "second_process":
                self.loop.create_task(self._start_second())
            case "process_paused":
                self.network.pause(self._rng.choice(PAUSES_S))
            case "clock_jumped":
                self._wall_clock_jump_s += self._rng.choice((-3600.0, 3600.0))

    def _stop(self) -> None:
        if self.died_s is not None:
            return
        if self.stopped_s is None:
            self.stopped_s = self.loop.time()
        if self._run is not None and self._run.stop is not None:
            self._run.stop(InterruptedRunError("stopped by the simulation"))
        elif self._main is not None and self._counters is None:
            self._main.cancel()

    def _stop_again(self) -> None:
        if self.stopped_at_once_s is None:
            self.stopped_at_once_s = self.loop.time()
        self._stop()

    async def _start_second(self) -> None:
        self._second_is_in = True
        try:
            await self._import(self._directory)
        except RunDirectoryBusyError:
            self._second_is_in = False
            return
        except Exception as error:
            problem = f"ended with {type(error).__name__}: {error}"
        else:
            problem = "ran to its end"
        if self.died_s is None:
            self._blame("one-process", f"a second process on the run directory {problem}")

    def _hit_process(self, kind: str) -> None:
        phases = {
            request.phase
            for request in self.network.requests
            if not request.answered and not request.given_up
        }
        for phase in sorted(phases):
            self.faults.hit(kind, phase)

    def _die(self, how: str) -> None:
        """From here on the process is dead: cut off, with its directory handed on."""
        self.died_s = self.loop.time()
        if how:
            self._note("dies", how)
        self.late = self.network.die()
        self.was_killed = bool(how)
        self.left_directory = self._copy_of_disk() if how else self._directory
        self.loop.stop()

    def _copy_of_disk(self) -> Path:
        """Copy what a killed process leaves; return where its run directory is then."""
        copy = self._directory.with_name(f"run-{self._number}")
        shutil.copytree(self._directory, copy, ignore=shutil.ignore_patterns("*-shm"))
        return copy

    # Checks while it runs

    def _check_departure(self, request: Request) -> None:
        durable = self._record.durable
        match request.phase:
            case "submit":
                state = durable.state.get(request.key)
                if state != "intended":
                    self._blame("intent-before-byte", f"a chunk leaves that is {state}")
                else:
                    rows = [row for row, _ in durable.rows[request.key]]
                    request.rows = frozenset(rows)
                    emails = [self._record.scenario.rows[row - 1].email for row in rows]
                    if emails != list(request.emails):
                        self._blame("intent-before-byte", "other rows leave than were intended")
                self._check_not_again(request)
                self._sent_rows.update(request.emails)
            case "poll":
                if request.import_id not in durable.known_imports:
                    self._blame("id-before-poll", "an import is polled that is not durable")
            case "segment":
                unknown = set(request.ids) - durable.member_ids
                if unknown:
                    self._blame(
                        "segment-in-imported", f"{len(unknown)} ids leave that are not durable"
                    )
                if request.ids and not durable.open_batches:
                    self._blame("intent-before-byte", "a segment call leaves without an intent")
        # A sign-in for the last call of the run may still be in flight.
        if self._was_finished or (durable.finished and request.phase != "token"):
            self._blame("finished-stays", "a finished run sends a request")
        self._check_bounds()

    def _check_not_again(self, request: Request) -> None:
        """Check that no row goes out while an earlier submission of it may have been taken."""
        semantics = self._record.scenario.semantics
        before = [
            earlier
            for earlier in (*self._record.requests, *self.network.requests[:-1])
            if earlier.phase == "submit" and earlier.rows & request.rows
        ]
        # Taken, and reported: the audit decides which of its rows may go out again.
        told = {each.key for each in before if each.usable and each.answered in (200, 202)}
        for earlier in before:
            if earlier.answered in audit.NOT_TAKEN or earlier.key in told:
                continue
            if semantics == "idempotent" and earlier.key == request.key:
                continue
            self._blame(
                "no-ambiguous-repeat",
                f"rows {sorted(earlier.rows & request.rows)} go out again under "
                f"{request.key[:8]}, their submission {earlier.number} is in doubt",
            )

    @property
    def _min_rows(self) -> int:
        """With one, which every second seed has, rows wait until the guards have judged."""
        return self._record.scenario.seed % 2

    def _check_bounds(self) -> None:
        scenario = self._record.scenario
        open_now = sum(
            not request.answered and not request.given_up
            for request in self.network.requests[-4 * scenario.concurrency - 8 :]
            if request.phase in ("submit", "poll")
        )
        if open_now > scenario.concurrency or (
            self._counters is not None and self._counters.chunks_in_flight > scenario.concurrency
        ):
            self._blame("bounds-hold", f"{open_now} submits and polls are under way at once")
        if not self._is_resumed:
            ahead = self.rows_handed_on - len(self._sent_rows)
            room = (QUEUE_CHUNKS + scenario.concurrency + 2) * scenario.chunk_size
            doubled = len(scenario.rows) if scenario.match == "off" else 0
            held_for_the_guards = MINIMUM_ROWS * self._min_rows
            if ahead > room + scenario.piece_rows + doubled + held_for_the_guards:
                self._blame("bounds-hold", f"{ahead} rows are read ahead")

    def _blame(self, invariant: str, text: str) -> None:
        if self.died_s is None and self._violation is None:
            self._violation = ViolationError(invariant, text)

    def _note(self, what: str, about: object) -> None:
        if self.died_s is None:
            self._record.history.append(f"{self._number} {self.loop.time():.6f} {what} {about}")


class PiecewisePreparation(InlinePreparation):
    """Yields rows in small pieces, like the blocks of a long input."""

    def __init__(
        self, job: PrepareJob, piece_rows: int, hand_on: Callable[[Prepared], None]
    ) -> None:
        super().__init__(job)
        self._piece_rows = piece_rows
        self._hand_on = hand_on

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        async for prepared in super().prepare(self._in_pieces(blocks)):
            self._hand_on(prepared)
            yield prepared

    async def _in_pieces(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for block in blocks:
            lines = block.splitlines(keepends=True)
            for first in range(0, len(lines), self._piece_rows):
                yield b"".join(lines[first : first + self._piece_rows])


class Attendant(RunObserver):
    """Tells a start about its run."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def run_started(self, event: RunStarted) -> None:
        self._start.attend(event)

    def run_ended(self, event: RunEnded) -> None:
        self._start.attend(None)


def end_lost(directory: Path, rng: random.Random) -> bool:
    """Take the end of the journal of a killed process away; say whether that lost an event."""
    log = directory / "journal.db-wal"
    if not log.exists() or not log.stat().st_size:
        return False
    before = len(entries_in(directory))
    content = bytearray(log.read_bytes())
    match rng.choice(("gone", "cut", "flipped")):
        case "gone":
            log.unlink()
        case "cut":
            log.write_bytes(content[: rng.randrange(len(content))])
        case _:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            log.write_bytes(content)
    return len(entries_in(directory)) < before


def entries_in(directory: Path) -> list[tuple[bytes, ...]]:
    """Return the payloads of the journal of a directory, which is not changed."""
    with tempfile.TemporaryDirectory(dir=directory.parent) as place:
        for path in directory.glob("journal.db*"):
            shutil.copy(path, place)
        with closing(sqlite3.connect(Path(place) / "journal.db")) as connection:
            return connection.execute("SELECT payload FROM events ORDER BY sequence").fetchall()
