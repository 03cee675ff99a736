"""The in-process twin of the preparing processes, for tests and for virtual time."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from cxone_async.ledger.known_people import SqliteKnownPeople
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.preparer import Preparer
from cxone_async.prepare.rows import Prepared


class InlinePreparation:
    """Prepares in the calling process."""

    def __init__(self, job: PrepareJob) -> None:
        self._known = SqliteKnownPeople(job.known) if job.known is not None else None
        self._preparer = Preparer(job, self._known)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._known is not None:
            self._known.close()

    async def prepare(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[Prepared]:
        """Prepare all blocks, one after the other."""
        async for block in blocks:
            yield self._preparer.feed(block)
        yield self._preparer.finish()
