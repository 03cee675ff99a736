"""The journal against a model of plain dicts, in random histories with crashes.

The model knows the rules in its own words and shares no code with the journal. Every
event, sensible or not, is offered to both: they must agree whether it may be recorded,
and after every crash the journal must hold what was acknowledged, and of what was under
way some first part in the order of the calls, and nothing else.
"""

import asyncio
import copy
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypedDict, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import RunFinished
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkEvent,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import (
    SegmentAdded,
    SegmentEvent,
    SegmentIntended,
    SegmentRefused,
)

pytestmark = pytest.mark.slow

CHUNK_IDS = st.sampled_from(["c1", "c2", "c3", "c4", "c5", "c6"])
BATCH_IDS = st.sampled_from(["b1", "b2", "b3"])
ROWS = st.integers(1, 6)
SENT = st.lists(st.builds(RowAttempt, ROWS, st.integers(1, 3)), max_size=3).map(tuple)
SETTLED_AS = st.sampled_from(SettledAs)
ENDS = st.lists(st.builds(RowSettlement, ROWS, SETTLED_AS), max_size=3).map(tuple)
ANY_EVENT = st.one_of(
    st.builds(Intended, CHUNK_IDS, SENT),
    st.builds(Bounced, CHUNK_IDS),
    st.builds(Accepted, CHUNK_IDS, st.sampled_from(["", "import-1", "import-2"])),
    st.builds(Settled, CHUNK_IDS, ENDS),
    st.builds(SegmentIntended, BATCH_IDS, st.lists(ROWS, max_size=3).map(tuple)),
    st.builds(SegmentAdded, BATCH_IDS),
    st.builds(SegmentRefused, BATCH_IDS, st.just("status_413")),
)

Result = TypeVar("Result")


class ModelChunk(TypedDict):
    state: str
    rows: tuple[RowAttempt, ...]


class ModelBatch(TypedDict):
    open: bool
    rows: tuple[int, ...]


