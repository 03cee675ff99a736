"""One frozen settings model per command: the name, type, default and meaning of each setting.

Guarantee: a setting has the same name as a flag, as a `CXONE_*` variable and in the TOML file:
the name of its field. The flags are generated from these fields. `configuration` finds the values.

Every field declares what it decides (`json_schema_extra={"decides": ...}`):

* `outcomes`: the outcome of a row. A run resumes only with the same value.
* `target`: where the contacts go. A run resumes only with the same value.
* `access`: the credentials, and where the end is told, which are secrets too.
* `sending`: how fast to send, and how much at once. May change when a run resumes.
* `stopping`: when a run ends early. May change when a run resumes.
* `files`: where files are.
* `log`: what is logged, and how, and where else the run is shown while it lasts.

This file is longer than others because it declares all settings.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from stat import S_IROTH
from typing import Annotated, ClassVar, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from cxone_async.accepted_values import kinds_of, takes
from cxone_async.contacts.checks import DoNotCall, EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.field_values import FieldType, read_value
from cxone_async.contacts.further import EXTERNAL_ID
from cxone_async.contacts.model import FieldName, MappedName
from cxone_async.errors import ConfigurationError, UsageError, why_unreadable
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.matching.name_order import NameOrderChoice
from cxone_async.matching.policy import POLICIES_WITH_LEDGER, MatchPolicy
from cxone_async.notifications.destination import NotifyFormat, checked_url, signing_key
from cxone_async.outcome import Problem
from cxone_async.remote.uri import parse_prefix, shown
from cxone_async.source.column_keys import key_of_column
from cxone_async.source.csv_form import (
    DELIMITERS,
    PLAIN_FORM,
    CsvForm,
    Ragged,
    read_delimiter,
    read_sign,
)
from cxone_async.source.further_columns import (
    FurtherColumns,
    parse_fields,
    refuse_long_value,
    refuse_names,
)
from cxone_async.source.header import parse_mapping
from cxone_async.source.input_form import (
    DEFAULT_MAX_UNPACKED_BYTES,
    DEFAULT_MAX_UNPACKED_RATIO,
    InputForm,
)
from cxone_async.source.reading_rules import ReadingRules, rules_of
from cxone_async.tenant import registry
from cxone_async.tenant.access import Network
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE

ENVIRONMENT_PREFIX: Final = "CXONE_"
FIELD_FORMS: Final = "NAME=COLUMN, NAME:=value or *"

OUTCOMES: Final[JsonDict] = {"decides": "outcomes"}
TARGET: Final[JsonDict] = {"decides": "target"}
ACCESS: Final[JsonDict] = {"decides": "access"}
SENDING: Final[JsonDict] = {"decides": "sending"}
STOPPING: Final[JsonDict] = {"decides": "stopping"}
FILES: Final[JsonDict] = {"decides": "files"}
LOG: Final[JsonDict] = {"decides": "log"}


class LogFormat(StrEnum):
    """The values of `--log-format`."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The values of `--log-level`."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def _known_country(value: str) -> str:
    from cxone_async.contacts.country import read_country  # noqa: PLC0415  loads libphonenumber

    country = read_country(value, "")
    if isinstance(country, Problem) or not country:
        raise ValueError("not a country of ISO 3166, such as US, USA or United States")
    return country


def _known_dialect(value: str) -> str:
    if value not in registry.names():
        raise ValueError(f"not one of {', '.join(registry.names())}")
    return value


AUTO: Final = "auto"
_WHOLE_NUMBER: Final = re.compile(r"0*[0-9]{1,9}", re.ASCII)


def _read_quota(value: object) -> object:
    if value == AUTO:
        return value
    text = str(value).strip()
    if not (_WHOLE_NUMBER.fullmatch(text) and int(text) <= MAX_PER_MINUTE):
        raise ValueError(f"neither {AUTO} nor a whole number from 0 to {MAX_PER_MINUTE}")
    return int(text)


QuotaSetting = Annotated[int | Literal["auto"], BeforeValidator(_read_quota)]

Country = Annotated[str, AfterValidator(_known_country)]

Secret = Annotated[SecretStr | str, Field(union_mode="left_to_right")]
"""Accepted as either and kept as a SecretStr, which pydantic tries first."""


def _countries(value: object) -> object:
    items = _split_commas(value)
    if isinstance(items, list) and [str(item).lower() for item in items] == ["any"]:
        return []
    return items


def _paths(value: object) -> object:
    return [value] if isinstance(value, Path) else _split_commas(value)


def _field_mapping(value: object) -> object:
    try:
        match value:
            case Mapping():
                # A table of columns by field: a column's name may hold a comma or an equals sign.
                fields = parse_mapping(f"{field}=COLUMN" for field in value)
                return dict(zip(fields, map(_columns, value.values()), strict=True))
            case str():
                return parse_mapping([value] if value.strip() else [])
            case list() | tuple():
                return parse_mapping(map(str, value))
    except UsageError as error:
        raise ValueError(str(error).removeprefix("--map: ")) from None
    raise ValueError("not a list of field=column")


