"""What a run directory holds that is not the run's own is refused before it is opened."""

import os
from pathlib import Path

import pytest
import structlog

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.runs.own_files import refuse_what_is_not_ours

OPENED = [
    "lock", "journal.db", "journal.db-wal", "journal.db-shm", "journal.db-journal",
    "journal.db.new", "journal.head", "input", "input.csv", "input.json", ".input.part",
]  # fmt: skip


def refuse(directory: Path, *, allows_shared: bool = False) -> list[dict[str, object]]:
    with structlog.testing.capture_logs() as logged:
        refuse_what_is_not_ours(directory, "input", allows_shared=allows_shared)
    return [dict(line) for line in logged]


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    return path


def test_a_directory_of_our_own_and_what_a_run_leaves_in_it_are_accepted(run_dir: Path) -> None:
    for name in OPENED:
        (run_dir / name).touch(mode=0o600)
    (run_dir / "rejects.csv").touch()
    assert refuse(run_dir) == []


@pytest.mark.parametrize("name", OPENED)
def test_a_second_name_of_a_file_is_refused(run_dir: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    elsewhere.chmod(0o600)
    os.link(elsewhere, run_dir / name)
    for allows_shared in (False, True):
        with pytest.raises(ConfigurationError, match=r"has 2 names \(hard links\)"):
            refuse(run_dir, allows_shared=allows_shared)
    assert elsewhere.read_bytes() == b"mine"


@pytest.mark.parametrize("name", OPENED)
def test_a_pipe_or_a_link_is_refused_and_not_waited_for(run_dir: Path, name: str) -> None:
    os.mkfifo(run_dir / name, 0o600)
    with pytest.raises(ConfigurationError, match=r"is no regular file \(prw-------\)"):
        refuse(run_dir, allows_shared=True)
    (run_dir / name).unlink()
    (run_dir / name).symlink_to("/etc/passwd")
    with pytest.raises(ConfigurationError, match="is a link"):
        refuse(run_dir, allows_shared=True)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_to_is_refused_or_told(run_dir: Path, mode: int) -> None:
    path = run_dir / "journal.db"
    path.touch()
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"journal\.db can be written to by others"):
        refuse(run_dir)
    (told,) = refuse(run_dir, allows_shared=True)
    assert told["event"] == "run_directory_shared"
    assert "journal.db can be written to by others" in str(told["what"])


def test_a_file_that_others_can_only_read_is_accepted(run_dir: Path) -> None:
    (run_dir / "journal.db").touch()
    (run_dir / "journal.db").chmod(0o644)
    assert refuse(run_dir) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_another_user_is_refused_or_told(run_dir: Path) -> None:
    (run_dir / "journal.db").touch(mode=0o600)
    os.chown(run_dir / "journal.db", 12345, -1)
    with pytest.raises(ConfigurationError, match=r"journal\.db belongs to user 12345"):
        refuse(run_dir)
    os.chown(run_dir, 12346, -1)
    with pytest.raises(ConfigurationError, match="run belongs to user 12346"):
        refuse(run_dir)
    (told,) = refuse(run_dir, allows_shared=True)
    assert len(told["what"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750, 0o701])
@pytest.mark.parametrize("held", [[], ["lock"], ["journal.db", "rejects.csv"]])
def test_a_directory_for_runs_alone_is_closed_to_others(
    run_dir: Path, mode: int, held: list[str]
) -> None:
    for name in held:
        (run_dir / name).touch(mode=0o600)
    run_dir.chmod(mode)
    (told,) = refuse(run_dir)
    assert told["event"] == "run_directory_closed"
    assert run_dir.stat().st_mode & 0o777 == 0o700
    assert refuse(run_dir) == []


@pytest.mark.parametrize(("mode", "is_refused"), [(0o755, False), (0o775, True), (0o1777, True)])
def test_the_mode_of_a_directory_with_other_things_in_it_is_left(
    run_dir: Path, mode: int, is_refused: bool
) -> None:
    (run_dir / "holiday.jpg").touch()
    run_dir.chmod(mode)
    if is_refused:
        with pytest.raises(ConfigurationError, match="run can be written to by others"):
            refuse(run_dir)
    else:
        assert [line["event"] for line in refuse(run_dir)] == ["run_directory_readable"]
    events = [line["event"] for line in refuse(run_dir, allows_shared=True)]
    assert events == ["run_directory_shared" if is_refused else "run_directory_readable"]
    assert run_dir.stat().st_mode & 0o7777 == mode


def test_a_directory_that_everybody_puts_things_into_is_never_closed(run_dir: Path) -> None:
    run_dir.chmod(0o1777)
    with pytest.raises(ConfigurationError, match="run can be written to by others"):
        refuse(run_dir)
    assert run_dir.stat().st_mode & 0o7777 == 0o1777


def test_a_directory_in_the_place_of_a_file_is_left_to_whoever_opens_it(run_dir: Path) -> None:
    (run_dir / "input").mkdir()
    assert refuse(run_dir) == []


def test_a_directory_that_cannot_be_looked_into_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="gone"):
        refuse(tmp_path / "gone")
