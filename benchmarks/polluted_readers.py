"""Python's csv, pandas, polars, DuckDB and clevercsv, each as its user would read a contact list.

All cells are text, since a phone is one, and no text is a null. Where a library finds out itself
how a file is written, that is on; csv and pandas are there with it and without. DuckDB is told that
there is a header: of columns that are all text it cannot find that out. Each reads the file in the
encoding that it takes by itself: UTF-8 (csv as `utf-8-sig`, which takes a mark too), clevercsv the
one that it detects. Their own errors, and bytes that are no text, are a refusal; a warning of
theirs counts as said.
"""

import csv
import importlib.util
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from polluted.judging import Reading
from polluted.our_reader import read_as_it_says, read_with_ours

_LONGEST_CELL = 1 << 24
"""csv refuses cells of 131,072 characters and more, and its manual says how to allow them."""
_FALLING_BACK = "Falling back to the 'python' engine"


def _table(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def read_with_csv(path: Path) -> Reading:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return Reading(_table(row for row in csv.reader(file) if row))
    except (csv.Error, UnicodeDecodeError) as error:
        return Reading(refusal=f"{type(error).__name__}: {error}")


def read_with_csv_sniffer(path: Path) -> Reading:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            dialect = csv.Sniffer().sniff(file.read(1 << 16))
            file.seek(0)
            return Reading(_table(row for row in csv.reader(file, dialect) if row))
    except (csv.Error, UnicodeDecodeError) as error:
        return Reading(refusal=f"{type(error).__name__}: {error}")


def _read_with_pandas(path: Path, **options: object) -> Reading:
    import pandas as pd  # noqa: PLC0415  an optional guest

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, **options)
        except (ValueError, csv.Error) as error:  # its own errors and UnicodeDecodeError are some
            return Reading(refusal=f"{type(error).__name__}: {error}")
    is_warned = any(_FALLING_BACK not in str(one.message) for one in caught)
    frame = frame.astype(object).where(frame.notna(), None)
    return Reading(
        _table([list(frame.columns), *frame.itertuples(index=False, name=None)]),
        is_warned=is_warned,
    )


def read_with_pandas(path: Path) -> Reading:
    return _read_with_pandas(path)


def read_with_pandas_sniffing(path: Path) -> Reading:
    return _read_with_pandas(path, sep=None, engine="python")


def read_with_polars(path: Path) -> Reading:
    import polars as pl  # noqa: PLC0415  an optional guest

    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        return Reading(refusal=f"{type(error).__name__}: {error}")
    return Reading(_table([frame.columns, *frame.iter_rows()]))


def read_with_duckdb(path: Path) -> Reading:
    import duckdb  # noqa: PLC0415  an optional guest

    try:
        with duckdb.connect() as connection:
            found = connection.read_csv(str(path), all_varchar=True, header=True)
            return Reading(_table([found.columns, *found.fetchall()]))
    except duckdb.Error as error:
        return Reading(refusal=f"{type(error).__name__}: {error}")


def read_with_clevercsv(path: Path) -> Reading:
    import clevercsv  # noqa: PLC0415  an optional guest

    csv.field_size_limit(_LONGEST_CELL)
    try:
        return Reading(_table(row for row in clevercsv.read_table(str(path)) if row))
    except (clevercsv.Error, clevercsv.exceptions.NoDetectionResult, UnicodeDecodeError) as error:
        return Reading(refusal=f"{type(error).__name__}: {error}")


READERS: dict[str, tuple[str, Callable[[Path], Reading]]] = {
    "ours": ("cxone_async", read_with_ours),
    "ours!": ("cxone_async", read_as_it_says),
    "csv": ("csv", read_with_csv),
    "csv+": ("csv", read_with_csv_sniffer),
    "pandas": ("pandas", read_with_pandas),
    "pandas+": ("pandas", read_with_pandas_sniffing),
    "polars": ("polars", read_with_polars),
    "duckdb": ("duckdb", read_with_duckdb),
    "clever": ("clevercsv", read_with_clevercsv),
}
"""By the heading of its column: the module that has to be there, and how it reads. `+` finds out by
itself how the file is written; `!` reads once more with the flag that its own refusal names."""


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(READERS[name][0]) is not None