def _columns(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if not text.strip():
        raise ValueError("a field without a column")
    return text.strip()


def _field_items(value: object) -> object:
    """Return the items of `--field` in their one form; in a text they are separated by commas."""
    match _split_commas(value):
        case Mapping() as table:
            items = [f"{name}={column}" for name, column in table.items()]
        case list() | tuple() as several:
            items = [str(item) for item in several]
        case _:
            raise ValueError(f"not a list of {FIELD_FORMS}")
    return parse_fields(items).items


def _field_types(value: object) -> object:
    """Return the types by name; in a text the items are separated by commas."""
    value = _split_commas(value)
    if isinstance(value, list | tuple):
        pairs = [str(item).partition("=")[::2] for item in value]
    elif isinstance(value, Mapping):
        pairs = [(str(name), str(kind)) for name, kind in value.items()]
    else:
        pairs = [("", "")]
    types: dict[str, str] = {}
    for name, kind in ((name.strip(), kind.strip()) for name, kind in pairs):
        if not name or kind not in set(FieldType):
            raise ValueError(f"not of the form NAME={'|'.join(FieldType)}")
        if name in types:
            raise ValueError(f"{name!r} has two types")
        types[name] = kind
    return types


def _column_names(value: object) -> object:
    """Return names of columns; in a text they are separated by commas."""
    items = _split_commas(value)
    return sorted(set(map(str, items))) if isinstance(items, list | tuple) else items


_SHA256: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)


def _read_sha256(value: object) -> object:
    digest = _SHA256.fullmatch(str(value).strip().lower())
    if digest is None:
        raise ValueError("not a SHA-256: that is 64 hexadecimal digits")
    return digest[1]


def _known_output(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return parse_prefix(value).shown
    except UsageError as error:
        raise ValueError(str(error).removeprefix(f"{shown(value)}: ")) from None


_GATEWAY_URL: Final = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?",
    re.ASCII,
)
_BETWEEN_URLS: Final = re.compile(r"[\s,]+(?=https?://)", re.IGNORECASE)


def _notify_urls(value: object) -> object:
    """Return URLs; a text separates them by commas or blanks, but a URL may hold a comma itself."""
    return _BETWEEN_URLS.split(value.strip()) if isinstance(value, str) else value


def _usable_url(url: SecretStr) -> SecretStr:
    return SecretStr(checked_url(url.get_secret_value()))


def _gateway_url(url: str | None) -> str | None:
    if url is not None and not _GATEWAY_URL.fullmatch(url):
        raise ValueError("not http:// or https:// and a host, without credentials or a query")
    return url


_TENANT: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


def _tenant_name(name: str | None) -> str | None:
    if name is not None and not _TENANT.fullmatch(name):
        raise ValueError(
            "takes the name of a tenant, as in https://TENANT.cxone.com: letters, digits and "
            "hyphens, 63 at most. A whole address belongs in --base-url"
        )
    return name


NotifyUrl = Annotated[SecretStr, AfterValidator(_usable_url)]


def _notify_secret(secret: SecretStr | str | None) -> SecretStr | str | None:
    if secret is not None:
        signing_key(secret.get_secret_value() if isinstance(secret, SecretStr) else secret)
    return secret


def _is_text(kinds: list[object]) -> bool:
    return str in kinds or _is_path(kinds)


def _is_path(kinds: list[object]) -> bool:
    return Path in kinds or any(Path in get_args(kind) for kind in kinds)


def _needs_a_text(field: FieldInfo, kinds: list[object]) -> bool:
    """Whether an empty text would name nothing: for a path, and where the default is no text."""
    return _is_path(kinds) or (str in kinds and not isinstance(field.default, str))


