"""Whether what a reader made of a polluted file is right.

The same rules for every reader, and lenient where nothing is lost:

* Blanks around a cell, a null instead of an empty cell, rows that lack empty cells at their end or
  have more of them, and columns with neither a name nor a cell make no difference.
* Rows without any cell are no rows.
* To refuse a file that has not even a header is right, and so is to return nothing.

A row that came out otherwise than it should is said, not silent, if the reader noted it; a row that
is missing, if the reader reported its text as unreadable.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from polluted.table import PollutedFile, Rows


class Judgement(StrEnum):
    RIGHT = "right"
    REFUSED = "refused"
    SILENT = "SILENT"
    CRASH = "CRASH"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader returned, header first, or the reason for which it refused the file.

    `noted` are the rows (1 is the first below the header) that it says it has repaired,
    `unreadable` the texts of records that it reported, `details` what it said of them. `is_warned`:
    it warned of the whole file.
    """

    table: Rows = field(default_factory=list)
    refusal: str = ""
    noted: frozenset[int] = frozenset()
    unreadable: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    is_warned: bool = False


_GENERATED_NAME = re.compile(r"Unnamed: \d+|column\d+|_duplicated_\d+|").fullmatch


def judge(file: PollutedFile, reading: Reading) -> tuple[Judgement, str]:
    """Return the judgement, and for all but RIGHT why."""
    if reading.refusal and not file.clean:
        return Judgement.RIGHT, ""
    if reading.refusal:
        return Judgement.REFUSED, reading.refusal
    problem = _difference(file, reading)
    if not problem:
        return (Judgement.REFUSED, "rows refused") if _is_partial(file, reading) else (
            Judgement.RIGHT, "")  # fmt: skip
    if reading.is_warned:
        return Judgement.REFUSED, f"warned: {problem}"
    return Judgement.SILENT, problem


def _is_partial(file: PollutedFile, reading: Reading) -> bool:
    """Whether not every row came out as it should, all of them said."""
    _, rows = _plain(reading.table)
    clean = [row for row in _plain(file.clean)[1] if any(row)]
    return [row for row in rows if any(row) and not _may_stay(row, file)] != clean


def _difference(file: PollutedFile, reading: Reading) -> str:
    """What is wrong and was not said; "" if nothing is."""
    if not file.clean:
        return "" if not any(map(any, reading.table[1:])) else "rows of an empty file"
    header, rows = _plain(reading.table)
    right_header, clean = _plain(file.clean)
    if not _same_names(header, right_header, file):
        return f"header {header[:8]}"
    left = 0
    seen = list(reading.unreadable)
    lost: list[list[str]] = []
    for number, row in enumerate(rows, 1):
        if not any(row):
            continue
        at = _next_of(row, clean, left)
        if at >= 0:
            lost += clean[left:at]
            left = at + 1
        elif number in reading.noted:
            seen.append(" ".join(row))
        elif not _may_stay(row, file):
            return f"row {number} is {[one[:40] for one in row[:8]]}"
    lost += clean[left:]
    for row in lost:
        if not any(_is_of(row, text) for text in seen):
            return f"lost without a word: {[one[:40] for one in row[:8]]}"
    return ""


def _next_of(row: list[str], clean: Rows, left: int) -> int:
    """Where a row stands among the clean ones from `left` on; -1 if it does not."""
    try:
        return clean.index(row, left)
    except ValueError:
        return -1


def _may_stay(row: Sequence[str], file: PollutedFile) -> bool:
    return bool(file.may_stay) and row[0].startswith(file.may_stay)


def _is_of(row: Sequence[str], text: str) -> bool:
    """Whether a text is of a row: its phone or its email is in it, or all of it that is."""
    return any(one in text for one in row[:2] if one) or (
        bool(text.strip("\ufffd\0")) and text in ",".join(row)
    )


def _same_names(names: Sequence[str], right: Sequence[str], file: PollutedFile) -> bool:
    return len(names) == len(right) and all(
        name == meant or at in file.free_names
        for at, (name, meant) in enumerate(zip(names, right, strict=True))
    )


def _plain(table: Rows) -> tuple[list[str], Rows]:
    """The header and the rows without what makes no difference."""
    if not table:
        return [], []
    header = [name.strip() for name in table[0]]
    width = len(header)
    rows = []
    for row in table[1:]:
        cells = [value.strip() for value in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        rows.append(cells + [""] * (width - len(cells)))
    nothing = {
        at
        for at, name in enumerate(header)
        if _GENERATED_NAME(name) and not any(row[at] for row in rows)
    }
    if not nothing:
        return header, rows
    return (
        [name for at, name in enumerate(header) if at not in nothing],
        [[value for at, value in enumerate(row) if at not in nothing] for row in rows],
    )
