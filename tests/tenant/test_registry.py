"""Dialects by name."""

import random
import time

import pytest

from cxone_async.errors import UsageError
from cxone_async.tenant import registry
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter

ACCESS = registry.Access(
    base_url="https://tenant.example",
    client_id="client-1",
    client_secret="s3cret",
    rate_limiter=UnlimitedLimiter(rng=random.Random(1)),
    connections=1,
    now=time.time,
)


def test_the_names_are_those_that_run_directories_hold() -> None:
    assert registry.names() == ("contact-lists",)
    assert registry.DEFAULT == "contact-lists"


@pytest.mark.parametrize("name", registry.names())
def test_a_dialect_knows_its_own_name_and_says_what_it_can(name: str) -> None:
    dialect = registry.dialect(name)
    assert dialect.name == name
    assert dialect.capabilities.max_payloads > 0


def test_what_decides_the_payload_reaches_the_dialect() -> None:
    assert registry.dialect(plus_sign=True) != registry.dialect()


@pytest.mark.parametrize("name", registry.names())
async def test_a_client_speaks_its_dialect(name: str) -> None:
    async with registry.client(ACCESS, name, plus_sign=True) as client:
        assert client.dialect == registry.dialect(name, plus_sign=True)


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    for ask in (registry.dialect, lambda name: registry.client(ACCESS, name)):
        with pytest.raises(UsageError, match=r"'nope'.*contact-lists"):
            ask("nope")
