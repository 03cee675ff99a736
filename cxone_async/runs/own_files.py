"""Whether a run directory, and what this program opens in it, are its own.

Guarantee: no file is opened in a run directory through which somebody else could read or change
what a run writes, or which would write somewhere else, or wait for ever:

* The directory belongs to this user, or to root, and nobody else may write to it. One that is
  empty, or has held a run, is closed to all others (0700).
* `lock`, the journal with its log and head, and the copy of the input are regular files of this
  user with one name each, and nobody else may write to them.

With `allows_shared`, a directory that others own or may write to is used as it is, with a warning.
A link, a pipe or a second name is refused even then: it leads out of the directory.

The finished files are not looked at: each is written under a new name that nobody knows before, and
renamed, so what stood under its name is replaced and never written to.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG, S_ISVTX, S_IWGRP, S_IWOTH, filemode
from typing import Final

from cxone_async.durable.lease import LOCK_NAME
from cxone_async.durable.writing import writing
from cxone_async.errors import ConfigurationError
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.logs import log

_JOURNAL_PREFIX: Final = "journal."
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = S_IWGRP | S_IWOTH
_ROOT: Final = 0


def refuse_what_is_not_ours(directory: Path, copy: str, *, allows_shared: bool) -> None:
    """Close an existing run directory to others, and check what will be opened in it.

    `copy` is the name of the input's copy, from which those of what lies beside it are made.
    Raises ConfigurationError, which names the file and what is wrong with it, and CannotWriteError.
    """
    with writing(directory):
        shared = [*_of_directory(directory, closes=not allows_shared)]
        copies = {copy, f"{copy}.csv", f"{copy}.json", f".{copy}.part", f".{copy}.fresh"}
        for path in sorted(directory.iterdir()):
            if path.name in {LOCK_NAME, *copies} or path.name.startswith(_JOURNAL_PREFIX):
                shared += _of_file(path, path.lstat())
    if not shared:
        return
    if not allows_shared:
        raise ConfigurationError(
            f"{shared[0]}. Whoever that is could change what the run does. Give it to the user "
            "that runs this program and close it to others, or choose another run directory; "
            "--allow-shared-run-dir uses it as it is"
        )
    log.warning("run_directory_shared", what=shared)


def _of_directory(directory: Path, *, closes: bool) -> Iterator[str]:
    found = directory.stat()
    if found.st_uid not in (os.geteuid(), _ROOT):
        yield f"{directory} belongs to user {found.st_uid}"
    if not found.st_mode & _OTHERS:
        return
    if closes and found.st_uid == os.geteuid() and _is_for_runs(directory, found):
        directory.chmod(S_IMODE(found.st_mode) & ~_OTHERS)
        log.info("run_directory_closed", mode_before=filemode(found.st_mode))
    elif found.st_mode & _OTHERS_WRITE:
        yield f"{directory} can be written to by others ({filemode(found.st_mode)})"
    else:
        log.info("run_directory_readable", mode=filemode(found.st_mode))


def _is_for_runs(directory: Path, found: os.stat_result) -> bool:
    """Whether nothing else than a run can have a use for a directory's mode."""
    names = {entry.name for entry in directory.iterdir()}
    return not found.st_mode & S_ISVTX and (
        not names or LOCK_NAME in names or JOURNAL_NAME in names
    )


def _of_file(path: Path, found: os.stat_result) -> Iterator[str]:
    if not S_ISREG(found.st_mode):
        if S_ISDIR(found.st_mode):
            return  # refused where it is opened
        kind = "a link" if S_ISLNK(found.st_mode) else "no regular file"
        raise ConfigurationError(
            f"{path} is {kind} ({filemode(found.st_mode)}), and no run makes one: remove it"
        )
    if found.st_nlink > 1:
        raise ConfigurationError(
            f"{path} has {found.st_nlink} names (hard links): what a run writes would change the "
            "file of the other name too. Put a copy in its place"
        )
    if found.st_uid != os.geteuid():
        yield f"{path} belongs to user {found.st_uid}"
    if found.st_mode & _OTHERS_WRITE:
        yield f"{path} can be written to by others ({filemode(found.st_mode)})"
