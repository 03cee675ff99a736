"""Reading emails: what passes, what goes out, and the plain path held to the authority."""

from random import Random

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.email import is_plain_address, read_email
from cxone_async.outcome import Problem, Reason


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("jane.doe@example.com", "jane.doe@example.com"),
        ("  Jane.DOE@Example.COM\t", "jane.doe@example.com"),
        ("jane+list@example.com", "jane+list@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("a!#$%&*/=?^`{|}~b@example.com", "a!#$%&*/=?^`{|}~b@example.com"),
        ("J\u00dcRGEN@example.com", "j\u00fcrgen@example.com"),
        ("jane@B\u00dcCHER.example.com", "jane@b\u00fccher.example.com"),
        ("jane@xn--bcher-kva.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@1and1.example.com", "jane@1and1.example.com"),
        ("\u00a0jane@example.com\u00a0", "jane@example.com"),
    ],
)
def test_what_goes_out_is_what_the_row_said_stripped_and_lower_cased(
    raw: str, address: str
) -> None:
    assert read_email(raw, EmailCheck.SYNTAX) == address


@pytest.mark.parametrize(
    "raw",
    [
        "jane",
        "jane@",
        "@example.com",
        "jane@@example.com",
        "jane@example",
        "jane@example..com",
        "jane@.example.com",
        "jane@example.com.",
        "jane@-example.com",
        "jane@example-.com",
        "jane@exa_mple.com",
        "jane@example.123",
        "jane@192.0.2.1",
        "jane@[192.0.2.1]",
        '"jane doe"@example.com',
        "Jane <jane@example.com>",
        "jane@example.com, joe@example.com",
        "jane doe@example.com",
        "jane..doe@example.com",
        ".jane@example.com",
        "jane.@example.com",
        "jane@exam ple.com",
        "mailto:jane@example.com",
        "jane(home)@example.com",
        "jane\u200b@example.com",
        "jane\x00@example.com",
        "jane\n@example.com",
        "\ud800@example.com",
        "jane\uff20example.com",
        "jane@xn--a.com",
        "jane@ab--cd.com",
        "x" * 65 + "@example.com",
        "jane@" + "x" * 64 + ".com",
        "jane@" + "x." * 130 + "com",
        "@" * 1_000_000,
    ],
)
def test_what_is_not_an_address_is_a_problem_of_the_email(raw: str) -> None:
    problem = read_email(raw, EmailCheck.SYNTAX)
    assert isinstance(problem, Problem)
    assert problem.reason == Reason.EMAIL_NOT_VALID
    assert problem.detail.startswith("email: ")
    assert "jane" not in problem.detail


@pytest.mark.parametrize("reserved", sorted(SPECIAL_USE_DOMAIN_NAMES))
def test_a_reserved_domain_is_syntax_like_any_other(reserved: str) -> None:
    for good in (f"jane@mail.{reserved}", f"J\u00fcrgen@b\u00fccher.{reserved.upper()}"):
        assert read_email(good, EmailCheck.SYNTAX) == good.lower()
    for bad in (f"jane@{reserved}", f"jane..doe@mail.{reserved}", f"jane@mail..{reserved}"):
        assert isinstance(read_email(bad, EmailCheck.SYNTAX), Problem)


@settings(deadline=None)
@given(st.text())
def test_unchecked_emails_are_never_a_problem(raw: str) -> None:
    assert read_email(raw, EmailCheck.OFF) == raw.strip().lower()


@settings(deadline=None)
@given(st.one_of(st.emails(), st.text().map(lambda text: text + "@example.com")))
def test_what_went_out_once_goes_out_again_unchanged(raw: str) -> None:
    address = read_email(raw, EmailCheck.SYNTAX)
    if isinstance(address, str):
        assert read_email(address, EmailCheck.SYNTAX) == address


# -- held to the authority ---------------------------------------------------------

LOCALS = ["jane", "jane.doe", "j", "o'brien", "jane+tag", "jane-doe", "jane_doe", "1", "a.b.c"]
DOMAINS = ["example.com", "mail.example.org", "x-y.example.net", "1and1.example.com", "a.bc"]
ALPHABET = (
    "ab09.-_+'@.@"
    + 'AZ\u00e9\u0130\u03a3\u212a\u017f\uff41\u3002\u0301\u200b"\\<>()[]:,; \t\n\x00!#/=xn--'
)


class Addresses:
    """Addresses as files hold them, and as they do when something went wrong."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def draw(self) -> str:
        random = self.random
        address = f"{random.choice(LOCALS)}{random.randrange(999)}@{random.choice(DOMAINS)}"
        for _ in range(random.choice([0, 1, 2, 2, 3])):
            cut = random.randrange(len(address) + 1)
            kept = cut + random.randrange(2)
            address = address[:cut] + random.choice(ALPHABET) + address[kept:]
        return address

    def hostile(self) -> str:
        random = self.random
        plainer = "ab09.-_+'"
        local = "".join(random.choices(plainer, k=random.choice([1, 3, 8, 63, 64, 65])))
        labels = [
            "".join(random.choices("ab09-", k=random.choice([1, 1, 2, 3, 5, 63, 64])))
            for _ in range(random.randrange(1, 4))
        ]
        end = random.choice([".com", ".c", ".1a", ".a1", ".x-y", ".museum", ".", "", ".123"])
        return local + random.choice(["@", "@", "@", "", "@@", "@."]) + ".".join(labels) + end


def test_the_plain_path_only_says_valid_where_the_authority_does() -> None:
    # 200,000 values; what the plain path leaves alone reaches the authority itself
    addresses = Addresses(seed=8)
    answered = 0
    for count in range(200_000):
        raw = addresses.hostile() if count % 3 == 0 else addresses.draw()
        address = raw.strip().lower()
        if is_plain_address(address):
            answered += 1
            valid = validate_email(address, check_deliverability=False, strict=True)
            assert valid.normalized == address
            assert valid.original == address
    assert answered > 40_000


def test_every_answer_is_the_authoritys() -> None:
    addresses = Addresses(seed=9)
    answers = set()
    for count in range(5_000):
        raw = addresses.hostile() if count % 4 == 0 else addresses.draw()
        address = raw.strip().lower()
        try:
            validate_email(address, check_deliverability=False, strict=True)
            valid = True
        except EmailNotValidError:
            valid = False
        answers.add(valid)
        assert isinstance(read_email(raw, EmailCheck.SYNTAX), str) == valid, raw
    assert answers == {True, False}
