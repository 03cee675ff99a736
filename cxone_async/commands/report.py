"""`report`: writes the report of a finished run again."""

from pathlib import Path

from cxone_async.report.files import read_result, write_report


def write_report_again(run_directory: Path) -> Path:
    """Write report.html anew from reconciliation.json and return its path.

    Raises MissingInputError when the run has not finished, UnreadableInputError when its result
    cannot be read, CannotWriteError.
    """
    return write_report(run_directory, read_result(run_directory))
