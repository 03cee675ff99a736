"""Writes cxone_async/contacts/data/country_names.csv: what countries are called, by language.

The names are those of CLDR (Unicode License v3), taken from the installed Babel, which is needed
only to run this tool: `pip install babel && python tools/country_names.py`. Each country gets its
names in LANGUAGES and in its own official languages. A name that stands for two countries is left
out, unless countries.csv, which is written by hand, decides it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel import Locale
from babel.core import UnknownLocaleError
from babel.languages import get_official_languages
from phonenumbers import SUPPORTED_REGIONS

from cxone_async.contacts.country import name_key

DATA: Final = Path(__file__).parents[1] / "cxone_async" / "contacts" / "data"
LANGUAGES: Final = (
    *("en", "de", "fr", "es", "it", "pt", "pt_PT", "nl", "tr", "pl", "sv", "da", "nb", "fi", "cs"),
)

NEVER_A_NAME: Final = frozenset({"CONGO", "KONGO"})
"""Names of two countries that CLDR gives to one of them in some language."""

LONGEST_CODE: Final = 3
"""A Latin name so short looks like a code of something else: Czech for Chad is like CAD."""


def names_of(country: str) -> Iterator[str]:
    """Yield the names of a country, with repetitions."""
    for language in (*LANGUAGES, *get_official_languages(country)):
        try:
            name = Locale.parse(language).territories.get(country)
        except UnknownLocaleError:
            continue
        if name:
            yield name


def main() -> None:
    """Write the file, and print which names it leaves out."""
    names: dict[str, dict[str, str]] = {}
    countries: defaultdict[str, set[str]] = defaultdict(set)
    for country in sorted(SUPPORTED_REGIONS):
        names[country] = {name_key(name): name for name in names_of(country)}
        for key in names[country]:
            countries[key].add(country)
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {row[column]: row["alpha_2"] for row in rows for column in ("alpha_2", "alpha_3")}
    left_out = {
        key
        for key, found in countries.items()
        if key in NEVER_A_NAME
        or len(found) > 1
        or codes.get(key, min(found)) not in found
        or (key.isascii() and len(key) <= LONGEST_CODE)
    }
    with (DATA / "country_names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["alpha_2", "names"])
        for country, by_key in names.items():
            kept = sorted(name for key, name in by_key.items() if key and key not in left_out)
            writer.writerow([country, "|".join(kept)])
    for key in sorted(left_out):
        print(f"left out: {key} ({', '.join(sorted(countries[key]))})")  # noqa: T201


if __name__ == "__main__":
    main()
