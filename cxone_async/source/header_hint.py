"""Where the header seems to stand, for a file whose first lines are something else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cxone_async.contacts.model import MappedName
from cxone_async.source.column_keys import key_of_column, looks_like_data
from cxone_async.source.column_names import recognise
from cxone_async.source.csv_form import CsvForm
from cxone_async.source.csv_header import DELIMITERS
from cxone_async.source.scanner import Grammar, fields_of_line

_IDENTIFYING: Final = frozenset({"phone", "email"})


def hint_at_header(
    names: Sequence[str],
    lines_below: Iterable[tuple[int, str]],
    form: CsvForm,
    overrides: Mapping[MappedName, str],
) -> str:
    """Return the end of a sentence that says which line seems to be the header, or "".

    `names` is the line that was taken for it, `lines_below` are those after it, with their numbers.
    `overrides` are the columns that were mapped by hand.
    """
    if _looks_like_header(names, overrides):
        return ""
    for line, text in lines_below:
        for delimiter in form.delimiter or DELIMITERS:
            fields = fields_of_line(text, Grammar(delimiter, form.quote, form.escape))
            if _looks_like_header(fields, overrides):
                return (
                    f"; the header seems to stand on line {line}: if so, leave out the lines above "
                    f"it with --skip-lines {line - 1}"
                )
    return ""


def _looks_like_header(names: Sequence[str], overrides: Mapping[MappedName, str]) -> bool:
    if any(map(looks_like_data, names)):
        return False
    keys = set(map(key_of_column, names))
    if overrides and all(key_of_column(column) in keys for column in overrides.values()):
        return True
    return any(found is not None and found.field in _IDENTIFYING for found in recognise(names))
