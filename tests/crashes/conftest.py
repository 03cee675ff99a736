"""A run that is killed and started again, and an auditor that trusts only the tenant.

The auditor's sources are the tenant's own record (`/_stats?full=1`: which contacts it took, by
which import, under which key, and which are in the segment), the input, and the journal as each
kill left it. The files of the run are audited against them.
"""

import csv
import os
import select
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixtures.journal_events import chunk_events_in

from cxone_async.journal.lifecycle import (
    TRANSITIONS,
    ChunkProjection,
    ChunkState,
    Intended,
    RowSettlement,
    advance,
)
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.verification import verify

DOOMED_PROCESS = Path(__file__).with_name("doomed_process.py")
LONGEST_LIFE_S = 90
NOWHERE = ("nowhere", "after", "1")
NOT_ANSWERED = (ChunkState.SENDING, ChunkState.IN_DOUBT)
SAME_IN_EVERY_RUN = (
    "row", "line", "outcome", "reason", "duplicate_of", "rule", "score", "attempts", "segmented",
)  # fmt: skip


def write_contacts(path: Path, sendable: int) -> list[str]:
    """Write people who can be sent, and some rows that cannot; return emails by row."""
    lines, emails = ["phone,email,first_name,last_name,country,dnc"], [""]

    def add(line: str, email: str) -> None:
        lines.append(line)
        emails.append(email)

    for n in range(sendable):
        phone, email = f"+1{201 + n // 100}55501{n % 100:02}", f"p{n}@example.com"
        add(f"{phone},{email},First{n},Last{n},US,", email)
        if n % 12 == 5:
            add(f"{phone},{email.upper()},First{n},Last{n},US,", email)
        if n % 15 == 7:
            add(f"12,broken{n}@example.com,B,B,US,", f"broken{n}@example.com")
        if n % 20 == 9:
            add(f"+1301555{n:04},no{n}@example.com,N,N,US,yes", f"no{n}@example.com")
    path.write_text("\n".join(lines) + "\n")
    return emails


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def wait_for(process: "subprocess.Popen[bytes]", happened: Callable[[], object]) -> object:
    """Wait until a condition holds while the process lives; there is no virtual time here."""
    while not (found := happened()):
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the process ended first, with {process.wait(0.02)}")
    return found


