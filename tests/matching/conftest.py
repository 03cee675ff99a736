"""Contacts for the matching tests: built from the few fields that a test is about."""

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
