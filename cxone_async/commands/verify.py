"""`verify`: checks a run's totals against its input, journal and files."""

from pathlib import Path

from cxone_async.verification import verify


def verify_run(run_directory: Path, csv: str, encoding: str | None = None) -> tuple[str, ...]:
    """Return each contradiction as a sentence. Raises what `verification.verify` raises."""
    return verify(run_directory, Path(csv), encoding)
