"""The port behind which preparing happens, and the twin that does it in place.

Guarantee: whoever implements `Preparation` yields what `Preparer` would, in its order.
The twin works in the caller's process, for tests and simulations under virtual time;
runs use `prepare_process`.
"""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Protocol, Self

from cxone_async.prepare.rows import Prepared


class Preparation(Protocol):
    """An async context manager around one pass over the input."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        """Prepare all blocks; the last yield follows the end of the input.

        Raises UnreadableInputError, UsageError.
        """
        ...
