import os
from pathlib import Path

import pytest

from cxone_async.durable.directory import create_run_directory
from cxone_async.errors import CannotWriteError


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_run_directory_is_for_its_owner_alone_and_parents_are_made(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        create_run_directory(tmp_path / "runs" / "tonight")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "runs" / "tonight") == 0o700
    assert mode_of(tmp_path / "runs") == 0o755


def test_a_directory_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    (tmp_path / "journal.db").write_bytes(b"x")
    create_run_directory(tmp_path)
    assert mode_of(tmp_path) == 0o750
    assert (tmp_path / "journal.db").read_bytes() == b"x"


def test_a_relative_path_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    create_run_directory(Path("run"))
    assert (tmp_path / "run").is_dir()


@pytest.mark.parametrize("below", ["", "run", "run/deeper"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotWriteError, match=r"cannot write .*/file: it is a file, and") as error:
        create_run_directory(tmp_path / "file" / below)
    assert error.value.exit_code == 73


def test_a_link_to_nowhere_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CannotWriteError, match="/run: it is a link, and leads to no directory"):
        create_run_directory(tmp_path / "run")


def test_where_nothing_may_be_written_the_refusal_says_so(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    with pytest.raises(CannotWriteError, match="Permission denied"):
        create_run_directory(unprivileged / "run")


def test_a_name_that_cannot_be_made_durable_is_refused(unprivileged: Path) -> None:
    unprivileged.chmod(0o300)  # names can be added, and the directory not be opened to sync it
    with pytest.raises(CannotWriteError, match="Permission denied"):
        create_run_directory(unprivileged / "run")
