"""Parquet and Arrow as rows of text, a batch of rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cxone_async.errors import UnreadableInputError
from cxone_async.source.cell_text import float_number, iso, plain
from cxone_async.source.kind import Kind

if TYPE_CHECKING:
    import pyarrow

_ROWS_A_BATCH: Final = 8_192
_END_OF_STREAM: Final = b"\xff\xff\xff\xff\0\0\0\0"
_DIGITS_OF_FLOAT32: Final = ".7g"


def columnar_rows(file: BinaryIO, kind: Kind) -> Iterator[Sequence[str]]:
    """Yield the names of the columns, then each row.

    Raises UnreadableInputError for a file that is damaged or cut short, and for a column whose
    values are no single values.
    """
    try:
        import pyarrow  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        raise UnreadableInputError(
            f"this is a file of {kind}, and reading one needs an extra: "
            "pip install 'cxone_async[parquet]'; or write it as CSV"
        ) from error
    try:
        schema, batches = _opened(file, kind)
        text_of = [_text_of(field.name, field.type) for field in schema]
        yield list(schema.names)
        for batch in batches:
            columns = [text(column) for text, column in zip(text_of, batch.columns, strict=True)]
            yield from zip(*columns, strict=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableInputError(f"the {kind} file is damaged or cut short") from error


def _opened(file: BinaryIO, kind: Kind) -> "tuple[pyarrow.Schema, Iterator[pyarrow.RecordBatch]]":
    from pyarrow import ipc, parquet  # noqa: PLC0415

    if kind is Kind.PARQUET:
        whole = parquet.ParquetFile(file)
        return whole.schema_arrow, whole.iter_batches(batch_size=_ROWS_A_BATCH)
    if kind is Kind.ARROW_FILE:
        batches = ipc.open_file(file)
        return batches.schema, map(batches.get_batch, range(batches.num_record_batches))
    file.seek(-len(_END_OF_STREAM), 2)
    # Without this mark, a stream that was cut between two batches would be a shorter list.
    if file.read() != _END_OF_STREAM:
        raise UnreadableInputError(f"the {kind} is cut short: its end mark is missing")
    file.seek(0)
    stream = ipc.open_stream(file)
    return stream.schema, iter(stream)


def _text_of(name: str, of_type: "pyarrow.DataType") -> "Callable[[pyarrow.Array], list[str]]":
    """Return what makes the texts of a column of this type."""
    from pyarrow import types  # noqa: PLC0415

    if types.is_dictionary(of_type):
        decoded = _text_of(name, of_type.value_type)
        return lambda column: decoded(column.dictionary_decode())
    if types.is_timestamp(of_type) or types.is_time(of_type):
        return _moments
    texts: tuple[tuple[Callable[[Any], bool], Callable[[Any], str]], ...] = (
        (types.is_string, str),
        (types.is_large_string, str),
        (types.is_string_view, str),
        (types.is_integer, str),
        (types.is_null, str),
        (types.is_boolean, lambda value: "true" if value else "false"),
        (types.is_float64, float_number),
        (types.is_float32, lambda value: plain(Decimal(format(value, _DIGITS_OF_FLOAT32)))),
        (types.is_decimal, plain),
        (types.is_date, lambda value: value.isoformat()),
    )
    for is_of, text in texts:
        if is_of(of_type):
            return partial(_texts, text)
    raise UnreadableInputError(
        f"column {name!r} is of the type {of_type}, which is no single value; leave it out, or "
        "give each value a column of its own"
    )


def _texts(text: Callable[[Any], str], column: "pyarrow.Array") -> list[str]:
    return ["" if value is None else text(value) for value in column.to_pylist()]


def _moments(column: "pyarrow.Array") -> list[str]:
    """Return points in time in ISO 8601; what is below a microsecond is cut off."""
    import pyarrow  # noqa: PLC0415

    of_type = column.type
    if of_type.unit == "ns":
        coarse = (
            pyarrow.timestamp("us", of_type.tz)
            if pyarrow.types.is_timestamp(of_type)
            else pyarrow.time64("us")
        )
        column = column.cast(coarse, safe=False)
    return _texts(iso, column)
