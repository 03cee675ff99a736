"""`verify`: recompute a run's equation from its input, journal and files."""

from pathlib import Path

from cxone_async.verification import verify


def verify_run(run_directory: Path, csv: str, encoding: str | None = None) -> tuple[str, ...]:
    """Return every contradiction, as a sentence; none when all agree. Raises as `verify`."""
    return verify(run_directory, Path(csv), encoding)
