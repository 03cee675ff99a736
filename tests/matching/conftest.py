"""Contacts for the matching tests: built from the few fields that a test is about."""

import random
import string
from collections.abc import Callable
from itertools import count

import pytest

from cxone_async.contacts.model import Contact

NewContact = Callable[..., Contact]
Drawn = Callable[[random.Random], str]

UNICODE_DIGITS = (
    "\N{ARABIC-INDIC DIGIT FIVE}\N{DEVANAGARI DIGIT SEVEN}\N{SUPERSCRIPT TWO}\N{CIRCLED DIGIT ONE}"
)


@pytest.fixture
def new_contact() -> NewContact:
    """Return a builder whose contacts number their rows 1, 2, 3…"""
    return builder_of_contacts()


def builder_of_contacts() -> NewContact:
    rows = count(1)

    def build(
        first_name: str = "",
        last_name: str = "",
        phone: str = "",
        email: str = "",
        extension: str = "",
    ) -> Contact:
        return Contact(
            row=next(rows),
            phone=phone,
            phone_extension=extension,
            email=email.strip().lower(),
            first_name=first_name,
            last_name=last_name,
            country="US",
            raw_phone=phone,
            raw_email=email,
        )

    return build


@pytest.fixture(scope="session")
def changed() -> Callable[[str, random.Random], str]:
    """Return a function that returns a value as it comes back in another row.

    Words are swapped, characters wrong, missing or too many; a short value may be gone.
    """

    def change(value: str, draw: random.Random) -> str:
        words = value.split()
        if len(words) > 1 and draw.random() < 0.5:
            draw.shuffle(words)
            value = "  ".join(words)
        for _ in range(draw.choice((0, 1, 1, 2, 3, 4))):
            if not value:
                break
            at = draw.randrange(len(value))
            match draw.randrange(4):
                case 0:
                    value = value[:at] + value[at + 1 :]
                case 1:
                    value = value[:at] + draw.choice(string.digits + "abc") + value[at:]
                case 2:
                    value = value[:at] + draw.choice(string.digits + "xyz") + value[at + 1 :]
                case _:
                    value = value[:at] + value[at : at + 2][::-1] + value[at + 2 :]
        return value.upper() if draw.random() < 0.2 else value

    return change


@pytest.fixture(scope="session")
def drawn_phone() -> Drawn:
    """Return a drawer of raw phones: of several lengths and forms, some of them hostile."""

    def drawn(draw: random.Random) -> str:
        kind = draw.random()
        if kind < 0.1:
            return draw.choice(("", " ", "n/a", "+"))
        digits = "".join(
            draw.choices(string.digits, k=draw.choice((7, 9, 10, 10, 10, 11, 11, 12, 15)))
        )
        if kind < 0.2:
            at = draw.randrange(len(digits))
            digits = digits[:at] + draw.choice(UNICODE_DIGITS) + digits[at:]
        elif kind < 0.23:
            digits *= draw.choice((6, 9, 14))
        return digits if draw.random() < 0.5 else f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"

    return drawn


@pytest.fixture(scope="session")
def drawn_email() -> Drawn:
    """Return a drawer of raw emails: of several lengths and forms, some of them hostile."""

    def drawn(draw: random.Random) -> str:
        kind = draw.random()
        if kind < 0.1:
            return draw.choice(("", "  ", "\t"))
        size = draw.choice((3, 8, 12, 16, 24))
        local = "".join(draw.choices(string.ascii_letters + "0123456789._", k=size))
        email = f"{local}@{draw.choice(('gmail.com', 'example.org', 'a.de', 'mail.example.co.uk'))}"
        if kind < 0.2:
            return f" {email} {draw.choice(('work', 'home', 'x'))}\t{local[:5]} "
        if kind < 0.25:
            return email * draw.choice((3, 6))
        if kind < 0.3:
            return f"\N{LATIN SMALL LETTER E WITH ACUTE}\N{GRINNING FACE}{email}"
        return email

    return drawn
