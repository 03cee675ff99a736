from cxone_async.load.counters import RunCounters
from cxone_async.load.events import ImportFinished
from cxone_async.runs.observers import RunStarted
from cxone_async.runs.timeline import MOST_STEPS, TimelineObserver
from cxone_async.tenant.events import Paused, RequestMade


class Clock:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def finished(imported: int) -> ImportFinished:
    return ImportFinished("chunk", "import", 1.0, imported, 0, 0)


def test_requests_and_imported_rows_are_in_the_second_in_which_they_came() -> None:
    clock = Clock()
    line = TimelineObserver(clock)
    line.request_made(RequestMade("token", 200, 0.1))
    clock.at_s = 102.5
    line.request_made(RequestMade("submit", 429, 0.1))
    line.request_made(RequestMade("submit", 202, 0.1))
    line.import_finished(finished(500))
    clock.at_s = 103.9
    told = line.timeline()
    assert (told.seconds_each, told.requests, told.throttled) == (1, (1, 0, 2, 0), (0, 0, 1, 0))
    assert told.imported == (0, 0, 500, 0)
    assert told.paused_s == (0.0, 0.0, 0.0, 0.0)
    assert told.is_resumed is False


def test_a_pause_is_in_the_seconds_it_lasts_and_a_second_one_begins_after_it() -> None:
    clock = Clock()
    line = TimelineObserver(clock)
    clock.at_s = 100.5
    line.paused(Paused(1.0))
    line.paused(Paused(0.75))
    clock.at_s = 104.0
    assert line.timeline().paused_s == (0.5, 1.0, 0.25, 0.0, 0.0)


def test_a_pause_that_goes_on_is_cut_where_the_run_ended() -> None:
    clock = Clock()
    line = TimelineObserver(clock)
    line.paused(Paused(3_600.0))
    clock.at_s = 164.0
    told = line.timeline()
    assert told.seconds_each == 32
    assert told.paused_s == (32.0, 32.0, 32.0)


def test_a_long_run_has_longer_steps_and_loses_nothing() -> None:
    clock = Clock()
    line = TimelineObserver(clock)
    for _ in range(1_000):
        line.request_made(RequestMade("poll", 200, 0.1))
        clock.at_s += 1.0
    line.import_finished(finished(7))
    told = line.timeline()
    assert told.seconds_each == 16
    assert len(told.requests) <= MOST_STEPS
    assert sum(told.requests) == 1_000
    assert told.requests[0] == 16
    assert sum(told.imported) == 7


def test_a_resumed_run_says_that_it_shows_its_last_start_only() -> None:
    line = TimelineObserver(Clock())
    started = RunStarted(
        command="import",
        run_directory="run",
        is_resumed=True,
        counters=RunCounters(),
        requests_in_last_minute=lambda: 0,
        time_left_s=lambda: None,
    )
    line.run_started(started)
    assert line.timeline().is_resumed is True
