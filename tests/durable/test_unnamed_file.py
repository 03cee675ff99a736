"""A file without a name: pieces come back as they were, and nothing stays behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.durable.unnamed_file import UnnamedFile
from cxone_async.errors import CannotWriteError


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.binary(max_size=20_000), st.booleans()), max_size=10))
def test_pieces_come_back_as_they_were_whenever_they_are_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bytes, bool]]
) -> None:
    directory = tmp_path_factory.mktemp("run")
    with closing(UnnamedFile(directory)) as file:
        starts: list[int] = []
        for piece, is_read_at_once in pieces:
            starts.append(file.append(piece))
            if is_read_at_once:
                assert file.read(starts[-1], len(piece)) == piece
        for start, (piece, _) in zip(starts, pieces, strict=True):
            assert file.read(start, len(piece)) == piece
        assert [*directory.iterdir()] == []


def test_a_directory_that_is_not_there_is_named_with_the_cause(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match=r"cannot write .*gone: .*\(errno 2\)"):
        UnnamedFile(tmp_path / "gone")


def test_a_full_disk_is_told_once_and_closing_says_nothing_more(
    tmp_path: Path, file_size_limit: Callable[[int], AbstractContextManager[int]]
) -> None:
    file = UnnamedFile(tmp_path)
    with file_size_limit(1 << 16):
        start = file.append(b"x" * 1000)  # in the buffer, as yet
        with pytest.raises(CannotWriteError, match=r"\(errno 27\)"):
            file.append(b"x" * (1 << 17))
            file.read(start, 1)
        file.close()
