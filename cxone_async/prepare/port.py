"""The port for preparation, and the one loop over its blocks.

`subprocesses` implements the port for runs; `cxone_async.testing` implements it in the caller's
process. Both yield what `stages.Preparer` would, in the same order: one conformance suite tests
both.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self

from cxone_async.prepare.decided_pairs import DecisionCounts
from cxone_async.prepare.rows import Prepared


class Preparation(Protocol):
    """One pass over the input, as an async context manager."""

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


class PreparationPass:
    """One pass over an input. Its counts are final when `each_block` returns.

    `rows_read` counts the records of the input. `match_statistics` is what the policy counted
    besides its decisions, `decisions` how many people had made. `blank_rows` and `repeated_headers`
    count the records that are no rows. `countries` has the `country_byte` of each row, from row 1
    on.
    """

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self.rows_read = 0
        self.match_statistics: dict[str, int] = {}
        self.decisions = DecisionCounts()
        self.blank_rows = 0
        self.repeated_headers = 0
        self.countries = bytearray()

    async def each_block(
        self,
        blocks: AsyncIterator[bytes],
        handle: Callable[[Prepared], Awaitable[None]],
    ) -> None:
        """Prepare all blocks and await `handle` with each, in order.

        Raises what the preparation and `handle` raise, after the preparation has ended.
        """
        async with self._preparation as preparation:
            async for prepared in preparation.prepare(blocks):
                self.rows_read += prepared.rows
                self.blank_rows += prepared.no_rows.blank_rows
                self.repeated_headers += prepared.no_rows.repeated_headers
                self.match_statistics = prepared.match_statistics
                self.decisions = prepared.decisions
                self.countries += prepared.countries
                await handle(prepared)
