"""What `doctor` looks at here: disk, versions, extras. Asks nobody else."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

from cxone_async import __version__

PACKAGE: Final = "cxone-async"
LIBRARIES: Final = ("aiohttp", "pydantic", "phonenumberslite", "email-validator", "rapidfuzz")
"""What decides how rows are read, matched and sent."""

EXTRA_IS_FOR: Final = {
    "any-field": "--match any-field on long lists",
    "cloud": "s3://, gs://, az:// and https://",
    "excel": "workbooks, and rejects.xlsx",
    "otel": "traces and metrics for an OpenTelemetry collector",
    "parquet": "Parquet and Arrow",
    "sftp": "sftp://",
}
"""What each extra of the package is for."""

_OF_EXTRA: Final = re.compile(r"""^([A-Za-z0-9._-]+).*;.*extra\s*==\s*['"]([A-Za-z0-9._-]+)['"]""")
_FOR_DEVELOPMENT: Final = "test"


class Disk(NamedTuple):
    """The place of a run directory. `problem` says why nothing can be written there, or is ""."""

    place: Path
    free_bytes: int
    problem: str


def disk_at(run_directory: Path | None) -> Disk:
    """Look at the place where a run directory is or would be made, and write a file there."""
    place = (run_directory or Path()).absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    problem = ""
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        problem = error.strerror or type(error).__name__
    return Disk(place, shutil.disk_usage(place).free, problem)


def versions_here() -> str:
    """Return the versions of this package, Python, and the libraries that matter."""
    libraries = [f"{name} {version}" for name in LIBRARIES if (version := _version(name))]
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return ", ".join([f"{PACKAGE} {__version__}", python, *libraries])


class Extras(NamedTuple):
    """Names of extras by whether all that they need is installed."""

    installed: tuple[str, ...]
    missing: tuple[str, ...]


def extras_here(package: str = PACKAGE) -> Extras:
    """Look for the optional libraries; none are known where the package is not installed."""
    needed: dict[str, list[str]] = {}
    for name, extra in _optional(package):
        needed.setdefault(extra, []).append(name)
    whole = {extra: all(map(_version, names)) for extra, names in needed.items()}
    return Extras(
        tuple(sorted(extra for extra, is_there in whole.items() if is_there)),
        tuple(sorted(extra for extra, is_there in whole.items() if not is_there)),
    )


def _optional(package: str) -> Iterator[tuple[str, str]]:
    try:
        requirements = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in requirements:
        found = _OF_EXTRA.match(requirement)
        if found and found[2] != _FOR_DEVELOPMENT:
            yield found[1], found[2]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
