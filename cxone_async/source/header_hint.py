"""Where the header seems to stand, and what seems to separate it, where none was found."""

from collections.abc import Mapping, Sequence
from string import punctuation
from typing import Final

from cxone_async.contacts.model import MappedName
from cxone_async.source.column_keys import key_of_column, looks_like_data
from cxone_async.source.column_names import recognise
from cxone_async.source.csv_form import DELIMITERS, CsvForm
from cxone_async.source.scanner import Grammar, fields_of_line

# A space separates the words of a name too, and what stands in words is no delimiter.
_RARE_DELIMITERS: Final = [
    sign for sign in f"{punctuation} " if sign not in {*DELIMITERS, "_", "-", ".", "'", '"'}
]
_FEWEST_NAMES: Final = 2
_IDENTIFYING: Final = frozenset({"phone", "email"})


def hint_at_header(
    names: Sequence[str],
    lines_below: Sequence[tuple[int, str]],
    form: CsvForm,
    overrides: Mapping[MappedName, str],
) -> str:
    """Return the end of a sentence that says what seems to be the header, or "".

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
    return _hint_at_delimiter(names, next((text for _, text in lines_below), ""), form, overrides)


def _hint_at_delimiter(
    names: Sequence[str], below: str, form: CsvForm, overrides: Mapping[MappedName, str]
) -> str:
    """Name a delimiter that divides a header of one name, and the line below it in as many."""
    if form.delimiter or len(names) > 1:
        return ""
    for sign in _RARE_DELIMITERS:
        divided = names[0].split(sign)
        if (
            len(divided) > _FEWEST_NAMES
            and len(divided) == len(below.split(sign))
            and _looks_like_header(divided, overrides)
        ):
            return f"; the names seem to be separated by {sign!r}: if so, give --delimiter {sign!r}"
    return ""


def _looks_like_header(names: Sequence[str], overrides: Mapping[MappedName, str]) -> bool:
    if any(map(looks_like_data, names)):
        return False
    keys = set(map(key_of_column, names))
    if overrides and all(key_of_column(column) in keys for column in overrides.values()):
        return True
    return any(found is not None and found.field in _IDENTIFYING for found in recognise(names))
