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
async def test_a_client_speaks_the_dialect_of_that_name(name: str) -> None:
    async with registry.client(ACCESS, name) as client:
        assert client.dialect.name == name
        assert client.dialect.capabilities == registry.capabilities(name)


@pytest.mark.parametrize("name", registry.names())
async def test_what_decides_the_payload_reaches_the_dialect(name: str) -> None:
    async with (
        registry.client(ACCESS, name) as plain,
        registry.client(ACCESS, name, plus_sign=True) as with_plus_sign,
    ):
        assert plain.dialect != with_plus_sign.dialect


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    for ask in (registry.capabilities, lambda name: registry.client(ACCESS, name)):
        with pytest.raises(UsageError, match=r"'nope'.*contact-lists"):
            ask("nope")
