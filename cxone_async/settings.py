"""One frozen settings model per command; file < environment < flags.

Guarantee: every flag of a command is a field here and nothing else, so a flag, its
`CXONE_*` variable and its line in the TOML file can never drift apart: the command line
is generated from these fields. A value that is not accepted raises an error that names
the setting, where it came from and what is accepted, and never repeats a secret.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.country import read_country
from cxone_async.contacts.model import FieldName
from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Problem
from cxone_async.source.header import parse_mapping
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE

ENVIRONMENT_PREFIX = "CXONE_"


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
    country = read_country(value, value)
    if isinstance(country, Problem) or not value.strip():
        raise ValueError("not an ISO 3166 country code")
    return country


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


def _countries(value: object) -> object:
    items = _split_commas(value)
    if isinstance(items, list) and [str(item).lower() for item in items] == ["any"]:
        return []
    return items


def _field_mapping(value: object) -> object:
    if isinstance(value, Mapping):
        value = [f"{field}={column}" for field, column in value.items()]
    items = _split_commas(value)
    if not isinstance(items, list):
        raise ValueError("not a list of field=column")  # noqa: TRY004  pydantic wants this one
    return parse_mapping(map(str, items))


class ReadingSettings(BaseSettings):
    """What all commands that read contacts share: how the input is read and checked."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
    )

    threshold: float = Field(
        85.0, ge=0, le=100, description="From which similarity on values agree, 0 to 100."
    )
    phone_check: PhoneCheck = Field(
        PhoneCheck.POSSIBLE, description="How strictly phones are checked."
    )
    email_check: EmailCheck = Field(EmailCheck.SYNTAX, description="How emails are checked.")
    suppress: Path | None = Field(
        None, description="File of phones or emails never to be sent, one a line."
    )
    default_country: Country = Field(
        "US", description="Country of rows that name none, and region of their phones."
    )
    map: Annotated[dict[FieldName, str], NoDecode, BeforeValidator(_field_mapping)] = Field(
        default_factory=dict,
        description="field=column where a header name is not recognised; repeatable.",
    )
    encoding: str = Field("utf-8", description="Encoding of an input without a byte order mark.")
    log_format: LogFormat | None = Field(
        None, description="Default: console on a terminal, json elsewhere."
    )
    log_level: LogLevel = Field(LogLevel.INFO, description="The least that is logged.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the caller gives and nothing else; `load` adds environment and file."""
        return (init_settings,)


class RunSettings(ReadingSettings):
    """What `import` and `plan` share beyond reading: one policy, files, requests to count."""

    run_dir: Path | None = Field(
        None, description="Where the run's files go, and where it resumes."
    )
    match: MatchPolicy = Field(
        MatchPolicy.CORROBORATED, description="What counts as a duplicate of an earlier row."
    )
    quota: QuotaSetting = Field(
        50,
        description="Requests a minute the tenant allows; 0 for no limit, auto to find it out.",
    )
    chunk_size: int = Field(500, ge=1, le=500, description="Contacts in one submission.")


class _ToldConstraints(ReadingSettings):
    """The campaign's constraints, told where no tenant is asked."""

    allowed_countries: Annotated[frozenset[Country], NoDecode, BeforeValidator(_countries)] = Field(
        frozenset(), description="Countries the campaign allows, as US,CA; or any."
    )
    dnc_enabled: bool = Field(False, description="The campaign honours do-not-call flags.")
    required_fields: Annotated[frozenset[FieldName], NoDecode, BeforeValidator(_split_commas)] = (
        Field(
            frozenset({"phone", "email"}),
            description="Fields that every contact must have, as phone,email; may be empty.",
        )
    )


class PlanSettings(RunSettings, _ToldConstraints):
    """Settings of `plan`: the campaign's constraints are told, not asked for."""


class EvaluateSettings(_ToldConstraints):
    """Settings of `evaluate`: several policies, and who every row really is."""

    match: Annotated[tuple[MatchPolicy, ...], NoDecode, BeforeValidator(_split_commas)] = Field(
        tuple(MatchPolicy),
        min_length=1,
        description="Policies to compare, as corroborated,exact.",
    )
    truth: Path = Field(description="CSV with the columns row,entity: who every row is.")


class ImportSettings(RunSettings):
    """Settings of `import` and of `run_import`.

    Exactly one of `tenant` and `base_url` must be given, and the secret either as
    `client_secret` or in `client_secret_file`. Raises pydantic.ValidationError (from
    Python) or UsageError / ConfigurationError (by `load`).
    """

    tenant: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
        description="Name of the tenant: https://TENANT.cxone.com.",
    )
    base_url: str | None = Field(None, description="Base URL instead of --tenant; https only.")
    list_id: str = Field(min_length=1, description="Contact list to import into.")
    campaign_id: str = Field(min_length=1, description="Campaign whose constraints hold.")
    segment_id: str | None = Field(
        None, min_length=1, description="Segment the imported contacts are added to."
    )
    client_id: str = Field(min_length=1, description="OAuth client id.")
    client_secret: SecretStr | None = Field(
        None,
        description="OAuth client secret; never a flag, since process lists show those.",
        json_schema_extra={"flag": False},
    )
    client_secret_file: Path | None = Field(None, description="File that holds the secret.")
    concurrency: int = Field(200, ge=1, le=10_000, description="Imports in flight at most.")
    submit_semantics: SubmitSemantics = Field(
        SubmitSemantics.AT_MOST_ONCE,
        description="Whether a submission whose fate is unknown is sent again under its key.",
    )
    plus_sign: bool = Field(False, description="Send phones with a leading +.")
    max_duplicate_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Stop when a larger share of 1,000 or more rows repeats others; 0 to 1.",
    )
    max_failure_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Stop when a larger share of 1,000 or more answered rows fails; 0 to 1.",
    )
    deadline: float | None = Field(
        None, gt=0, description="Seconds after which the run stops, resumable."
    )
    grace: float = Field(
        20.0, ge=0, description="Seconds that requests in flight have to end after SIGTERM."
    )

    @model_validator(mode="after")
    def _one_tenant(self) -> Self:
        if (self.tenant is None) == (self.base_url is None):
            raise ValueError("give either --tenant or --base-url")
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

    def secret(self) -> str:
        """Return the client secret. Raises ConfigurationError when its file is unreadable."""
        if self.client_secret_file is None:
            return self.client_secret.get_secret_value() if self.client_secret else ""
        try:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"client secret file {self.client_secret_file}: {type(error).__name__}"
            ) from error


