"""Names that people bear, from `data/given_names.txt`: is a spelling a name of its own?

Two of them are two people's names, however alike they are, unless they are forms of one name.
The list is long and not complete: that a name is missing from it says nothing.

Importing this module reads the file. Only what matches imports it.
"""

from pkgutil import get_data

from cxone_async.matching.corroborated.nicknames import FULL_NAMES

_DATA = get_data(__package__, "data/given_names.txt")
assert _DATA is not None  # noqa: S101  only a loader that cannot read data gives None

GIVEN_NAMES = frozenset(
    name for name in _DATA.decode().split("\n") if name and not name.startswith("#")
).union(FULL_NAMES)
"""Given names in standard form, in Latin letters, and their short forms."""
