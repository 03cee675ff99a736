"""A receiver at a URL.

Guarantee: no exception of aiohttp, ssl or the operating system leaves this module, as their texts
may hold the URL. Each try has a connection of its own. The environment is ignored: no proxies, no
netrc, no cookies.
"""

from collections.abc import Mapping

import aiohttp
from yarl import URL

from cxone_async import __version__
from cxone_async.notifications.port import NoAnswerError


class HttpReceiver:
    """Posts to one URL, which is a secret: it is in no message and no `repr`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(force_close=True),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers={
                        "User-Agent": f"cxone-async/{__version__}",
                        "Content-Type": "application/json",
                    },
                    trust_env=False,
                ) as session,
                session.post(
                    URL(self._url), data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswerError(type(error).__name__) from None
