"""Whether a list has changed too much since its last run, found out before anything is sent."""

from collections.abc import Sequence
from contextlib import aclosing

from cxone_async.durable.threads import in_thread
from cxone_async.ledger.port import EarlierRun
from cxone_async.prepare.port import Preparation, PreparationPass
from cxone_async.prepare.rows import Prepared
from cxone_async.runs.last_list import (
    read_last_list,
    refuse_changed,
    refuse_unknown_change,
)
from cxone_async.source.input import Input


async def refuse_changed_list(
    earlier: Sequence[EarlierRun], preparation: Preparation, source: Input, limit: float
) -> None:
    """Prepare the whole input and compare its people with those of the last run.

    `earlier` are the runs of the ledger, the latest first. Raises GuardTrippedError, and what
    preparation and `Input.blocks` raise.
    """
    last = await in_thread(lambda _stop: read_last_list(earlier))
    if last is None:
        refuse_unknown_change(earlier)
        return

    async def count(prepared: Prepared) -> None:
        last.count(prepared.decided)
        last.count_new(len(prepared.ready))

    async with aclosing(source.blocks()) as blocks:
        await PreparationPass(preparation).each_block(blocks, count)
    refuse_changed(last.change, limit)
