"""Suppression files as they come: what is read, what is refused, and what is said."""

import codecs
import gzip
import os
import threading
from hashlib import sha256

import pytest

from cxone_async.contacts.suppression import SuppressionList
from cxone_async.errors import CannotWriteError, MissingInputError, UnreadableInputError
from cxone_async.suppression import files
from cxone_async.suppression.entries import FileReader
from cxone_async.suppression.files import FEW_PHONES, read_files, reading_suppression
from cxone_async.suppression.sorted_numbers import SORTED_AT_ONCE, SortedList

DAY = "2026-06-15"


@pytest.fixture
def read(tmp_path):
    """`read(content, ...)`: write each content to a file and read them all."""

    def reading(*contents, region="US", day=DAY):
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / f"list-{number}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return read_files(paths, region, day, tmp_path)

    return reading


def listed(suppression):
    return suppression.listed.phones | suppression.listed.emails


JANE, JOE = "12025550143", "12025550177"
BOTH = {JANE, "jane@example.com"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("202-555-0143\njane@example.com\n", BOTH),
        ("+1 202 555 0143\r\n Jane@Example.COM \r\n", BOTH),
        ("(202) 555-0143 x9\rjane@example.com", BOTH),
        ("# do not call\n\n   \n2025550143\n#2025550177\njane@example.com", BOTH),
        ("phone\n2025550143\njane@example.com\n", BOTH),
        ('"Phone Number"\n"2025550143"\n"jane@example.com"\n', BOTH),
        ("phone,email\n2025550143,jane@example.com\n", BOTH),
        ("Name;E-Mail;Mobile\nDoe, Jane;jane@example.com;202 555 0143\n", BOTH),
        ("email\tphone type\tphone\njane@example.com\tmobile\t12025550143\n", BOTH),
        ("id|phone|email\n4915123456789|2025550143|jane@example.com\n", BOTH),
        ('phone,note\n2025550143,"two\nlines, ""quoted"""\n', {JANE}),
        ('"phone","email"\r\n"2025550143","jane@example.com"\r\n', BOTH),
        ("Home Phone,Mobile\n2025550143,\n,2025550177\n", {JANE, JOE}),
        ("2025550143,jane@example.com\n,\n", BOTH),
        ("jane@example.com,Jane\n", {"jane@example.com"}),
        ("2025550143,Jane,\n2025550177,Joe,joe@example.com\n", {JANE, JOE, "joe@example.com"}),
        ("Area Code,Phone\n202,5550143\n", {JANE}),
        ("areacode;number;email\n202;555-0143;jane@example.com\n", BOTH),
        ("202,5550143\n202,5550177\n", {JANE, JOE}),
        ("202,5550143\n\n# a note\n202,\"5550177\"\n", {JANE, JOE}),
        ("phone\n2025550143;2025550177\n", {JANE, JOE}),
        ("name,phone\nJane,2025550143|2025550177\n", {JANE, JOE}),
        ("name,phone\nJane,\"2025550143\n2025550177\"\n", {JANE, JOE}),
        ("phone,country\n07700 900123,GB\n2025550143,\n", {"447700900123", JANE}),
        ("Country Code,Phone\n44,7700900123\n+1,2025550143\n", {"447700900123", JANE}),
        ("country code;area code;number\n49;030;23125001\n", {"493023125001"}),
        ("sep=;\nphone;email\n2025550143;jane@example.com\n", BOTH),
        ("sep=,\n2025550143\n", {JANE}),
        ("Customer ID,email\n2025550177,jane@example.com\n", {"jane@example.com"}),
        ("2025550143;\n2025550177;\n", {JANE, JOE}),
        ("202-555-0143\n\n(202) 555 0177\n# 1\njane@example.com", {*BOTH, JOE}),
        ("+1 202-555-0143 ext. 12\n(202) 555 0177\n", {JANE, JOE}),
        ("#phone\n2025550143\n", {JANE}),
        ("phone,email\n# a comment, with a comma\n2025550143,\n", {JANE}),
        ("\ufeff\ufeff2025550143\n", {JANE}),
    ],
)  # fmt: skip
def test_a_file_is_read_as_it_comes(read, content, expected):
    assert listed(read(content)) == expected


def in_form(text, form):
    match form:
        case "utf-8-sig" | "utf-8":
            return text.encode(form)
        case "utf-16" | "utf-32":
            return text.encode(form)
        case "utf-16-be":
            return codecs.BOM_UTF16_BE + text.encode(form)
        case "gzip":
            return gzip.compress(text.encode())
        case "two gzip members":
            return gzip.compress(text[:9].encode()) + gzip.compress(text[9:].encode())
    return gzip.compress(text.encode("utf-16"))


