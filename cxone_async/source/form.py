"""What a person may say of how a CSV is written; what is not said is found in the file."""

from enum import StrEnum
from typing import NamedTuple


class Ragged(StrEnum):
    """The values of `--ragged`: what becomes of rows with too few cells, or more that are empty."""

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


PLAIN_FORM = CsvForm()
