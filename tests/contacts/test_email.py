"""Reading emails: what passes, what goes out, and the plain path held to the authority."""

import unicodedata
from random import Random

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.email import Emails, read_email, read_email_cell, read_plain_email
from cxone_async.outcome import Problem, Reason, Repair


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("jane.doe@example.com", "jane.doe@example.com"),
        ("  Jane.DOE@Example.COM\t", "jane.doe@example.com"),
        ("jane+list@example.com", "jane+list@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("a!#$%&*/=?^`{|}~b@example.com", "a!#$%&*/=?^`{|}~b@example.com"),
        ("J\u00dcRGEN@example.com", "j\u00fcrgen@example.com"),
        ("jane@B\u00dcCHER.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@bu\u0308cher.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@XN--BCHER-KVA.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@example\u3002com", "jane@example.com"),
        ("jane@example\uff0ecom", "jane@example.com"),
        ("jane@example\uff61com", "jane@example.com"),
        ("jane@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "jane@example.com"),
        ("jane@stra\u00dfe.example.com", "jane@xn--strae-oqa.example.com"),
        ("jane@mail.\u4f8b\u3048.example", "jane@mail.xn--r8jz45g.example"),
        ("jane@b\u00fccher\u3002test", "jane@xn--bcher-kva.test"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("jane@xn--bcher-kva.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@1and1.example.com", "jane@1and1.example.com"),
        ("\u00a0jane@example.com\u00a0", "jane@example.com"),
    ],
)
def test_what_goes_out_is_stripped_and_in_lower_case_with_its_domain_in_one_form(
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
        "jane@-example.com",
        "jane@example-.com",
        "jane@exa_mple.com",
        "jane@example.123",
        "jane@192.0.2.1",
        "jane@[192.0.2.1]",
        '"jane doe"@example.com',
        "jane@example.com, joe@example.com",
        "jane doe@example.com",
        "jane..doe@example.com",
        ".jane@example.com",
        "jane.@example.com",
        "jane@exam ple.com",
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
        "jane@example.com..",
        "Jane jane@example.com",
        "jane@example.com or not",
        "jane@example.com extra",
        "Jane <jane@example.com",
        "jane@example.com>@example.com",
        "jane@example.com (",
        "a <" * 300,
        "\u0130@example.com",
        "jane@\u0130stanbul.example.com",
        "\u0130brah\u0130m@example.com",
        "\u212aelvin@example.com",
        "jane@\u212aelvin.example.com",
        "\u212bsa@example.com",
        "stra\u1e9ee@example.com",
        "jane@stra\u1e9ee.example.com",
        "\u03a3\u03bf\u03a3@example.com",
        "\u03f4@example.com",
        "\u2126@example.com",
        "\u1f88@example.com",
        "\uff4aane@example.com",
        "\ufb01t@example.com",
        "jane@exa\u00admple.com",
        "jane@exam\u200cple.com",
        "ja\u200cne@example.com",
        "jan***@example.com",
        "j**e@example.com",
        "*ane@example.com",
        "j*@example.com",
        "***@example.com",
        "Jane D <jan***@example.com>",
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
        sent = good.lower().replace("b\u00fccher", "xn--bcher-kva")
        assert read_email(good, EmailCheck.SYNTAX) == sent
    for bad in (f"jane@{reserved}", f"jane..doe@mail.{reserved}", f"jane@mail..{reserved}"):
        assert isinstance(read_email(bad, EmailCheck.SYNTAX), Problem)


@settings(deadline=None)
@given(st.text())
def test_unchecked_emails_are_never_a_problem(raw: str) -> None:
    address = read_email(raw, EmailCheck.OFF)
    assert isinstance(address, str)
    assert "@" in raw or address in {raw.strip(), raw.strip().lower()}


@pytest.mark.slow
@settings(deadline=None)
@given(st.one_of(st.emails(), st.text().map(lambda text: text + "@example.com")))
def test_what_went_out_once_goes_out_again_unchanged(raw: str) -> None:
    address = read_email(raw, EmailCheck.SYNTAX)
    if isinstance(address, str):
        assert read_email(address, EmailCheck.SYNTAX) == address


@pytest.mark.parametrize(
    "raw",
    [
        "Dea <jane@example.com>",
        "<jane@example.com>",
        '"Doe, Jane" <jane@example.com>',
        "Doe, Jane <jane@example.com>",
        "D\u00e9a <JANE@example.com>",
        "Dea (jane@example.com)",
        "jane@example.com (home)",
        "jane@example.com [work]",
        "(jane@example.com)",
        "[jane@example.com]",
        "mailto:jane@example.com",
        "MAILTO: jane@example.com",
        "mailto:jane@example.com?subject=Hello%20there&cc=x",
        "mailto:jane%40example.com",
        "<mailto:jane@example.com>",
        "Dea <mailto:jane@example.com>",
        "SMTP:jane@example.com",
        "E-Mail: jane@example.com",
        "jane@example.com;",
        "jane@example.com.",
        "jane@example.com,",
        " jane@example.com ; ",
        "'jane@example.com",
        "'jane@example.com'",
        '"jane@example.com"',
        '="jane@example.com"',
        "\u201cjane@example.com\u201d",
        "\u00abjane@example.com\u00bb",
        "`jane@example.com`",
        "jane@example.com\u200b",
        "\ufeffjane@example.com",
        "\u200ejane@example.com\u202c",
        "\u2060jane@example.com\u00ad",
        "jane@example.com\x00",
        "<\u200bjane@example.com>",
        "jane@example.com; Jane@Example.com",
    ],
)
def test_what_stands_around_an_address_is_not_sent_and_said(raw: str) -> None:
    found = read_email_cell(raw, EmailCheck.SYNTAX)
    assert found == Emails("jane@example.com", (), (Repair.EMAIL_TIDIED,))
    assert read_email(raw, EmailCheck.SYNTAX) == "jane@example.com"
    assert read_email(raw, EmailCheck.OFF) == "jane@example.com"


@pytest.mark.parametrize(
    "raw",
    [
        "jane@example.com;joe@example.com",
        "jane@example.com; joe@example.com;",
        "jane@example.com, joe@example.com",
        "jane@example.com,joe@example.com",
        "jane@example.com joe@example.com",
        "jane@example.com\njoe@example.com",
        "jane@example.com / joe@example.com",
        "jane@example.com/joe@example.com",
        "jane@example.com|joe@example.com",
        "jane@example.com & joe@example.com",
        "jane@example.com&joe@example.com",
        "jane@example.com or joe@example.com",
        "jane@example.com und joe@example.com",
        "Dea <jane@example.com>, Joe <joe@example.com>",
        "Dea <jane@example.com>; joe@example.com",
        "<jane@example.com><joe@example.com>",
        "jane@example.com (home), joe@example.com (work)",
        "'jane@example.com','joe@example.com'",
        '"joe@example.com" <jane@example.com>',
        "joe@example.com <jane@example.com>",
        "mailto:jane@example.com, mailto:joe@example.com",
        "jane@example.com.; joe@example.com.",
    ],
)
def test_of_two_addresses_the_first_is_used_and_the_second_said(raw: str) -> None:
    found = read_email_cell(raw, EmailCheck.SYNTAX)
    assert found == Emails("jane@example.com", ("joe@example.com",), (Repair.EMAIL_OF_SEVERAL,))
    # a list of people not to call must not lose one of them
    assert isinstance(read_email(raw, EmailCheck.SYNTAX), Problem)


def test_a_second_address_that_is_none_is_looked_up_as_far_as_it_reads() -> None:
    found = read_email_cell("jane@example.com; Joe@Example", EmailCheck.SYNTAX)
    assert found == Emails("jane@example.com", ("joe@example",), (Repair.EMAIL_OF_SEVERAL,))
    assert isinstance(read_email_cell("joe@example; jane@example.com", EmailCheck.SYNTAX), Problem)


def test_a_rewritten_domain_is_said_and_one_in_its_form_is_not() -> None:
    for raw in ("jane@b\u00fccher.example.com", "jane@example\u3002com", "jane@\uff45xample.com"):
        found = read_email_cell(raw, EmailCheck.SYNTAX)
        assert isinstance(found, Emails)
        assert found.repairs == (Repair.EMAIL_DOMAIN_REWRITTEN,)
    for raw in ("Jane@Example.com", "jane@XN--BCHER-KVA.example.com", " jane@example.com\t"):
        found = read_email_cell(raw, EmailCheck.SYNTAX)
        assert isinstance(found, Emails)
        assert found.repairs == ()


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5))
def test_no_case_folding_makes_another_mailbox(text: str) -> None:
    address = read_email(f"{text}@example.com", EmailCheck.SYNTAX)
    if isinstance(address, str) and not text.isascii() and "@" not in text:
        local = address.removesuffix("@example.com")
        assert local.upper() == unicodedata.normalize("NFC", text).strip().upper() or (
            local in text.lower()  # something stood around it
        )


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


@pytest.mark.slow
def test_the_plain_path_only_says_valid_where_the_authority_does() -> None:
    # 60,000 values; what the plain path leaves alone reaches the authority itself
    addresses = Addresses(seed=8)
    answered = 0
    for count in range(60_000):
        raw = addresses.hostile() if count % 3 == 0 else addresses.draw()
        address = raw.strip().lower()
        if read_plain_email(raw):
            answered += 1
            assert read_plain_email(raw) == address
            valid = validate_email(address, check_deliverability=False, strict=True)
            assert valid.normalized == address
            assert valid.original == address
    assert answered > 10_500


@pytest.mark.slow
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
        found = read_email_cell(raw, EmailCheck.SYNTAX)
        if isinstance(found, Problem):  # refused beyond the authority: another mailbox may come out
            assert not valid or not raw.isascii() or address.startswith("'"), raw
        else:
            validate_email(found.address, check_deliverability=False, strict=True)
            if valid and not address.startswith("'"):
                assert found.others == ()
                assert found.address.split("@")[0] == unicodedata.normalize(
                    "NFC", address.split("@")[0]
                )
            else:
                assert found.address.split("@")[0] in unicodedata.normalize("NFC", raw.lower())
                assert found.repairs
    assert answers == {True, False}
