"""Regular files: what they hold, and how each way of not being readable is reported."""

import gzip
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.source.file_input import BLOCK_BYTES
from cxone_async.source.input import Input, open_input

TEXT = b"phone,email\n" + b"1,a@example.com\n" * 50_000
SIZES = [0, 1, 2, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES]


async def blocks_of(source: Input) -> list[bytes]:
    return [block async for block in source.blocks()]


def written(path: Path, content: bytes) -> Input:
    path.write_bytes(content)
    return open_input(str(path))


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_comes_in_blocks_of_bounded_size_as_often_as_it_is_read(
    tmp_path: Path, size: int
) -> None:
    source = written(tmp_path / "contacts.csv", TEXT[:size])
    assert source.size_bytes == size
    for _ in range(2):
        blocks = await blocks_of(source)
        assert b"".join(blocks) == TEXT[:size]
        assert all(0 < len(block) <= BLOCK_BYTES for block in blocks)


@pytest.mark.parametrize("name", ["contacts.csv.gz", "contacts.csv"])
async def test_gzip_is_recognised_by_its_content_whatever_its_name(
    tmp_path: Path, name: str
) -> None:
    packed = gzip.compress(TEXT) + gzip.compress(b"2,b@example.com\n")
    source = written(tmp_path / name, packed)
    blocks = await blocks_of(source)
    assert b"".join(blocks) == TEXT + b"2,b@example.com\n"
    assert all(0 < len(block) <= BLOCK_BYTES for block in blocks)
    assert source.size_bytes == len(packed)


async def test_a_plain_file_named_gz_is_read_as_it_is(tmp_path: Path) -> None:
    source = written(tmp_path / "contacts.gz", TEXT)
    assert b"".join(await blocks_of(source)) == TEXT


async def test_gzip_cut_short_is_unreadable_and_names_the_file(tmp_path: Path) -> None:
    source = written(tmp_path / "contacts.csv.gz", gzip.compress(TEXT)[:-5])
    with pytest.raises(UnreadableInputError, match=r"contacts\.csv\.gz.*cut short"):
        await blocks_of(source)


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=100), st.booleans())
async def test_the_fingerprint_is_the_sha256_of_the_stored_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, is_packed: bool
) -> None:
    stored = gzip.compress(content) if is_packed else content
    source = written(tmp_path_factory.mktemp("file") / "contacts.csv", stored)
    assert await source.fingerprint() == hashlib.sha256(stored).hexdigest()


def _write_more(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"2,b@example.com\n")


def _replace_by_same_size(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"a@", b"z@"))
    os.utime(other, ns=(0, path.stat().st_mtime_ns + 1))
    other.replace(path)


@pytest.mark.parametrize("change", [_write_more, _replace_by_same_size])
async def test_a_file_that_changed_since_it_was_opened_is_not_read(tmp_path, change) -> None:
    source = written(tmp_path / "contacts.csv", TEXT)
    change(tmp_path / "contacts.csv")
    with pytest.raises(UnreadableInputError, match=r"contacts\.csv: has changed"):
        await blocks_of(source)
    with pytest.raises(UnreadableInputError, match=r"contacts\.csv: has changed"):
        await source.fingerprint()
    assert b"".join(await blocks_of(open_input(source.uri)))


async def test_a_file_that_was_only_read_or_moved_there_again_has_not_changed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "contacts.csv"
    source = written(path, TEXT)
    path.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").rename(path)
    path.chmod(0o600)
    assert b"".join(await blocks_of(source)) == TEXT


async def test_a_file_that_is_gone_when_it_is_read_is_missing(tmp_path: Path) -> None:
    source = written(tmp_path / "contacts.csv", TEXT)
    (tmp_path / "contacts.csv").unlink()
    with pytest.raises(MissingInputError, match="there is no such file"):
        await blocks_of(source)
    with pytest.raises(MissingInputError, match="there is no such file"):
        await source.fingerprint()


async def test_a_file_that_may_not_be_read_is_unreadable(unprivileged: Path) -> None:
    source = written(unprivileged / "contacts.csv", TEXT)
    (unprivileged / "contacts.csv").chmod(0)
    with pytest.raises(UnreadableInputError, match="cannot be read: Permission denied"):
        await blocks_of(source)
    with pytest.raises(UnreadableInputError, match="cannot be read: Permission denied"):
        await source.fingerprint()
