"""Copies the finished files of a run to a place in a bucket (`--output`).

Guarantee: the last file is removed first and copied last. So where it is, all the others are there
and come from the same run.
"""

from collections.abc import Sequence
from pathlib import Path

from cxone_async.remote.object_store import OutputPlace
from cxone_async.remote.uri import parse_prefix


async def clear_output(prefix: str, last: str) -> None:
    """Remove the object `last`: what stands beside it is about to be replaced.

    It also shows, before anything is sent, that the place can be written. Raises UsageError,
    AccessRefusedError, ConfigurationError, RemoteUnreachableError.
    """
    await OutputPlace(parse_prefix(prefix)).remove(last)


async def copy_to_output(directory: Path, names: Sequence[str], prefix: str) -> None:
    """Copy the files to `prefix` in the order of `names`.

    An object whose name has no file is removed: it is of an older run.

    Raises as `clear_output`.
    """
    place = OutputPlace(parse_prefix(prefix))
    await place.remove(names[-1])
    for name in names:
        path = directory / name
        if path.is_file():
            await place.put(path)
        else:
            await place.remove(name)
