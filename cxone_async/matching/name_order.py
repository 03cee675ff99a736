"""Which part of a name is the family's: the setting, and what a list has shown.

It concerns matching only. What goes out to the tenant stays as the file has it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec


class NameOrderChoice(StrEnum):
    """The values of `--name-order`."""

    AUTO = "auto"
    GIVEN_FIRST = "given-first"
    FAMILY_FIRST = "family-first"


class NameOrder(StrEnum):
    """Where the given name stands: before the family name, after it, or nobody knows."""

    GIVEN_FIRST = "given-first"
    FAMILY_FIRST = "family-first"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NameReading:
    """How the names of one list are read.

    `columns` is the order in rows that have both a first and a last name: with FAMILY_FIRST the
    family name stands in the first name's column. `one_field` is the order in rows whose whole name
    stands in one cell. `given_words` and `family_words` are words that the list shows to be the one
    and hardly ever the other, without case and accents; they tell the order of one row, and where a
    name of several words is cut. `has_whole_names`: most names of the list stand in one cell.
    `has_two_family_names`: in names of three words and more in one cell, the middle one is mostly a
    family name, as in Spanish.
    """

    columns: NameOrder = NameOrder.GIVEN_FIRST
    one_field: NameOrder = NameOrder.UNKNOWN
    given_words: frozenset[str] = frozenset()
    family_words: frozenset[str] = frozenset()
    has_whole_names: bool = False
    has_two_family_names: bool = False


AS_THE_HEADER_SAYS: Final = NameReading()
"""Of a list that has shown nothing: the header is believed, and one field tells no order."""


class NameOrderFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What the beginning of a list has shown of the order of its names, with the evidence.

    `rows` had a name in two columns, `one_field_rows` a whole name in one cell. Households are
    phones and mailboxes of people who share one part of the name and differ in the other; each is
    counted for the order in which the shared part is the family's. Known names are counted for
    the order in which a known given or family name stands where it belongs.
    """

    columns: NameOrder
    one_field: NameOrder
    rows: int = 0
    one_field_rows: int = 0
    households_given_first: int = 0
    households_family_first: int = 0
    known_given_first: int = 0
    known_family_first: int = 0
    one_field_households_given_first: int = 0
    one_field_households_family_first: int = 0
    one_field_known_given_first: int = 0
    one_field_known_family_first: int = 0


def fixed_reading(choice: NameOrderChoice) -> NameReading | None:
    """Return the reading that a setting fixes, None where the list is to tell."""
    if choice is NameOrderChoice.AUTO:
        return None
    order = NameOrder(choice.value)
    return NameReading(order, order)