class ReadingSettings(
    BaseModel,
    frozen=True,
    extra="forbid",
    hide_input_in_errors=True,
    allow_inf_nan=False,
    defer_build=True,
):
    """Settings of all commands that read contacts: how to read and check the input.

    Defaults are not validated: each already has its field's type. Validators are built on first
    use, because building the command line does not need them.
    """

    needs_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of fields of which the command cannot do without one each."""

    threshold: float = Field(
        default=85.0,
        ge=0,
        le=100,
        description="Lowest similarity at which two values agree, 0 to 100.",
        json_schema_extra=OUTCOMES,
    )
    phone_check: PhoneCheck = Field(
        default=PhoneCheck.POSSIBLE,
        description="How strictly to check phone numbers.",
        json_schema_extra=OUTCOMES,
    )
    phone_country: PhoneCountry = Field(
        default=PhoneCountry.ALLOWED,
        description="Countries that a phone with a calling code may be from.",
        json_schema_extra=OUTCOMES,
    )
    email_check: EmailCheck = Field(
        default=EmailCheck.SYNTAX,
        description="How strictly to check email addresses.",
        json_schema_extra=OUTCOMES,
    )
    name_order: NameOrderChoice = Field(
        default=NameOrderChoice.AUTO,
        description="Which of two names is the family's, for matching: as the list shows, or the "
        "last (given-first), or the first (family-first).",
        json_schema_extra=OUTCOMES,
    )
    suppress: Annotated[tuple[Path, ...], BeforeValidator(_paths)] = Field(
        default=(),
        description="File of phone numbers and emails never to send; repeat it for more files.",
        json_schema_extra=OUTCOMES,
    )
    default_country: Country = Field(
        default="US",
        description="Country of rows that name none, also for reading their phone numbers.",
        json_schema_extra=OUTCOMES,
    )
    map: Annotated[Mapping[MappedName, str], BeforeValidator(_field_mapping)] = Field(
        default_factory=dict,
        description="Column to read a field from, as field=column; repeat it for more fields. "
        "phone, dnc_flag and consent take several columns: phone=Mobile,Home Phone.",
        json_schema_extra=OUTCOMES,
    )
    ignore_column: Annotated[tuple[str, ...], BeforeValidator(_column_names)] = Field(
        default=(),
        description="Column that is not to be used, whatever its name says; repeat it for more.",
        json_schema_extra=OUTCOMES | {"repeatable": True},
    )
    field: Annotated[tuple[str, ...], BeforeValidator(_field_items)] = Field(
        default=(),
        description="What goes out beside the fields, as NAME=COLUMN, NAME:=value, or * for all "
        "columns that are left; repeat it for more.",
        json_schema_extra=OUTCOMES | {"repeatable": True},
    )
    field_type: Annotated[Mapping[str, FieldType], BeforeValidator(_field_types)] = Field(
        default_factory=dict,
        description="Type of a further field, as NAME=number, NAME=date or NAME=boolean; repeat it "
        "for more. Without one it is text.",
        json_schema_extra=OUTCOMES,
    )
    external_id: str = Field(
        default="",
        description="Column with your own id of each row; it goes out as external_id.",
        json_schema_extra=OUTCOMES,
    )
    require: Annotated[tuple[Literal["external_id"], ...], BeforeValidator(_split_commas)] = Field(
        default=(),
        description="What every row must have beside the campaign's fields: external_id.",
        json_schema_extra=OUTCOMES | {"repeatable": True},
    )
    dnc: DoNotCall = Field(
        default=DoNotCall.CAMPAIGN,
        description="Whether do-not-call flags count: as the campaign says, or always.",
        json_schema_extra=OUTCOMES,
    )
    encoding: str = Field(
        default="auto",
        description="Text encoding of an input without a byte order mark. auto is UTF-8, and stops "
        "when the input is in another one.",
        json_schema_extra=OUTCOMES,
    )
    skip_lines: int = Field(
        default=0,
        ge=0,
        description="Lines that stand above the header and are not read.",
        json_schema_extra=OUTCOMES,
    )
    delimiter: Annotated[str, BeforeValidator(read_delimiter)] = Field(
        default="",
        description="Character between the fields, or tab. Default: the one that fits header and "
        "rows.",
        json_schema_extra=OUTCOMES,
    )
    quote: Annotated[str, BeforeValidator(read_sign)] = Field(
        default='"',
        description="Character around fields that hold delimiters or line ends.",
        json_schema_extra=OUTCOMES,
    )
    escape: Annotated[str, BeforeValidator(read_sign)] = Field(
        default="",
        description="Character before a quote or delimiter that is part of a field, such as a "
        "backslash. Default: none, quotes are doubled.",
        json_schema_extra=OUTCOMES,
    )
    ragged: Ragged = Field(
        default=Ragged.FILL,
        description="What becomes of rows without their last cells: fill them with empty cells, or "
        "reject them.",
        json_schema_extra=OUTCOMES,
    )
    sheet: str = Field(
        default="",
        description="Sheet of a workbook to read. Default: the only one that is not empty.",
        json_schema_extra=OUTCOMES,
    )
    member: str = Field(
        default="",
        description="File in a zip file to read. Default: the only one.",
        json_schema_extra=OUTCOMES,
    )
    max_unpacked_bytes: int = Field(
        default=DEFAULT_MAX_UNPACKED_BYTES,
        ge=1,
        description="Stop when a packed input, a workbook or Parquet becomes more bytes than this.",
        json_schema_extra=STOPPING | {"unit": "bytes"},
    )
    max_unpacked_ratio: float = Field(
        default=DEFAULT_MAX_UNPACKED_RATIO,
        ge=1,
        description="Stop when it becomes more than this many times its size, from 64 MiB on.",
        json_schema_extra=STOPPING,
    )
    log_format: LogFormat | None = Field(
        default=None,
        description="Format of log lines. Default: console on a terminal, json elsewhere.",
        json_schema_extra=LOG,
    )
    log_level: LogLevel = Field(
        default=LogLevel.INFO, description="Lowest level to log.", json_schema_extra=LOG
    )

    _given_by: dict[str, str] = PrivateAttr(default_factory=dict)

    def say_where_given(self, places: Mapping[str, str]) -> None:
        """Keep by which flag, variable or line of a file each setting was given."""
        self._given_by.update(places)

    @field_validator("*", mode="before")
    @classmethod
    def _says_something(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what a library would make something of: an empty path is `.`, and true is 1."""
        field = cls.model_fields[str(info.field_name)]
        kinds = kinds_of(field.annotation)
        if isinstance(value, bool) and bool not in kinds:
            raise ValueError(f"takes {takes(field)}, not true or false")
        items = value if isinstance(value, list | tuple) else [value]
        texts = [item for item in items if isinstance(item, str)]
        if _is_text(kinds) and any("\0" in text for text in texts):
            raise ValueError(f"has a NUL in it; it takes {takes(field)} without one")
        if _needs_a_text(field, kinds) and not all(text.strip() for text in texts):
            what = takes(field).replace(" in quotes", "")  # an empty one had them, if any
            raise ValueError(f"is empty; it takes {what}")
        return value

    @property
    def lowest_level(self) -> LogLevel:
        """The lowest level to log."""
        return self.log_level

    @property
    def csv_form(self) -> CsvForm:
        """How the input is written."""
        return CsvForm(self.skip_lines, self.delimiter, self.quote, self.escape, self.ragged)

    @property
    def form(self) -> InputForm:
        """How the input is taken out of the file that it comes in."""
        named = {"--delimiter": self.delimiter, "--quote": self.quote, "--escape": self.escape}
        return InputForm(
            self.sheet,
            self.member,
            self.max_unpacked_bytes,
            self.max_unpacked_ratio,
            tuple(flag for flag, sign in named.items() if sign not in ("", PLAIN_FORM.quote)),
        )

    @model_validator(mode="after")
    def _tell_signs_apart(self) -> Self:
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign]
        if len(set(signs)) < len(signs):
            raise ValueError("--delimiter, --quote and --escape have to be different characters")
        if not self.delimiter and not {self.quote, self.escape}.isdisjoint(DELIMITERS):
            raise ValueError(
                "--quote, --escape: a character that may be the delimiter needs --delimiter too"
            )
        return self

    @property
    def further(self) -> FurtherColumns:
        """What goes out beside the fields."""
        return parse_fields(self.field, self.external_id)

    @property
    def reading_rules(self) -> ReadingRules:
        """How the rows of the input are read."""
        return rules_of(self)

    @model_validator(mode="after")
    def _further_fields_agree(self) -> Self:
        try:
            further = self.further
        except ValueError as error:
            raise ValueError(f"--field, --external-id: {error}") from None
        if self.require and not self.external_id:
            raise ValueError("--require external_id needs --external-id COLUMN")
        known = {key_of_column(name) for name in further.names}
        for name, kind in self.field_type.items():
            if key_of_column(name) == key_of_column(EXTERNAL_ID):
                raise ValueError(f"--field-type: {EXTERNAL_ID} is always text")
            if not (further.takes_rest or key_of_column(name) in known):
                raise ValueError(f"--field-type: {name!r} is no field of --field")
            for constant, value in further.constants:
                is_it = key_of_column(constant) == key_of_column(name)
                if is_it and isinstance(read_value(name, kind, value), Problem):
                    raise ValueError(f"--field {constant}:=... is no {kind}, as --field-type says")
        return self


