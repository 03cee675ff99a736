"""How well two values of one field agree."""

from enum import Enum


class ComparisonLevel(Enum):
    """From equal to contradicting; the values are the words that `explain` shows."""

    SAME = "same"
    VARIANT = "another form of the same"  # a nickname; an address at another provider
    ABBREVIATED = "a short form"  # an initial, some of the words; a number without its extension
    TYPO = "a typing error"  # one letter or digit wrong, missing, extra or swapped
    CLOSE = "nearly the same, but it may be another name"  # one letter, and neither is known
    GARBLED = "garbled"  # more letters wrong, and one of the two is no established name
    BLANK = "blank"
    DIFFERENT = "different"


SAME = ComparisonLevel.SAME
VARIANT = ComparisonLevel.VARIANT
ABBREVIATED = ComparisonLevel.ABBREVIATED
TYPO = ComparisonLevel.TYPO
CLOSE = ComparisonLevel.CLOSE
GARBLED = ComparisonLevel.GARBLED
BLANK = ComparisonLevel.BLANK
DIFFERENT = ComparisonLevel.DIFFERENT
