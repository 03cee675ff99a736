"""`verify`: checks a run's totals against its input, journal and files."""

from pathlib import Path

from cxone_async.remote.uri import scheme_of
from cxone_async.runs.run_directory import INPUT_COPY
from cxone_async.verification import verify


def verify_run(run_directory: Path, csv: str, encoding: str | None = None) -> tuple[str, ...]:
    """Return each contradiction as a sentence. Raises what `verification.verify` raises.

    Of an input that lies elsewhere, the run's own copy is read.
    """
    path = run_directory / INPUT_COPY if scheme_of(csv) else Path(csv)
    return verify(run_directory, path, encoding)
