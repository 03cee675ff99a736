"""Names of files become parts of one line that can be printed."""

import os

import pytest

from cxone_async.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.csv", "plain name.csv"),
        ("M\u00fcller \u5c71\u7530", "M\u00fcller \u5c71\u7530"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\x1b[2Jred\x07", "\\x1b[2Jred\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("gpj.\u202evsc", "gpj.\\u202evsc"),
        ("a\u2028b\u2066c", "a\\u2028b\\u2066c"),
        (os.fsdecode(b"\xff.csv"), "\\udcff.csv"),
    ],
)
def test_what_a_line_must_not_hold_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).encode().decode() == shown
    assert len(printable(text).splitlines()) == 1
