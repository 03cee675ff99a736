"""What a person may say of how a CSV is written; what is not said is found in the file."""

from enum import StrEnum
from string import punctuation
from typing import Final, NamedTuple

DELIMITERS: Final = (",", ";", "\t", "|")
"""What a delimiter that nobody named may be. Where several fit equally well, the first wins."""

_TAB_NAMES: Final = ("\t", "\\t", "tab")


class Ragged(StrEnum):
    """The values of `--ragged`: what becomes of rows with too few cells, or empty ones too many."""

    FILL = "fill"
    REJECT = "reject"


class CsvForm(NamedTuple):
    """The form of an input. The three signs are one ASCII character each.

    `skip_lines` counts the physical lines that stand above the header. Without a `delimiter` it is
    found; without an `escape` there is none.
    """

    skip_lines: int = 0
    delimiter: str = ""
    quote: str = '"'
    escape: str = ""
    ragged: Ragged = Ragged.FILL


PLAIN_FORM: Final = CsvForm()


def read_sign(value: object) -> str:
    """Return a character that may quote or escape. Raises ValueError for any other."""
    sign = str(value)
    if len(sign) != 1 or sign not in punctuation:
        raise ValueError(f"not one of the characters {punctuation}")
    return sign


def read_delimiter(value: object) -> str:
    """Return a character that may separate fields. Raises ValueError for any other."""
    sign = str(value)
    if sign.lower() in _TAB_NAMES:
        return "\t"
    if sign == " ":
        return sign
    if len(sign) != 1 or sign not in punctuation:
        raise ValueError(f"neither tab nor a space nor one of the characters {punctuation}")
    return sign
