"""The token cache, against a scripted server in virtual time."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    NotSentError,
    RateLimitedError,
)
from cxone_async.tenant.contact_lists.sign_in import ClientCredentials
from cxone_async.tenant.contact_lists.statuses import failure
from cxone_async.tenant.http.auth import (
    UNSTATED_LIFE_S,
    Token,
    TokenCache,
    check_scopes,
    life_s,
    scopes_of,
)
from cxone_async.tenant.http.transport import Transport
from cxone_async.tenant.port import RequestKind

pytestmark = pytest.mark.virtual_time

SECRET = "s3cret & more"


def jwt(**claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


class SignIn:
    """Answers sign-ins with what `granted` says, or as `statuses` says while there are any."""

    def __init__(self) -> None:
        self.granted: dict[str, object] = {"expires_in": 3600, "scope": "a b"}
        self.statuses: list[int] = []
        self.takes_s = 0.0
        self.count = 0

    async def respond(self, request: Any) -> None:
        self.count += 1
        nth = self.count
        await asyncio.sleep(self.takes_s)
        if self.statuses:
            error = {"error": "invalid_client", "error_description": SECRET}
            await request.connection.answer(self.statuses.pop(0), error, {"Retry-After": "9"})
        else:
            await request.connection.answer(200, {"access_token": f"token-{nth}", **self.granted})


@pytest.fixture
def sign_in(raw_server: Any) -> SignIn:
    scripted = SignIn()
    raw_server.respond = scripted.respond
    return scripted


@pytest.fixture
async def tokens(raw_server: Any, limiter: Any, sign_in: SignIn) -> AsyncIterator[TokenCache]:
    async with Transport(raw_server.base_url, limiter) as transport:
        cache = TokenCache(transport, ClientCredentials("client-1", SECRET), failure)
        yield cache
        await cache.aclose()


async def test_the_sign_in_is_the_documented_form(tokens: TokenCache, raw_server: Any) -> None:
    await tokens.token()
    (request,) = raw_server.requests
    assert request.line == "POST /oauth/token HTTP/1.1"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        b"grant_type=client_credentials&client_id=client-1&client_secret=s3cret+%26+more"
    )
    assert "Authorization" not in request.headers


async def test_a_token_is_kept_while_it_is_fresh(tokens: TokenCache, sign_in: SignIn) -> None:
    assert {(await tokens.token()).value for _ in range(10)} == {"token-1"}
    assert sign_in.count == 1


@pytest.mark.parametrize(
    ("expires_in", "fresh_for_s"),
    [
        (3600, 3540),
        ("3600", 3540),
        (3600.0, 3540),
        (120, 60),
        (100, 50),
        (3, 1.5),
        (0.5, 0.25),
        (None, 240),
        (0, 240),
        (-5, 240),
        ("soon", 240),
        (True, 240),
        ([], 240),
        ("1e999", 240),
        ("3599", 3539),
        (3599.5, 3539.5),
        ("3599.5", 3539.5),
        (" 3600 ", 3540),
        ("", 240),
        ("3600 seconds", 240),
        ({}, 240),
    ],
)
async def test_a_token_is_renewed_a_minute_ahead_or_at_half_its_life(
    tokens: TokenCache, sign_in: SignIn, expires_in: object, fresh_for_s: float
) -> None:
    sign_in.granted["expires_in"] = expires_in
    await tokens.token()
    await asyncio.sleep(fresh_for_s - 0.01)
    assert (await tokens.token()).value == "token-1"
    await asyncio.sleep(0.02)
    assert (await tokens.token()).value == "token-2"


@pytest.mark.parametrize("expires_in", ["", None, 0, "soon"])
@pytest.mark.parametrize(
    ("claims", "expected_s"),
    [
        ({"iat": 1_000_000, "exp": 1_003_600}, 3600.0),
        ({"iat": "1000000", "exp": "1003600"}, 3600.0),
        ({"iat": 1_000_000.5, "exp": 1_000_100.0}, 99.5),
        ({"exp": 5_000_900}, 900.0),
        ({"exp": 4_999_000}, UNSTATED_LIFE_S),
        ({"iat": 1_000_000, "exp": 1_000_000}, UNSTATED_LIFE_S),
        ({"iat": [], "exp": {}}, UNSTATED_LIFE_S),
        ({"exp": True}, UNSTATED_LIFE_S),
        ({}, UNSTATED_LIFE_S),
    ],
)
def test_a_life_that_is_not_stated_is_that_of_the_tokens_claims(
    expires_in: object, claims: dict[str, object], expected_s: float
) -> None:
    assert life_s(expires_in, jwt(**claims), 5_000_000.0) == expected_s
    assert life_s(7, jwt(**claims), 5_000_000.0) == 7.0


@pytest.mark.parametrize(
    "token_type", ["Bearer", "bearer", "BEARER", "", None, "BearerToken", ["Bearer"], 7]
)
async def test_whatever_type_the_answer_names_the_token_is_used(
    tokens: TokenCache, sign_in: SignIn, token_type: object
) -> None:
    sign_in.granted["token_type"] = token_type
    assert (await tokens.token()).value == "token-1"


async def test_a_token_ages_from_before_it_was_asked_for(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.granted["expires_in"] = 20
    sign_in.takes_s = 4
    await tokens.token()
    await asyncio.sleep(5.9)
    assert (await tokens.token()).value == "token-1"
    await asyncio.sleep(0.2)
    assert (await tokens.token()).value == "token-2"


async def test_time_spent_waiting_for_quota_does_not_age_a_token(
    tokens: TokenCache, sign_in: SignIn, limiter: Any
) -> None:
    sign_in.granted["expires_in"] = 20
    limiter.wait_s = lambda kind: 100.0
    await tokens.token()
    await asyncio.sleep(9.9)
    assert (await tokens.token()).value == "token-1"


async def test_however_many_ask_there_is_one_request(
    tokens: TokenCache, sign_in: SignIn, limiter: Any
) -> None:
    sign_in.takes_s = 1
    found = await asyncio.gather(*(tokens.token() for _ in range(200)))
    assert {token.value for token in found} == {"token-1"}
    assert limiter.charged == [RequestKind.TOKEN]


async def test_a_caller_that_is_cancelled_does_not_take_the_token_from_the_others(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.takes_s = 1
    first, second, third = (asyncio.create_task(tokens.token()) for _ in range(3))
    await asyncio.sleep(0.5)
    first.cancel()
    third.cancel()
    assert (await second).value == "token-1"
    assert first.cancelled()
    assert third.cancelled()
    assert sign_in.count == 1


async def test_a_refresh_goes_on_when_all_callers_are_gone(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.takes_s = 1
    caller = asyncio.create_task(tokens.token())
    await asyncio.sleep(0.5)
    caller.cancel()
    await asyncio.sleep(1)
    assert (await tokens.token()).value == "token-1"
    assert sign_in.count == 1


async def test_a_failed_refresh_is_told_to_all_and_the_next_tries_again(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.takes_s = 1
    sign_in.statuses = [500]
    found = await asyncio.gather(*(tokens.token() for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in found] == [AmbiguousError] * 5
    assert (await tokens.token()).value == "token-2"


async def test_a_failed_refresh_that_nobody_waits_for_is_not_complained_about(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: complaints.append(what))
    sign_in.takes_s = 1
    sign_in.statuses = [401]
    caller = asyncio.create_task(tokens.token())
    await asyncio.sleep(0.5)
    caller.cancel()
    await asyncio.sleep(1)
    assert complaints == []
    assert (await tokens.token()).value == "token-2"


async def test_closing_stops_a_refresh_that_is_under_way(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.takes_s = 3600
    caller = asyncio.create_task(tokens.token())
    await asyncio.sleep(1)
    await tokens.aclose()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_refused_token_is_not_handed_out_again(tokens: TokenCache, sign_in: SignIn) -> None:
    first = await tokens.token()
    tokens.refused(first)
    second = await tokens.token()
    assert second.value == "token-2"
    tokens.refused(first)  # the word of a straggler on a token that is gone already
    assert (await tokens.token()) is second
    assert sign_in.count == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, AccessRefusedError),
        (401, AccessRefusedError),
        (403, AccessRefusedError),
        (404, ConfigurationError),
        (302, ConfigurationError),
        (429, RateLimitedError),
        (503, RateLimitedError),
        (500, AmbiguousError),
        (504, AmbiguousError),
    ],
)
async def test_a_failed_sign_in_says_what_it_means(
    tokens: TokenCache, sign_in: SignIn, status: int, error: type[Exception]
) -> None:
    sign_in.statuses = [status]
    with pytest.raises(error, match=rf"^signing in: the tenant answered {status}: .*") as caught:
        await tokens.token()
    assert "s3cret" not in str(caught.value)
    if status in (400, 401, 403):
        assert "(invalid_client)" in str(caught.value)
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after_s == 9


@pytest.mark.parametrize("status", [302, 303, 404, 405, 410])
async def test_a_page_in_front_of_the_sign_in_is_borne_once_it_has_worked(
    tokens: TokenCache, sign_in: SignIn, status: int
) -> None:
    first = await tokens.token()
    tokens.refused(first)
    sign_in.statuses = [status]
    with pytest.raises(AmbiguousError, match=rf"the tenant answered {status}: ") as caught:
        await tokens.token()
    assert caught.value.status == status
    assert (await tokens.token()).value == "token-3"


async def test_a_sign_in_that_cannot_be_sent_says_so(limiter: Any) -> None:
    async with Transport("http://127.0.0.1:9", limiter) as transport:
        with pytest.raises(NotSentError, match=r"^signing in: no connection"):
            await TokenCache(transport, ClientCredentials("client-1", SECRET), failure).token()


async def test_a_refusal_says_where_the_credentials_come_from(
    raw_server: Any, limiter: Any, sign_in: SignIn
) -> None:
    sign_in.statuses = [401]
    said = "the client id is from --client-id and the secret is from the file /run/secret"
    async with Transport(raw_server.base_url, limiter) as transport:
        cache = TokenCache(transport, ClientCredentials("client-1", SECRET), failure, said)
        with pytest.raises(AccessRefusedError) as caught:
            await cache.token()
        await cache.aclose()
    assert str(caught.value).endswith(f"; {said}")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "granted",
    [
        {"access_token": ""},
        {"access_token": None},
        {"access_token": 7},
        {"access_token": "a\r\nX-Admin: yes"},
        {"access_token": "a\x00b"},
        {"access_token": "tökèn"},
        {"access_token": " a"},
    ],
)
async def test_a_token_that_no_header_can_carry_is_unreadable(
    tokens: TokenCache, sign_in: SignIn, granted: dict[str, object]
) -> None:
    sign_in.granted |= granted
    with pytest.raises(AmbiguousError, match=r"^signing in: ") as caught:
        await tokens.token()
    assert "X-Admin" not in str(caught.value)


async def test_a_sign_in_with_a_long_answer_is_not_read(
    tokens: TokenCache, sign_in: SignIn
) -> None:
    sign_in.granted = {"expires_in": 3600, "pad": "x" * 70_000}
    with pytest.raises(AmbiguousError, match="its body is longer than 65536 bytes"):
        await tokens.token()


async def test_credentials_of_any_bytes_go_out_as_they_are(raw_server: Any, limiter: Any) -> None:
    async with Transport(raw_server.base_url, limiter) as transport:
        cache = TokenCache(
            transport, ClientCredentials("é", b"\xff=&".decode("utf-8", "surrogateescape")), failure
        )
        with pytest.raises(AmbiguousError):
            await cache.token()
    assert raw_server.requests[0].body.endswith(b"client_id=%C3%A9&client_secret=%FF%3D%26")


async def test_neither_the_secret_nor_the_token_shows(tokens: TokenCache) -> None:
    token = await tokens.token()
    assert "s3cret" not in repr(tokens) + repr(vars(tokens)["_transport"])
    assert "token-1" not in repr(token)


# Credentials that change


class Files:
    """A client id and a secret as files hold them; `missing` makes them unreadable."""

    def __init__(self) -> None:
        self.client_id, self.secret = "client-1", "old"
        self.missing = False
        self.read = 0

    def client_id_now(self) -> str:
        return self.client_id

    def secret_now(self) -> str:
        self.read += 1
        if self.missing:
            raise ConfigurationError("client secret file /run/secret: FileNotFoundError")
        return self.secret


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
async def rereading(
    raw_server: Any, limiter: Any, sign_in: SignIn, files: Files
) -> AsyncIterator[TokenCache]:
    async with Transport(raw_server.base_url, limiter) as transport:
        cache = TokenCache(
            transport, ClientCredentials(files.client_id_now, files.secret_now), failure
        )
        yield cache
        await cache.aclose()


def sent(raw_server: Any) -> list[tuple[str, str]]:
    forms = [dict(parse_qsl(request.body.decode())) for request in raw_server.requests]
    return [(form["client_id"], form["client_secret"]) for form in forms]


async def test_credentials_in_files_are_read_for_each_sign_in(
    rereading: TokenCache, raw_server: Any, files: Files
) -> None:
    first = await rereading.token()
    files.client_id, files.secret = "client-2", "new"
    assert await rereading.token() is first
    rereading.refused(first)
    await rereading.token()
    assert sent(raw_server) == [("client-1", "old"), ("client-2", "new")]


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_secret_that_changed_while_it_was_refused_is_tried_at_once(
    rereading: TokenCache, raw_server: Any, files: Files, sign_in: SignIn, status: int
) -> None:
    sign_in.statuses = [status]
    sign_in.takes_s = 1
    asking = asyncio.create_task(rereading.token())
    await asyncio.sleep(0.5)
    files.secret = "new"
    assert (await asking).value == "token-2"
    assert sent(raw_server) == [("client-1", "old"), ("client-1", "new")]


async def test_a_secret_that_is_refused_and_has_not_changed_is_not_tried_again(
    rereading: TokenCache, raw_server: Any, files: Files, sign_in: SignIn
) -> None:
    sign_in.statuses = [401]
    with pytest.raises(AccessRefusedError, match="the client id or the client secret is refused"):
        await rereading.token()
    assert (len(sent(raw_server)), files.read) == (1, 2)


async def test_a_new_secret_that_is_refused_too_ends_it(
    rereading: TokenCache, raw_server: Any, files: Files, sign_in: SignIn
) -> None:
    sign_in.statuses = [401, 401]
    sign_in.takes_s = 1
    asking = asyncio.create_task(rereading.token())
    await asyncio.sleep(0.5)
    files.secret = "new"
    with pytest.raises(AccessRefusedError):
        await asking
    assert len(sent(raw_server)) == 2


async def test_a_secret_that_cannot_be_read_any_more_is_used_as_it_was_and_that_is_said(
    rereading: TokenCache, raw_server: Any, files: Files
) -> None:
    rereading.refused(await rereading.token())
    files.missing = True
    with structlog.testing.capture_logs() as logged:
        assert (await rereading.token()).value == "token-2"
    assert sent(raw_server) == [("client-1", "old")] * 2
    assert logged == [
        {
            "event": "credentials_not_read_again",
            "log_level": "warning",
            "message": "client secret file /run/secret: FileNotFoundError",
        }
    ]


async def test_a_secret_that_could_never_be_read_is_an_error_and_nothing_is_sent(
    rereading: TokenCache, raw_server: Any, files: Files
) -> None:
    files.missing = True
    with pytest.raises(ConfigurationError, match="/run/secret: FileNotFoundError"):
        await rereading.token()
    assert raw_server.requests == []


# Scopes


@pytest.mark.parametrize(
    ("scope", "token", "expected"),
    [
        ("a b", "opaque", {"a", "b"}),
        ("  a\tb ", "opaque", {"a", "b"}),
        ("", "opaque", None),
        ("", jwt(scope="a b"), {"a", "b"}),
        (" ", jwt(scp=["a"]), {"a"}),
        ([], jwt(scope="a"), {"a"}),
        ([""], jwt(scope="a"), {"a"}),
        ("a,b", "opaque", {"a", "b"}),
        ("a, b ,c d", "opaque", {"a", "b", "c", "d"}),
        (["a b", "c,d"], "opaque", {"a", "b", "c", "d"}),
        (None, jwt(scope="", scp="a,b"), {"a", "b"}),
        (None, jwt(scope=[], scopes=["a b"]), {"a", "b"}),
        ("", jwt(scope=""), None),
        (["a", "b", 3], "opaque", {"a", "b"}),
        ("a", jwt(scope="b"), {"a"}),
        (None, jwt(scope="a b"), {"a", "b"}),
        (None, jwt(scp=["a", "b"]), {"a", "b"}),
        (None, jwt(scp="a b"), {"a", "b"}),
        (None, jwt(scopes=["a"]), {"a"}),
        (None, jwt(scope=None, scopes=["a"]), {"a"}),
        (7, jwt(scope="a"), {"a"}),
        (None, jwt(sub="x"), None),
        (None, jwt(scope={"a": 1}), None),
        (None, "opaque", None),
        (None, "a.b.c", None),
        (None, "..", None),
        (None, "e30.W10.c2ln", None),
        (None, "e30.!!!!.c2ln", None),
    ],
)
def test_scopes_come_from_the_answer_or_else_from_the_token(
    scope: object, token: str, expected: set[str] | None
) -> None:
    assert scopes_of(scope, token) == expected


@given(st.text(st.characters(codec="ascii")))
def test_no_token_breaks_the_reading_of_its_claims(token: str) -> None:
    assert scopes_of(None, f"e30.{token}.c2ln") is None


def test_missing_scopes_are_named() -> None:
    token = Token("t", 0.0, 0.0, frozenset({"campaign:read"}))
    with pytest.raises(AccessRefusedError, match=r"lacks scopes: contact-list:write import:write$"):
        check_scopes(token, frozenset({"import:write", "campaign:read", "contact-list:write"}))
    check_scopes(token, frozenset({"campaign:read"}))


def test_scopes_that_are_not_told_cannot_be_checked() -> None:
    token = Token("t", 0.0, 0.0, None)
    with pytest.raises(AccessRefusedError, match=r"does not tell the token's scopes.*import:write"):
        check_scopes(token, frozenset({"import:write"}))
    check_scopes(token, frozenset())
