"""What cannot be read as a list of contacts is refused by the name of its file."""

import gzip

import pytest

from cxone_async.errors import UnreadableInputError
from cxone_async.source.input import open_input
from cxone_async.source.input_reading import naming, read_beginning, read_input_header
from cxone_async.source.reading_rules import PLAIN_RULES

REFUSED = {
    "nothing": b"",
    "one blank": b" ",
    "line ends": b"\n\r\n\n",
    "a mark alone": b"\xef\xbb\xbf",
    "nothing, packed": gzip.compress(b""),
    "separators": b",,,\n;;\n",
    "an open quote": b'"phone,email\n',
    "a NUL": b"pho\0ne,email\n",
    "no contact": b"a,b\n1,2\n",
    "no names": b"2025550143,x@example.com\n",
    "a name twice": b"phone,phone,email\n1,2,3\n",
    "two phones": b"phone,mobile,email\n1,2,3\n",
}


@pytest.mark.parametrize("read", [read_beginning, read_input_header])
@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
async def test_a_list_without_a_usable_header_is_named(tmp_path, content, read):
    path = tmp_path / "leads of today.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInputError) as raised:
        await read(open_input(str(path)), PLAIN_RULES)
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).count(str(path)) == 1


def test_standard_input_is_called_so():
    said = "^standard input: the input is empty$"
    with pytest.raises(UnreadableInputError, match=said), naming(open_input("-")):
        raise UnreadableInputError("the input is empty")
