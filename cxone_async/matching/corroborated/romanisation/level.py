"""How well two names in different scripts agree."""

from enum import Enum


class CrossScriptLevel(Enum):
    """From a known form to another name; the values are words for people."""

    SAME = "a romanisation"  # one is a form of the other by a system, a custom or a known reading
    ALIKE = "sounds alike"  # vowels not written, readings put together; or a nickname
    POSSIBLE = "may be one name"  # the reading is not known, a letter is wrong, an initial
    IMPOSSIBLE = "another name"


SAME = CrossScriptLevel.SAME
ALIKE = CrossScriptLevel.ALIKE
POSSIBLE = CrossScriptLevel.POSSIBLE
IMPOSSIBLE = CrossScriptLevel.IMPOSSIBLE
