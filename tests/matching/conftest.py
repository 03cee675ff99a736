"""Contacts for the matching tests: built from the few fields that a test is about."""

import random
import string
from collections.abc import Callable
from itertools import count

import pytest

from cxone_async.contacts.model import Contact

NewContact = Callable[..., Contact]


@pytest.fixture
def new_contact() -> NewContact:
    """Return a builder whose contacts number their rows 1, 2, 3…"""
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