FORMS = [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gzip", "two gzip members", "gzip utf-16"
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_compression_and_line_ends_change_neither_entries_nor_digest(
    read, form, line_end
):
    text = "phone;email\n2025550143;jane@example.com\n;zoë@example.com\n"
    result = read(in_form(text.replace("\n", line_end), form))
    assert listed(result) == {*BOTH, "zoë@example.com"}
    assert result.sha256 == sha256(text.removesuffix("\n").encode()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"\n2025550143\n\n",
        b"\xef\xbb\xbf+12025550143\r\njane@example.com\n\n",
        "202 555 0143\x85a@example.com",
    ],
)
def test_the_digest_of_a_single_file_is_the_one_that_0_1_0_recorded(read, content):
    raw = content if isinstance(content, bytes) else content.encode()
    lines = raw.decode("utf-8-sig").splitlines()
    assert read(content).sha256 == sha256("\n".join(lines).encode()).hexdigest()


def test_the_digest_of_several_files_depends_on_each_of_them_and_not_on_their_order(read):
    one, other, third = "2025550143\n", "2025550177\n", "2025550143\n2025550177\n"
    assert read(one, other).sha256 == read(other, one).sha256
    digests = {read(*some).sha256 for some in [(one,), (one, one), (one, other), (third,)]}
    assert len(digests) == 4


def test_each_source_has_its_counts_in_the_order_given(read):
    result = read(
        "2025550143\n2025550177\njane@example.com\n",
        "phone,email,expires\n2025550143,,2020-01-01\n,joe@example.com,\n,,2031-01-01\n",
    )
    told = [(one.name, one.phones, one.emails, one.expired, one.empty) for one in result.sources]
    assert told == [("list-0.csv", 2, 1, 0, 0), ("list-1.csv", 0, 1, 1, 1)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b" \t\r\n\r\n",
        b"# nobody\n# at all\n",
        b"\xef\xbb\xbf",
        codecs.BOM_UTF16_LE,
        b"phone\n",
        b"phone,email\n",
        b"Area Code;Number",
        b"sep=;\n",
        b"phone,email\n\n# none today\n",
        b"phone,email\n,\n,\n",
        b'phone,email\n"",""\n',
        b"phone,expires\n,2020-01-01\n",
        b"npa,number,expires\n202,,2020-01-01\n",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"phone\n", mtime=0),
    ],
)
def test_a_file_without_an_entry_is_refused_by_name_also_beside_a_good_one(read, content):
    with pytest.raises(UnreadableInputError) as raised:
        read("2025550143\n", content)
    said = str(raised.value)
    assert "list-1.csv: no phone and no email in it; give the right file, or leave out" in said


def test_a_file_whose_entries_have_all_expired_has_entries(read):
    result = read("phone,expires\n2025550143,2020-01-01\n")
    assert listed(result) == frozenset()
    assert [(one.phones, one.expired, one.empty) for one in result.sources] == [(0, 1, 0)]


def test_an_expired_record_of_a_table_that_has_no_entry_is_empty(read):
    [one] = read("phone,expires\n,2020-01-01\n2025550143,2020-01-01\n").sources
    assert (one.phones, one.expired, one.empty) == (0, 1, 1)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("2025550143\n# note\nMobile\n", 3),
        ("2025550143\n# note\nJane Doe\n", 3),
        ("2025550143\n# note\njane@\n", 3),
        ("2025550143\n# note\njane@example.com,Jane\n", 3),
        ("2025550143\n# note\n555 0123\n", 3),
        ("2025550143\n# note\n07700 900123\n", 3),
        ("2025550143\n# note\n12\n", 3),
        ("2025550143\n# note\n\x00\n", 3),
        ("2025550143\n(1 row affected)\n", 2),
        ("Jane Doe\n2025550143\n", 1),
        ("phone,email\n2025550143,jane@\n", 2),
        ("phone,email\n2025550143,jane@example.com,more\n", 2),
        ("phone,email\n2025550143\n", 2),
        ('phone,note\n2025550143,"one\ntwo"\nnobody,\n', 4),
        ('phone,note\n2025550143,"never closed\n2025550177,x\n', 3),
        ("phone,country\n2025550143,Atlantis\n", 2),
        ("area code,number\n202,12\n", 2),
        ("name,city\nJane,Rome\n", 1),
        ("2025550143,2025550177\n", 1),
        ("10000001,030 23125001\n", 1),
        ("Jane,Rome\nJoe,Paris\n", 1),
        ("202,5550143\n202,5550177,x\n", 2),
        ("email,Kontakt 2\njane@example.com,2025550143\n", 1),
        ("area code,phone,mobile number\n202,5550143,5550177\n", 2),
    ],
)
def test_what_cannot_be_read_stops_and_is_named_by_its_file_and_line_only(read, content, line):
    with pytest.raises(UnreadableInputError, match=r"list-0\.csv: ") as stopped:
        read(content)
    said = str(stopped.value)
    assert f"line {line};" in said or f"line {line}:" in said
    assert not any(value in said for value in ("Jane", "Doe", "900123", "jane@", "Atlantis"))