class RunSettings(ReadingSettings, frozen=True):
    """Settings that `import` and `plan` share: the policy, the run directory, the quota."""

    run_dir: Path | None = Field(
        default=None,
        description="Directory for the run's files. An import resumes from it.",
        json_schema_extra=FILES,
    )
    allow_shared_run_dir: bool = Field(
        default=False,
        description="Use a run directory that others own or can write to, with a warning.",
        json_schema_extra=FILES,
    )
    output: Annotated[str | None, AfterValidator(_known_output)] = Field(
        default=None,
        description="Place in a bucket to copy the finished files to, such as s3://BUCKET/PREFIX/.",
        json_schema_extra=FILES,
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="After the run, purge the runs beside its directory that ended more days ago. "
        "Default: purge none.",
        json_schema_extra=FILES | {"unit": "days"},
    )
    match: MatchPolicy = Field(
        default=MatchPolicy.CORROBORATED,
        description="Policy that decides whether a row duplicates an earlier one.",
        json_schema_extra=OUTCOMES,
    )
    decisions: Annotated[tuple[Path, ...], BeforeValidator(_paths)] = Field(
        default=(),
        description="File of people's decisions about pairs of rows, such as review.csv with its "
        "column decision filled in (same or different); repeat it for more files.",
        json_schema_extra=OUTCOMES,
    )
    ledger: Path | None = Field(
        default=None,
        description="File that keeps who was sent, so that later runs do not send them again; made "
        "if it is missing. One for each tenant, list and --match.",
        json_schema_extra=OUTCOMES,
    )
    ledger_days: int = Field(
        default=30,
        ge=1,
        description="Days after which somebody in the ledger may be sent again.",
        json_schema_extra=OUTCOMES,
    )
    again: bool = Field(
        default=False,
        description="Send everybody, also who is in the ledger.",
        json_schema_extra=OUTCOMES,
    )
    show_values: bool = Field(
        default=False,
        description="Show phone numbers, emails and names unmasked in review.csv and "
        "duplicates.csv.",
        json_schema_extra=FILES,
    )
    quota: QuotaSetting = Field(
        default=50,
        description="Requests per minute that the tenant allows; 0 for no limit, auto to find "
        "the limit.",
        json_schema_extra=SENDING,
    )
    dialect: Annotated[str, AfterValidator(_known_dialect)] = Field(
        default=registry.DEFAULT,
        description="API that the tenant speaks.",
        json_schema_extra=OUTCOMES | {"flag": len(registry.names()) > 1},
    )
    chunk_size: int = Field(
        default=500, ge=1, description="Contacts per submission.", json_schema_extra=SENDING
    )
    max_invalid_rate: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Stop before sending when more than this share of the rows are invalid, 0 to "
        "1; 1 switches it off.",
        json_schema_extra=STOPPING,
    )
    min_rows: int = Field(
        default=1,
        ge=0,
        description="Stop when the input has fewer rows than this; 0 switches it off.",
        json_schema_extra=STOPPING,
    )
    max_duplicate_rate: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Stop before sending when more than this share of the rows are duplicates, 0 "
        "to 1.",
        json_schema_extra=STOPPING,
    )
    expect_rows: int | None = Field(
        default=None,
        ge=0,
        description="Number of rows that the input must have. It is read once more to count them.",
        json_schema_extra=STOPPING,
    )
    expect_sha256: Annotated[str | None, BeforeValidator(_read_sha256)] = Field(
        default=None,
        description="SHA-256 that the input must have, as stored.",
        json_schema_extra=STOPPING,
    )
    expect_columns: Annotated[tuple[str, ...], BeforeValidator(_column_names)] = Field(
        default=(),
        description="Columns that the input had when its mapping was written, by the command "
        "`columns`.",
        json_schema_extra=STOPPING | {"flag": False},
    )
    strict_columns: bool = Field(
        default=False,
        description="Stop when a column has gone or come new since the mapping was written.",
        json_schema_extra=STOPPING,
    )
    marker: Path | None = Field(
        default=None,
        description="File that must be there before the input is read: it says that the input is "
        "whole.",
        json_schema_extra=FILES,
    )
    wait: float | None = Field(
        default=None,
        ge=0,
        description="Seconds to wait for the file that --marker names, at most. Default: 0.",
        json_schema_extra=STOPPING | {"unit": "seconds"},
    )
    no_progress: bool = Field(
        default=False,
        description="Show no progress: no block on a terminal, no progress lines in the log.",
        json_schema_extra=LOG,
    )
    quiet: bool = Field(
        default=False,
        description="Show neither progress nor columns, and log warnings and errors only. The "
        "summary is printed all the same.",
        json_schema_extra=LOG,
    )
    status_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Port for the live page, /metrics, /healthz and /readyz while the command "
        "runs; 0 for a free one.",
        json_schema_extra=LOG,
    )
    status_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on for --status-port; 0.0.0.0 for all of this machine.",
        json_schema_extra=LOG,
    )
    metrics_file: Path | None = Field(
        default=None,
        description="File to write the metrics to, for node_exporter's textfile collector.",
        json_schema_extra=LOG,
    )
    pushgateway: Annotated[str | None, AfterValidator(_gateway_url)] = Field(
        default=None,
        description="URL of a Prometheus Pushgateway to send the metrics to while the command runs "
        "and at its end.",
        json_schema_extra=LOG,
    )
    otlp: Annotated[str | None, AfterValidator(_gateway_url)] = Field(
        default=None,
        description="URL of an OpenTelemetry collector to send traces and metrics to, by OTLP over "
        "HTTP. Needs the extra otel.",
        json_schema_extra=LOG,
    )
    notify: Annotated[tuple[NotifyUrl, ...], BeforeValidator(_notify_urls)] = Field(
        default=(),
        description="URL to POST to when the command has ended; repeat it for more. Process lists "
        "show flags: a URL that holds a token belongs in CXONE_NOTIFY or --notify-file.",
        json_schema_extra=ACCESS | {"repeatable": True, "secret": True},
    )
    notify_file: Path | None = Field(
        default=None,
        description="File with such URLs, one on each line.",
        json_schema_extra=ACCESS,
    )
    notify_format: NotifyFormat = Field(
        default=NotifyFormat.JSON,
        description="What is posted: a JSON document, or a text for Slack.",
        json_schema_extra=LOG,
    )
    notify_secret: Annotated[Secret | None, AfterValidator(_notify_secret)] = Field(
        default=None,
        description="Secret that signs what is posted, whsec_ and base64. It has no flag, since "
        "process lists show flags.",
        json_schema_extra=ACCESS | {"flag": False, "secret": True},
    )
    notify_secret_file: Path | None = Field(
        default=None,
        description="File that holds the secret that signs what is posted.",
        json_schema_extra=ACCESS,
    )

    @property
    def lowest_level(self) -> LogLevel:
        """The lowest level to log, in view of `quiet`."""
        says_more = self.log_level in (LogLevel.DEBUG, LogLevel.INFO)
        return LogLevel.WARNING if self.quiet and says_more else self.log_level

    def notify_urls(self) -> tuple[str, ...]:
        """Return where the end is told. Raises ConfigurationError: the file cannot be used."""
        urls = [url.get_secret_value() for url in self.notify]
        if self.notify_file is not None:
            try:
                urls += map(checked_url, _held_by("--notify-file", self.notify_file).split())
            except ValueError as error:
                raise ConfigurationError(f"--notify-file {self.notify_file}: {error}") from None
        return tuple(urls)

    def notify_key(self) -> bytes | None:
        """Return the key that signs what is posted. Raises ConfigurationError as `notify_urls`."""
        if self.notify_secret_file is not None:
            held = _held_by("--notify-secret-file", self.notify_secret_file)
            try:
                return signing_key(held)
            except ValueError as error:
                raise ConfigurationError(
                    f"--notify-secret-file {self.notify_secret_file}: {error}"
                ) from None
        match self.notify_secret:
            case None:
                return None
            case SecretStr():
                return signing_key(self.notify_secret.get_secret_value())
        return signing_key(self.notify_secret)

    @field_validator("chunk_size")
    @classmethod
    def _within_one_submission(cls, chunk_size: int, info: ValidationInfo) -> int:
        if "dialect" in info.data:  # else the dialect is refused
            most = registry.capabilities(info.data["dialect"]).max_payloads
            if chunk_size > most:
                raise ValueError(f"takes a whole number from 1 to {most}, without a unit")
        return chunk_size

    @model_validator(mode="after")
    def _further_fields_fit_the_dialect(self) -> Self:
        further = self.further
        limits = registry.capabilities(self.dialect).further
        if further and limits is None:
            raise ValueError(
                f"--field, --external-id: the dialect {self.dialect} takes no further fields"
            )
        if limits is not None:
            try:
                refuse_names(further.names, limits, has_id=bool(further.external_id))
                for _, value in further.constants:
                    refuse_long_value(value, limits)
            except ValueError as error:
                raise ValueError(f"--field: {error}") from None
        return self

    @model_validator(mode="after")
    def _compare_columns_with_something(self) -> Self:
        if self.strict_columns and not self.expect_columns:
            raise ValueError(
                "--strict-columns compares the header with the columns in a mapping: make one with "
                "`cxone-async columns`, and give it with --config"
            )
        return self

    @model_validator(mode="after")
    def _find_people_in_a_ledger(self) -> Self:
        if self.again and self.ledger is None:
            raise ValueError("--again sends who is in the ledger, which --ledger has to name")
        if self.ledger is not None and self.match not in POLICIES_WITH_LEDGER:
            raise ValueError(
                f"--ledger: with --match {self.match.value} nobody can be found in a ledger; use "
                "--match corroborated or exact"
            )
        return self

    @model_validator(mode="after")
    def _wait_for_something(self) -> Self:
        if self.wait is not None and self.marker is None:
            raise ValueError("--wait waits for a file that --marker has to name")
        return self


