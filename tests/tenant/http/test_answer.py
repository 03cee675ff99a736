"""Reading what a tenant answered."""

import json
import math
from email.utils import formatdate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import AmbiguousError
from cxone_async.tenant.http.answer import (
    MAX_RETRY_AFTER_S,
    Answer,
    error_code,
    identifier,
    retry_after_s,
)

NOW_S = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


class Shape(msgspec.Struct):
    name: str
    items: list[object] = []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("2.", 2.0),
        ("-5", 0.0),
        ("+5", 5.0),
        ("3601", MAX_RETRY_AFTER_S),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10.0),
        ("Sunday, 06-Nov-94 08:49:47 GMT", 10.0),
        ("Sun Nov  6 08:49:47 1994", 10.0),
        ("Sun, 06 Nov 1994 09:49:47 +0100", 10.0),
        ("Sun, 06 Nov 1994 08:49:27 GMT", 0.0),
        ("Sun, 06 Nov 9999 08:49:37 GMT", MAX_RETRY_AFTER_S),
        ("Sun, 06 Nov 1994 25:99:99 GMT", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1,5", 5.0),
        ("0x10", None),
        ("\uff11\uff12", None),
        ("10 20", None),
        ("120, 120", 120.0),
        ("120,120,", 120.0),
        ("30, 120", 120.0),
        ("120;", 120.0),
        ("120; why=load", 120.0),
        ('"120"', 120.0),
        ("120, soon", None),
        ("120junk", None),
        (";", None),
        (",", None),
        ("Sun, 06 Nov 1994 08:49:47 GMT;", 10.0),
        ("Sun, 06 Nov 1994 08:49:47 GMT, Sun, 06 Nov 1994 08:49:47 GMT", 10.0),
    ],
)
def test_retry_after_is_read_in_every_form(value: str | None, expected: float | None) -> None:
    assert retry_after_s(value, NOW_S) == expected


@given(st.text())
def test_no_retry_after_header_does_harm(value: str) -> None:
    wait_s = retry_after_s(value, NOW_S)
    assert wait_s is None or 0 <= wait_s <= MAX_RETRY_AFTER_S


@given(
    st.floats(min_value=0, max_value=4_000_000_000),
    st.integers(min_value=-5000, max_value=5000),
)
def test_a_date_is_as_far_away_as_it_says(now_s: float, away_s: int) -> None:
    date_s = math.floor(now_s) + max(away_s, -math.floor(now_s))
    wait_s = retry_after_s(formatdate(date_s, usegmt=True), now_s)
    assert wait_s == pytest.approx(min(max(date_s - now_s, 0), MAX_RETRY_AFTER_S), abs=1e-3)


def test_a_body_is_read_as_the_shape_that_is_asked_for() -> None:
    answer = Answer(200, b'\xef\xbb\xbf{"name": "x", "more": {}}')
    assert answer.read(Shape, "trying") == Shape("x")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"name": null}',
        b'{"name": 3}',
        b'{"name": "x"',
        b'{"name": "x"} trailing',
        b"<html>someone@example.com</html>",
        b'{"name": "someone@example.com", "items": {}}',
        b"[" * 100_000,
        b'{"name": "x", "items": [' + b"1" * 5000 + b"]}",
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_any_other_body_is_ambiguous_and_not_quoted(body: bytes) -> None:
    with pytest.raises(AmbiguousError) as caught:
        Answer(202, body).read(Shape, "submitting to list 'L'")
    assert str(caught.value).startswith("submitting to list 'L': the tenant answered 202, but its")
    assert "example" not in str(caught.value)
    assert caught.value.status == 202


def test_a_body_that_could_not_be_received_is_ambiguous() -> None:
    with pytest.raises(AmbiguousError, match="its body broke off"):
        Answer(200, unreadable="its body broke off").read(Shape, "trying")


@pytest.mark.parametrize("item", [b'"\\ud83d"', b'"\xff"', b'"\xed\xa0\x80"'])
def test_text_that_is_not_unicode_spoils_only_itself(item: bytes) -> None:
    read = Answer(200, b'{"name": "x", "items": [' + item + b', "good"]}').read(Shape, "trying")
    assert read.items[1] == "good"
    with pytest.raises(UnicodeEncodeError):
        str(read.items[0]).encode()


@given(st.text(max_size=50))
def test_json_text_comes_back_as_it_was(text: str) -> None:
    answer = Answer(200, json.dumps({"name": text}, ensure_ascii=False).encode())
    assert answer.read(Shape, "trying").name == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("import-7", "import-7"),
        (17, "17"),
        ("17", "17"),
        ("a b/c", "a b/c"),
        ("é", "é"),
        (None, ""),
        ("", ""),
        (".", ""),
        ("..", ""),
        ("a\nb", ""),
        ("a\x00", ""),
        ("\ud800", ""),
        ("x" * 256, "x" * 256),
        ("x" * 257, ""),
    ],
)
def test_an_id_is_text_that_can_be_sent_back(value: str | int | None, expected: str) -> None:
    assert identifier(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("INVALID_PHONE", "INVALID_PHONE"),
        ("invalid-grant", "invalid-grant"),
        ("12025550123", ""),
        ("someone@example.com", ""),
        ("Ada Lovelace", ""),
        ("", ""),
        ("X" * 65, ""),
        (7, ""),
        (None, ""),
        (["INVALID_PHONE"], ""),
    ],
)
def test_an_error_code_is_one_word_of_letters(value: object, expected: str) -> None:
    assert error_code(value) == expected
