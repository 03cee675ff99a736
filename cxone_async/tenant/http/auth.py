"""Signing in, in whatever way a dialect does, and keeping the token fresh.

Guarantee: one request for a token is under way at a time, however many callers need it. A
caller that is cancelled does not take it away from the others. When it fails, all who wait are
told, and the next one to ask tries again.

A token is renewed 60 s before the end of its stated life, or at half of it when that is shorter,
counted from before it was asked for. A request that is about to wait for the quota waits for the
new token first. A request that already has its slot of the quota uses the old token for another
half of that time: if all of them waited for one answer they would leave together and break the
quota. So no token is handed out near its end, and a 401 is the tenant's word, not a race with
the clock.

Credentials that may change during a run are given as functions that read them. They are read for
each sign-in. When the tenant refuses them, they are read once more: where they have just been
changed, the new ones are tried. Where they cannot be read any more, the last ones are used, and
that is logged.
"""

import asyncio
import binascii
import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import msgspec

from cxone_async.errors import AccessRefusedError, AmbiguousError, ConfigurationError
from cxone_async.logs import log
from cxone_async.tenant.access import Credential
from cxone_async.tenant.http.answer import Answer, FailureOf, identifier
from cxone_async.tenant.http.transport import Transport
from cxone_async.tenant.port import RequestKind

REFRESH_AHEAD_S: Final = 60.0
UNSTATED_LIFE_S: Final = 300.0
"""The short life assumed for a token that does not state one."""

FORM: Final = "application/x-www-form-urlencoded"
_DOING: Final = "signing in"


class SignInRequest(NamedTuple):
    """A request for a token: always a POST."""

    path: str
    body: bytes
    content_type: str
    headers: Mapping[str, str]


class Grant(Protocol):
    """A way to sign in. `credentials` are read for each sign-in, and given to `request`."""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What has to be read, in the order in which `request` wants it."""
        ...

    def request(self, *credentials: str) -> SignInRequest:
        """Return what to send. Credentials may hold any bytes, as surrogate escapes."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """An access token.

    `due_at_s` is the loop time from which it is to be renewed, `ends_at_s` the one from which
    it is not handed out. `scopes` is None when neither the answer nor the token itself names any.
    `tenant_id` is the claim `tenantId` of the id token or of the token itself, "" without one.
    """

    value: str = field(repr=False)
    due_at_s: float
    ends_at_s: float
    scopes: frozenset[str] | None
    tenant_id: str = ""


class TokenCache:
    """The one access token that all calls of a client share.

    `failure_of` is the dialect's word on what the status of a sign-in means. `credentials_from`
    says where the credentials come from; it is added to a refusal of them.
    """

    def __init__(
        self,
        transport: Transport,
        grant: Grant,
        failure_of: FailureOf,
        credentials_from: str = "",
    ) -> None:
        self._transport = transport
        self._failure_of = failure_of
        self._credentials_from = credentials_from
        self._grant = grant
        self._last_read: tuple[str, ...] | None = None
        self._current: Token | None = None
        self._has_signed_in = False
        self._refresh: asyncio.Task[Token] | None = None

    async def token(self) -> Token:
        """Return a fresh token, asking the tenant for one if need be.

        Raises AccessRefusedError, NotSentError, RateLimitedError, AmbiguousError (all
        about the sign-in) and ConfigurationError.
        """
        now_s = asyncio.get_running_loop().time()
        if self._current is not None and now_s < self._current.due_at_s:
            return self._current
        return await asyncio.shield(self._refreshing())

    async def token_at_once(self) -> Token:
        """Return a token without waiting while the last one has not ended; renew one that is due.

        Raises as `token`.
        """
        now_s, current = asyncio.get_running_loop().time(), self._current
        if current is None or now_s >= current.ends_at_s:
            return await self.token()
        if now_s >= current.due_at_s:
            self._refreshing()
        return current

    def refused(self, token: Token) -> None:
        """Take note that the tenant refused this token, so that it is not handed out again."""
        if self._current is token:
            self._current = None

    async def aclose(self) -> None:
        """Stop a refresh that is under way."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.wait([self._refresh])

    def _refreshing(self) -> "asyncio.Task[Token]":
        if self._refresh is None:
            self._refresh = asyncio.get_running_loop().create_task(self._refreshed())
            self._refresh.add_done_callback(_seen)
        return self._refresh

    async def _refreshed(self) -> Token:
        try:
            self._current = await self._sign_in()
            self._has_signed_in = True
            return self._current
        finally:
            self._refresh = None

    async def _sign_in(self) -> Token:
        credentials = await self._credentials()
        try:
            return await self._sign_in_with(credentials)
        except AccessRefusedError:
            newer = await self._credentials()
            if newer == credentials:
                raise
            return await self._sign_in_with(newer)

    def _refused(self, refusal: Exception) -> Exception:
        """Return the refusal with where the credentials come from, if it is one of them."""
        if isinstance(refusal, AccessRefusedError) and self._credentials_from:
            return AccessRefusedError(f"{refusal}; {self._credentials_from}")
        return refusal

    async def _credentials(self) -> tuple[str, ...]:
        try:
            self._last_read = await asyncio.to_thread(self._read_credentials)
        except ConfigurationError as error:
            if self._last_read is None:
                raise
            log.warning("credentials_not_read_again", message=str(error))
        return self._last_read

    def _read_credentials(self) -> tuple[str, ...]:
        return tuple(map(_read, self._grant.credentials))

    async def _sign_in_with(self, credentials: tuple[str, ...]) -> Token:
        sent = self._grant.request(*credentials)
        asked_at_s = math.nan

        async def ready() -> Mapping[str, str]:
            nonlocal asked_at_s
            asked_at_s = asyncio.get_running_loop().time()
            return sent.headers

        answer = await self._transport.request(
            RequestKind.TOKEN,
            "POST",
            sent.path,
            doing=_DOING,
            ready=ready,
            body=sent.body,
            content_type=sent.content_type,
        )
        refusal = self._failure_of(RequestKind.TOKEN, answer, _DOING)
        if isinstance(refusal, ConfigurationError) and self._has_signed_in:
            # The address was right before: something stands in front of the tenant for now.
            raise AmbiguousError(str(refusal), status=answer.status)
        if refusal is not None:
            raise self._refused(refusal)
        granted = _token_answer(answer)
        value = granted.access_token
        if not (value.isascii() and value.isprintable() and value.strip() == value != ""):
            raise AmbiguousError(
                f"{_DOING}: the tenant's access token is not one that a header can carry",
                status=answer.status,
            )
        lives_s = life_s(granted.expires_in, value, self._transport.now_s())
        ahead_s = min(REFRESH_AHEAD_S, lives_s / 2)
        end_s = asked_at_s + lives_s
        return Token(
            value,
            end_s - ahead_s,
            end_s - ahead_s / 2,
            scopes_of(granted.scope, value),
            _tenant_id(granted.id_token, value),
        )