def flag_name(field: str) -> str:
    """Return the flag of a settings field: `chunk_size` -> `--chunk-size`."""
    return "--" + field.replace("_", "-")


Model = TypeVar("Model", bound=ReadingSettings)


def load(model: type[Model], flags: Mapping[str, object], config: Path | None) -> Model:
    """Build settings from the flags given, `CXONE_*` variables and a TOML file.

    `flags` holds only what the command line named. Raises UsageError (64) when a flag or
    a required setting is at fault, ConfigurationError (78) for the file or a variable.
    """
    from_file = _read_config(config) if config else {}

    class Sourced(model):  # type: ignore[valid-type, misc]  # a class made for this one call
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            **_: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Order the sources: flags over environment over file."""
            known = {name: from_file[name] for name in from_file.keys() & cls.model_fields.keys()}
            return init_settings, env_settings, InitSettingsSource(settings_cls, known)

    try:
        sourced = Sourced(**flags)
    except ValidationError as error:
        raise _explain(error, model, flags, from_file) from None
    return model.model_validate(dict(sourced))


def _read_config(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"config file {path}: {type(error).__name__}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"config file {path} is not TOML: {error}") from error
    values = {name.replace("-", "_"): value for name, value in values.items()}
    accepted = (
        ImportSettings.model_fields.keys()
        | PlanSettings.model_fields.keys()
        | EvaluateSettings.model_fields.keys()
    )
    unknown = sorted(values.keys() - accepted)
    if unknown:
        raise ConfigurationError(
            f"config file {path}: unknown setting {unknown[0]!r}; "
            f"accepted are {', '.join(sorted(accepted))}"
        )
    return values


def _explain(
    error: ValidationError,
    model: type[ReadingSettings],
    flags: Mapping[str, object],
    from_file: Mapping[str, object],
) -> UsageError | ConfigurationError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return UsageError(message)
    field = str(first["loc"][0])
    variable = ENVIRONMENT_PREFIX + field.upper()
    is_flag = has_flag(model, field)
    if first["type"] == "missing":
        return UsageError(f"missing {flag_name(field) if is_flag else variable}")
    if field in flags:
        return UsageError(f"{flag_name(field)}: {message}")
    if variable in os.environ:
        return ConfigurationError(f"{variable}: {message}")
    return ConfigurationError(f"config file, {field}: {message}")


def has_flag(model: type[ReadingSettings], field: str) -> bool:
    """Say whether a settings field is offered on the command line."""
    extra = model.model_fields[field].json_schema_extra
    return not (isinstance(extra, dict) and extra.get("flag") is False)