def test_all_unreadable_lines_are_counted_and_the_first_ten_named(read):
    with pytest.raises(UnreadableInputError, match=r"lines 1, 2, .*, 10 and 5 more;"):
        read("nobody\n" * 15)


def test_a_file_that_is_no_list_is_given_up_early(read):
    with pytest.raises(UnreadableInputError, match=r"and at least 991 more;"):
        read("nobody\n" * 50_000)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(os.urandom(300_000), id="binary"),
        pytest.param(b"\0" * 5000, id="NUL"),
        pytest.param("2025550143\n".encode("utf-16-le"), id="UTF-16 without its mark"),
        pytest.param(b"2025550143\n\x1f\x8b\x08\n", id="gzip in the middle"),
        pytest.param(b"\x1f\x8b\x08garbage", id="no gzip"),
        pytest.param(gzip.compress(b"2025550143\n" * 9999)[:-9], id="half-written gzip"),
        pytest.param(b"2" * (3 << 20), id="a line of megabytes"),
        pytest.param(b"phone,x\n2025550143," + b"x" * (3 << 20), id="a field without an end"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 9, id="a workbook"),
        pytest.param(b"ada@ex\xffample.com\n", id="an email that is no UTF-8"),
    ],
)
def test_hostile_input_is_refused(read, content):
    with pytest.raises(UnreadableInputError, match=r"suppression file .*list-0\.csv: "):
        read(content)


@pytest.mark.parametrize(
    "line",
    ["61491570156", "33199001234", "447700900123", "491713920001", "1713920001.0", "33199001234.0"],
)
def test_digits_with_another_countrys_calling_code_are_read_as_they_were_sent(read, line):
    digits = {"1713920001.0": "491713920001"}.get(line, line.removesuffix(".0"))
    region = "DE" if line == "1713920001.0" else "US"
    assert listed(read(line, region=region)) == {digits}