class Model:
    def __init__(self, log: Sequence[ChunkEvent | SegmentEvent] = ()) -> None:
        self.log: list[ChunkEvent | SegmentEvent] = []
        self.chunks: dict[str, ModelChunk] = {}
        self.rows: dict[int, Any] = {}
        """By row: "out", "imported", "over", or the attempt that is due."""
        self.batches: dict[str, ModelBatch] = {}
        self.finished = False
        for event in log:
            self.apply(event)

    def allows(self, event: ChunkEvent | SegmentEvent) -> bool:
        if self.finished:
            return False
        if isinstance(event, SegmentIntended | SegmentAdded | SegmentRefused):
            return self._allows_batch(event)
        chunk = self.chunks.get(event.chunk_id)
        if not isinstance(event, Intended):
            return chunk is not None and self._allows_answer(chunk, event)
        if chunk is not None:
            return chunk["rows"] == event.rows and chunk["state"] in {"sent", "doubt", "unsent"}
        names = [sent.row for sent in event.rows]
        return (
            names != []
            and len(set(names)) == len(names)
            and all(self.rows.get(sent.row, 1) == sent.attempt for sent in event.rows)
        )

    def _allows_answer(self, chunk: ModelChunk, event: Bounced | Accepted | Settled) -> bool:
        if isinstance(event, Bounced):
            return chunk["state"] in {"sent", "doubt"}
        if isinstance(event, Accepted):
            return chunk["state"] in {"sent", "doubt"} and event.import_id != ""
        wanted = Counter(sent.row for sent in chunk["rows"])
        imported = any(end.settled_as == "imported" for end in event.settlements)
        return (
            chunk["state"] in {"sent", "doubt", "accepted"}
            and Counter(end.row for end in event.settlements) == wanted
            and (chunk["state"] == "accepted" or not imported)
        )

    def _allows_batch(self, event: SegmentEvent) -> bool:
        batch = self.batches.get(event.batch_id)
        if not isinstance(event, SegmentIntended):
            return batch is not None and batch["open"]
        if batch is not None:
            return batch["open"] and batch["rows"] == event.rows
        return (
            event.rows != ()
            and len(set(event.rows)) == len(event.rows)
            and all(self.rows.get(row) == "imported" for row in event.rows)
        )

    def apply(self, event: ChunkEvent | SegmentEvent) -> None:
        self.log.append(event)
        match event:
            case Intended():
                chunk = self.chunks.setdefault(
                    event.chunk_id, {"state": "unsent", "rows": event.rows}
                )
                chunk["state"] = "sent" if chunk["state"] == "unsent" else "doubt"
                self.rows.update((sent.row, "out") for sent in event.rows)
            case Bounced():
                if self.chunks[event.chunk_id]["state"] == "sent":
                    self.chunks[event.chunk_id]["state"] = "unsent"
            case Accepted():
                self.chunks[event.chunk_id]["state"] = "accepted"
            case Settled():
                chunk = self.chunks[event.chunk_id]
                chunk["state"] = "settled"
                attempts = {sent.row: sent.attempt for sent in chunk["rows"]}
                for end in event.settlements:
                    self.rows[end.row] = {
                        "imported": "imported",
                        "failed": "over",
                        "duplicate": "over",
                        "unresolved": "over",
                        "retry": attempts[end.row] + 1,
                        "split": attempts[end.row],
                    }[end.settled_as.value]
            case SegmentIntended():
                self.batches[event.batch_id] = {"open": True, "rows": event.rows}
            case SegmentAdded() | SegmentRefused():
                self.batches[event.batch_id]["open"] = False

    def has_something_open(self) -> bool:
        return any(chunk["state"] != "settled" for chunk in self.chunks.values()) or any(
            batch["open"] for batch in self.batches.values()
        )

    def likely_event(self, draw):
        """An event that moves something on."""
        open_chunks = sorted(i for i, chunk in self.chunks.items() if chunk["state"] != "settled")
        chunk_id = draw(st.sampled_from(open_chunks)) if open_chunks else ""
        free = sorted(
            row for row in range(1, 7) if self.rows.get(row, 1) not in {"out", "imported", "over"}
        )
        choices = [
            *([] if not open_chunks else ["again", "bounced", "accepted", "settled", "settled"]),
            *(["new", "new"] if free and len(self.chunks) < 6 else []),
            *(["segment"] if "imported" in self.rows.values() else []),
        ]
        choice = draw(st.sampled_from(choices or ["any"]))
        if choice in {"new", "segment"}:
            return self._beginning(choice, free, draw)
        match choice:
            case "again":
                return Intended(chunk_id, self.chunks[chunk_id]["rows"])
            case "bounced":
                return Bounced(chunk_id)
            case "accepted":
                return Accepted(chunk_id, f"import-{chunk_id}")
            case "settled":
                rows = self.chunks[chunk_id]["rows"]
                return Settled(
                    chunk_id, tuple(RowSettlement(sent.row, draw(SETTLED_AS)) for sent in rows)
                )
            case _:
                return draw(ANY_EVENT)

    def _beginning(self, choice, free, draw):
        if choice == "new":
            rows = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
            return Intended(
                f"c{len(self.chunks) + 1}",
                tuple(RowAttempt(row, self.rows.get(row, 1)) for row in rows),
            )
        rows = tuple(row for row, state in self.rows.items() if state == "imported")
        batch_id = draw(BATCH_IDS)
        return draw(st.sampled_from([SegmentIntended(batch_id, rows), SegmentAdded(batch_id)]))


