"""A receiver of notifications in memory."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cxone_async.notifications.port import NoAnswerError


class ReceivedPost(NamedTuple):
    """What came to a receiver. The names of `headers` are lower case."""

    body: bytes
    headers: Mapping[str, str]


class InMemoryReceiver:
    """Keeps what it is sent in `received`, and answers with `statuses` in turn, then with 200.

    A status 0 is no answer.
    """

    def __init__(self, statuses: Iterable[int] = ()) -> None:
        self.received: list[ReceivedPost] = []
        self._statuses = iter(statuses)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Keep it, and return the next status. Raises NoAnswerError for a status 0."""
        self.received.append(
            ReceivedPost(body, {name.lower(): value for name, value in headers.items()})
        )
        status = next(self._statuses, 200)
        if not status:
            raise NoAnswerError("ConnectionResetError")
        return status
