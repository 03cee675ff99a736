"""What a prune removed, as a person and a program read it.

Guarantee: no name of a file or directory moves the cursor or ends a line.
"""

from typing import Final

import msgspec

from cxone_async.cli.purge_lines import broken
from cxone_async.printable import printable
from cxone_async.runs.observers import OlderRunsPurged
from cxone_async.runs.prune import Pruned, PrunedRun, PruneResult

_SAID: Final = frozenset({PruneResult.NOT_PURGED, PruneResult.EDITED, PruneResult.UNFINISHED})
"""Results whose reason is told for each run; of the others there may be thousands."""


def prune_lines(pruned: Pruned, width: int | None) -> list[str]:
    """Return how much went, a table of it, and what stays; `width` is that of `purge_lines`."""
    gone = pruned.of(PruneResult.PURGED)
    what, freed = ("WOULD PRUNE", "to free") if pruned.is_dry_run else ("PRUNED", "freed")
    runs, files = _counted(len(gone), "run"), _counted(pruned.removed_files, "file")
    lines = [
        f"{what}  {pruned.root}: {runs} that ended before {_minute(pruned.ended_before)} UTC, "
        f"{files}, {pruned.removed_bytes:,} bytes {freed}"
    ]
    if gone:
        lines.append(f"{'FILES':>7}  {'BYTES':>15}  {'ENDED (UTC)':<16}  RUN")
        lines += [_row(one) for one in gone]
    if stays := [
        f"{count:,} {result}" for result in PruneResult if result is not PruneResult.PURGED
        if (count := len(pruned.of(result)))
    ]:  # fmt: skip
        lines.append(f"kept  {', '.join(stays)}")
    for one in pruned.runs:
        if one.result in _SAID:
            lines.append(f"! {one.directory}: {one.said}")
        if one.purged:
            lines += [
                f"! {one.directory}: left alone, and may hold personal data: {left}"
                for left in one.purged.left
            ]
    return [part for line in lines for part in broken(printable(line), width)]


def prune_document(pruned: Pruned) -> dict[str, object]:
    """Return the same for a program: every run with its result, and the sums."""
    document: dict[str, object] = msgspec.to_builtins(pruned)
    return document | {
        "purged_runs": len(pruned.of(PruneResult.PURGED)),
        "removed_files": pruned.removed_files,
        "removed_bytes": pruned.removed_bytes,
    }


def retention_in_words(event: OlderRunsPurged) -> str:
    """Return what became of older runs after a run (`--retention-days`), in one line."""
    pruned = event.pruned
    if pruned is None:
        return f"could not be purged ({event.error_type}); look at the log"
    gone = len(pruned.of(PruneResult.PURGED))
    said = f"{gone:,} purged, {pruned.removed_bytes:,} bytes freed"
    if stays := [one.directory for one in pruned.of(PruneResult.NOT_PURGED)]:
        said += f"; {len(stays):,} could not be purged, such as {stays[0]}"
    if left := [one.directory for one in pruned.runs if one.purged and one.purged.left]:
        said += f"; something was left alone in {len(left):,}, such as {left[0]}"
    return printable(said)


def _row(one: PrunedRun) -> str:
    files = len(one.purged.removed) if one.purged else 0
    size = one.purged.removed_bytes if one.purged else 0
    return f"{files:>7,}  {size:>15,}  {_minute(one.ended_at):<16}  {one.directory}"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
