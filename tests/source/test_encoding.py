"""Whatever comes in, what leaves can be cut at byte level and decoded row by row."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.errors import UsageError
from cxone_async.source.encoding import Transcoder, encoding_name

TEXT = "phone,name\n1,José\n2,木村\n3,😀\n"


def transcode(*pieces: bytes, declared: str = "utf-8") -> tuple[bytes, str | None]:
    transcoder = Transcoder(declared)
    delivered = b"".join([transcoder.feed(piece) for piece in pieces])
    return delivered + transcoder.finish(), transcoder.encoding


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("declared", ["utf-8", "cp1252"])
def test_a_byte_order_mark_is_believed_and_not_delivered(
    mark: bytes, encoding: str, declared: str
) -> None:
    data = mark + TEXT.encode(encoding)
    for pieces in ([data], [data[:1], data[1:3], data[3:]], [bytes([b]) for b in data]):
        assert transcode(*pieces, declared=declared) == (TEXT.encode(), "utf-8")


@pytest.mark.parametrize("declared", ["utf-16", "utf-16-le", "utf-32", "shift_jis", "gb18030"])
def test_an_encoding_that_cannot_be_cut_as_bytes_is_transcoded(declared: str) -> None:
    text = "a|b\n木村|2\n"
    encoding = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(declared, declared)
    data = text.encode(encoding)
    assert transcode(data, declared=declared) == (text.encode(), "utf-8")
    assert transcode(*[bytes([b]) for b in data], declared=declared)[0] == text.encode()


@pytest.mark.parametrize("declared", ["utf-8", "UTF8", "utf-8-sig", "cp1252", "latin-1", "ascii"])
def test_an_encoding_that_can_be_cut_as_bytes_passes_untouched(declared: str) -> None:
    data = b"a,b\nJos\xe9,\x80\x81\n\xc3"
    delivered, encoding = transcode(data[:5], data[5:], declared=declared)
    assert delivered == data
    assert encoding is not None
    assert delivered.decode(encoding, "replace")[:4] == "a,b\n"


@pytest.mark.parametrize(
    ("encoding", "broken"),
    [
        ("utf-16-le", b"\x00\xd8"),
        ("utf-16-be", b"\xdc\x00"),
        ("utf-32-le", b"\xff\xff\xff\xff"),
        ("shift_jis", b"\x85"),
    ],
)
def test_a_sequence_that_cannot_be_decoded_spoils_its_own_line_only(
    encoding: str, broken: bytes
) -> None:
    data = "one\n".encode(encoding) + broken + "\nthree\n".encode(encoding)
    delivered, _ = transcode(*[bytes([b]) for b in data], declared=encoding)
    first, spoilt, third = delivered.splitlines()
    assert (first, third) == (b"one", b"three")
    with pytest.raises(UnicodeDecodeError):
        spoilt.decode()


def test_a_stream_cut_in_the_middle_of_a_character_ends_undecodable() -> None:
    delivered, _ = transcode(codecs.BOM_UTF16_LE + "a\nb".encode("utf-16-le")[:-1])
    assert delivered.startswith(b"a\n")
    with pytest.raises(UnicodeDecodeError):
        delivered.decode()


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"\xef\xbb", b"\xff"])
def test_a_stream_shorter_than_a_mark_is_delivered_whole(data: bytes) -> None:
    assert transcode(data) == (data, "utf-8")


def test_a_mark_alone_is_an_empty_stream() -> None:
    assert transcode(codecs.BOM_UTF8) == (b"", "utf-8")
    assert transcode(codecs.BOM_UTF16_LE) == (b"", "utf-8")


@pytest.mark.parametrize(
    "declared", ["utf-9", "", "rot13", "base64", "idna", "punycode", "unicode_escape", "a\0b", "ü"]
)
def test_a_name_of_no_charset_is_a_usage_error(declared: str) -> None:
    with pytest.raises(UsageError, match="encoding"):
        encoding_name(declared)


def test_names_are_canonical() -> None:
    assert [encoding_name(name) for name in ("UTF8", "utf_8_sig", "Windows-1252", "utf-16")] == [
        "utf-8",
        "utf-8",
        "cp1252",
        "utf-16-le",
    ]


@settings(deadline=None)
@given(
    st.text(max_size=40),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le"]),
    st.integers(1, 9),
)
def test_any_text_in_any_pieces_arrives(text: str, encoding: str, size: int) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(
        encoding, codecs.BOM_UTF32_LE
    )
    text = "a" + text  # a mark and a NUL in UTF-16 are the mark of UTF-32
    data = mark + text.encode(encoding)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert transcode(*pieces) == (text.encode(), "utf-8")


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "utf-16-le", "shift_jis", "utf-7"]))
def test_no_bytes_stop_the_stream(data: bytes, declared: str) -> None:
    whole, encoding = transcode(data, declared=declared)
    assert transcode(*[bytes([b]) for b in data], declared=declared) == (whole, encoding)
