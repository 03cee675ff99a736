"""Calls with a token: the wait for the quota, a token that is fresh when it is over, one replay.

Guarantee: nothing is retried here, except that a 401 fetches a new access token once and sends the
same request once more.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cxone_async.errors import AmbiguousError, NotSentError
from cxone_async.tenant.http.answer import Answer
from cxone_async.tenant.http.auth import Token, TokenCache
from cxone_async.tenant.http.transport import SMALL_ANSWER_BYTES, StreamedBody, Transport
from cxone_async.tenant.port import BeforeSend, RequestKind


async def nothing_to_do() -> None:
    """Do nothing before a request is sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as `Transport.request` takes it. `before_send` is awaited each time it leaves.

    That is when a slot of the quota and a token are in hand, immediately before the first byte.
    """

    kind: RequestKind
    method: str
    path: str
    doing: str
    body: bytes | StreamedBody | None = None
    headers: Mapping[str, str] | None = None
    before_send: BeforeSend = nothing_to_do
    apart: bool = False
    most_answer_bytes: int = SMALL_ANSWER_BYTES


class SignedIn:
    """Sends calls over a transport, with the tokens of a cache, which may have another."""

    def __init__(self, transport: Transport, tokens: TokenCache) -> None:
        self._transport = transport
        self._tokens = tokens

    async def answer(self, call: Call) -> Answer:
        """Return the answer to a call, whatever its status.

        Raises NotSentError, also when only signing in was ambiguous; AmbiguousError, about the
        call itself; what signing in raises; and what `before_send` raises.
        """
        answer = await self._send(call)
        return await self._send(call) if answer.status == 401 else answer

    async def _send(self, call: Call) -> Answer:
        # A refresh that is due goes first, so that it does not sit on this call's quota.
        # The wait for the quota may outlast the token, so ask again with the slot in hand.
        token = await self._token(call.doing, self._tokens.token)

        async def with_slot() -> None:
            nonlocal token
            token = await self._token(call.doing, self._tokens.token_at_once)

        async def ready() -> Mapping[str, str]:
            await call.before_send()
            return {"Authorization": f"Bearer {token.value}", **(call.headers or {})}

        answer = await self._transport.request(
            call.kind,
            call.method,
            call.path,
            doing=call.doing,
            with_slot=with_slot,
            ready=ready,
            body=call.body,
            apart=call.apart,
            most_answer_bytes=call.most_answer_bytes,
        )
        if answer.status == 401:
            self._tokens.refused(token)
        return answer

    async def _token(self, doing: str, obtain: Callable[[], Awaitable[Token]]) -> Token:
        try:
            return await obtain()
        except AmbiguousError as sign_in:
            # The doubt is only about a token; the call itself was not sent.
            raise NotSentError(
                f"{doing}: not sent, because there was no token: {sign_in}"
            ) from sign_in
