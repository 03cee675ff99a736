"""How well two values of one field agree."""

from enum import Enum


class ComparisonLevel(Enum):
    """From equal to contradicting; the values are the words that `explain` shows."""

    SAME = "same"
    VARIANT = "another form of the same"  # a nickname; an address at another provider
    ABBREVIATED = "a short form"  # an initial or a beginning; a number without its extension
    TYPO = "a typing error"  # one letter or digit wrong, missing, extra or swapped
    GARBLED = "garbled"  # more letters wrong, and one of the two is no established name
    UNSEEN = "different, but no other row has one of the two"
    BLANK = "blank"
    DIFFERENT = "different"


SAME = ComparisonLevel.SAME
VARIANT = ComparisonLevel.VARIANT
ABBREVIATED = ComparisonLevel.ABBREVIATED
TYPO = ComparisonLevel.TYPO
GARBLED = ComparisonLevel.GARBLED
UNSEEN = ComparisonLevel.UNSEEN
BLANK = ComparisonLevel.BLANK
DIFFERENT = ComparisonLevel.DIFFERENT
