"""Decides what is left to do when a finished run is started again.

Guarantee: if every file of facts is, byte for byte, what the run wrote, nothing is prepared and
the tenant is not asked anything. Only report.html is written again: it is drawn from the result,
and may be missing or from another version. Otherwise the caller does all the work again, from the
input and the journal, and writes every file again. What was edited is kept beside them.

The bytes decide, not names, sizes or times, so an edited file is noticed. Only a regular file can
be intact. Other things with a file's name are not opened further: a named pipe without a writer
would block its reader for ever, and the target of a link is not part of the run.

All the work is done again at each start for:

* a run from before digests were journalled;
* a run whose files this version writes differently;
* a run whose counts did not agree (`FAIL`), because they are worth computing again.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from cxone_async.durable.checksums import digest_of
from cxone_async.durable.threads import in_thread, unless_stopped
from cxone_async.journal.events import RunFinished
from cxone_async.logs import log
from cxone_async.report.files import FACT_NAMES, NEWER_FACT_NAMES, write_report
from cxone_async.report.reconciliation import (
    QuotaFigures,
    Reconciliation,
    Replay,
    RunFacts,
    SinceLastRun,
    StartsTaken,
)
from cxone_async.report.timeline import Timeline


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a run and the start that finished it; a `Reconciliation` has the same fields."""

    run: RunFacts
    requests_by_kind: Mapping[str, int]
    duration_s: float
    quota: QuotaFigures | None
    timeline: Timeline | None
    starts: StartsTaken | None
    since_last_run: SinceLastRun | None
    replay: Replay | None


def recorded_result(finished: RunFinished) -> Reconciliation:
    """Return the result that a finished run recorded in its journal."""
    return msgspec.json.decode(finished.summary, type=Reconciliation)


async def result_if_intact(directory: Path, finished: RunFinished | None) -> Reconciliation | None:
    """Return the result of a run that ended with `PASS` and has its files intact, else None.

    When there is a result, report.html has been written again. Raises CannotWriteError. When
    cancelled, it stops at the next piece of a file.
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
    await in_thread(lambda _: write_report(directory, result, finished.file_digests))
    log.info("files_intact")
    return result


def changed_files(
    directory: Path,
    digests: Mapping[str, str],
    watched: Callable[[Iterable[bytes]], Iterable[bytes]],
) -> list[str]:
    """Name those of `FACT_NAMES` that are missing or do not have the digest (SHA-256 in hex).

    A newer file without a digest is one that the run's version did not write.
    A file is read in pieces of `PIECE_BYTES`. `watched` gets these pieces and passes them on; it
    may raise to end the work. Synchronous, and long for long files: call it from a thread.
    """
    return [
        name
        for name in FACT_NAMES
        if not (name in NEWER_FACT_NAMES and name not in digests)
        and digest_of(directory / name, watched) != digests.get(name)
    ]
