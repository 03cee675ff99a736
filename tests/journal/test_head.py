"""The head of a journal: what it says, how it is written, how it is read."""

import os
import zlib
from pathlib import Path

import pytest

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import Entry, entry_after
from cxone_async.journal.head import HeadFile, JournalHead, RunningDigest, head_path, read_head
from cxone_async.journal.lifecycle import Bounced


def entries(count: int) -> list[Entry]:
    written: list[Entry] = []
    sequence = checksum = 0
    for number in range(1, count + 1):
        entry = entry_after(sequence, checksum, Bounced(f"c{number}"))
        sequence, checksum = entry.sequence, entry.checksum
        written.append(entry)
    return written


def kept(directory: Path, written: list[Entry]) -> JournalHead:
    path = directory / "journal.db"
    HeadFile(path, RunningDigest()).keep(written, 7, 3500)
    head = read_head(path)
    assert head is not None
    return head


def test_a_head_is_read_as_it_was_kept(tmp_path: Path) -> None:
    head = kept(tmp_path, entries(2))
    assert (head.sequence, head.submissions, head.highest_row) == (2, 7, 3500)
    assert len(head.digest) == 64
    assert [file.name for file in tmp_path.iterdir()] == ["journal.head"]
    assert (tmp_path / "journal.head").stat().st_mode & 0o777 == 0o600


def test_a_head_of_an_earlier_version_does_not_say_how_many_rows_have_their_outcome(
    tmp_path: Path,
) -> None:
    said = b'{"sequence":2,"digest":"00","submissions":7,"highest_row":3500}'
    (tmp_path / "journal.head").write_bytes(b"%b %08x\n" % (said, zlib.crc32(said)))
    assert read_head(tmp_path / "journal.db") == JournalHead(2, "00", 7, 3500, None)


def test_the_digest_is_over_every_entry_whether_kept_together_or_one_by_one(
    tmp_path: Path,
) -> None:
    file = HeadFile(tmp_path / "journal.db", RunningDigest())
    for entry in entries(3):
        file.keep([entry], 0, 0)
    head = read_head(tmp_path / "journal.db")
    assert head is not None
    (tmp_path / "other").mkdir()
    assert head.digest == kept(tmp_path / "other", entries(3)).digest
    assert head.digest != kept(tmp_path / "other", entries(2)).digest


def test_a_digest_meets_the_head_of_the_same_entries_and_no_other(tmp_path: Path) -> None:
    head = kept(tmp_path, entries(2))
    whole, short, other = RunningDigest(head), RunningDigest(head), RunningDigest(head)
    assert [entry.sequence for entry in whole.over(entries(3))] == [1, 2, 3]
    assert whole.meets_head
    short.add(entries(1)[0])
    assert not short.meets_head
    for entry in (entries(1)[0], entry_after(1, entries(1)[0].checksum, Bounced("x"))):
        other.add(entry)
    assert not other.meets_head
    assert RunningDigest().meets_head


def test_there_is_no_head_where_no_file_is(tmp_path: Path) -> None:
    assert read_head(tmp_path / "journal.db") is None


@pytest.mark.parametrize("position", range(0, 140, 7))
def test_a_flipped_bit_makes_a_head_unreadable(tmp_path: Path, position: int) -> None:
    kept(tmp_path, entries(2))
    path = head_path(tmp_path / "journal.db")
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"journal\.head is damaged"):
        read_head(tmp_path / "journal.db")


@pytest.mark.parametrize("kind", ["empty", "directory", "pipe", "link", "checked, but no head"])
def test_what_is_no_head_is_refused_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "journal.head"
    match kind:
        case "empty":
            path.touch()
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            path.write_bytes(b"{} %08x\n" % zlib.crc32(b"{}"))
    with pytest.raises((ConfigurationError, CannotWriteError), match=r"journal\.head"):
        read_head(tmp_path / "journal.db")


def test_what_a_killed_process_left_half_written_is_replaced(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    os.link(elsewhere, tmp_path / ".journal.head.partial")
    assert kept(tmp_path, entries(1)).sequence == 1
    assert elsewhere.read_bytes() == b"mine"


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match=r"missing/journal\.head: No such file"):
        HeadFile(tmp_path / "missing" / "journal.db", RunningDigest()).keep(entries(1), 0, 0)
