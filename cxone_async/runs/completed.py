"""A run that has finished and is started again: what is left to do.

Guarantee: when every file that tells facts holds, byte for byte, what the run wrote, the run is
done: nothing is prepared and nobody is asked. Only report.html is written again, which is drawn
from the result and may be missing, or from another version. Otherwise the caller does all the work
again, from the input and the journal, and the files come back as they were.

The bytes decide and not names, sizes or times: a file that somebody edited would else stay as it
is. A run from before digests were journalled, one whose files this version writes otherwise, and
one whose counts did not agree (`FAIL`: they are worth making again) has all its work done each
time.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from cxone_async.durable.threads import in_thread, unless_stopped
from cxone_async.journal.events import RunFinished
from cxone_async.logs import log
from cxone_async.report.files import write_report
from cxone_async.report.reconciliation import QuotaFigures, Reconciliation, RunFacts
from cxone_async.runs.intact import changed_files


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What only the start that finished a run can tell of it; a `Reconciliation` keeps the same."""

    run: RunFacts
    requests_by_kind: Mapping[str, int]
    duration_s: float
    quota: QuotaFigures | None


def recorded_result(finished: RunFinished) -> Reconciliation:
    """Return the result that a finished run journalled."""
    return msgspec.json.decode(finished.summary, type=Reconciliation)


async def result_if_intact(directory: Path, finished: RunFinished | None) -> Reconciliation | None:
    """Return the result of a run that is done: finished, `PASS`, its files intact; else None.

    Then report.html is new. Raises CannotWriteError. Cancelled, it stops at the next piece.
    """
    if finished is None or not finished.file_digests:
        return None
    result = recorded_result(finished)
    if not result.passed:
        return None
    changed = await in_thread(
        lambda stop: changed_files(directory, finished.file_digests, partial(unless_stopped, stop))
    )
    if changed:
        log.warning("files_changed", files=changed)
        return None
    await in_thread(lambda _: write_report(directory, result))
    log.info("files_intact")
    return result
