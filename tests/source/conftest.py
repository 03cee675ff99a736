"""Shared by the tests of this room: feeding a reader in given pieces."""

import itertools
from collections.abc import Callable, Iterable

import pytest

from cxone_async.source.csv_form import PLAIN_FORM, CsvForm
from cxone_async.source.records import InputHeader, RecordCutter, UnreadableRecord

Row = tuple[int, int, bytes, tuple[str, ...]]
Cut = tuple[InputHeader, list[Row], list[UnreadableRecord]]


@pytest.fixture(scope="session")
def cut() -> Callable[..., Cut]:
    """Cuts an input, given as pieces, into its header, its readable and its unreadable rows."""

    def cut_pieces(*pieces: bytes, encoding: str = "utf-8", form: CsvForm = PLAIN_FORM) -> Cut:
        cutter = RecordCutter(encoding, form)
        batches = [cutter.feed(piece) for piece in pieces]
        batches.append(cutter.finish())
        rows = [
            (row, line, raw, tuple(fields))
            for batch in batches
            for row, line, raw, fields in zip(
                batch.rows, batch.lines, batch.raws, batch.fields, strict=True
            )
        ]
        assert cutter.header is not None
        return cutter.header, rows, [bad for batch in batches for bad in batch.unreadable]

    return cut_pieces


@pytest.fixture(scope="session")
def pieces_of() -> Callable[[bytes, Iterable[int]], list[bytes]]:
    """The bytes, cut at the given offsets."""

    def split(data: bytes, offsets: Iterable[int]) -> list[bytes]:
        bounds = [0, *sorted(offset % (len(data) + 1) for offset in offsets), len(data)]
        return [data[a:b] for a, b in itertools.pairwise(bounds)]

    return split
