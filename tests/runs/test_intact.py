"""Files that are as the run wrote them, and everything else that may stand in their place."""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.files import FACT_NAMES
from cxone_async.runs.intact import changed_files


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
    assert sizes == [1 << 20] * 3
