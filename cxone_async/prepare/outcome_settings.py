"""Every setting that decides outcomes, as one value.

A setting that can change a row's outcome is a field here. The whole value goes into the run's
identity, so a run resumes only with the settings that it began with.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Self, get_origin

import msgspec

from cxone_async.contacts.checks import DoNotCall, EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.field_values import FieldType
from cxone_async.contacts.model import FieldName, MappedName
from cxone_async.contacts.normalise import NormaliseRules
from cxone_async.encoded import encoded
from cxone_async.matching.name_order import NameOrderChoice
from cxone_async.matching.policy import MatchPolicy
from cxone_async.source.csv_form import CsvForm, Ragged
from cxone_async.source.further_columns import FurtherColumns, parse_fields
from cxone_async.source.reading_rules import ReadingRules, rules_of

_TEXT_NAMES: Final = {
    "suppression_sha256": "suppress",
    "decisions_sha256": "decisions",
    "ledger_place": "ledger",
    "allowed_countries": "campaign allowed_countries",
    "dnc_enabled": "campaign dnc_enabled",
    "required_fields": "campaign required_fields",
}

_DIALECT_OF_0_1_0: Final = {
    f"ContactListsDialect(plus_sign={plus_sign})": {
        "dialect": "contact-lists",
        "plus_sign": str(plus_sign),
    }
    for plus_sign in (False, True)
} | {"None": {"dialect": "", "plus_sign": "False"}}
"""Version 0.1.0 wrote the `repr` of its dialect object."""


class OutcomeSettings(msgspec.Struct, frozen=True, kw_only=True, rename=_TEXT_NAMES):
    """Everything that decides outcomes, besides the input.

    `suppression_sha256` is the digest of the suppression files' lines, in hex. `suppression_day` is
    the day of the first start, by which their entries expire; "" where none can. `dialect` names
    the tenant's API, or is "" when nothing is sent. The campaign's constraints are those of the
    first start: editing the campaign during a run does not change them. `dnc` says whether its
    `dnc_enabled` is what counts. `text_sha256` is the SHA-256 of the CSV that was made of a
    workbook and the like, or "": another version of a library may make another one. `name_order` is
    the choice: what a list shows depends on its bytes, and is learned again.
    `decisions_sha256` is the digest of what people have decided about pairs of rows, or "".
    `ledger_place` is the ledger's id and the run's number in it, or ""; whom it finds is fixed by
    that, by `ledger_days` and by `again`, which finds nobody.
    """

    match: MatchPolicy
    threshold: float
    phone_check: PhoneCheck
    email_check: EmailCheck
    suppression_sha256: str
    default_country: str
    map: dict[MappedName, str]
    encoding: str
    skip_lines: int = 0
    delimiter: str = ""
    quote: str = '"'
    escape: str = ""
    ragged: Ragged = Ragged.FILL
    ignore_column: tuple[str, ...] = ()
    sheet: str = ""
    member: str = ""
    text_sha256: str = ""
    decisions_sha256: str = ""
    field: tuple[str, ...] = ()
    field_type: dict[str, FieldType] = {}
    external_id: str = ""
    require: tuple[str, ...] = ()
    dnc: DoNotCall = DoNotCall.CAMPAIGN
    phone_country: PhoneCountry = PhoneCountry.ALLOWED
    name_order: NameOrderChoice = NameOrderChoice.AUTO
    suppression_day: str = ""
    ledger_place: str = ""
    ledger_days: int = 0
    again: bool = False
    dialect: str = ""
    plus_sign: bool = False
    allowed_countries: frozenset[str] = frozenset()
    dnc_enabled: bool = False
    required_fields: frozenset[FieldName] = frozenset()

    @property
    def csv_form(self) -> CsvForm:
        """How the input is written."""
        return CsvForm(self.skip_lines, self.delimiter, self.quote, self.escape, self.ragged)

    @property
    def further(self) -> FurtherColumns:
        """What goes out beside the fields."""
        return parse_fields(self.field, self.external_id)

    @property
    def reading_rules(self) -> ReadingRules:
        """How the rows of the input are read."""
        return rules_of(self)

    @property
    def constraints(self) -> Constraints:
        """The campaign's constraints."""
        return Constraints(self.allowed_countries, self.dnc_enabled, self.required_fields)

    @property
    def rules(self) -> NormaliseRules:
        """The rules by which rows become contacts."""
        constraints = self.constraints
        if self.dnc is DoNotCall.ALWAYS:
            constraints = replace(constraints, dnc_enabled=True)
        return NormaliseRules(
            self.default_country,
            self.phone_check,
            self.phone_country,
            self.email_check,
            constraints,
        )

    def as_text(self) -> dict[str, str]:
        """Return each setting as text, under the name that journals and files use.

        Of a constant that goes out with every row, only a digest is written.
        """
        values: dict[str, object] = msgspec.to_builtins(self, order="sorted")
        values["field"] = self.further.without_values().items
        return {name: _text_of(value) for name, value in values.items()}

    @classmethod
    def from_text(cls, text: Mapping[str, str]) -> Self:
        """Read what `as_text` returned, in this version or an earlier one.

        A missing setting gets its default, and unknown names are ignored. Raises
        msgspec.ValidationError for a value that the setting does not accept.
        """
        text = {**text, **_DIALECT_OF_0_1_0.get(text.get("dialect", ""), {})}
        values = {
            field.encode_name: _value_of(text[field.encode_name], field.type)
            for field in msgspec.structs.fields(cls)
            if field.encode_name in text
        }
        return msgspec.convert(values, cls, strict=False)


def _text_of(value: object) -> str:
    match value:
        case float():
            return f"{value:g}"
        case list():
            return ",".join(value)
        case dict() | tuple():  # these hold names of columns, which may hold commas
            return encoded(msgspec.json.Encoder(), value).decode()
    return str(value)


def _value_of(text: str, kind: Any) -> object:
    if get_origin(kind) is frozenset:
        return [part for part in text.split(",") if part]
    return msgspec.json.decode(text) if get_origin(kind) in (dict, tuple) else text
