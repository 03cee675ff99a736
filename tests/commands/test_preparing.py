"""From settings to what preparing needs."""

import pytest

from cxone_async.commands.preparing import read_suppression
from cxone_async.errors import MissingInputError, UnreadableInputError


async def test_without_a_suppression_file_there_are_no_lines():
    assert await read_suppression(None) == ()


async def test_the_lines_of_a_suppression_file_are_read_without_its_byte_order_mark(tmp_path):
    file = tmp_path / "suppress.txt"
    file.write_bytes(b"\xef\xbb\xbf+12025550101\r\nada@example.com\n")
    assert await read_suppression(file) == ("+12025550101", "ada@example.com")


async def test_a_missing_suppression_file_is_named(tmp_path):
    with pytest.raises(MissingInputError, match=r"no such suppression file: .*suppress\.txt"):
        await read_suppression(tmp_path / "suppress.txt")


async def test_a_suppression_file_that_is_not_utf_8_is_refused_without_its_content(tmp_path):
    file = tmp_path / "suppress.txt"
    file.write_bytes(b"ada@example.com\n\xff\n")
    with pytest.raises(UnreadableInputError, match=r"suppress\.txt: UnicodeDecodeError$"):
        await read_suppression(file)
