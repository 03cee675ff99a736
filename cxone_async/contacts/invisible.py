"""Characters that nobody sees: controls, zero-width and bidirectional marks, byte order marks.

The list is Unicode's property Default_Ignorable_Code_Point, with all controls.
"""

import re
from typing import Final

_CLASS: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

INVISIBLE: Final = re.compile(f"[{_CLASS}]")
"""Finds one; tabs and line ends are among them."""

ENDS: Final = "".join(
    character
    for character in (*map(chr, range(0x3001)), "\u3164", "\ufeff", "\uffa0")
    if character.isspace() or INVISIBLE.match(character)
)
"""White space and invisible characters, for `str.strip`."""
