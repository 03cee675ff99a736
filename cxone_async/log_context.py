"""The names of a run, for every line that is logged of it.

Guarantee: two runs of one process, each in a task of its own, do not take each other's names.
Threads that asyncio starts have the names of the task that started them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from cxone_async import __version__


@dataclass(slots=True)
class RunNames:
    """What a run is called. "" is for what is not known yet."""

    input_name: str = ""
    run_id: str = ""

    def as_keys(self) -> Mapping[str, str]:
        """Return the keys that each line has."""
        return {"run_id": self.run_id, "version": __version__, "input_name": self.input_name}


NAME_KEYS = tuple(RunNames().as_keys())

_current: ContextVar[RunNames | None] = ContextVar("run_names", default=None)


def run_names() -> RunNames | None:
    """Return the names of the run, or of the command, that this code works for."""
    return _current.get()


@contextmanager
def naming_run(input_name: str = "") -> Iterator[RunNames]:
    """Give what happens in the block the names of one run; they may become known in the block.

    Within a command the names are the command's, so that the line that it ends with has them too.
    """
    names = _current.get()
    if names is not None:
        names.input_name = input_name
        yield names
        return
    token = _current.set(names := RunNames(input_name))
    try:
        yield names
    finally:
        _current.reset(token)
