"""Files that a person has edited, when the program writes its own again."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.durable.checksums import (
    CHECKSUMS,
    KeptFile,
    digest_of,
    digests_with,
    forget_old_ones,
    keep_edited,
    lines_of,
)

NAMES = ("rejects.csv", "outcomes.csv")
STEPS = len(NAMES) + 2
"""Each name, that of SHA256SUMS, and the end."""
BY_A_PERSON = "phone\n+44 7700 900123\n"


def write(directory: Path, content: str, *, steps: int = STEPS) -> list[KeptFile]:
    """Write the files with `content`; a writer that is killed takes fewer `steps`."""
    files = [AtomicFile(directory / name) for name in (*NAMES, CHECKSUMS)]
    *own, checksums = files
    for file in own:
        file.write(f"{content} {file.path.name}".encode())
    checksums.write(lines_of((file.path.name, file.digest) for file in own))
    for file in files:
        file.seal()
    kept = keep_edited(directory, files, {})
    for file in files[:steps]:
        file.publish()
    for file in files:
        file.discard()
    if steps == STEPS:
        forget_old_ones(directory)
    return kept


@pytest.mark.parametrize("first", range(STEPS + 1))
@pytest.mark.parametrize("second", range(STEPS + 1))
def test_wherever_writers_are_killed_their_own_files_are_never_taken_for_edited(
    tmp_path: Path, first: int, second: int
) -> None:
    write(tmp_path, "one")
    assert write(tmp_path, "two", steps=first) == []
    assert write(tmp_path, "three", steps=second) == []
    assert write(tmp_path, "four") == []
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, CHECKSUMS}


@pytest.mark.parametrize("killed_after", range(STEPS + 1))
def test_wherever_a_writer_is_killed_an_edited_file_is_kept(
    tmp_path: Path, killed_after: int
) -> None:
    write(tmp_path, "one")
    (tmp_path / "rejects.csv").write_text(BY_A_PERSON)
    kept = write(tmp_path, "two", steps=killed_after)
    assert kept == [KeptFile("rejects.csv", "rejects.edited-1.csv")]
    assert write(tmp_path, "three") == []
    assert (tmp_path / "rejects.edited-1.csv").read_text() == BY_A_PERSON
    assert (tmp_path / "rejects.csv").read_text() == "three rejects.csv"


def test_a_file_that_is_edited_while_no_writer_lives_after_a_kill_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "one", steps=1)
    (tmp_path / "rejects.csv").write_text(BY_A_PERSON)
    assert write(tmp_path, "two") == [KeptFile("rejects.csv", "rejects.edited-1.csv")]


def test_each_edit_gets_the_next_free_name(tmp_path: Path) -> None:
    write(tmp_path, "one")
    (tmp_path / "rejects.edited-2.csv").symlink_to("nowhere")
    for number, edit in ((1, "first edit"), (3, "second edit")):
        (tmp_path / "rejects.csv").write_text(edit)
        assert write(tmp_path, "two") == [KeptFile("rejects.csv", f"rejects.edited-{number}.csv")]
        assert (tmp_path / f"rejects.edited-{number}.csv").read_text() == edit


def with_mark_and_line_ends(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n")


def by_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere.csv")


def by_a_full_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "notes").touch()


def by_an_empty_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "edit",
    [
        with_mark_and_line_ends,
        by_a_link,
        by_a_full_directory,
        by_an_empty_directory,
        by_a_pipe,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes((path.parent / "outcomes.csv").read_bytes()),
    ],
)
def test_whatever_stands_in_the_place_of_a_file_is_kept(
    tmp_path: Path, edit: Callable[[Path], None]
) -> None:
    write(tmp_path, "one")
    edit(tmp_path / "rejects.csv")
    was = (tmp_path / "rejects.csv").lstat()
    assert write(tmp_path, "two") == [KeptFile("rejects.csv", "rejects.edited-1.csv")]
    assert (tmp_path / "rejects.edited-1.csv").lstat().st_ino == was.st_ino
    assert (tmp_path / "rejects.csv").read_text() == "two rejects.csv"


@pytest.mark.parametrize("content", [None, b"", b"\xff\x00", b"no digest  rejects.csv\n"])
def test_without_readable_checksums_all_is_kept_but_what_would_be_written_the_same(
    tmp_path: Path, content: bytes | None
) -> None:
    write(tmp_path, "one")
    (tmp_path / CHECKSUMS).unlink()
    if content is None:
        (tmp_path / CHECKSUMS).mkdir()
    else:
        (tmp_path / CHECKSUMS).write_bytes(content)
    assert write(tmp_path, "one") == []
    (tmp_path / CHECKSUMS).unlink()
    assert [one.name for one in write(tmp_path, "two")] == [*NAMES]


def test_the_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    write(tmp_path, "one")
    check(tmp_path)
    (tmp_path / NAMES[0]).write_text("drawn again")
    lines = digests_with(tmp_path, NAMES[0], digest_of(tmp_path / NAMES[0]))
    (tmp_path / CHECKSUMS).write_bytes(lines)
    check(tmp_path)


def check(directory: Path) -> None:
    command = ("/usr/bin/env", "sha256sum", "-c", "--strict", CHECKSUMS)
    subprocess.run(command, cwd=directory, check=True)
