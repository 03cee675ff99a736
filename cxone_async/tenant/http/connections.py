"""Connections to one tenant, and when a kept one may be used again.

Guarantee: a kept connection on which something has arrived that nobody asked for is closed and not
used. A proxy may send a late 408, a tenant an answer twice; the next request on that connection
would take it for its own answer, and every later one the answer to the request before it. What
arrives after the next request has left cannot be told apart here: whoever reads an answer that
fits no question calls `Answer.hang_up`.
"""

import asyncio
import select
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection

_transport_in_use: ContextVar[asyncio.Transport | None] = ContextVar("transport", default=None)


class NoConnectionError(Exception):
    """No connection came about, although one to a proxy may have. Its text says why."""


class Connections(aiohttp.TCPConnector):
    """A pool of connections that looks at a kept one before it is used again."""

    async def connect(self, req: aiohttp.ClientRequest, *how: Any, **more: Any) -> "Connection":
        """Return a connection, and remember it for `hang_up_last`."""
        try:
            connection = await super().connect(req, *how, **more)
        except aiohttp.ClientHttpProxyError as refused:
            why = "it asks for credentials" if refused.status == 407 else "it opens no tunnel"
            raise NoConnectionError(f"the proxy answered {refused.status}: {why}") from None
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as foreign:
            # Said of the proxy: the tunnel to the tenant was not there yet.
            raise NoConnectionError("the proxy closed without an answer") from foreign
        _transport_in_use.set(connection.transport)
        return connection

    async def _get(self, key: "ConnectionKey", *how: Any) -> "Connection | None":
        while (connection := await super()._get(key, *how)) is not None:
            if not _has_something_to_read(connection):
                return connection
            connection.close()
        return None


def hang_up_last() -> Callable[[], None]:
    """Return what closes the connection that this task's last request went out on."""
    transport = _transport_in_use.get()
    return _nothing if transport is None else transport.close


def _has_something_to_read(connection: "Connection") -> bool:
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return True
    sock = transport.get_extra_info("socket")
    if sock is None:
        return False
    # What the event loop has not read yet: bytes, or the end of the connection.
    waiting = select.poll()
    waiting.register(sock.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _nothing() -> None:
    return None
