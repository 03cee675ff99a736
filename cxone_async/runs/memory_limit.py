"""How much memory this process and its children may take, and how much they have taken."""

import resource
from pathlib import Path
from typing import Final, NamedTuple

CONTROL_GROUPS: Final = Path("/sys/fs/cgroup")
OWN_GROUPS: Final = Path("/proc/self/cgroup")

NO_LIMIT_FROM: Final = 1 << 60
"""Control groups of version 1 write such a number where there is no limit."""


class MemoryLimit(NamedTuple):
    """The most bytes, and who says so."""

    size_bytes: int
    source: str


MIB: Final = 1 << 20

SHARE_OF_ROWS: Final = 8
"""Rows on their way may hold this part of the memory there is. Bodies that are being sent and
answers hold as much again, the children and Python the rest."""

LEAST_FOR_ROWS_BYTES: Final = 16 * MIB
MOST_FOR_ROWS_BYTES: Final = 256 * MIB
"""Where nobody has set a limit: about what 1,000 chunks of 500 usual rows hold."""


def room_for_rows(limit_mib: int | None) -> int:
    """Return how many bytes rows on their way may hold, by the user's limit or the machine's."""
    if limit_mib is not None:
        return limit_mib * MIB // SHARE_OF_ROWS
    limit = memory_limit()
    share = limit.size_bytes // SHARE_OF_ROWS if limit else MOST_FOR_ROWS_BYTES
    return min(max(share, LEAST_FOR_ROWS_BYTES), MOST_FOR_ROWS_BYTES)


def memory_limit(
    groups: Path = CONTROL_GROUPS, own_groups: Path = OWN_GROUPS
) -> MemoryLimit | None:
    """Return the lowest limit that the machine sets: a control group's, or `ulimit -v`.

    None where there is none. A container's memory limit is a control group's.
    """
    found = [
        MemoryLimit(size_bytes, "control group")
        for path in _limit_files(groups, own_groups)
        if (size_bytes := _limit_in(path)) is not None
    ]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        found.append(MemoryLimit(soft, "ulimit -v"))
    return min(found, default=None)


def _limit_files(groups: Path, own_groups: Path) -> list[Path]:
    """Return where the limits of this process's groups may stand, with those of their parents.

    A container may see its own group at the top, under another name than the kernel says.
    """
    try:
        lines = own_groups.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return []
    files = []
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if not controllers:
            top, file = groups, "memory.max"
        elif "memory" in controllers.split(","):
            top, file = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        inside = Path(name.lstrip("/"))
        files += [top / part / file for part in (inside, *inside.parents)]
    return files


def _limit_in(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    if not text.isdecimal() or int(text) >= NO_LIMIT_FROM:
        return None
    return int(text)


def memory_in_words() -> str:
    """Return what has been taken so far, and the limit if there is one."""
    own, children = (
        resource.getrusage(who).ru_maxrss * 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    text = f"this process took up to {_megabytes(own)}, the largest of its children "
    text += _megabytes(children)
    if limit := memory_limit():
        text += f"; the limit is {_megabytes(limit.size_bytes)} ({limit.source})"
    return text


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.0f} MB"
