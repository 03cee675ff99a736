"""Latin letters for Cyrillic and Greek names, in two systems: a passport's, and people's own.

Names of other scripts have their Latin spellings beside them, in `names/`.
"""

from collections.abc import Mapping

System = tuple[Mapping[str, str], Mapping[str, str]]
"""The Latin letters of single letters, and of pairs of letters."""


def table(text: str) -> dict[str, str]:
    """Read words that are keys and values in turn; `_` stands for nothing."""
    words = ["" if word == "_" else word for word in text.split()]
    return dict(zip(words[::2], words[1::2], strict=True))


def romanised(text: str, systems: tuple[System, ...]) -> tuple[str, ...]:
    """Return a name in Latin letters, in each system: one spelling where they agree."""
    return tuple(dict.fromkeys(_spelt(text.lower(), *system) for system in systems))


def _spelt(text: str, letters: Mapping[str, str], pairs: Mapping[str, str]) -> str:
    spelling, at = "", 0
    while at < len(text):
        if text[at : at + 2] in pairs:
            spelling, at = spelling + pairs[text[at : at + 2]], at + 2
        else:
            sound = letters.get(text[at], text[at])
            # People write the glide at the start of a name only: Yegor, but Sergei.
            spelling, at = spelling + ("e" if at and sound == "ye" else sound), at + 1
    return spelling.title()
