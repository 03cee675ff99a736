"""One wording for whatever cannot be written."""

import errno
from pathlib import Path

import pytest

from cxone_async.durable.writing import writing
from cxone_async.errors import CannotWriteError


def test_the_refused_path_and_the_cause_are_named() -> None:
    with pytest.raises(CannotWriteError) as refusal, writing(Path("run/a.csv")):
        raise OSError(errno.ENOSPC, "No space left on device", "run/.a.csv.x.partial")
    assert str(refusal.value) == "cannot write run/a.csv: No space left on device (errno 28)"


def test_an_error_without_words_is_named_by_its_type() -> None:
    with (
        pytest.raises(CannotWriteError, match=r"^cannot write a: TimeoutError$"),
        writing(Path("a")),
    ):
        raise TimeoutError


def test_what_is_no_error_of_the_system_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), writing(Path("a")):
        raise ZeroDivisionError
