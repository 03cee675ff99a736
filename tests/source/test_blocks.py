"""Files on disk: what they hold, and what each way of not being readable is called."""

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.source.blocks import fingerprint, is_regular, read_blocks

TEXT = b"phone,email\n" + b"1,a@example.com\n" * 500


async def blocks_of(path: Path, block_bytes: int = 1000) -> list[bytes]:
    return [block async for block in read_blocks(path, block_bytes)]


@pytest.mark.parametrize("size", [0, 1, 2, 999, 1000, 1001, 5000])
async def test_a_file_comes_in_blocks_of_the_size_asked_for(tmp_path: Path, size: int) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(TEXT[:size])
    blocks = await blocks_of(path)
    assert b"".join(blocks) == TEXT[:size]
    assert all(0 < len(block) <= 1000 for block in blocks)


@pytest.mark.parametrize("name", ["contacts.csv.gz", "contacts.csv"])
async def test_gzip_is_told_by_its_content_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(b"2,b@example.com\n"))
    blocks = await blocks_of(path)
    assert b"".join(blocks) == TEXT + b"2,b@example.com\n"
    assert all(0 < len(block) <= 1000 for block in blocks)


async def test_a_plain_file_named_gz_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "contacts.gz"
    path.write_bytes(TEXT)
    assert b"".join(await blocks_of(path)) == TEXT


async def test_gzip_cut_short_is_unreadable_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv.gz"
    path.write_bytes(gzip.compress(TEXT)[:-5])
    with pytest.raises(UnreadableInputError, match=r"contacts\.csv\.gz.*cut short"):
        await blocks_of(path)


async def test_no_such_file_is_missing_input(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(TEXT)
    for path in (tmp_path / "absent.csv", file / "below.csv", Path("nul\0name")):
        with pytest.raises(MissingInputError, match="no"):
            await blocks_of(path)
        with pytest.raises(MissingInputError):
            await fingerprint(path)
        with pytest.raises(MissingInputError):
            is_regular(path)


async def test_a_directory_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="directory"):
        await blocks_of(tmp_path)
    with pytest.raises(UnreadableInputError, match="directory"):
        await fingerprint(tmp_path)
    with pytest.raises(UnreadableInputError, match="directory"):
        is_regular(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
async def test_a_file_that_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(TEXT)
    path.chmod(0)
    with pytest.raises(UnreadableInputError, match="cannot be read"):
        await blocks_of(path)


async def test_a_name_the_system_refuses_is_unreadable_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="cannot be read"):
        await blocks_of(tmp_path / ("x" * 5000))


async def test_the_fingerprint_is_the_sha256_of_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    assert await fingerprint(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_and_a_link_to_it_are_regular_and_a_pipe_is_not(tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "file", tmp_path / "link", tmp_path / "pipe"
    file.write_bytes(TEXT)
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert [is_regular(path) for path in (file, link, pipe)] == [True, True, False]
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(MissingInputError):
        is_regular(link)