class _ToldConstraints(ReadingSettings, frozen=True):
    """The campaign's constraints, for commands that ask no tenant."""

    allowed_countries: Annotated[frozenset[Country], BeforeValidator(_countries)] = Field(
        default=frozenset(),
        description="Countries that the campaign allows, such as US,CA; or any.",
        json_schema_extra=OUTCOMES,
    )
    dnc_enabled: bool = Field(
        default=False,
        description="Suppress rows with a do-not-call flag, as the campaign would.",
        json_schema_extra=OUTCOMES,
    )
    required_fields: Annotated[frozenset[FieldName], BeforeValidator(_split_commas)] = Field(
        default=frozenset({"phone", "email"}),
        description="Fields that every contact must have, such as phone,email; may be empty.",
        json_schema_extra=OUTCOMES,
    )


class PlanSettings(RunSettings, _ToldConstraints, frozen=True):
    """Settings of `plan` and of `run_plan`.

    The campaign's constraints are given here, not fetched. Raises pydantic.ValidationError (from
    Python) or UsageError / ConfigurationError (by `configuration.load`).
    """

    tenant: Annotated[str | None, AfterValidator(_tenant_name)] = Field(
        default=None,
        description="Name of the tenant, which says whose ledger --ledger is; it is asked nothing.",
        json_schema_extra=TARGET,
    )
    base_url: str | None = Field(
        default=None,
        description="Base URL of the tenant, in place of --tenant.",
        json_schema_extra=TARGET,
    )
    list_id: str = Field(
        default="",
        description="ID of the contact list. It says whose ledger --ledger is.",
        json_schema_extra=TARGET,
    )

    @model_validator(mode="after")
    def _of_one_list(self) -> Self:
        if self.ledger is not None:
            if not self.list_id:
                raise ValueError("--ledger is the ledger of one list: give --list-id")
            if (self.tenant is None) == (self.base_url is None):
                raise ValueError("--ledger: give either --tenant or --base-url")
        return self

    @property
    def url(self) -> str:
        """The tenant's base URL, for the ledger."""
        return self.base_url or f"https://{self.tenant}.cxone.com"


