"""Makes `matching/corroborated/data/given_names.txt` from the name lists of Faker and from ours.

    pip install faker
    python tools/given_names.py

Faker (MIT licence) has lists of given names for some eighty languages and countries. The file
holds those of them that are one word in Latin letters, in standard form, each once, sorted, and
the names of `further_given_names.txt`, which Faker lacks: it has few of India, China and Africa.
Run it again when Faker has new languages; the tests do not need Faker.
"""

import importlib
import pkgutil
from pathlib import Path

import faker
from faker.providers import person

from cxone_async.matching.corroborated.names import standardise_name

FURTHER = Path(__file__).with_name("further_given_names.txt")
TARGET = Path(__file__).parents[1] / "cxone_async/matching/corroborated/data/given_names.txt"
HEADING = """\
# Given names that people bear, in standard form, one a line: which of two spellings is a name?
# "+": it begins many double names, and brothers or sisters may share it.
# "~": it is spelt syllable by syllable, as in China, Japan, Korea and Vietnam.
# Made by tools/given_names.py from the lists of Faker {version} (MIT licence) and our own.
"""
_COMPOUNDING_TOO = """
abd abdul abu ahmad ahmed ali anna ayse chi duc fatima gia hai hoang huu huy ji khanh kim md minh
mohamed mohammad mohammed muhamad muhammad muhammed muhammet mehmet ngoc nhat nur oluwa phuong
quang quoc ram shri siti sri syed thanh thi thu tuan van viet xiao xuan
"""
COMPOUNDING_TOO = frozenset(_COMPOUNDING_TOO.split())
"""What Faker's lists do not show: it has no double names of these languages."""


def main() -> None:
    """Write the file."""
    further, syllabic = _further_names()
    names = set(further)
    seconds: dict[str, set[str]] = {}
    for language in pkgutil.iter_modules(person.__path__):
        if language.ispkg:
            module = importlib.import_module(f"{person.__name__}.{language.name}")
            for name in _given_names(module.Provider):
                first, _, second = name.partition(" ")
                names.add(first)
                if second:
                    seconds.setdefault(first, set()).add(second)
    compounding = {first for first, found in seconds.items() if len(found) >= 3} | COMPOUNDING_TOO
    lines = sorted(
        f"{name} {flags}" if flags else name
        for name in names | compounding
        for flags in [("+" if name in compounding else "") + ("~" if name in syllabic else "")]
    )
    text = HEADING.format(version=faker.VERSION) + "".join(f"{line}\n" for line in lines)
    TARGET.write_text(text)


def _further_names() -> tuple[set[str], set[str]]:
    """Return the names of our own list, and those of them that are spelt by the syllable."""
    further: set[str] = set()
    syllabic: set[str] = set()
    is_syllabic = False
    for line in FURTHER.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            is_syllabic = line.startswith("# ~")
            continue
        further.update(line.split())
        if is_syllabic:
            syllabic.update(line.split())
    return further, syllabic


def _given_names(provider: type) -> set[str]:
    """Return the given names of one language that are in Latin letters."""
    names = set()
    for attribute in dir(provider):
        values = getattr(provider, attribute)
        if not attribute.startswith("first_name") or callable(values):
            continue
        if isinstance(values, property):
            continue
        for value in values:
            for written in value if isinstance(value, tuple) else (value,):
                name, _ = standardise_name(str(written))
                if name.isascii() and name.replace(" ", "").isalpha() and len(name) > 1:
                    names.add(name)
    return names


if __name__ == "__main__":
    main()
