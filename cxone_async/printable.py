"""Text of others, such as the name of a file, as a part of one line that can be printed.

Guarantee: what `printable` returns moves no cursor, ends no line, reverses no writing, and can be
encoded. Everything else stays as it is.
"""

import re
from typing import Final

_NOT_PRINTED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return `text` with control characters, surrogates and line ends as Python escapes them."""
    return _NOT_PRINTED.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