class EvaluateSettings(_ToldConstraints, frozen=True):
    """Settings of `evaluate`: the policies to compare, and who each row is."""

    match: Annotated[tuple[MatchPolicy, ...], BeforeValidator(_split_commas)] = Field(
        default=tuple(MatchPolicy),
        min_length=1,
        description="Policies to compare, such as corroborated,exact.",
        json_schema_extra=OUTCOMES,
    )
    truth: Path = Field(
        description="CSV with the columns row,entity, which says who each row is.",
        json_schema_extra=FILES,
    )


ALTERNATIVES: Final = (
    ("tenant", "base_url"),
    ("client_id", "client_id_file"),
    ("client_secret", "client_secret_file"),
)
"""Settings of which an import needs one of each group."""

ONE_ALONE: Final = ALTERNATIVES[:2]
"""Those of which two together are refused: nothing says which one was meant."""


class ImportSettings(RunSettings, frozen=True):
    """Settings of `import` and of `run_import`.

    Give exactly one of `tenant` and `base_url`, and of `client_id` and `client_id_file`; and the
    secret either as `client_secret` or in `client_secret_file`. Raises pydantic.ValidationError
    (from Python) or UsageError / ConfigurationError (by
    `configuration.load`).
    """

    needs_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ALTERNATIVES

    tenant: Annotated[str | None, AfterValidator(_tenant_name)] = Field(
        default=None,
        description="Name of the tenant, as in https://TENANT.cxone.com.",
        json_schema_extra=TARGET,
    )
    base_url: str | None = Field(
        default=None,
        description="Base URL of the tenant, in place of --tenant; https only.",
        json_schema_extra=TARGET,
    )
    list_id: str = Field(
        min_length=1,
        description="ID of the contact list to import into.",
        json_schema_extra=TARGET,
    )
    campaign_id: str = Field(
        min_length=1,
        description="ID of the campaign whose constraints apply.",
        json_schema_extra=TARGET,
    )
    segment_id: str | None = Field(
        default=None,
        min_length=1,
        description="ID of a segment to add the imported contacts to.",
        json_schema_extra=TARGET,
    )
    client_id: str | None = Field(
        default=None, min_length=1, description="OAuth client ID.", json_schema_extra=ACCESS
    )
    client_id_file: Path | None = Field(
        default=None,
        description="File that holds the client ID, in place of --client-id.",
        json_schema_extra=ACCESS,
    )
    client_secret: Secret | None = Field(
        default=None,
        description="OAuth client secret. It has no flag, since process lists show flags.",
        json_schema_extra=ACCESS | {"flag": False, "secret": True},
    )
    client_secret_file: Path | None = Field(
        default=None,
        description="File that holds the client secret. It is read again at each sign-in.",
        json_schema_extra=ACCESS,
    )
    dry_run: bool = Field(
        default=False,
        description="Send no contact: plan by the campaign's own rules. Costs a sign-in and a "
        "look-up of the campaign.",
        json_schema_extra=SENDING,
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authorities to trust in place of the system's.",
        json_schema_extra=ACCESS,
    )
    client_cert_file: Path | None = Field(
        default=None,
        description="PEM file of the client certificate, for a tenant that wants one.",
        json_schema_extra=ACCESS,
    )
    client_key_file: Path | None = Field(
        default=None,
        description="PEM file of its key. Default: the file of the certificate.",
        json_schema_extra=ACCESS,
    )
    proxy: str = Field(
        default="",
        description="Proxy to reach the tenant through, as http://HOST:PORT. Proxies of the "
        "environment are not used.",
        json_schema_extra=ACCESS,
    )
    concurrency: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Largest number of imports in flight at once.",
        json_schema_extra=SENDING,
    )
    memory_limit: int | None = Field(
        default=None,
        ge=64,
        description="MiB of memory that this process and its children may take; an eighth of it is "
        "for rows on their way to the tenant. Default: what the control group or ulimit -v allows; "
        "without either, rows take at most 256 MiB.",
        json_schema_extra=SENDING | {"unit": "MiB"},
    )
    submit_semantics: SubmitSemantics = Field(
        default=SubmitSemantics.AT_MOST_ONCE,
        description="What to do when a submission gets no usable answer: never resend it, or "
        "resend it under the same idempotency key.",
        json_schema_extra=SENDING,
    )
    plus_sign: bool = Field(
        default=False,
        description="Send phone numbers with a leading +.",
        json_schema_extra=OUTCOMES,
    )
    max_failure_rate: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Stop when more than this share of the answered rows have failed, 0 to 1; "
        "applies from 1,000 answered rows on.",
        json_schema_extra=STOPPING,
    )
    max_change_rate: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Stop before sending when more than this share of the people of the last run "
        "in --ledger are gone, 0 to 1, or when there are ten times as many people. The input is "
        "prepared once more for that.",
        json_schema_extra=STOPPING,
    )
    replay_of: Path | None = Field(
        default=None,
        description="Run directory of a finished run, whose corrected rejects the input is. Any "
        "other input is refused. Needs the --ledger of that run.",
        json_schema_extra=STOPPING,
    )
    deadline: float | None = Field(
        default=None,
        gt=0,
        description="Stop after this many seconds. The run can be resumed.",
        json_schema_extra=STOPPING | {"unit": "seconds"},
    )
    grace: float = Field(
        default=20.0,
        ge=0,
        description="Seconds that requests in flight may take to finish after a signal.",
        json_schema_extra=STOPPING | {"unit": "seconds"},
    )

    accept_journal_loss: bool = Field(
        default=False,
        description="Go on although the run's journal has lost its end. Rows that may have been "
        "sent without a known end become unresolved.",
        json_schema_extra=STOPPING,
    )

    @model_validator(mode="after")
    def _one_tenant(self) -> Self:
        if (self.tenant is None) == (self.base_url is None):
            raise ValueError("give either --tenant or --base-url")
        return self

    @model_validator(mode="after")
    def _one_client_id(self) -> Self:
        if (self.client_id is None) == (self.client_id_file is None):
            raise ValueError("give either --client-id or --client-id-file")
        return self

    @model_validator(mode="after")
    def _key_of_a_certificate(self) -> Self:
        if self.client_key_file is not None and self.client_cert_file is None:
            raise ValueError("--client-key-file needs --client-cert-file")
        return self

    @model_validator(mode="after")
    def _find_whom_the_replayed_run_sent(self) -> Self:
        if self.replay_of is None:
            return self
        if self.ledger is None:
            raise ValueError(
                "--replay-of needs the --ledger of that run: without it, whom that run sent would "
                "not be found, and could be sent twice"
            )
        if self.again:
            raise ValueError("--replay-of sends nobody twice, so it cannot be used with --again")
        if self.dry_run:
            raise ValueError("--replay-of continues an import: --dry-run does not import")
        return self

    @model_validator(mode="after")
    def _compare_with_a_last_run(self) -> Self:
        if self.max_change_rate is not None and self.ledger is None:
            raise ValueError("--max-change-rate compares with the last run in --ledger: name one")
        if self.max_change_rate is not None and self.dry_run:
            raise ValueError("--max-change-rate stops an import: --dry-run does not compare lists")
        return self

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.client_secret is None and self.client_secret_file is None:
            raise ValueError("give CXONE_CLIENT_SECRET or --client-secret-file")
        return self

    @property
    def url(self) -> str:
        """The tenant's base URL."""
        return self.base_url or f"https://{self.tenant}.cxone.com"

    @property
    def network(self) -> Network:
        """The way to the tenant."""
        return Network(self.ca_file, self.client_cert_file, self.client_key_file, self.proxy)

    def secret(self) -> str:
        """Return the client secret. Raises ConfigurationError: its file is unreadable or empty."""
        if self.client_secret_file is None:
            given = self.client_secret or ""
            return given.get_secret_value() if isinstance(given, SecretStr) else given
        return _held_by("client secret file", self.client_secret_file)

    def read_client_id(self) -> str:
        """Return the client ID. Raises ConfigurationError: its file is unreadable or empty."""
        if self.client_id_file is None:
            return self.client_id or ""
        return _held_by("client ID file", self.client_id_file)

    def credentials_in_words(self) -> str:
        """Say where the credentials come from, without one of them."""
        parts = []
        for what, name, file in (
            ("the client id", "client_id", self.client_id_file),
            ("the secret", "client_secret", self.client_secret_file),
        ):
            where = f"the file {file}" if file else self._given_by.get(name, f"the setting {name}")
            parts.append(f"{what} is from {where}")
        return " and ".join(parts)

    def check_credentials(self) -> None:
        """Raise ConfigurationError when a file of a credential is unreadable or empty."""
        self.read_client_id()
        self.secret()

    @property
    def secret_is_open_to_all(self) -> bool:
        """Whether every user of this machine may read the file with the client secret."""
        file = self.client_secret_file
        return file is not None and bool(file.stat().st_mode & S_IROTH)


