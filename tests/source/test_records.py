"""What is a record, what is wrong with it, and that nothing else suffers from it."""

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Reason
from cxone_async.source.records import DELIMITERS, RecordCutter
from cxone_async.source.scanner import FIELD_CAP_BYTES, LINE_CAP_BYTES, scan_record
from cxone_async.source.window import Window, find_records

HEADER = b"phone,email,name\n"
GOOD = b"1,a@example.com,Anna\n"
GOOD_FIELDS = ("1", "a@example.com", "Anna")


def values(rows):
    return [fields for _, _, _, fields in rows]


def faults(faulty):
    return [(record.row, record.line, record.reason) for record in faulty]


# --- line ends, quotes, delimiters


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_ends_a_record(cut, end):
    header, rows, faulty = cut(b"a,b" + end + b"1,2" + end + b"3,4" + end)
    assert header.names == ("a", "b")
    assert rows == [(1, 2, b"1,2", ("1", "2")), (2, 3, b"3,4", ("3", "4"))]
    assert faulty == []


def test_line_ends_may_be_mixed_and_the_last_may_be_missing(cut):
    _, rows, _ = cut(b"a,b\r\n1,2\r3,4\n5,6")
    assert [(line, raw) for _, line, raw, _ in rows] == [(2, b"1,2"), (3, b"3,4"), (4, b"5,6")]


def test_a_line_end_split_over_two_blocks_counts_once(cut):
    _, rows, _ = cut(b"a,b\r", b"\n1,2\r", b"\n", b"3,4\r", b"5,6")
    assert [(line, fields) for _, line, _, fields in rows] == [
        (2, ("1", "2")),
        (3, ("3", "4")),
        (4, ("5", "6")),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_line_end_does_not_end_the_record_and_is_kept(cut, end):
    _, rows, faulty = cut(f'a,b{end}"x{end}y",2{end}3,4{end}'.encode())
    assert rows == [
        (1, 2, f'"x{end}y",2'.encode(), (f"x{end}y", "2")),
        (2, 4, b"3,4", ("3", "4")),
    ]
    assert faulty == []


def test_quoted_delimiters_and_doubled_quotes_are_part_of_the_field(cut):
    _, rows, _ = cut(b'a,b\n"x,""y""",""\n')
    assert values(rows) == [('x,"y"', "")]


def test_a_quote_inside_an_unquoted_field_is_a_character(cut):
    _, rows, faulty = cut(b'a,b\nx"y,5"\n')
    assert values(rows) == [('x"y', '5"')]
    assert faulty == []


def test_blank_lines_are_no_records_but_count_as_lines(cut):
    header, rows, faulty = cut(b"\n\r\na,b\n\n1,2\n\n\n3,4\n\n")
    assert header.line == 3
    assert [(row, line) for row, line, _, _ in rows] == [(1, 5), (2, 8)]
    assert faulty == []


def test_a_line_of_delimiters_or_an_empty_quoted_field_is_a_record(cut):
    assert values(cut(b"a,b\n,\n")[1]) == [("", "")]
    assert values(cut(b'a\n""\n')[1]) == [("",)]


def test_other_separator_characters_do_not_end_a_line(cut):
    odd = "x\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029y"
    _, rows, faulty = cut(f"a,b\n{odd},2\n".encode())
    assert values(rows) == [(odd, "2")]
    assert faulty == []


# --- the header


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_chosen_by_the_header(cut, delimiter):
    header, rows, _ = cut(f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n".encode())
    assert header.delimiter == delimiter
    assert values(rows) == [("1", "2", "3")]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"Name, full;phone;email", ("Name, full", "phone", "email")),
        (b'"Name, full, with title";phone', ("Name, full, with title", "phone")),
        (b'"a;b;c;d",phone', ("a;b;c;d", "phone")),
        (b"phone", ("phone",)),
        (b"a,b;c", ("a", "b;c")),
        (b'"a\nb"|c', ("a\nb", "c")),
    ],
)
def test_the_delimiter_that_gives_most_columns_outside_quotes_wins(cut, line, names):
    header, _, _ = cut(line + b"\n")
    assert header.names == names
    assert header.raw == line


def test_the_header_is_returned_as_it_stood(cut):
    header, _, _ = cut(b'\n"Phone" , E-mail,\xc3\xa9\r\n1,2,3\n')[0:3]
    assert header.raw == b'"Phone" , E-mail,\xc3\xa9' if header.delimiter != "," else True
