"""What each setting is set to, and where: a flag, a variable, the file, or nowhere.

Guarantee: a flag goes before a `CXONE_*` variable, that before a profile of the TOML file, and that
before the rest of the file. A name that is nearly that of a setting is refused with the setting
that was perhaps meant, since a suppression file that nobody reads would let people be called. So
is an unknown name that speaks of not calling. All that is missing or wrong is told at once. An
error names the setting and what is wrong with it. It does not repeat a value from the environment
or the file, so it cannot repeat a secret.
"""

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cxone_async.accepted_values import takes
from cxone_async.errors import ConfigurationError, UsageError, why_unreadable
from cxone_async.settings import (
    ALTERNATIVES,
    ENVIRONMENT_PREFIX,
    ONE_ALONE,
    EvaluateSettings,
    ImportSettings,
    PlanSettings,
    ReadingSettings,
    fields_deciding,
    flag_name,
    has_flag,
)
from cxone_async.source.do_not_call_columns import ColumnMeaning, meaning_of

Model = TypeVar("Model", bound=ReadingSettings)

KNOWN: Final = frozenset(
    name
    for model in (ImportSettings, PlanSettings, EvaluateSettings)
    for name in model.model_fields
)
"""The settings of all commands: one file and one environment serve all of them."""

OF_THE_FILE: Final = frozenset({"config", "profile"})
"""Variables and flags that say which values of the file count. They do not stand in the file."""

PROFILES: Final = "profile"

_LEAST_LIKENESS: Final = 0.8
_AGAINST_CALLS: Final = ("suppress", "dnc")
"""What a name that speaks of not calling may mean: the files of people, or the flags of rows."""

# What people call such a setting, beside what they call a column.
_NOT_CALLING: Final = re.compile(
    r"supp?res|surpress|dnc|optout|optedout|optin|consent|unsubscri|donot|dontcall|"
    r"(?:black|deny|stop)(?:call|phone|number|contact|list)"
)
_NOT_CALLING_WORDS: Final = re.compile(
    r"(?:^|_)(?:block(?:s|ed|ing)?|exclu(?:de[ds]?|sions?)|opt(?:s|ed)?|revoked|revocation|"
    r"scrub(?:bed)?|litigators)(?:_|$)"
)

_OURS: Final = "Value error, "
"""What pydantic puts before the words of a validator of this package."""

_FLAG: Final = re.compile(r"--[a-z0-9]+(?:-[a-z0-9]+)*")

_OF_KUBERNETES: Final = re.compile(
    r"(?:.+_)?(?:service_host|service_port(?:_.+)?|port(?:_[0-9]+_(?:tcp|udp|sctp)(?:_.+)?)?)"
)
"""Kubernetes sets these for each Service; the Service may well be called cxone."""


class Given(NamedTuple):
    """The value of one setting. `where` is as a person has written it: `--quota`, `CXONE_QUOTA`."""

    value: object
    where: str
    kind: Literal["flag", "variable", "file"]


def load(
    model: type[Model],
    flags: Mapping[str, object],
    config: Path | None,
    profile: str | None = None,
) -> Model:
    """Build settings from the flags given, `CXONE_*` variables and a TOML file.

    `flags` holds only the flags that the command line named. An empty variable counts as not set.
    Without `config` and `profile`, CXONE_CONFIG and CXONE_PROFILE count. Raises UsageError (64) for
    a wrong flag or a missing setting, ConfigurationError (78) for a wrong value in the file or a
    variable, and for one that is unknown.
    """
    given = gather(model, flags, config, profile)
    try:
        settings = model.model_validate({name: one.value for name, one in given.items()})
    except ValidationError as error:
        raise _explain(error, model, given) from None
    settings.say_where_given({name: one.where for name, one in given.items()})
    return settings


def gather(
    model: type[ReadingSettings],
    flags: Mapping[str, object],
    config: Path | None,
    profile: str | None = None,
) -> dict[str, Given]:
    """Return what is set of the model's settings, not yet checked. Raises what `load` raises."""
    names = _names_of_variables()
    variables = {name: os.environ[typed] for name, typed in names.items()}
    _refuse_misspelt(variables)
    config = config or (Path(variables["config"]) if "config" in variables else None)
    profile = profile or variables.get("profile")
    given = _from_file(config, profile)
    if profile:
        _refuse_two_targets(given, variables, profile)
    given |= {name: Given(value, names[name], "variable") for name, value in variables.items()}
    given = {name: one for name, one in given.items() if name in model.model_fields}
    return given | {name: Given(value, flag_name(name), "flag") for name, value in flags.items()}


