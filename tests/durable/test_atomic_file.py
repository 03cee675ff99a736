import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from cxone_async.durable.atomic_file import AtomicFile, files_together
from cxone_async.errors import CannotWriteError


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_file_has_no_name_until_it_is_whole_and_is_for_its_owner_only(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "a.csv") as file:
        file.write(b"first")
        (temporary,) = tmp_path.iterdir()
        assert temporary.name != "a.csv"
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        file.write(b" second")
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"first second"
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_a_failure_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(ZeroDivisionError), AtomicFile(tmp_path / "a.csv") as file:
        file.write(b"%d" % (1 // 0))
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_directory_that_is_not_there_is_named_with_the_cause(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match=r"gone/a\.csv: No such file or directory"):
        AtomicFile(tmp_path / "gone" / "a.csv")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the kernel's full device")
def test_a_full_disk_is_named_and_the_temporary_file_removed(tmp_path: Path) -> None:
    file = AtomicFile(tmp_path / "a.csv")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, file._file.fileno())
    os.close(full)
    with pytest.raises(CannotWriteError, match="No space left"), file:
        file.write(b"x" * (2 << 20))
    assert names(tmp_path) == []


def test_a_file_knows_the_digest_of_what_was_written(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "a.csv") as file:
        assert file.digest == sha256(b"").hexdigest()
        file.write(b"first")
        file.write(b" second")
    assert file.digest == sha256((tmp_path / "a.csv").read_bytes()).hexdigest()


def test_an_empty_directory_gives_way_to_a_file(tmp_path: Path) -> None:
    for name in ("one", "other", "last"):
        (tmp_path / name).mkdir()
    with AtomicFile(tmp_path / "one"):
        pass
    with files_together(tmp_path, ["other", "last"]):
        pass
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b""] * 3


def test_a_directory_that_holds_something_is_refused_and_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "theirs").write_text("kept")
    (tmp_path / "a").write_text("old")
    with (
        pytest.raises(CannotWriteError, match="last: Is a directory"),
        files_together(tmp_path, ["a", "last"]),
    ):
        pass
    assert (tmp_path / "last" / "theirs").read_text() == "kept"
    assert (names(tmp_path), (tmp_path / "a").read_text()) == (["a", "last"], "old")


def test_a_name_that_cannot_be_taken_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv" / "theirs").mkdir(parents=True)
    with pytest.raises(CannotWriteError, match=r"a\.csv"), AtomicFile(tmp_path / "a.csv") as file:
        file.write(b"x")
    assert names(tmp_path) == ["a.csv"]


def test_files_together_appear_only_when_all_are_whole(tmp_path: Path) -> None:
    with files_together(tmp_path, ["a", "b"]) as (first, second):
        first.write(b"1")
        second.write(b"2")
        assert not {"a", "b"} & set(names(tmp_path))
    assert names(tmp_path) == ["a", "b"]


def test_files_together_change_nothing_when_one_fails(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old a")
    (tmp_path / "b").write_text("old b")
    with pytest.raises(ZeroDivisionError), files_together(tmp_path, ["a", "b"]) as (first, _):
        first.write(b"%d" % (1 // 0))
    assert names(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "old a"
    assert (tmp_path / "b").read_text() == "old b"


@pytest.mark.parametrize("older", [None, "file", "link", "directory"])
def test_a_file_that_is_left_out_takes_an_older_one_away(tmp_path: Path, older: str | None) -> None:
    if older == "file":
        (tmp_path / "a").write_text("of an older run")
    elif older == "link":
        (tmp_path / "a").symlink_to("nowhere")
    elif older == "directory":
        (tmp_path / "a").mkdir()
    with files_together(tmp_path, ["a", "last"]) as (file, _):
        file.write(b"begun")
        file.leave_out()
    assert names(tmp_path) == (["a", "last"] if older == "directory" else ["last"])


def test_a_file_that_was_to_be_left_out_stays_when_the_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old a")
    with pytest.raises(ZeroDivisionError), files_together(tmp_path, ["a", "last"]) as (file, _):
        file.leave_out()
        file.write(b"%d" % (1 // 0))
    assert (tmp_path / "a").read_text() == "old a"


def test_the_last_file_never_vouches_for_another_writing(tmp_path: Path) -> None:
    """When the names cannot all be given, the old last file is gone already."""
    (tmp_path / "a" / "theirs").mkdir(parents=True)  # cannot be replaced by a file
    (tmp_path / "last").write_text("old")
    with pytest.raises(CannotWriteError), files_together(tmp_path, ["a", "last"]):
        pass
    assert names(tmp_path) == ["a"]


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.kj3h2_.partial").write_text("as after a kill")
    (tmp_path / ".other.partial").write_text("not ours")
    with files_together(tmp_path, ["a"]):
        pass
    assert names(tmp_path) == [".other.partial", "a"]
