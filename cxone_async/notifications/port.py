"""The port of whoever gets a notification. `cxone_async.testing` has the twin in memory."""

from collections.abc import Mapping
from typing import Protocol


class NoAnswerError(Exception):
    """The receiver gave no answer. `error_type` says why, without its address."""

    def __init__(self, error_type: str) -> None:
        super().__init__(error_type)
        self.error_type = error_type


class Receiver(Protocol):
    """Takes notifications at one address."""

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send it once, and return the HTTP status of the answer. Follows no redirect.

        The body is JSON. What an answer says beside its status is not read. Raises NoAnswerError.
        It sets itself no limit of time: the caller cancels it.
        """
        ...
