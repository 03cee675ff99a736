"""Makes labelled lists of people of one culture: families, offices, namesakes, and their repeats.

    python benchmarks/people.py CULTURE ROWS SEED OUT.csv [--order as-written]

writes OUT.csv (phone,email,first_name,last_name,country), OUT.truth.csv (row,entity), which
`cxone-async evaluate` reads, and OUT.kinds.csv (row,entity,household,role,script,changes).

A list is made of households, offices and companies (`households`). Each of their people has one
row, and three in ten have repeats of it, changed as data entry, other forms and other years change
them (`repeats`). The same arguments give the same list.
"""

import argparse
import csv
import random
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cultures import CULTURES, Culture, culture
from households import Person, new_households
from repeats import Recipe, first_row, repeated_row
from row_changes import WrittenRow

ORDERS = ("as-written", "exchanged", "one-field", "last-comma-first")
"""How the names stand in the columns: `exchanged` has family names in `first_name`; `one-field` the
whole name there, family name first; `last-comma-first` likewise, with a comma."""


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row of a list, and whose it is. `script` is that of the person's first row on the list."""

    phone: str
    email: str
    first_name: str
    last_name: str
    country: str
    person: str
    household: str
    role: str
    script: str
    changes: str

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        return self.phone, self.email, self.first_name, self.last_name, self.country


def people(
    code: str, rows: int, seed: int, order: str = "as-written", recipe: Recipe | None = None
) -> list[LabelledRow]:
    """Return a shuffled list of people of one culture."""
    of_culture = culture(code)
    draw = random.Random(f"{code} {seed}")
    written: list[tuple[Person, WrittenRow]] = []
    recipe = recipe or Recipe()
    for household in new_households(of_culture, draw, recipe.has_families):
        for person in household:
            written.append((person, first_row(person, of_culture, draw)))
            for _ in range(draw.choices(range(len(recipe.repeats)), recipe.repeats)[0]):
                written.append((person, repeated_row(person, of_culture, draw, recipe)))
        if len(written) >= rows + rows // 50:
            break
    draw.shuffle(written)
    return list(_labelled(written[:rows], of_culture, order))


def _labelled(
    written: Iterable[tuple[Person, WrittenRow]], of_culture: Culture, order: str
) -> Iterator[LabelledRow]:
    scripts: dict[str, str] = {}
    for person, row in written:
        script = scripts.setdefault(person.person, script_of(f"{row.first_name}{row.last_name}"))
        ordered = reordered(row, of_culture, order)
        yield LabelledRow(
            ordered.phone,
            ordered.email,
            ordered.first_name,
            ordered.last_name,
            of_culture.country,
            person.person,
            person.household,
            person.role,
            script,
            "+".join(row.changes),
        )


def reordered(row: WrittenRow, of_culture: Culture, order: str) -> WrittenRow:
    """Return the row with its names in the columns of `order`."""
    first, last = row.first_name, row.last_name
    if order == "exchanged":
        return replace(row, first_name=last, last_name=first)
    if order == "as-written" or not (first and last):
        return (
            replace(row, first_name=first or last, last_name="") if order != "as-written" else row
        )
    joins = of_culture.joins if script_of(last) != "Latin" else " "
    if order == "last-comma-first":
        joins = ", "
    return replace(row, first_name=f"{last}{joins}{first}", last_name="")


def script_of(text: str) -> str:
    """Return the script of the first letter: `Latin`, `Cyrillic`, `Han`…; Latin for no letter."""
    letter = next((letter for letter in text if letter.isalpha()), "a")
    script = unicodedata.name(letter, "LATIN").split()[0]
    return "Han" if script == "CJK" else script.capitalize()


def write(rows: list[LabelledRow], path: Path) -> None:
    """Write a list, its truth and its kinds beside each other."""
    stem = path.with_suffix("")
    tables: tuple[tuple[str, str, Iterable[tuple[str, ...]]], ...] = (
        ("", "phone,email,first_name,last_name,country", (row.cells for row in rows)),
        (".truth", "row,entity", ((str(at), row.person) for at, row in enumerate(rows, 1))),
        (
            ".kinds",
            "row,entity,household,role,script,changes",
            (
                (str(at), row.person, row.household, row.role, row.script, row.changes)
                for at, row in enumerate(rows, 1)
            ),
        ),
    )
    for suffix, header, lines in tables:
        with Path(f"{stem}{suffix}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header.split(","))
            writer.writerows(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("culture", choices=CULTURES)
    parser.add_argument("rows", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--order", choices=ORDERS, default="as-written")
    options = parser.parse_args()
    write(people(options.culture, options.rows, options.seed, options.order), options.path)


if __name__ == "__main__":
    main()
