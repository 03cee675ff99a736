"""A run that is started again after its end: done, or all to be done again."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from cxone_async.durable.checksums import PIECE_BYTES
from cxone_async.journal.events import RunFinished
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.files import FACT_NAMES
from cxone_async.report.page import render_page
from cxone_async.report.reconciliation import OutcomeByRow, RunFacts, Tally, reconcile
from cxone_async.runs.completed import (
    changed_files,
    recorded_result,
    result_if_intact,
)
from cxone_async.testing.journal import InMemoryJournal

RESULT = reconcile(
    run=RunFacts(command="import", run_id="run"),
    total_input=0,
    collected={},
    segmented=0,
    possible_duplicates=0,
    outcome_by_row=OutcomeByRow(),
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
    digests = finished.file_digests | {"report.html": sha256(b"of an older version").hexdigest()}
    finished = msgspec.structs.replace(finished, file_digests=digests)
    assert await result_if_intact(tmp_path, finished) == RESULT
    assert (tmp_path / "report.html").read_text() == render_page(RESULT)
    assert logged == [{"event": "files_intact", "log_level": "info"}]


async def test_a_report_that_a_person_has_edited_is_kept(tmp_path, finished, logged):
    (tmp_path / "report.html").write_text("with notes")
    assert await result_if_intact(tmp_path, finished) == RESULT
    assert (tmp_path / "report.edited-1.html").read_text() == "with notes"
    assert [line["event"] for line in logged] == ["edited_file_kept", "files_intact"]
    assert await result_if_intact(tmp_path, finished) == RESULT
    assert not (tmp_path / "report.edited-2.html").exists()


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


def unwatched(pieces: Iterable[bytes]) -> Iterable[bytes]:
    return pieces


@pytest.fixture
def digests(run_directory: Path, write_run: Any) -> dict[str, str]:
    """The digests of a run whose files lie in `run_directory`; unresolved.csv has no rows."""
    write_run([RowOutcome(1, 2, Outcome.IMPORTED), RowOutcome(2, 3, Outcome.INVALID, raw=b"x,")])
    written: dict[str, str] = write_run.digests
    return written


def test_what_the_run_wrote_is_intact(run_directory: Path, digests: dict[str, str]) -> None:
    assert changed_files(run_directory, digests, unwatched) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FACT_NAMES)
def test_whatever_happens_to_a_file_is_noticed(
    run_directory: Path,
    digests: dict[str, str],
    name: str,
    damage: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(run_directory)
    damage(run_directory / name)
    assert changed_files(run_directory, digests, unwatched) == [name]


def test_a_file_that_may_not_be_read_is_not_intact(write_run: Any, unprivileged: Path) -> None:
    write_run.directory = unprivileged
    write_run([])
    (unprivileged / "review.csv").chmod(0o200)
    assert changed_files(unprivileged, write_run.digests, unwatched) == ["review.csv"]


def test_an_empty_file_is_told_from_a_pipe_that_holds_nothing(
    run_directory: Path, digests: dict[str, str]
) -> None:
    path = run_directory / "review.csv"
    path.write_bytes(b"")
    digests["review.csv"] = sha256(b"").hexdigest()
    assert changed_files(run_directory, digests, unwatched) == []
    path.unlink()
    os.mkfifo(path)
    assert changed_files(run_directory, digests, unwatched) == ["review.csv"]


def test_several_are_named_in_the_order_of_the_files(
    run_directory: Path, digests: dict[str, str]
) -> None:
    for name in FACT_NAMES:
        (run_directory / name).unlink()
    assert changed_files(run_directory, digests, unwatched) == list(FACT_NAMES)


def test_a_file_whose_digest_is_not_known_is_not_intact(
    run_directory: Path, digests: dict[str, str]
) -> None:
    del digests["rejects.csv"]
    assert changed_files(run_directory, digests, unwatched) == ["rejects.csv"]


def test_nothing_is_asked_of_the_report(run_directory: Path, digests: dict[str, str]) -> None:
    (run_directory / "report.html").unlink()
    assert changed_files(run_directory, digests, unwatched) == []


def test_a_long_file_is_read_in_pieces_and_can_be_broken_off(
    run_directory: Path, digests: dict[str, str]
) -> None:
    sizes: list[int] = []

    def watched(pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            sizes.append(len(piece))
            if len(sizes) == 3:
                raise ZeroDivisionError  # anything that is no OSError
            yield piece

    with (run_directory / FACT_NAMES[0]).open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(ZeroDivisionError):
        changed_files(run_directory, digests, watched)
    assert sizes == [PIECE_BYTES] * 3
