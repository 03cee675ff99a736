"""`report`: writes the report of a finished run again."""

from pathlib import Path

from cxone_async.errors import MissingInputError
from cxone_async.report.files import read_result, write_report
from cxone_async.runs.purge_record import read_purge_record, refuse_to_look_into_purged


def write_report_again(run_directory: Path) -> Path:
    """Write report.html anew from reconciliation.json and return its path.

    Raises MissingInputError when the run has not finished or its figures were purged,
    UnreadableInputError when its result cannot be read, CannotWriteError.
    """
    try:
        result = read_result(run_directory)
    except MissingInputError:
        refuse_to_look_into_purged(run_directory)
        raise
    return write_report(run_directory, result)


def purged_in_words(run_directory: Path) -> str:
    """Say that the run was purged; "" when it was not. Raises UnreadableInputError."""
    record = read_purge_record(run_directory)
    return f"the run in {run_directory} {record.in_words}" if record else ""
