"""A contact list as it should be read, and the ways to write it down.

Numbers are those that regulators keep for fiction, addresses those of example.com.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Rows = list[list[str]]

WIDE = ("phone", "email", "first_name", "last_name", "country", "note")
NARROW = ("phone", "email", "last_name", "note")
"""So few fields that a line of prose may have as many."""
MIDDLE = 2
"""A column with a name in it, neither the first nor the last."""

_FIRST_NAMES = ("Ann", "Ben", "Carla", "Dora", "Emil", "Fay", "Gus", "Hal")
_LAST_NAMES = ("Berg", "Gray", "Lee", "Novak", "Ortiz", "Quinn", "Stone", "Weber")
_NOTES = ("", "", "call back", "prefers email", "after 5 pm", "old customer")


@dataclass(frozen=True, slots=True)
class PollutedFile:
    """A file of `group` (the taxonomy's), polluted as `name` says, and the table that it means.

    - `clean`: the header and all rows, as they are right
    - `is_told`: whether that can be told from the file. If not, no reader can be sure of it.
    - `options`: what a person would have to say of the file, as fields of our `CsvForm`;
      `encoding` likewise
    - `free_names`: the columns that a reader may give other names, since theirs are no good
    - `may_stay`: lines that are no contacts, and may come out as a row of their own
    """

    group: str
    name: str
    content: bytes
    clean: Rows
    is_told: bool = True
    options: dict[str, str | int] = field(default_factory=dict)
    encoding: str = ""
    free_names: frozenset[int] = frozenset()
    may_stay: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """What one set of polluted files is made of: the draws, the columns and the number of rows."""

    draw: random.Random
    columns: tuple[str, ...]
    count: int

    def table(self, count: int = 0) -> Rows:
        """A header and rows of plain cells, all different."""
        return [list(self.columns), *(self._contact(row) for row in range(count or self.count))]

    def rich(self) -> Rows:
        """The same with notes that have to be quoted, and a name with a comma."""
        rows = self.table()
        signs = ("first, then second", 'say "yes" twice', "one; two", "a | b", "tab\there")
        for index, note in zip(self.some(rows, len(signs)), signs, strict=True):
            rows[index][-1] = note
        rows[self.some(rows, 1)[0]][MIDDLE] = "Gray, Jr"
        return rows

    def some(self, rows: Rows, count: int) -> list[int]:
        """Draw rows, in their order: neither the header nor the last."""
        return sorted(self.draw.sample(range(1, len(rows) - 1), count))

    def _contact(self, row: int) -> list[str]:
        phone, country = self.draw.choice(
            [
                (f"+1202555{100 + row % 100:04}", "US"),
                (f"+44 7700 900{row % 1000:03}", "GB"),
                (f"+493023125{row % 1000:03}", "DE"),
            ]
        )
        first, last = self.draw.choice(_FIRST_NAMES), self.draw.choice(_LAST_NAMES)
        cells = {
            "phone": phone,
            "email": f"{first}.{last}{row}@example.com".lower(),
            "first_name": first,
            "last_name": last,
            "country": country,
            "note": self.draw.choice(_NOTES),
        }
        return [cells[column] for column in self.columns]


def cell(value: str, delimiter: str = ",", quote: str = '"') -> str:
    """Write a cell, quoted if it has to be."""
    if any(sign in value for sign in (delimiter, quote, "\n", "\r")):
        return quoted(value, quote)
    return value


def quoted(value: str, quote: str = '"') -> str:
    return f"{quote}{value.replace(quote, quote * 2)}{quote}"


def bare(value: str) -> str:
    return value


def lines_of(
    rows: Rows, delimiter: str = ",", write: Callable[[str], str] | None = None
) -> list[str]:
    """Write each row as a line, without line ends between the rows."""
    write = write or (lambda value: cell(value, delimiter))
    return [delimiter.join(map(write, row)) for row in rows]


def text_of(lines: Sequence[str], end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


def file_of(rows: Rows, delimiter: str = ",", end: str = "\n") -> bytes:
    return text_of(lines_of(rows, delimiter), end)
