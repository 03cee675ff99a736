"""The time by which a command has to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cxone_async.errors import TenantUnreachableError


class Deadline:
    """The time by which a command has to end. With `deadline_s` None there is no limit."""

    def __init__(self, deadline_s: float | None) -> None:
        """Start counting `deadline_s` seconds now."""
        self._deadline_s = deadline_s
        self._at_s = None if deadline_s is None else asyncio.get_running_loop().time() + deadline_s

    async def passed(self) -> TenantUnreachableError:
        """Wait until the time is up (for ever without a limit); return the error to end with."""
        if self._at_s is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.sleep(self._at_s - asyncio.get_running_loop().time())
        return self._error()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Cancel the block when the time is up, and raise TenantUnreachableError instead."""
        try:
            async with asyncio.timeout_at(self._at_s):
                yield
        except TimeoutError:
            raise self._error() from None

    def _error(self) -> TenantUnreachableError:
        return TenantUnreachableError(
            f"the deadline of {self._deadline_s:g} s has passed; run the same command to resume"
        )
