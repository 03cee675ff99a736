"""The moment by which a command has to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cxone_async.errors import TenantUnreachableError


class Deadline:
    """The moment by which a command has to end; None is no such moment."""

    def __init__(self, deadline_s: float | None) -> None:
        """Begin to count `deadline_s` seconds now."""
        self._deadline_s = deadline_s
        self._at_s = None if deadline_s is None else asyncio.get_running_loop().time() + deadline_s

    async def passed(self) -> TenantUnreachableError:
        """Wait for the moment (for ever when there is none); return what it ends a run with."""
        if self._at_s is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.sleep(self._at_s - asyncio.get_running_loop().time())
        return self._error()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Cancel the block at the moment, and raise TenantUnreachableError in its place."""
        try:
            async with asyncio.timeout_at(self._at_s):
                yield
        except TimeoutError:
            raise self._error() from None

    def _error(self) -> TenantUnreachableError:
        return TenantUnreachableError(
            f"the deadline of {self._deadline_s:g} s has passed; the same command goes on from here"
        )
