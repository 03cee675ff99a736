"""Makes `matching/corroborated/data/given_names.txt` from the name lists of Faker.

    pip install faker
    python tools/given_names.py

Faker (MIT licence) has lists of given names for some eighty languages and countries. The file
holds those of them that are one word in Latin letters, in standard form, each once, sorted.
Run it again when Faker has new languages; the tests do not need Faker.
"""

import importlib
import pkgutil
import sys
from pathlib import Path

from cxone_async.matching.corroborated.names import standardise_name

TARGET = Path(__file__).parents[1] / "cxone_async/matching/corroborated/data/given_names.txt"
HEADING = """\
# Given names that people bear, in standard form, one a line: which of two spellings is a name?
# Made by tools/given_names.py from the lists of Faker {version} (MIT licence).
"""


def main() -> None:
    try:
        import faker  # noqa: PLC0415  only this tool needs it
        from faker.providers import person  # noqa: PLC0415
    except ImportError:
        sys.exit("This tool needs Faker: pip install faker")
    names: set[str] = set()
    for language in pkgutil.iter_modules(person.__path__):
        if language.ispkg:
            module = importlib.import_module(f"{person.__name__}.{language.name}")
            names.update(_given_names(module.Provider))
    text = HEADING.format(version=faker.VERSION) + "".join(f"{name}\n" for name in sorted(names))
    TARGET.write_text(text)
    print(f"{len(names):,} names, {len(text):,} bytes")


def _given_names(provider: type) -> set[str]:
    """Return the Latin given names of one language."""
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
                if name.isascii() and name.isalpha() and len(name) > 1:
                    names.add(name)
    return names


if __name__ == "__main__":
    main()
