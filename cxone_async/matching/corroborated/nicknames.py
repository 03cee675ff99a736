"""Given names and their short forms, from `data/nicknames.txt`.

A name in the file is *established*: another established name one letter away is a second
name and not a typing error (Maria and Mario, Eric and Erica).

Importing this module reads the file, the only one that matching reads. Only what matches
imports it; settings and the command line do not.
"""

from collections.abc import Iterable
from pkgutil import get_data


def _read(lines: Iterable[str]) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Return the full names by established name, and the variants by full name."""
    full_names: dict[str, set[str]] = {}
    variants: dict[str, frozenset[str]] = {}
    for line in lines:
        name, _, short_forms = line.partition(":")
        if not name or name.startswith("#"):
            continue
        variants[name] = frozenset((name, *short_forms.split()))
        for variant in variants[name]:
            full_names.setdefault(variant, set()).add(name)
    return {name: frozenset(meanings) for name, meanings in full_names.items()}, variants


_DATA = get_data(__package__, "data/nicknames.txt")
assert _DATA is not None  # noqa: S101  only a loader that cannot read data gives None

FULL_NAMES, _VARIANTS = _read(_DATA.decode().splitlines())
"""`FULL_NAMES`: from each established name to the full names it may stand for (itself,
when it has a line of its own)."""

CANONICAL_NAME = {name: min(meanings) for name, meanings in FULL_NAMES.items()}
"""One of the full names that a name may stand for, always the same: for a blocking key."""


def are_variants(one: str, other: str) -> bool:
    """Say whether two standardised first names are forms of one (Bob and Robert, Bob and Rob)."""
    meanings = FULL_NAMES.get(one)
    return meanings is not None and not meanings.isdisjoint(FULL_NAMES.get(other, ()))


def variants_of(name: str) -> set[str]:
    """Return every form of the full names that a standardised first name may stand for."""
    return {variant for full_name in FULL_NAMES.get(name, ()) for variant in _VARIANTS[full_name]}
