"""Hooks that a run calls: which, in what order, and what a failing observer costs."""

import asyncio

import pytest
import structlog
from fixtures.report_states import result_of

from cxone_async.errors import ConfigurationError
from cxone_async.load.counters import RunCounters
from cxone_async.load.events import (
    BlockPrepared,
    ChunkSubmitted,
    ImportFinished,
    JournalCommitted,
)
from cxone_async.matching.name_order import NameOrder, NameOrderFinding
from cxone_async.outcome import Outcome
from cxone_async.runs.observers import (
    ColumnsRead,
    LogObserver,
    Observers,
    OlderRunsPurged,
    RunEnded,
    RunEvent,
    RunObserver,
    RunStarted,
    told_the_end,
)
from cxone_async.source.columns import InputFormat, Understood
from cxone_async.tenant.events import Paused, RequestMade, Throttled

EVENTS: dict[str, RunEvent] = {
    "columns_read": ColumnsRead(Understood((), InputFormat("utf-8", ",")), ()),
    "run_started": RunStarted(
        command="plan",
        run_directory="run",
        counters=RunCounters(),
        requests_in_last_minute=lambda: 0,
        time_left_s=lambda: None,
    ),
    "block_prepared": BlockPrepared(3, 1, 2),
    "chunk_submitted": ChunkSubmitted("c1", "i1", 2),
    "import_finished": ImportFinished("c1", "i1", 1.5, 2, 0, 0),
    "journal_committed": JournalCommitted(0.01),
    "request_made": RequestMade("submit", 202, 0.1),
    "throttled": Throttled("submit", 429, 1.0),
    "paused": Paused(1.0),
    "older_runs_purged": OlderRunsPurged(None, "OSError"),
    "run_ended": RunEnded(None),
}


def noting(hooks):
    """An observer that notes every hook that is called."""
    heard = []
    methods = {hook: lambda self, event, hook=hook: heard.append((hook, event)) for hook in hooks}
    return type("Noting", (RunObserver,), methods)(), heard


def test_every_event_calls_its_own_hook_on_every_observer():
    (one, heard), (other, heard_too) = noting(EVENTS), noting(EVENTS)
    tell = Observers([one, other])
    for event in EVENTS.values():
        tell(event)
    assert heard == heard_too == list(EVENTS.items())


def test_there_is_a_hook_for_every_kind_of_event():
    assert {type(event) for event in EVENTS.values()} == set(RunEvent.__args__)
    assert EVENTS.keys() == {name for name in vars(RunObserver) if not name.startswith("_")}


def test_an_observer_overrides_only_what_it_has_a_use_for():
    observer, heard = noting(["paused"])
    tell = Observers([observer])
    for event in EVENTS.values():
        tell(event)
    assert heard == [("paused", EVENTS["paused"])]


def test_an_observer_that_raises_is_told_no_more_and_the_others_are():
    class Failing(RunObserver):
        def block_prepared(self, event):
            raise ValueError("ada@example.com")

    other, heard = noting(EVENTS)
    tell = Observers([Failing(), other])
    with structlog.testing.capture_logs() as logged:
        tell(EVENTS["block_prepared"])
        tell(EVENTS["block_prepared"])
    assert logged == [
        {
            "event": "observer_failed",
            "observer": "Failing",
            "hook": "block_prepared",
            "error_type": "ValueError",
            "log_level": "error",
        }
    ]
    assert len(heard) == 2


def test_the_log_says_in_which_order_names_are_read():
    finding = NameOrderFinding(
        columns=NameOrder.FAMILY_FIRST, one_field=NameOrder.UNKNOWN, rows=7, one_field_rows=1
    )
    read = Understood((), InputFormat("utf-8", ","))
    with structlog.testing.capture_logs() as logged:
        Observers([LogObserver()])(ColumnsRead(read, (), finding))
        Observers([LogObserver()])(ColumnsRead(read, ()))
    assert [(line["name_order"], line["one_field_order"]) for line in logged] == [
        ("family-first", "unknown"),
        ("", ""),
    ]


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(ConfigurationError("no"), 78), (asyncio.CancelledError(), 75), (KeyError("row"), 70)],
)
def test_the_end_of_a_run_tells_what_ended_it_and_the_exit_code_of_that(error, exit_code):
    heard: list[RunEvent] = []
    with pytest.raises(type(error)), told_the_end(heard.append):
        raise error
    assert [
        (end.result, end.error, end.exit_code) for end in heard if isinstance(end, RunEnded)
    ] == [(None, error, exit_code)]


def test_a_run_that_has_a_result_ends_with_its_exit_code():
    assert RunEnded(result_of({Outcome.UNRESOLVED: 1})).exit_code == 3


def test_a_request_is_logged_at_debug_with_its_kind_status_time_and_sizes():
    with structlog.testing.capture_logs() as logged:
        Observers([LogObserver()])(RequestMade("poll", 503, 0.12345, 1.5, 0, 77))
    assert logged == [
        {
            "event": "request_made",
            "kind": "poll",
            "status": 503,
            "duration_s": 0.123,
            "sent_bytes": 0,
            "received_bytes": 77,
            "log_level": "debug",
        }
    ]