def _token_answer(answer: Answer) -> "_TokenAnswer":
    # A tenant has been seen to wrap the answer in an array of one.
    granted = answer.read(_TokenAnswer | tuple[_TokenAnswer], _DOING)  # type: ignore[arg-type]
    return granted[0] if isinstance(granted, tuple) else granted


def _tenant_id(*tokens: object) -> str:
    for token in tokens:
        claim = _jwt_claims(token).get("tenantId") if isinstance(token, str) else None
        if isinstance(claim, str) and (tenant_id := identifier(claim)):
            return tenant_id
    return ""


def _read(credential: Credential) -> str:
    return credential if isinstance(credential, str) else credential()


def check_scopes(token: Token, required: frozenset[str]) -> None:
    """Raise AccessRefusedError, naming the scopes, unless the token has all of `required`.

    A token that names no scopes cannot be checked and is refused as well: rows must not
    go out in the hope that it will do.
    """
    if token.scopes is None and required:
        raise AccessRefusedError(
            f"{_DOING}: the tenant does not tell the token's scopes;"
            f" needed are: {' '.join(sorted(required))}"
        )
    missing = required - (token.scopes or frozenset())
    if missing:
        raise AccessRefusedError(f"{_DOING}: the client lacks scopes: {' '.join(sorted(missing))}")


def scopes_of(scope: object, access_token: str) -> frozenset[str] | None:
    """Return the scopes that a token answer names, else those of the token's JWT claim.

    `scope` is words in a string (RFC 6749, 3.3), with spaces or commas between them, or a list of
    such strings. Where it holds no word, the token's JWT claim is asked: `scope` (RFC 8693, 4.2),
    `scp` or `scopes`. The signature is not verified: the token came
    from the tenant itself, and lying about its scopes only makes the tenant refuse later.
    """
    named = _words(scope)
    if named is not None:
        return named
    claims = _jwt_claims(access_token)
    for claim in ("scope", "scp", "scopes"):
        named = _words(claims.get(claim))
        if named is not None:
            return named
    return None


class _TokenAnswer(msgspec.Struct):
    """What is read of a sign-in. `token_type` is not: it comes in any case, empty or not at all."""

    access_token: str
    expires_in: object = None
    scope: object = None
    id_token: object = None


def life_s(expires_in: object, access_token: str, now_s: float) -> float:
    """Return how long a token lives, in seconds.

    `expires_in` is a number, or one in a string. Where it says nothing, the token's JWT claims are
    asked: `exp` less `iat`, or less `now_s` (seconds since the epoch) when there is no `iat`.
    """
    stated_s = _seconds(expires_in)
    if stated_s is not None:
        return stated_s
    claims = _jwt_claims(access_token)
    ends_s = _seconds(claims.get("exp"))
    if ends_s is None:
        return UNSTATED_LIFE_S
    return _seconds(ends_s - (_seconds(claims.get("iat")) or now_s)) or UNSTATED_LIFE_S


def _seconds(value: object) -> float | None:
    """Return a positive number of seconds, also out of a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _words(value: object) -> frozenset[str] | None:
    """Return the words of a string or a list of strings; None when there are none."""
    texts = value if isinstance(value, list) else [value]
    words = frozenset(
        word for text in texts if isinstance(text, str) for word in _BETWEEN_WORDS.split(text)
    )
    return words - {""} or None


_BETWEEN_WORDS: Final = re.compile(r"[\s,]+")
"""A comma cannot be within a scope's name in use, though RFC 6749 would allow it."""


def _jwt_claims(access_token: str) -> Mapping[str, object]:
    parts = access_token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seen(refresh: "asyncio.Task[Token]") -> None:
    # When every caller was cancelled no one is left to get the failure; asyncio would
    # complain that it was never looked at.
    if not refresh.cancelled():
        refresh.exception()
