"""What the reconciliation.csv of a run directory says of rows that were sent."""

import os
from pathlib import Path

import pytest

from cxone_async.errors import CannotWriteError
from cxone_async.journal.loss import NOTHING_REPORTED, RowsReported
from cxone_async.runs.reported import rows_reported

LINES = (
    "total_input,20\nfuzzy_deduplicated,1\nsuccessfully_imported,12\nfailed_after_retries,2\n"
    "data_integrity_check,PASS\ninvalid,1\nsuppressed,0\nunresolved,4\n"
)


def test_the_rows_that_were_sent_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "reconciliation.csv").write_text(LINES)
    assert rows_reported(tmp_path) == RowsReported(imported=12, sent=18, read=20)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00,\n", b"total_input\n", b"total_input,-3\nunresolved,\xd9\xa3\n"]
)
def test_what_holds_no_numbers_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "reconciliation.csv").write_bytes(content)
    assert rows_reported(tmp_path) == NOTHING_REPORTED


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_where_there_is_no_file_nothing_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "reconciliation.csv"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    assert rows_reported(tmp_path) == NOTHING_REPORTED


def test_a_file_that_cannot_be_read_is_named_with_its_errno(unprivileged: Path) -> None:
    path = unprivileged / "reconciliation.csv"
    path.write_text(LINES)
    path.chmod(0)
    with pytest.raises(CannotWriteError, match=r"cannot read .*reconciliation\.csv: .* \(errno 13"):
        rows_reported(unprivileged)
