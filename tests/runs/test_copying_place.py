"""An input's copy before its run directory is known, and what killed processes left of copies."""

from pathlib import Path

import pytest
import structlog

from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.errors import CannotWriteError
from cxone_async.runs.copying_place import (
    copying_place,
    remove_places_of_the_dead,
    remove_unfinished_copies,
)

LEFT = ".cxone-run-1234.partial"


def test_the_place_is_for_its_owner_alone_and_goes_with_what_is_in_it(tmp_path: Path) -> None:
    with copying_place(tmp_path) as place:
        (place / "input").write_bytes(b"everybody")
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_holds_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / LEFT).mkdir()
    (tmp_path / LEFT / "input").write_bytes(b"everybody")
    (tmp_path / LEFT / ".input.x.partial").write_bytes(b"half of everybody")
    with copying_place(tmp_path) as place, structlog.testing.capture_logs() as logged:
        remove_places_of_the_dead(tmp_path)
        assert list(tmp_path.iterdir()) == [place]
    assert [(line["event"], line["name"]) for line in logged] == [("leftover_removed", LEFT)]


def test_what_only_bears_such_a_name_is_left(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").touch()
    (tmp_path / LEFT).symlink_to(elsewhere)
    (tmp_path / ".cxone-run-2.partial").touch()
    remove_places_of_the_dead(tmp_path)
    assert (elsewhere / "mine").exists()
    assert len(list(tmp_path.iterdir())) == 3


def test_unfinished_copies_go_and_finished_ones_stay(tmp_path: Path) -> None:
    for name in (".input.abc.partial", ".input.csv.x.partial", "input", ".outcomes.csv.y.partial"):
        (tmp_path / name).touch()
    (tmp_path / ".input.d.partial").mkdir()
    with RunDirectoryLease.acquire(tmp_path):
        remove_unfinished_copies(tmp_path, "input")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".input.d.partial", ".outcomes.csv.y.partial", "input", "lock",
    ]  # fmt: skip


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="gone"), copying_place(tmp_path / "gone"):
        pass