def missing(model: type[ReadingSettings], given: Collection[str]) -> list[str]:
    """Return how to give each setting that the command cannot do without, when it is not given.

    A variable that is there and empty is named: whoever set it meant something else.
    """
    empty = _empty_variables()

    def way_to_give(name: str) -> str:
        return called(model, name) + (f" ({empty[name]} is empty)" if name in empty else "")

    needed = [
        way_to_give(name)
        for name, field in model.model_fields.items()
        if field.is_required() and name not in given
    ]
    either = [
        "either " + " or ".join(map(way_to_give, names))
        for names in model.needs_one_of
        if not set(names) & set(given)
    ]
    return needed + either


def unknown_variables() -> list[str]:
    """Return the names of `CXONE_*` variables that are no settings: nothing reads them."""
    return [
        ENVIRONMENT_PREFIX + name.upper()
        for name in sorted(_names_of_variables().keys() - KNOWN - OF_THE_FILE)
        if not _OF_KUBERNETES.fullmatch(name)
    ]


def likely(name: str, known: Iterable[str]) -> str | None:
    """Return which of the known names was probably meant, None when that is not clear.

    That is the nearest, or the only one that begins with the name as a word or follows from it.
    """
    known = sorted(known)
    for nearest in get_close_matches(name, known, n=1, cutoff=_LEAST_LIKENESS):
        return nearest
    begun = [one for one in known if one.startswith(f"{name}_") or name.startswith(f"{one}_")]
    return begun[0] if len(begun) == 1 else None