class DoctorSettings(ImportSettings, frozen=True):
    """Settings of `doctor`: those of `import`, of which any may be missing.

    An empty text stands for an id that is missing.
    """

    needs_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()

    list_id: str = Field(
        default="",
        description="ID of the contact list to import into.",
        json_schema_extra=TARGET,
    )
    campaign_id: str = Field(
        default="",
        description="ID of the campaign whose constraints apply.",
        json_schema_extra=TARGET,
    )

    @model_validator(mode="after")
    def _one_tenant(self) -> Self:
        if self.tenant is not None and self.base_url is not None:
            raise ValueError("give either --tenant or --base-url")
        return self

    @model_validator(mode="after")
    def _one_client_id(self) -> Self:
        if self.client_id is not None and self.client_id_file is not None:
            raise ValueError("give either --client-id or --client-id-file")
        return self

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        return self


def _held_by(what: str, path: Path) -> str:
    try:
        held = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{what} {path} {why_unreadable(error)}") from error
    if not held:
        raise ConfigurationError(f"{what} {path} is empty")
    return held


def flag_name(field: str) -> str:
    """Return the flag of a settings field: `chunk_size` -> `--chunk-size`."""
    return "--" + field.replace("_", "-")


def has_flag(model: type[ReadingSettings], field: str) -> bool:
    """Say whether the command line offers a settings field."""
    return _declared(model, field).get("flag") is not False


def is_secret(model: type[ReadingSettings], field: str) -> bool:
    """Say whether nobody may see the value of a settings field."""
    return _declared(model, field).get("secret") is True


def is_repeatable(model: type[ReadingSettings], field: str) -> bool:
    """Say whether the flag of a settings field may be given several times."""
    return _declared(model, field).get("repeatable") is True


def fields_deciding(model: type[ReadingSettings], what: str) -> frozenset[str]:
    """Return the fields that are declared to decide `what`, such as `outcomes`."""
    return frozenset(
        name for name in model.model_fields if _declared(model, name).get("decides") == what
    )


def _declared(model: type[ReadingSettings], field: str) -> JsonDict:
    extra = model.model_fields[field].json_schema_extra
    return extra if isinstance(extra, dict) else {}
