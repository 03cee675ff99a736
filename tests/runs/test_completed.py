"""A run that is started again after its end: done, or all to be done again."""

import asyncio
import os
from hashlib import sha256

import msgspec
import pytest
import structlog

from cxone_async.journal.events import RunFinished
from cxone_async.report.files import FACT_NAMES
from cxone_async.report.page import render_page
from cxone_async.report.reconciliation import OutcomeByRow, RunFacts, Tally, reconcile
from cxone_async.runs.completed import recorded_result, result_if_intact
from cxone_async.testing.journal import InMemoryJournal

RESULT = reconcile(
    run=RunFacts(command="import", run_id="run"),
    total_input=0,
    collected={},
    segmented=0,
    possible_duplicates=0,
    ledger=OutcomeByRow(),
    written=Tally(),
    requests_by_kind={"token": 1},
    duration_s=1.5,
)
ENOUGH_FOR_MANY_SECONDS_BYTES = 1 << 35


@pytest.fixture
async def finished(identity, tmp_path):
    """How a run whose files lie in `tmp_path` finished, read back from its journal."""
    digests = {}
    for name in FACT_NAMES:
        (tmp_path / name).write_text(f"what {name} tells")
        digests[name] = sha256((tmp_path / name).read_bytes()).hexdigest()
    journal = InMemoryJournal(identity)
    await journal.finish(RunFinished(msgspec.json.encode(RESULT), digests))
    return InMemoryJournal(identity, journal.snapshot()).finished


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_the_result_is_read_back_as_it_was_journalled(finished):
    assert recorded_result(finished) == RESULT


async def test_a_run_that_has_not_finished_is_not_done(tmp_path, logged):
    assert await result_if_intact(tmp_path, None) is None
    assert logged == []


async def test_a_run_with_its_files_intact_is_done_and_its_report_is_written(
    tmp_path, finished, logged
):
    (tmp_path / "report.html").write_text("of an older version")
    assert await result_if_intact(tmp_path, finished) == RESULT
    assert (tmp_path / "report.html").read_text() == render_page(RESULT)
    assert logged == [{"event": "files_intact", "log_level": "info"}]


async def test_a_run_with_files_missing_or_changed_is_not_done_and_they_are_named(
    tmp_path, finished, logged
):
    (tmp_path / "review.csv").unlink()
    (tmp_path / "outcomes.csv").write_text("edited")
    assert await result_if_intact(tmp_path, finished) is None
    assert logged == [
        {"event": "files_changed", "log_level": "warning", "files": ["outcomes.csv", "review.csv"]}
    ]
    assert not (tmp_path / "report.html").exists()


async def test_of_a_run_that_kept_no_digests_nothing_is_known(tmp_path, finished, logged):
    without = RunFinished(finished.summary)
    assert await result_if_intact(tmp_path, without) is None
    assert logged == []


async def test_a_run_whose_counts_do_not_agree_is_not_done(tmp_path, finished, logged):
    failed = msgspec.structs.replace(RESULT, data_integrity_check="FAIL")
    again = msgspec.structs.replace(finished, summary=msgspec.json.encode(failed))
    assert await result_if_intact(tmp_path, again) is None
    assert logged == []


async def test_while_it_looks_at_long_files_it_can_be_stopped(tmp_path, finished, logged):
    os.truncate(tmp_path / "outcomes.csv", ENOUGH_FOR_MANY_SECONDS_BYTES)
    looking = asyncio.create_task(result_if_intact(tmp_path, finished))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert logged == []
    assert not (tmp_path / "report.html").exists()
