"""How the rows of an input are read: what its user said about it, as one value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cxone_async.contacts.model import FieldName, MappedName
from cxone_async.source.csv_form import PLAIN_FORM, CsvForm
from cxone_async.source.further_columns import NO_FURTHER, FurtherColumns


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """The rules by which a `Reader` reads.

    `encoding` counts unless a byte order mark names another one. `form` is how the CSV is written.
    `overrides`, `needed`, `ignored` and `further` are those of `read_header`.
    """

    encoding: str = "utf-8"
    form: CsvForm = PLAIN_FORM
    overrides: Mapping[MappedName, str] = field(default_factory=dict)
    needed: frozenset[FieldName] = frozenset()
    ignored: Collection[str] = ()
    further: FurtherColumns = NO_FURTHER


PLAIN_RULES = ReadingRules()
"""Nothing was said."""
