"""Gzip in pieces: whole, many members, padded, cut, corrupt, and as a bomb."""

import gzip
import zlib
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.source.inflate import Inflater, inflated

TEXT = b"phone,email\n" + b"1,a@example.com\n" * 500


def inflate(*pieces: bytes, block_bytes: int = 1000) -> list[bytes]:
    inflater = Inflater("contacts.csv", block_bytes)
    blocks = []
    for piece in pieces:
        inflater.feed(piece)
        while block := inflater.take():
            blocks.append(block)
    inflater.finish()
    return blocks


@settings(deadline=None)
@given(st.binary(max_size=3000), st.integers(1, 400), st.integers(1, 50), st.integers(0, 3))
def test_any_pieces_and_members_give_the_content(
    data: bytes, block_bytes: int, piece: int, padding: int
) -> None:
    whole = gzip.compress(data[:1000]) + b"\0" * padding + gzip.compress(data[1000:])
    whole += b"\0" * padding
    pieces = [whole[i : i + piece] for i in range(0, len(whole), piece)]
    blocks = inflate(*pieces, block_bytes=block_bytes)
    assert b"".join(blocks) == data
    assert all(len(block) <= block_bytes for block in blocks)


@pytest.mark.slow
def test_a_bomb_inflates_a_block_at_a_time() -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    inflater = Inflater("contacts.csv", 1 << 16)
    inflater.feed(bomb)
    taken = 0
    while block := inflater.take():
        assert len(block) <= 1 << 16
        taken += len(block)
    inflater.finish()
    assert taken == 50_000_000


@pytest.mark.parametrize("missing", [1, 8, 9, 60])
def test_data_that_is_cut_short_is_unreadable(missing: int) -> None:
    with pytest.raises(UnreadableInputError, match=r"contacts\.csv.*cut short"):
        inflate(gzip.compress(TEXT)[:-missing])


def test_a_second_member_cut_short_is_unreadable() -> None:
    with pytest.raises(UnreadableInputError, match="cut short"):
        inflate(gzip.compress(TEXT) + gzip.compress(TEXT)[:9])


def test_a_wrong_checksum_or_broken_data_is_unreadable_and_says_where() -> None:
    whole = gzip.compress(TEXT)
    wrong_checksum = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
    broken = whole[:10] + b"\xff" * 20 + whole[30:]
    for data in (wrong_checksum, broken, b"\x1f\x8bno gzip at all"):
        with pytest.raises(UnreadableInputError, match=r"contacts\.csv.*corrupt.*after byte"):
            inflate(data)


def test_something_else_after_the_last_member_is_unreadable() -> None:
    with pytest.raises(UnreadableInputError, match="corrupt"):
        inflate(gzip.compress(TEXT) + b"trailing")


def test_what_precedes_the_damage_is_given_first() -> None:
    inflater = Inflater("contacts.csv", 1000)
    inflater.feed(gzip.compress(TEXT)[:-4])
    taken = b""
    while block := inflater.take():
        taken += block
    assert taken == TEXT
    assert zlib.crc32(taken) == zlib.crc32(TEXT)
    with pytest.raises(UnreadableInputError):
        inflater.finish()


async def in_pieces(data: bytes, size: int) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.booleans(), st.integers(1, 100))
async def test_what_is_stored_in_any_pieces_comes_out_inflated_if_it_is_gzip(
    data: bytes, is_packed: bool, size: int
) -> None:
    stored = gzip.compress(data) if is_packed else b"x" + data
    blocks = [block async for block in inflated(in_pieces(stored, size), "in.csv", 50)]
    assert b"".join(blocks) == (data if is_packed else stored)
    assert all(blocks)


async def test_reading_that_ends_early_closes_what_is_stored() -> None:
    stored = in_pieces(b"plain text", 2)
    blocks = inflated(stored, "in.csv", 50)
    assert await anext(blocks) == b"pl"
    await blocks.aclose()
    assert await anext(stored, None) is None
