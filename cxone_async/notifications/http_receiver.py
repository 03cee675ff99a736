"""A receiver at a URL.

Guarantee: no exception of aiohttp, ssl or the operating system leaves this module, as their texts
may hold the URL. Each try has a connection of its own. No proxies of the environment, no netrc, no
cookies.
"""

from collections.abc import Mapping

import aiohttp
from yarl import URL

from cxone_async import __version__
from cxone_async.notifications.port import NoAnswerError
from cxone_async.tenant.access import Network
from cxone_async.tenant.http.tls import tls_of_others


class HttpReceiver:
    """Posts to one URL, which is a secret: it is in no message and no `repr`.

    Of the way to the tenant it takes the proxy, and its authorities beside the system's. Plain http
    stays on this machine, and so goes through no proxy. Raises ConfigurationError when the
    authorities cannot be read.
    """

    def __init__(self, url: str, network: Network | None = None) -> None:
        self._url = URL(url)
        network = network or Network()
        self._tls = tls_of_others(network)
        self._proxy = (network.proxy or None) if self._url.scheme == "https" else None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(force_close=True, ssl=self._tls),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers={
                        "User-Agent": f"cxone-async/{__version__}",
                        "Content-Type": "application/json",
                    },
                    trust_env=False,
                ) as session,
                session.post(
                    self._url,
                    data=body,
                    headers=headers,
                    proxy=self._proxy,
                    allow_redirects=False,
                ) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswerError(type(error).__name__) from None