def _meant(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the settings that an unknown name may be meant for; () when that is not clear."""
    nearest = likely(name, known)
    if nearest not in ("suppress", "dnc_enabled") and _is_about_not_calling(name):
        return _AGAINST_CALLS
    return (nearest,) if nearest else ()


def _is_about_not_calling(name: str) -> bool:
    return (
        meaning_of(name) is not ColumnMeaning.OTHER
        or _NOT_CALLING_WORDS.search(name) is not None
        or _NOT_CALLING.search(name.replace("_", "")) is not None
    )


def _names_of_variables() -> dict[str, str]:
    """Return the `CXONE_*` variables with a value, as they are written, by field; any case will do.

    Raises ConfigurationError where two that differ in case have two values.
    """
    prefix = ENVIRONMENT_PREFIX.lower()
    names: dict[str, str] = {}
    for typed, value in os.environ.items():
        if not (value and typed.lower().startswith(prefix)):
            continue
        other = names.setdefault(typed.lower().removeprefix(prefix), typed)
        if os.environ[other] != value:
            raise ConfigurationError(
                f"{other} and {typed} are one setting with two values; unset one of them"
            )
    return names


def _empty_variables() -> dict[str, str]:
    """Return the `CXONE_*` variables without a value, as they are written, by field."""
    prefix = ENVIRONMENT_PREFIX.lower()
    return {
        typed.lower().removeprefix(prefix): typed
        for typed, value in os.environ.items()
        if not value and typed.lower().startswith(prefix)
    }


def _refuse_misspelt(variables: Collection[str]) -> None:
    known = KNOWN | OF_THE_FILE
    meant = {
        name: _meant(name, known)
        for name in sorted(set(variables) - known)
        if not _OF_KUBERNETES.fullmatch(name)
    }
    wrong = [
        f"{_variable(name)} is no setting. Did you mean {' or '.join(map(_variable, settings))}?"
        for name, settings in meant.items()
        if settings
    ]
    if wrong:
        raise ConfigurationError(" ".join(wrong))


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper()


def _from_file(config: Path | None, profile: str | None) -> dict[str, Given]:
    if config is None:
        if profile:
            raise UsageError(
                f"profile {profile!r}: a profile stands in a file; give the file with --config"
            )
        return {}
    values = _read_config(config)
    _, tables = values.pop(PROFILES, (PROFILES, {}))
    profiles = _profiles(tables, config)
    for names, where in [(values, ""), *((table, name) for name, table in profiles.items())]:
        _refuse_unknown(names, f"config file {config}{f', profile {where}' if where else ''}")
    given = _given_in(values, f"config file {config}")
    if not profile:
        return given
    if profile not in profiles:
        raise ConfigurationError(_no_such_profile(config, profile, profiles))
    chosen = profiles[profile]
    for either in ALTERNATIVES:
        if chosen.keys() & set(either):
            given = {name: one for name, one in given.items() if name not in either}
    return given | _given_in(chosen, f"config file {config}, profile {profile}")


def _given_in(values: "_Table", place: str) -> dict[str, Given]:
    return {
        name: Given(value, f"{place}, {typed}", "file") for name, (typed, value) in values.items()
    }


_Table = dict[str, tuple[str, object]]
"""A table of TOML: by field, the name as it is written (`chunk-size`) and the value."""


def _read_config(path: Path) -> _Table:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"config file {path} {why_unreadable(error)}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"config file {path} is not TOML: {error}") from error
    return _by_field(values, f"config file {path}")


def _by_field(values: Mapping[str, object], where: str) -> _Table:
    table: _Table = {}
    for typed, value in values.items():
        other, _ = table.setdefault(typed.replace("-", "_"), (typed, value))
        if other != typed:
            raise ConfigurationError(f"{where}: {other} and {typed} are one setting; remove one")
    return table


def _profiles(tables: object, path: Path) -> dict[str, _Table]:
    profiles = {}
    for name, table in tables.items() if isinstance(tables, Mapping) else [("", None)]:
        if not isinstance(table, Mapping):
            raise ConfigurationError(
                f"config file {path}, {PROFILES}: a profile is a table, such as [profile.staging]"
            )
        profiles[name] = _by_field(table, f"config file {path}, profile {name}")
    return profiles


def _refuse_unknown(names: Collection[str], where: str) -> None:
    unknown = sorted(set(names) - KNOWN)
    if not unknown:
        return
    told = []
    for name in unknown:
        meant = " or ".join(map(repr, _meant(name, KNOWN)))
        told.append(f"unknown setting {name!r}" + (f". Did you mean {meant}?" if meant else ""))
    accepted = (
        "" if all("?" in one for one in told) else f"; accepted are {', '.join(sorted(KNOWN))}"
    )
    raise ConfigurationError(f"{where}: {'; '.join(told)}{accepted}")


def _no_such_profile(config: Path, profile: str, profiles: Collection[str]) -> str:
    there = ", ".join(sorted(profiles)) or "none"
    meant = likely(profile, profiles)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return f"config file {config} has no profile {profile!r}; its profiles: {there}.{hint}"


def _refuse_two_targets(
    given: Mapping[str, Given], variables: Mapping[str, str], profile: str
) -> None:
    """Refuse a profile that names a list or tenant other than a variable does."""
    for name in sorted(fields_deciding(ImportSettings, "target")):
        if name in variables and name in given and variables[name] != str(given[name].value):
            raise ConfigurationError(
                f"{_variable(name)} is not the {name} of the profile {profile!r}; unset the "
                "variable, or leave the profile out"
            )


def called(model: type[ReadingSettings], field: str) -> str:
    """Return what a setting is given by: its flag, or its variable where it has no flag."""
    return flag_name(field) if has_flag(model, field) else _variable(field)


def _explain(
    error: ValidationError, model: type[ReadingSettings], given: Mapping[str, Given]
) -> UsageError | ConfigurationError:
    """Say all that is missing and wrong, in the class of the first of it."""
    lacking = missing(model, given)
    doubled = [
        f"give either {' or '.join(given[name].where for name in names)}, not both"
        for names in ONE_ALONE
        if given.keys() >= set(names)
    ]
    messages = ([f"missing {', '.join(lacking)}"] if lacking else []) + doubled
    classes: list[type[UsageError | ConfigurationError]] = [UsageError] if messages else []
    told = {""}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        if not field and not messages:
            classes.append(UsageError)
            messages.append(_in_own_words(one["msg"], given))
        elif field not in told and one["type"] != "missing":
            told.add(field)  # of a list, its first wrong item
            where = given.get(field, Given(None, called(model, field), "flag"))
            classes.append(UsageError if where.kind == "flag" else ConfigurationError)
            messages.append(_refusal(one, model.model_fields[field], where.where))
    return classes[0]("; ".join(dict.fromkeys(messages)))


def _refusal(one: ErrorDetails, field: FieldInfo, where: str) -> str:
    """Say what is wrong with one setting. What pydantic says itself is replaced."""
    items = [part for part in one["loc"][1:] if isinstance(part, int)]
    place = f"{where}, item {items[0] + 1}" if items else where
    if one["type"] == "value_error":
        return f"{place}: {one['msg'].removeprefix(_OURS)}"
    return f"{place}: takes {takes(field, each=bool(items))}"


def _in_own_words(message: str, given: Mapping[str, Given]) -> str:
    """Return what is wrong between settings, each called as it was given."""

    def as_given(flag: re.Match[str]) -> str:
        one = given.get(flag[0].removeprefix("--").replace("-", "_"))
        return one.where if one else flag[0]

    return _FLAG.sub(as_given, message.removeprefix(_OURS))
