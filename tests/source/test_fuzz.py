"""What both our reader and Python's csv accept, both read as the same rows.

`make fuzz` draws as many inputs as a minute allows; the ordinary tests draw a few. CI does both,
and always draws the same ones.
"""

import csv
import io
import os
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cxone_async.source.csv_form import CsvForm, Ragged
from cxone_async.source.records import RecordCutter

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
HEADER = ("phone", "email", "note")
SIGNS = ['"', '""', ",", ";", "\n", "\r", "\r\n", " ", "\t", "'", "\\", "a", "7", "é", "=", "+1"]
PIECES = [
    *SIGNS,
    '"x"',
    '"x\ny"',
    '"x""y"',
    '" "',
    ' "x"',
    "12,b@example.com,c\n",
    '"a","b","c"\n',
    '\n"open',
    ",,\n",
    "phone,email,note\n",
    "Total: 3\n",
]

BLANK_BEFORE_QUOTE = re.compile(r'(?:^|[,\r\n])[ \t]+"').search
"""To csv this is text with quotes in it, to us a quoted field: people write lists so."""


@st.composite
def inputs(draw: st.DrawFn) -> str:
    """Pieces of CSV in any order, or a table that was written well and then hit in some places."""
    if draw(st.booleans()):
        return "".join(draw(st.lists(st.sampled_from(PIECES), max_size=40)))
    cells = st.text(st.sampled_from("".join(SIGNS)), max_size=5)
    table = draw(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows(table)
    written = text.getvalue()
    for sign in draw(st.lists(st.sampled_from(SIGNS), max_size=3)):
        at = draw(st.integers(0, len(written)))
        written = written[:at] + sign + written[at + draw(st.integers(0, 1)) :]
    return written


def rows_of_ours(text: str) -> list[tuple[str, ...]] | None:
    """Return the rows below our header; None if one of them is refused."""
    cutter = RecordCutter("utf-8", CsvForm(delimiter=",", ragged=Ragged.REJECT))
    parts = [cutter.feed(f"{','.join(HEADER)}\n{text}".encode()), cutter.finish()]
    if any(part.unreadable for part in parts):
        return None
    return [tuple(cells) for part in parts for cells in part.fields]


def rows_of_csv(text: str) -> list[tuple[str, ...]] | None:
    """Return the rows that are rows to us; None if csv does not accept the text."""
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        return None
    return [row for row in rows if "".join(row).strip() and row != HEADER]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(inputs())
def test_what_both_accept_is_read_as_the_same_rows(text: str) -> None:
    assume(not BLANK_BEFORE_QUOTE(text))
    ours, expected = rows_of_ours(text), rows_of_csv(text)
    assert ours is None or expected is None or ours == expected
