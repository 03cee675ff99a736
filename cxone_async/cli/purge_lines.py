"""What a purge removed, as a person and a program read it.

Guarantee: no name of a file or directory moves the cursor or ends a line.
"""

import textwrap

import msgspec

from cxone_async.printable import printable
from cxone_async.runs.purge import Purged


def purge_lines(purged: Purged, width: int | None) -> list[str]:
    """Return what was removed, what is kept, and what was left alone.

    Lines are broken between words at `width` columns; None is for no terminal.
    """
    would, removes = ("WOULD PURGE", "to remove") if purged.is_dry_run else ("PURGED", "removed")
    files = "1 file" if len(purged.removed) == 1 else f"{len(purged.removed):,} files"
    said = f"{would}  {purged.directory}: {removes} {files}, {purged.removed_bytes:,} bytes"
    lines = [printable(said)]
    lines += [printable(f"      {one.name}  {one.size_bytes:,} bytes") for one in purged.removed]
    if purged.kept:
        lines.append(printable(f"kept  {', '.join(purged.kept)}"))
    lines += [printable(f"! left alone, and may hold personal data: {one}") for one in purged.left]
    return [part for line in lines for part in broken(line, width)]


def broken(line: str, width: int | None) -> list[str]:
    """Return the lines of `width` columns that a line makes; a path is never broken."""
    if width is None:
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def purge_document(purged: Purged) -> dict[str, object]:
    """Return the same for a program, with the counts."""
    document: dict[str, object] = msgspec.to_builtins(purged)
    return document | {
        "removed_files": len(purged.removed),
        "removed_bytes": purged.removed_bytes,
    }