@pytest.mark.parametrize(
    ("line", "region"),
    [
        ("442079460123", "DE"), ("447700900123", "DE"), ("442079460123", "AT"),
        ("491713920001", "AT"), ("33199001234", "DE"), ("436641234567", "DE"),
        ("12025550143", "DE"), ("393471234567", "AT"), ("61491570156", "AT"),
        ("34600000001.0", "DE"), ('"442079460123"', "DE"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("others", [0, FEW_PHONES + 1], ids=["short", "long"])
def test_digits_as_they_were_sent_suppress_where_they_may_be_a_national_number_too(
    read, line, region, others
):
    code = {"DE": "49", "AT": "43"}[region]
    more = "".join(f"+{code}30{number:07}\n" for number in range(others))
    suppression = read(more + line, region=region)
    digits = line.strip('"').removesuffix(".0")
    assert suppression.listed.has_phone(digits)
    assert SuppressionList(suppression.listed).find(digits, "") is not None
    assert not suppression.listed.has_phone(digits[:-1] + "9")
    if isinstance(suppression.listed.long, SortedList):
        suppression.listed.long.close()


@pytest.mark.parametrize(
    ("line", "region", "phone"),
    [
        ("2025550143", "US", "2025550143"),  # a number of Washington is none of Egypt
        ("0171 3920001\n", "DE", "1713920001"),
        ("+4915123456789\n0151 23456789\n", "DE", "15123456789"),  # none of Austin
    ],
)
def test_a_number_that_is_certain_suppresses_nobody_of_another_country(read, line, region, phone):
    assert not read(line, region=region).listed.has_phone(phone)


def test_bytes_that_are_no_utf_8_harm_only_the_columns_that_count(read):
    assert listed(read("name;phone\nZoë;2025550143\n".encode("cp1252"))) == {JANE}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingInputError, match=r"no such suppression file: .*none\.txt"):
        read_files([tmp_path / "none.txt"], "US", DAY)


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(UnreadableInputError, match="is a directory, not a file"):
        read_files([tmp_path], "US", DAY)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "list.txt"
    path.write_text("2025550143\n")

    class Growing(FileReader):
        def read(self, texts):
            super().read(texts)
            with path.open("a") as file:
                file.write("2025550177\n")

    monkeypatch.setattr(files, "FileReader", Growing)
    with pytest.raises(UnreadableInputError, match=r"list\.txt: changed while it was read"):
        read_files([path], "US", DAY)


# -- expiry ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expiry", "counts"),
    [
        ("", True),
        ("never", True),
        ("2026-06-13", False),
        ("2026-06-14", True),  # a day's grace, for time zones
        ("2026-06-15", True),
        ("2026-06-13T23:59:59Z", False),
        ("20200101", False),
        ("2020/1/31", False),
        ("31.12.2025", False),
        ("12/31/2025", False),
        ("31/12/2026", True),
        ("03/04/2026", False),
        ("07/06/2026", True),  # 6 July is still to come
        ("06/07/2026", True),
        ("31/13/2020", True),
        ("2020-02-30", True),
        ("45000", True),  # a spreadsheet's number of a day
    ],
)
def test_an_entry_counts_until_every_reading_of_its_expiry_is_past(read, expiry, counts):
    result = read(f"phone,valid until\n2025550143,{expiry}\n")
    assert listed(result) == ({JANE} if counts else frozenset())
    assert result.sources[0].expired == (not counts)
    assert result.day == DAY


def test_the_day_does_not_matter_where_nothing_can_expire(read):
    assert read("phone\n2025550143\n").day == ""


# -- long lists -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_long_list_is_held_in_unnamed_files_and_is_exact(read, tmp_path):
    numbers = [2_000_000_000 + 7919 * n for n in range(FEW_PHONES + SORTED_AT_ONCE * 2)]
    content = "\n".join(map(str, reversed(numbers)))
    result = read(content, "zed@example.com\n+4917100000001\n")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["list-0.csv", "list-1.csv"]
    has_phone = result.listed.has_phone
    assert all(has_phone(f"1{number}") for number in numbers[::97])
    assert not any(has_phone(f"1{number + 1}") for number in numbers[::97])
    assert has_phone("4917100000001")
    assert not any(map(has_phone, ["", "0", "02025550143", "1" * 30, "2012005204"]))
    assert result.listed.has_email("zed@example.com")
    assert not result.listed.has_email("")
    assert isinstance(result.listed.long, SortedList)
    assert all(os.fstat(one).st_nlink == 0 for one in result.listed.long.descriptors)
    result.listed.long.close()


@pytest.mark.slow
def test_a_long_list_of_emails_is_found_exactly(read):
    result = read("".join(f"p{n}@example.com\n" for n in range(120_000)))
    has_email = result.listed.has_email
    assert all(has_email(f"p{n}@example.com") for n in range(0, 120_000, 7))
    assert not any(has_email(f"q{n}@example.com") for n in range(0, 120_000, 7))
    assert not has_email("")
    assert not result.listed.has_phone(JANE)
    assert isinstance(result.listed.long, SortedList)
    result.listed.long.close()


def test_odd_lines_between_plain_ones_are_read_too(read):
    lines = [f"{2_020_000_000 + n}" for n in range(1000)]
    lines[10], lines[500] = "(202) 555-0143", "jane@example.com"
    result = read("\n".join(lines))
    assert len(listed(result)) == 1000
    assert {JANE, "jane@example.com"} <= listed(result)


def test_a_bad_line_among_a_million_plain_ones_is_named(read):
    lines = [f"{2_020_000_000 + n}" for n in range(100_000)]
    lines[77_776] = "nobody"
    with pytest.raises(UnreadableInputError, match="line 77777;"):
        read("\n".join(lines))


def test_files_that_cannot_be_written_stop_the_run(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(str(2_020_000_000 + n) for n in range(SORTED_AT_ONCE + 1)))
    with pytest.raises(CannotWriteError, match="suppression list cannot be written"):
        read_files([path], "US", DAY, tmp_path / "none")


async def test_without_files_nothing_is_read():
    async with reading_suppression([], "US", DAY, None) as suppression:
        assert suppression.sha256 == sha256(b"").hexdigest()
        assert suppression.sources == ()


async def test_the_files_of_a_long_list_are_given_back(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(str(2_020_000_000 + n) for n in range(FEW_PHONES + 1)))
    async with reading_suppression([path], "US", DAY, tmp_path) as suppression:
        long = suppression.listed.long
        assert long is not None
        descriptors = long.descriptors
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_reading_stops_when_it_is_told_to(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("2025550143\n")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Exception, match=r"^$"):
        read_files([path], "US", DAY, tmp_path, stop)
