"""The words for how far two values of one field agree."""

from enum import Enum


class ComparisonLevel(Enum):
    """From equal to contradicting. Members are singletons: compare them with `is`."""

    SAME = "same"
    FORM = "another form of the same"  # a nickname; an address at another provider
    SHORT = "a short form"  # an initial or a beginning; a number without its extension
    SLIP = "a slip of the pen"  # one letter or digit wrong, missing, extra or swapped
    GARBLED = "garbled"  # more letters wrong, and one of the two is no established name
    UNHEARD = "unlike, but nobody else bears one of the two"
    BLANK = "blank"
    DIFFERENT = "different"