@dataclass
class Victim:
    """One run directory through several processes, with its audit."""

    directory: Path
    base_url: str
    secret: str
    statistics: Callable[..., Any]
    sendable: int = 96
    chunk_size: int = 8
    concurrency: int = 4
    segment_id: str = "demo-segment"
    stall_at: str = ""
    kills: int = 0
    in_doubt: set[int] = field(default_factory=set)
    semantics: set[str] = field(default_factory=set)
    settled: dict[str, tuple[RowSettlement, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.mkdir()
        self.input = self.directory / "in.csv"
        self.run_dir = self.directory / "run"
        self.emails = write_contacts(self.input, self.sendable)

    def start(
        self, semantics: str, doom: tuple[str, str, str] = NOWHERE, *options: str
    ) -> "subprocess.Popen[bytes]":
        self.semantics.add(semantics)
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
            [
                sys.executable, str(DOOMED_PROCESS), *doom, "import", str(self.input),
                "--base-url", self.base_url, "--list-id", "demo-list", "--campaign-id",
                "demo-campaign", "--segment-id", self.segment_id, "--run-dir", str(self.run_dir),
                "--quota", "0", "--chunk-size", str(self.chunk_size), "--submit-semantics",
                semantics, "--concurrency", str(self.concurrency), *options,
            ],
            env={
                **{name: value for name, value in os.environ.items() if name[:6] != "CXONE_"},
                "CXONE_CLIENT_ID": "demo-client", "CXONE_CLIENT_SECRET": self.secret,
                    "STALL_AT": self.stall_at,
            },
            stdout=subprocess.DEVNULL,
            stderr=log,
                start_new_session=True,
        )  # fmt: skip

    def live(self, semantics: str, doom: tuple[str, str, str] = NOWHERE, *options: str) -> int:
        """Live to the end or to the doom; return the exit code, -9 for a kill."""
        with self.start(semantics, doom, *options) as process:
            try:
                code = process.wait(LONGEST_LIFE_S)
            finally:
                process.kill()
        if code == -signal.SIGKILL:
            self.take_stock()
        return code

    def live_for(self, semantics: str, seconds: float, doom: tuple[str, str, str] = NOWHERE) -> int:
        """Live until killed at a moment, if not before; return the exit code, -9 for a kill."""
        orphans = []
        with self.start(semantics, doom) as process:
            try:
                code = process.wait(seconds)
                if code != -signal.SIGKILL:
                    return code
            except subprocess.TimeoutExpired:
                orphans = self.children(process)
                process.kill()
                process.wait()
        self.see_them_end(orphans)
        self.take_stock()
        return -signal.SIGKILL

    def live_until_stopped(
        self, semantics: str, after_s: float, again_s: float | None, number: signal.Signals
    ) -> int:
        """Live until the signal goes to the whole process group, once or twice.

        `after_s` counts from when the run directory is taken, `again_s` from the first signal.
        """
        with self.start(semantics) as process:
            try:
                wait_for(process, lambda: self.holds_the_directory(process))
                for wait_s in (after_s, *([] if again_s is None else [again_s])):
                    try:
                        return process.wait(wait_s)
                    except subprocess.TimeoutExpired:
                        os.killpg(process.pid, number)
                return process.wait(LONGEST_LIFE_S)
            finally:
                process.kill()
                self.take_stock()

    def holds_the_directory(self, process: "subprocess.Popen[bytes]") -> bool:
        lock = self.run_dir / "lock"
        return lock.exists() and f'"pid":{process.pid},' in lock.read_text()

    def children(self, process: "subprocess.Popen[bytes]") -> list[int]:
        """Handles of the children that a living process has now."""
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        return [os.pidfd_open(int(child)) for child in listed.split()]

    def see_them_end(self, children: list[int]) -> None:
        """Check that a preparing child ends within a second of its parent."""
        for child in children:
            assert select.select([child], [], [], 1)[0] == [child]
            os.close(child)

    def take_stock(self) -> None:
        """After an early end: note what the journal leaves in doubt, and check what was settled."""
        self.kills += 1
        assert not (self.run_dir / "reconciliation.csv").exists() or self.chunks_are_settled()
        chunks = self.chunks()
        self.in_doubt |= {
            sent.row
            for chunk in chunks.values()
            if chunk.state in NOT_ANSWERED
            for sent in chunk.rows
        }
        now = {chunk.chunk_id: chunk.settlements for chunk in chunks.values() if chunk.settlements}
        assert self.settled.items() <= now.items()
        self.settled = now

    def chunks(self) -> dict[str, ChunkProjection]:
        """Read the journal from a copy, so that reading repairs nothing."""
        copy = self.directory / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for part in self.run_dir.glob(f"{JOURNAL_NAME}*"):
            if not part.name.endswith("-shm"):
                shutil.copy(part, copy)
        if not (copy / JOURNAL_NAME).exists():
            return {}
        chunks: dict[str, ChunkProjection] = {}
        for event in chunk_events_in(copy / JOURNAL_NAME):
            before = chunks.get(event.chunk_id) or ChunkProjection(event.chunk_id)
            chunks[event.chunk_id] = advance(before, event)
            if self.semantics == {"at-most-once"}:  # nothing in doubt is ever sent again
                assert TRANSITIONS[before.state, type(event)] is not ChunkState.IN_DOUBT
            elif isinstance(event, Intended) and before.rows:
                assert before.rows == event.rows
        return chunks

    def chunks_are_settled(self) -> bool:
        return all(chunk.state is ChunkState.SETTLED for chunk in self.chunks().values())

    @property
    def outcomes(self) -> list[dict[str, str]]:
        return table(self.run_dir / "outcomes.csv")

    @property
    def story(self) -> list[tuple[str, ...]]:
        """The outcomes without the ids, which differ from run to run."""
        return [tuple(row[name] for name in SAME_IN_EVERY_RUN) for row in self.outcomes]

    def audit(self, code: int) -> Counter[str]:
        """Compare every row with the tenant's record; return the rows by outcome."""
        truth = self.statistics(full=True)
        outcomes = self.outcomes
        counts = Counter(row["outcome"] for row in outcomes)
        assert [int(row["row"]) for row in outcomes] == list(range(1, len(self.emails)))
        assert verify(self.run_dir, self.input) == ()
        assert truth["idempotency_conflicts"] == 0

        contacts = truth["contacts"]
        taken = Counter(contact["fields"]["email"] for contact in contacts.values())
        assert set(taken.values()) <= {1}, "somebody was imported twice"
        members = set(truth["segments"].get(self.segment_id, {}).get("contact_ids", ()))
        accounted = set()
        for row in outcomes:
            email = self.emails[int(row["row"])]
            match row["outcome"]:
                case "imported":
                    assert contacts[row["contact_id"]]["fields"]["email"] == email
                    assert contacts[row["contact_id"]]["import_id"] == row["import_id"]
                    assert (row["contact_id"] in members) == (row["segmented"] == "yes")
                    accounted.add(row["contact_id"])
                case "failed":
                    assert email not in taken
                case "unresolved":
                    assert int(row["row"]) in self.in_doubt
                case "duplicate" if row["rule"] == "tenant":
                    assert email not in taken
                case "duplicate":
                    assert self.emails[int(row["duplicate_of"])] == email
                case _:
                    assert row["outcome"] in ("invalid", "suppressed")
                    assert email not in taken
        assert members <= accounted
        unknown = {
            self.emails[int(row["row"])] for row in outcomes if row["outcome"] == "unresolved"
        }
        assert taken.keys() - {contacts[one]["fields"]["email"] for one in accounted} <= unknown

        if self.semantics == {"idempotent"}:
            assert not unknown
            assert accounted == contacts.keys()
        if self.semantics == {"at-most-once"}:
            assert truth["idempotent_repeats"] == 0
            assert counts["unresolved"] == len(self.in_doubt)
        segmented = sum(row["segmented"] == "yes" for row in outcomes)
        complete = segmented == counts["imported"] and not counts["failed"] and not unknown
        assert code == (0 if complete else 3)
        return counts


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., object]:
    """`wait_for(process, condition)`: wait while the process lives."""
    return wait_for


@pytest.fixture(scope="session")
def undisturbed_story(
    start_tenant: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[tuple[str, ...]]]:
    """`undisturbed_story("--transient-share", "0.1")`: that of a run nothing happens to."""

    @cache
    def story(*options: str) -> list[tuple[str, ...]]:
        with start_tenant("--dnc-enabled", *options) as tenant:
            run = Victim(
                tmp_path_factory.mktemp("undisturbed") / "victim",
                tenant.base_url,
                tenant.secret,
                tenant.statistics,
            )
            run.audit(run.live("idempotent"))
            return run.story

    return story


@pytest.fixture
def victim(start_tenant: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., Victim]]:
    """`victim("--throttle-share", "0.5", chunk_size=4)`: a run at a stand-in tenant of its own."""
    with ExitStack() as tenants:

        def make(*options: str, **changes: Any) -> Victim:
            number = len(list(tmp_path.iterdir()))
            tenant = tenants.enter_context(start_tenant("--dnc-enabled", *options))
            return Victim(
                tmp_path / f"victim-{number}",
                tenant.base_url,
                tenant.secret,
                tenant.statistics,
                **changes,
            )

        yield make
