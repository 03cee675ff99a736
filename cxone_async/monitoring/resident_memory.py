"""What the processes of a run hold in memory, as Linux tells it.

Elsewhere nothing is told. The children are found by what this process has started and how they
were called (`prepare.start_child`), so the run need not know that somebody looks.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_CHILD_PROGRAM: Final = b"cxone_async.prepare.start_child"
_PROCESSES: Final = Path("/proc")


def resident_memory_bytes() -> dict[str, int]:
    """Return the resident bytes of `run` and of those children that are alive."""
    held: dict[str, int] = {}
    with suppress(OSError, ValueError):
        held["run"] = _resident_bytes("self")
        for child in _children():
            with suppress(OSError, ValueError):  # it may end at any time
                name = _name_of(child)
                if name:
                    held[name] = _resident_bytes(child)
    return held


def _resident_bytes(process: str) -> int:
    return int((_PROCESSES / process / "statm").read_bytes().split()[1]) * _PAGE_BYTES


def _children() -> list[str]:
    return [
        child
        for task in (_PROCESSES / "self/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def _name_of(process: str) -> str:
    arguments = (_PROCESSES / process / "cmdline").read_bytes().split(b"\0")
    if _CHILD_PROGRAM not in arguments:
        return ""
    return arguments[arguments.index(_CHILD_PROGRAM) + 1].decode()
