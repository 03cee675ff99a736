"""How columns are compared by name, and how their names may be shown.

Names are compared without regard to case, spaces, underscores and any other character that is no
letter or digit, so `E-mail`, `e_mail` and `EMAIL*` are one name.
"""

from collections.abc import Sequence
from typing import Final

_SHOWN_NAMES: Final = 30
_SHOWN_CHARACTERS: Final = 40
_DIGITS_OF_A_PHONE: Final = 7


def key_of_column(name: str) -> str:
    """What is compared of a name: its letters and digits, or all of it if it has none."""
    return "".join(filter(str.isalnum, name.casefold())) or name.strip()


def index_of(column: str, names: Sequence[str]) -> int | None:
    """Return the index of the column that a user calls so; None when there is none."""
    if column in names:
        return names.index(column)
    key = key_of_column(column)
    keys = [key_of_column(name) for name in names]
    return keys.index(key) if key and key in keys else None


def listed(names: Sequence[str]) -> str:
    """Return names of columns for a message, which is logged.

    In a file without a header the first line is a contact, which must not be shown.
    """
    if any(map(looks_like_data, names)):
        return f"{len(names)} that look like a contact, not like names (is the header missing?)"
    shown = [repr(name.strip()[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN_NAMES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def looks_like_data(name: str) -> bool:
    """Say whether a column's name looks like a contact's phone or email."""
    has_letters = any(map(str.isalpha, name))
    return "@" in name or (not has_letters and sum(map(str.isdigit, name)) >= _DIGITS_OF_A_PHONE)
