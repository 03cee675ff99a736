"""What was typed, for whoever says how to go on, and what of it the same line would find again."""

import sys
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from cxone_async.cli.next_command import NextCommand, after_rejects, after_stop, program_of
from cxone_async.remote.uri import scheme_of

_TYPED: Final[ContextVar[tuple[str, ...]]] = ContextVar("typed", default=())


def note_typed(arguments: Sequence[str]) -> None:
    """Note the arguments of this command."""
    _TYPED.set(tuple(arguments))


def next_after_stop(exit_code: int) -> NextCommand | None:
    """Return how to go on after this command ended early; None when there is no going on."""
    arguments = _TYPED.get()
    if arguments[:1] != ("import",):
        return None
    is_given_again = not any(map(_is_read_once, arguments))
    return after_stop(
        program_of(sys.orig_argv), arguments, exit_code, is_given_again=is_given_again
    )


def next_after_rejects(csv: str, rejects: Path, run_dir: Path | None) -> NextCommand | None:
    """Return how to import corrected rejects of this command; None after any but `import`.

    `run_dir` is the setting; the next run gets a directory beside it that is not there yet.
    """
    arguments = _TYPED.get()
    if arguments[:1] != ("import",):
        return None
    return after_rejects(
        program_of(sys.orig_argv), arguments, csv, rejects, run_dir and _beside(run_dir)
    )


def _is_read_once(argument: str) -> bool:
    """Say whether an argument names what cannot be read again: standard input, a pipe, a device."""
    if argument == "-":
        return True
    value = argument.partition("=")[2] if argument.startswith("--") else argument
    if not value or scheme_of(value):
        return False
    try:
        path = Path(value)
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # such as a name that is too long: it is no file
        return False


def _beside(run_dir: Path) -> Path:
    name, number = f"{run_dir.name}-corrected", 1
    while (found := run_dir.with_name(name)).exists():
        number += 1
        name = f"{run_dir.name}-corrected-{number}"
    return found
