"""Family names that show the order of names by themselves, from `data/family_names.txt`.

Hardly anybody bears one of them as a given name. Importing this module reads the file.
"""

from pkgutil import get_data
from typing import Final

_DATA = get_data(__package__, "data/family_names.txt")
assert _DATA is not None  # noqa: S101  only a loader that cannot read data gives None

FAMILY_NAMES: Final = frozenset(
    name
    for line in _DATA.decode().splitlines()
    if not line.startswith("#")
    for name in line.split()
)
"""In standard form, without case and accents. Han and Hangul ones have one to three characters."""

_LONGEST: Final = 3


def family_part_of(name: str) -> int:
    """Return the length of the longest known family name that an unspaced name begins with, or 0.

    At least one character is left for the given name.
    """
    longest = min(_LONGEST, len(name) - 1)
    return next((n for n in range(longest, 0, -1) if name[:n] in FAMILY_NAMES), 0)
