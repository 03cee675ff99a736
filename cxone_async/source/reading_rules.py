"""How the rows of an input are read: what its user said about it, as one value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

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


class SaysHowToRead(Protocol):
    """Settings that decide how rows are read, today's or those of an earlier run."""

    @property
    def encoding(self) -> str:
        """The encoding of an input without a byte order mark."""
        ...

    @property
    def csv_form(self) -> CsvForm:
        """How the CSV is written."""
        ...

    @property
    def map(self) -> Mapping[MappedName, str]:
        """The columns that were mapped by hand."""
        ...

    @property
    def ignore_column(self) -> Collection[str]:
        """The columns that are of no use."""
        ...

    @property
    def further(self) -> FurtherColumns:
        """What goes out beside the fields."""
        ...


def rules_of(settings: SaysHowToRead) -> ReadingRules:
    """Return the rules that settings say."""
    return ReadingRules(
        settings.encoding,
        settings.csv_form,
        settings.map,
        ignored=settings.ignore_column,
        further=settings.further,
    )


PLAIN_RULES = ReadingRules()
"""Nothing was said."""
