"""A row's further fields: what goes out beside the five that every contact has.

Guarantee: text goes out as it is in the cell, without the white space around it. An empty cell is
left out, so it overwrites nothing. A cell that does not fit its type or the dialect's limits makes
the row invalid; nothing is cut or guessed.

The external id is the row's own name in the user's system. It is text, and one of the words that
stand for an empty cell (`N/A`, see `blank`) is no id. Neither is it a number or a date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cxone_async.contacts.blank import is_blank
from cxone_async.contacts.field_values import FieldType, read_value
from cxone_async.outcome import Problem, Reason, Repair

EXTERNAL_ID: Final = "external_id"
"""The member of `fields` that carries the external id."""

_EMPTY_WORD: Final = (Repair.EMPTY_WORD,)
_ID_MISSING: Final = Problem(Reason.EXTERNAL_ID_MISSING, "external_id: required, and empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherLimits:
    """What a dialect carries beside its own fields.

    `most` counts the further fields of a contact, the external id among them. `name_characters`
    and `value_characters` bound each; `record_bytes` is for the names and values of one contact
    together, in UTF-8. `reserved` are the names that a further field cannot have.
    """

    most: int
    name_characters: int
    value_characters: int
    record_bytes: int
    reserved: frozenset[str]


class FurtherValues(NamedTuple):
    """What a row's further cells hold: the external id ("" for none), and (name, value) pairs.

    With a `problem` the row cannot go out, and the rest is empty.
    """

    external_id: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    repairs: tuple[Repair, ...] = ()
    problem: Problem | None = None


NOTHING_FURTHER: Final = FurtherValues()


@dataclass(frozen=True, slots=True)
class FurtherFields:
    """Reads a row's further cells.

    `names` are the fields of the columns, in the order of the cells; the external id's is
    `EXTERNAL_ID`. `constants` go out with every row. Without `limits` there are none.
    """

    names: tuple[str, ...]
    constants: tuple[tuple[str, str], ...] = ()
    types: Mapping[str, FieldType] = field(default_factory=dict)
    limits: FurtherLimits | None = None
    is_id_required: bool = False

    @property
    def has_id(self) -> bool:
        """Whether rows can have an external id."""
        return EXTERNAL_ID in self.names

    def external_id(self, cells: tuple[str, ...]) -> str:
        """Return the external id as far as it can be read; "" for none."""
        if not self.has_id:
            return ""
        cell = cells[self.names.index(EXTERNAL_ID)]
        return "" if is_blank(cell) else cell.strip()

    def read(self, cells: tuple[str, ...]) -> FurtherValues:
        """Read the cells of one row."""
        external_id = ""
        found: list[tuple[str, str]] = []
        repairs: tuple[Repair, ...] = ()
        types = self.types
        for name, cell in zip(self.names, cells, strict=True):
            text = cell.strip()
            if not text:
                continue
            kind = types.get(name)
            if name == EXTERNAL_ID or kind is not None:
                if is_blank(cell):
                    repairs = _EMPTY_WORD
                elif kind is None:
                    external_id = text
                else:
                    value = read_value(name, kind, text)
                    if isinstance(value, Problem):
                        return FurtherValues(problem=value)
                    found.append((name, value))
            else:
                found.append((name, text))
        if self.is_id_required and not external_id:
            return FurtherValues(problem=_ID_MISSING)
        values = FurtherValues(external_id, (*found, *self.constants), repairs)
        problem = self._beyond_limits(values)
        return FurtherValues(problem=problem) if problem else values

    def _beyond_limits(self, values: FurtherValues) -> Problem | None:
        limits = self.limits
        if limits is None:
            return None
        size_bytes = 0
        external_id = values.external_id
        members = ((EXTERNAL_ID, external_id), *values.fields) if external_id else values.fields
        for name, value in members:
            if len(value) > limits.value_characters:
                return Problem(
                    Reason.FIELD_VALUE_TOO_LONG,
                    f"{name}: longer than {limits.value_characters:,} characters",
                )
            size_bytes += len(name.encode()) + len(value.encode())
        if size_bytes > limits.record_bytes:
            return Problem(
                Reason.FIELDS_TOO_LARGE,
                f"the further fields: more than {limits.record_bytes:,} bytes together",
            )
        return None
