"""How well two values of one field agree."""

from enum import Enum


class ComparisonLevel(Enum):
    """From equal to contradicting; the values are the words that `explain` shows."""

    SAME = "same"
    VARIANT = "another form of the same"  # a nickname; an address at another provider
    ABBREVIATED = "a short form"  # an initial; a number without its extension
    PART = "a part of the same"  # some of its words
    TYPO = "a typing error"  # one letter or digit wrong, missing, extra or swapped
    CLOSE = "nearly the same, but it may be another name"  # one letter, and neither is known
    GARBLED = "garbled"  # more letters wrong, and one of the two is no established name
    BLANK = "blank"
    DIFFERENT = "different"


SAME = ComparisonLevel.SAME
VARIANT = ComparisonLevel.VARIANT
ABBREVIATED = ComparisonLevel.ABBREVIATED
PART = ComparisonLevel.PART
TYPO = ComparisonLevel.TYPO
CLOSE = ComparisonLevel.CLOSE
GARBLED = ComparisonLevel.GARBLED
BLANK = ComparisonLevel.BLANK
DIFFERENT = ComparisonLevel.DIFFERENT