class JournalHistory(RuleBasedStateMachine):
    def __init__(self, make_disk) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.disk = make_disk()
        self.model = Model()
        self.open()

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)

    def open(self) -> None:
        self.journal = self.run(self.disk.open())

    def teardown(self) -> None:
        self.lose_the_end()
        self.run(self.disk.close())
        self.runner.close()

    def lose_the_end(self) -> None:
        """How much a lost log held is a matter of time, so nothing may be drawn after it."""
        is_lost = self.disk.lose_the_end()
        left = len(self.disk.chunk_events()) + len(self.disk.segment_events())
        if is_lost:
            with pytest.raises(ConfigurationError, match=r"journal\.db has lost its end"):
                self.open()
        self.journal = self.run(self.disk.open(accepts_loss=is_lost))
        self.agrees_with(self.model.log[:left])

    def agrees_with(self, log) -> None:
        segment_kinds = SegmentIntended | SegmentAdded | SegmentRefused
        assert self.disk.chunk_events() == [
            event for event in log if not isinstance(event, segment_kinds)
        ]
        assert self.disk.segment_events() == [
            event for event in log if isinstance(event, segment_kinds)
        ]

    def offer(self, event) -> None:
        if self.model.allows(event):
            self.run(self.journal.record(event))
            self.model.apply(event)
        else:
            with pytest.raises(ConfigurationError):
                self.run(self.journal.record(event))

    @rule(event=ANY_EVENT)
    def anything(self, event) -> None:
        self.offer(event)

    @rule(data=st.data())
    def something_likely(self, data) -> None:
        self.offer(self.model.likely_event(data.draw))

    @rule(data=st.data(), count=st.integers(1, 6), ticks=st.integers(0, 12))
    def crash_while_recording(self, data, count: int, ticks: int) -> None:
        ahead = copy.deepcopy(self.model)
        coming = []
        for _ in range(count):
            event = ahead.likely_event(data.draw)
            if ahead.allows(event):
                ahead.apply(event)
                coming.append(event)

        async def record_until_the_crash() -> int:
            recording: list[asyncio.Future[None]] = [
                asyncio.ensure_future(self.journal.record(event)) for event in coming
            ]
            for _ in range(ticks):
                await asyncio.sleep(0)
            acknowledged = sum(task.done() for task in recording)
            self.disk.crash()
            await asyncio.gather(*recording)  # of a process that is no more
            return acknowledged

        acknowledged = self.run(record_until_the_crash())
        self.open()
        found = len(self.disk.chunk_events()) + len(self.disk.segment_events())
        survivors = found - len(self.model.log)
        assert acknowledged <= survivors <= len(coming)
        for event in coming[:survivors]:
            self.model.apply(event)
        self.agrees_with(self.model.log)

    @rule()
    def crash(self) -> None:
        self.disk.crash()
        self.open()
        self.agrees_with(self.model.log)
        assert (self.journal.finished is not None) == self.model.finished

    @rule()
    def close(self) -> None:
        self.run(self.journal.close())
        self.open()
        self.agrees_with(self.model.log)

    @rule()
    def read_settlements(self) -> None:
        for event in self.model.log:
            if isinstance(event, Settled):
                assert self.run(self.journal.settlements_of([event.chunk_id])) == [
                    event.settlements
                ]

    @rule()
    def finish(self) -> None:
        if self.model.finished or self.model.has_something_open():
            with pytest.raises(ConfigurationError):
                self.run(self.journal.finish(RunFinished(b"{}")))
        elif len(self.model.log) > 12:  # else most histories would end at once
            self.run(self.journal.finish(RunFinished(b"{}")))
            self.model.finished = True


def test_the_journal_agrees_with_a_model_in_every_history(make_disk, request) -> None:
    on_disk = request.node.callspec.params["make_disk"] == "sqlite"
    # How much a crash leaves on a disk is a matter of time: such a history is not tried again.
    for _ in range(4 if on_disk else 1):
        run_state_machine_as_test(
            partial(JournalHistory, make_disk),  # type: ignore[arg-type]  # any callable will do
            settings=settings(
                max_examples=2 if on_disk else 20,
                phases=(Phase.generate,) if on_disk else tuple(Phase),
                derandomize=not on_disk,
                database=None,
                stateful_step_count=35,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
