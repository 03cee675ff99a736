"""The fast path for lines of digits, held to `read_phone`."""

import random

import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, example_number

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.email import read_email
from cxone_async.contacts.phone import read_phone
from cxone_async.contacts.suppression_digits import MOST_DIGITS, PLAIN_EMAILS, plain_lines
from cxone_async.outcome import Problem

REGIONS = sorted({one for some in COUNTRY_CODE_TO_REGION_CODE.values() for one in some} - {"001"})


def fast(text, region):
    """What the fast path reads of each line; lines it leaves alone are missing."""
    plain = plain_lines(region)
    assert plain is not None
    return {
        line: plain.calling_code + found[0]
        for line in text.split("\n")
        if (found := plain.pattern.findall(line))
    }


def lines_for(region, rng):
    """Digits of all lengths, and what looks like numbers of the region, with all its prefixes."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    assert plan is not None
    code = str(plan.country_code)
    example = example_number(region)
    starts = ["", "+", "0", "00", "011", "1", code, f"+{code}", f"{code}0", f"00{code}"]
    if plan.national_prefix:
        starts += [
            plan.national_prefix,
            code + plan.national_prefix,
            f"+{code}{plan.national_prefix}",
        ]
    lengths = [*plan.general_desc.possible_length, *range(4, 13, 3)] if plan.general_desc else [8]
    for start in starts:
        for length in lengths:
            yield start + "".join(rng.choices("0123456789", k=length))
            if example:
                known = str(example.national_number)
                cut = rng.randrange(1, len(known))
                yield start + known[:cut] + "".join(rng.choices("0123456789", k=len(known) - cut))


@pytest.mark.slow
def test_lines_of_digits_read_as_read_phone_reads_them_in_every_region():
    rng = random.Random(14)
    taken = 0
    for region in REGIONS:
        lines = list(dict.fromkeys(lines_for(region, rng)))
        for line, digits in fast("\n".join(lines), region).items():
            taken += 1
            slow = read_phone(line, region)
            assert isinstance(slow, Problem) or slow.digits == digits, (region, line)
            assert len(digits) <= MOST_DIGITS
    assert taken > 2000


def test_punctuated_lines_read_as_read_phone_reads_them_where_they_may_be_punctuated():
    rng = random.Random(14)
    taken = 0
    for region in REGIONS:
        plain = plain_lines(region)
        if plain is None or not plain.has_one_length:
            continue
        for line in lines_for(region, rng):
            written = "".join(rng.choice(["", "", "", " ", "-", "(", ") "]) + one for one in line)
            compact = "".join(one for one in written if one not in " -()")
            for digits in fast(compact, region).values():
                taken += 1
                slow = read_phone(written, region)
                assert isinstance(slow, Problem) or slow.digits == digits, (region, written)
    assert taken > 500


def test_plain_emails_read_as_read_email_reads_them():
    rng = random.Random(14)
    names = ["ada", "a.b", "a..b", "a-", "-a", "a+b", "_", "Ada", ".a", "a.", "'a", "a" * 60, "é"]
    domains = [
        "example.com", "EXAMPLE.com", "x.example.com", "xn--a.example.com", "a-b.example.com",
        "-a.example.com", "example", "example.c", "example.com.", "example.co1", "exa_mple.com",
        "a..example.com", "example.test", "example.local", "straße.example.com",
    ]  # fmt: skip
    lines = [f"{name}@{domain}" for name in names for domain in domains]
    lines += ["@example.com", "a@b@example.com", "a @example.com", " a@example.com"]
    rng.shuffle(lines)
    found = PLAIN_EMAILS.findall("\n".join(lines))
    assert "ada@example.com" in found
    assert "Ada@EXAMPLE.com" in found
    assert [read_email(one, EmailCheck.SYNTAX) for one in found] == [one.lower() for one in found]


@pytest.mark.parametrize(
    ("region", "line", "digits"),
    [
        ("US", "2025550143", "12025550143"),
        ("US", "12025550143", "12025550143"),
        ("US", "+12025550143", "12025550143"),
        ("GB", "07700900123", "447700900123"),
        ("GB", "7700900123", "447700900123"),
        ("GB", "447700900123", "447700900123"),
        ("DE", "01713920001", "491713920001"),
        ("FR", "0199000001", "33199000001"),
        ("AU", "0491570006", "61491570006"),
    ],
)
def test_the_usual_forms_are_taken(region, line, digits):
    assert fast(line, region) == {line: digits}


@pytest.mark.parametrize(
    "line",
    ["", "0202555014", "555014", "1025550143", "202 555 0143", "2025550143x9", "+442079460001",
     "٢٠٢٥٥٥٠١٤٣", "20255501433", "a@example.com"],
)  # fmt: skip
def test_everything_else_is_left_alone(line):
    assert fast(line, "US") == {}


def test_a_whole_text_is_read_at_once_and_no_line_reaches_into_the_next():
    plain = plain_lines("US")
    assert plain is not None
    text = "2025550143\n202555\n0177\n+12025550188\n\nnobody\n2025550199"
    assert plain.pattern.findall(text) == ["2025550143", "2025550188", "2025550199"]
    assert plain.pattern.sub("", text) == "\n202555\n0177\n\n\nnobody\n"


def test_a_region_that_is_none_has_no_plain_lines():
    assert plain_lines("") is None
    assert plain_lines("ZZ") is None
