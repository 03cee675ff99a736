"""Settings as flags: a command's parameters, generated from its settings model.

Guarantee: every field of the model has a flag, under the field's name, with the field's description
and default, unless it declares to have none or the command leaves it out. Beside them there
are only `--config` and `--profile`.
"""

import inspect
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import typer

from cxone_async.accepted_values import kinds_of
from cxone_async.cli.arguments import CsvToldLater, Json
from cxone_async.cli.ending import reporting_errors
from cxone_async.cli.option_groups import grouped
from cxone_async.configuration import Model, called, gather, load, missing, unknown_variables
from cxone_async.errors import UsageError
from cxone_async.settings import (
    ALTERNATIVES,
    ENVIRONMENT_PREFIX,
    LogFormat,
    ReadingSettings,
    flag_name,
    has_flag,
    is_repeatable,
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        show_default=False,
        help="TOML file with settings.\n[env: CXONE_CONFIG]",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        show_default=False,
        help="Profile of that file, [profile.NAME], which goes before the rest of it.\n"
        "[env: CXONE_PROFILE]",
    ),
]


_JSON: Final = inspect.Parameter(
    "json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json
)


def _is_list(model: type[ReadingSettings], name: str) -> bool:
    (first, *_) = kinds_of(model.model_fields[name].annotation)
    is_paths = get_args(first)[:1] == (Path,)
    return is_paths or get_origin(first) is Mapping or is_repeatable(model, name)


def _words(kinds: list[Any]) -> list[str]:
    """Return the words that a value has to be one of, none when it may be another."""
    if len(kinds) > 1 or get_origin(kinds[0]) is not None:
        return []
    return list(kinds[0]) if isinstance(kinds[0], type) and issubclass(kinds[0], Enum) else []


def _metavar(kinds: list[Any]) -> str | None:
    if bool in kinds:
        return None
    names = {int: "N", float: "NUMBER", Path: "PATH"}
    told = [
        "|".join(map(str, get_args(kind)))
        if get_origin(kind) is Literal
        else names.get(kind, "PATH" if get_args(kind)[:1] == (Path,) else "TEXT")
        for kind in kinds
    ]
    return "|".join(dict.fromkeys(_words(kinds) or told))


def _help(model: type[ReadingSettings], name: str) -> str:
    field = model.model_fields[name]
    told = [f"env: {ENVIRONMENT_PREFIX}{name.upper()}"]
    if field.is_required():
        told.append("required")
    for names in ALTERNATIVES:
        if name in names:
            told += [f"or {called(model, other)}" for other in names if other != name]
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if text := _default_text(name, default):
        told.append(f"default: {text}")
    return f"{field.description}\n[{'; '.join(told)}]"


def _default_text(name: str, default: object) -> str:
    match default:
        case None | bool() | Mapping():
            return ""
        case int() if name.endswith("_bytes") and default % (1 << 30) == 0:
            return f"{default >> 30} GiB"
        case float():
            return f"{default:g}"
        case frozenset() | tuple():
            return ",".join(sorted(default)) or ("any" if default == frozenset() else "")
    return str(default)


def with_settings(
    model: type[Model], *, without: Collection[str] = (), answers_in_json: bool = False
) -> Callable[[Callable[[str, Model], int]], Callable[..., None]]:
    """Give a command one flag for each field of `model`, beside CSV and --config.

    The command receives the input and the settings, and returns the exit code. Logs are
    written as the settings say. Fields in `without` have no flag in this command. A command that
    `answers_in_json` has --json too.
    """

    def decorate(command: Callable[[str, Model], int]) -> Callable[..., None]:
        def parsed(**given: Any) -> None:
            csv, config, profile = (given.pop(name) for name in ("csv", "config", "profile"))
            given.pop("json", None)
            flags = {name: value for name, value in given.items() if value not in (None, [])}
            if csv is None:
                lacking = missing(model, gather(model, flags, config, profile))
                raise UsageError(f"missing {', '.join(['CSV', *lacking])}")
            settings = load(model, flags, config, profile)
            with _logging_as(settings):
                code = command(csv, settings)
            raise typer.Exit(code)

        parameters = _parameters(model, without)
        if answers_in_json:
            parameters.append(_JSON)
        parsed.__name__ = command.__name__
        parsed.__doc__ = command.__doc__
        parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return parsed

    return decorate


def without_input(command: Callable[..., None]) -> Callable[..., None]:
    """Take the argument CSV from a command that `with_settings` made: it reads no input."""

    def parsed(**given: Any) -> None:
        command(csv="", **given)

    parameters = [
        one for one in inspect.signature(command).parameters.values() if one.name != "csv"
    ]
    parsed.__name__ = command.__name__
    parsed.__doc__ = command.__doc__
    parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
    parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return parsed


def _parameters(model: type[ReadingSettings], without: Collection[str]) -> list[inspect.Parameter]:
    names = [name for name in model.model_fields if has_flag(model, name) and name not in without]
    options = [
        _parameter(
            name,
            _option(model, name, title),
            list[str] if _is_list(model, name) else bool if _is_switch(model, name) else str,
        )
        for title, fields in grouped(model, names).items()
        for name in fields
    ]
    return [
        inspect.Parameter(
            "csv", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=CsvToldLater
        ),
        *options,
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in (("config", Config), ("profile", Profile))
        ),
    ]


def _parameter(name: str, option: Any, kind: Any) -> inspect.Parameter:
    annotation = Annotated[kind | None, option]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _is_switch(model: type[ReadingSettings], name: str) -> bool:
    return bool in kinds_of(model.model_fields[name].annotation)


def _option(model: type[ReadingSettings], name: str, title: str) -> Any:
    """Return the flag of a field. Its value is text: the settings read all places alike."""
    kinds = kinds_of(model.model_fields[name].annotation)
    words = _words(kinds)

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return typer.Option(
        flag_name(name),
        help=_help(model, name),
        show_default=False,
        metavar=_metavar(kinds),
        rich_help_panel=title,
        autocompletion=complete if words else None,
    )


@contextmanager
def _logging_as(settings: ReadingSettings) -> Iterator[None]:
    from cxone_async.logs import configure, log  # noqa: PLC0415  slow to load

    as_json = (
        settings.log_format is LogFormat.JSON
        if settings.log_format is not None
        else not sys.stderr.isatty()
    )
    configure(json=as_json, level=settings.lowest_level)
    if unknown := unknown_variables():
        log.warning("variables_unknown", variables=unknown)
    with reporting_errors(as_json=as_json):
        yield
