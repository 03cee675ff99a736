"""Two kinds of disk under one journal, with crashes."""

import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from fixtures.journal_events import chunk_events_in, events_in, segment_events_in

from cxone_async.journal.events import RunFinished
from cxone_async.journal.head import read_head
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import ChunkEvent
from cxone_async.journal.port import Journal, Projection
from cxone_async.journal.segments import SegmentEvent
from cxone_async.journal.starts import Used
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal
from cxone_async.testing.journal import InMemoryJournal

IDENTITY = RunIdentity(
    run_id="run-1",
    command="import",
    base_url="https://tenant.example.com",
    list_id="list-1",
    campaign_id="campaign-1",
    segment_id="segment-1",
    input_fingerprint="fingerprint-1",
    settings={"match": "corroborated", "threshold": "85"},
)


class Disk(Protocol):
    """Holds one journal; `open` again after `crash` finds what was durable.

    `chunk_events` and `segment_events` are what is durable at this instant. `lose_the_end` is a
    crash that takes what was written last with it; False where that cannot happen.
    """

    async def open(
        self,
        identity: RunIdentity = IDENTITY,
        projections: Sequence[Projection] = (),
        *,
        accepts_loss: bool = False,
        used: Callable[[], Used] | None = None,
    ) -> Journal: ...
    def chunk_events(self) -> list[ChunkEvent]: ...
    def segment_events(self) -> list[SegmentEvent]: ...
    def crash(self) -> None: ...
    def lose_the_end(self) -> bool:
        """Say whether events are lost of which the head tells: those whose call returned."""
        ...

    def is_finished(self) -> bool: ...
    async def close(self) -> None: ...


class SqliteDisk:
    """Crashes by copying the files as they are, which is what a killed process leaves."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._lives = 0
        self._opened: list[Journal] = []
        self._directory.mkdir()

    @property
    def _directory(self) -> Path:
        return self._base / f"life-{self._lives}"

    async def open(
        self,
        identity: RunIdentity = IDENTITY,
        projections: Sequence[Projection] = (),
        *,
        accepts_loss: bool = False,
        used: Callable[[], Used] | None = None,
    ) -> Journal:
        path = self._directory / JOURNAL_NAME
        journal = await SqliteJournal.open(
            path, identity, projections, accepts_loss=accepts_loss, used=used
        )
        self._opened.append(journal)
        return journal

    def chunk_events(self) -> list[ChunkEvent]:
        return chunk_events_in(self._directory / JOURNAL_NAME)

    def segment_events(self) -> list[SegmentEvent]:
        return segment_events_in(self._directory / JOURNAL_NAME)

    def is_finished(self) -> bool:
        return isinstance(events_in(self._directory / JOURNAL_NAME)[-1], RunFinished)

    def crash(self) -> None:
        before = self._directory
        self._lives += 1
        # The head first, as what a commit leaves later must not be behind it.
        self._directory.mkdir()
        names = sorted(file.name for file in before.iterdir() if not file.name.startswith("."))
        for name in sorted(names, key="journal.head".__ne__):
            shutil.copy(before / name, self._directory)

    def lose_the_end(self) -> bool:
        self.crash()
        for name in ("journal.db-wal", "journal.db-shm"):
            (self._directory / name).unlink(missing_ok=True)
        head = read_head(self._directory / JOURNAL_NAME)
        return head is not None and len(events_in(self._directory / JOURNAL_NAME)) < head.sequence

    async def close(self) -> None:
        for journal in self._opened:
            await journal.close()


class InMemoryDisk:
    def __init__(self) -> None:
        self._contents: tuple = ()
        self._journal: InMemoryJournal | None = None

    async def open(
        self,
        identity: RunIdentity = IDENTITY,
        projections: Sequence[Projection] = (),
        *,
        accepts_loss: bool = False,
        used: Callable[[], Used] | None = None,
    ) -> Journal:
        del accepts_loss  # memory loses no end
        if self._journal is not None:
            self._contents = self._journal.snapshot()
        self._journal = InMemoryJournal(identity, self._contents, projections, used=used)
        return self._journal

    @property
    def _opened(self) -> InMemoryJournal:
        assert self._journal is not None, "open the journal first"
        return self._journal

    def chunk_events(self) -> list[ChunkEvent]:
        return list(self._opened.chunk_events())

    def segment_events(self) -> list[SegmentEvent]:
        return list(self._opened.segment_events())

    def is_finished(self) -> bool:
        return self._opened.finished is not None

    def crash(self) -> None:
        self._contents = self._opened.snapshot()
        self._journal = None

    def lose_the_end(self) -> bool:
        return False

    async def close(self) -> None:
        if self._journal is not None:
            await self._journal.close()


@pytest.fixture
def identity() -> RunIdentity:
    return IDENTITY


@pytest.fixture(params=["sqlite", "in memory"])
def make_disk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Disk]:
    if request.param == "in memory":
        return InMemoryDisk
    return lambda: SqliteDisk(tmp_path_factory.mktemp("disk"))


@pytest.fixture
async def disk(make_disk: Callable[[], Disk]) -> AsyncIterator[Disk]:
    disk = make_disk()
    yield disk
    await disk.close()
