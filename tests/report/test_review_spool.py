from pathlib import Path

import pytest

from cxone_async.errors import CannotWriteError
from cxone_async.outcome import Resemblance
from cxone_async.report.review_spool import ReviewSpool


def test_what_goes_in_comes_out_in_its_order_as_often_as_asked(run_directory: Path) -> None:
    batches = [
        [Resemblance(row, 1, "look", 50.0) for row in range(start, start + 3)]
        for start in range(2, 302, 3)
    ]
    spool = ReviewSpool(run_directory)
    for batch in batches:
        spool.append(batch)
        spool.append([])
    everything = [one for batch in batches for one in batch]
    assert list(spool) == list(spool) == everything
    assert spool.count == len(everything)
    assert list(run_directory.iterdir()) == []
    spool.close()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="gone"):
        ReviewSpool(tmp_path / "gone")
