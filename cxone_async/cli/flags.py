"""Settings as flags: a command's parameters, generated from its settings model.

Guarantee: every field of the model has a flag, under the field's name, with the field's description
and default, unless it declares to have none or the command leaves it out. Beside them there is only
`--config`.
"""

import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Union, get_args, get_origin

import typer

from cxone_async.cli.arguments import Csv, Json
from cxone_async.cli.ending import reporting_errors
from cxone_async.settings import (
    LogFormat,
    Model,
    ReadingSettings,
    flag_name,
    has_flag,
    is_repeatable,
    load,
)

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="PATH", show_default=False, help="TOML file with settings."),
]


_JSON: Final = inspect.Parameter(
    "json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json
)


def _option_type(annotation: Any, *, is_repeatable: bool = False) -> Any:
    """Return the type the command line parses a settings field as."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation, *others = [part for part in get_args(annotation) if part is not type(None)]
        if others:  # a number or a word: the settings tell them apart
            return str
    origin = get_origin(annotation) or annotation
    if origin is Mapping or is_repeatable:
        return list[str]
    if get_args(annotation)[:1] == (Path,):
        return list[Path]
    if origin in (frozenset, tuple):
        return str
    if isinstance(origin, type) and issubclass(origin, bool | int | float | Path | Enum):
        return origin
    return str


def _default_text(model: type[ReadingSettings], name: str) -> str:
    field = model.model_fields[name]
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    match default:
        case None | bool() | dict() | ():
            return ""
        case float():
            text = f"{default:g}"
        case frozenset():
            text = ",".join(sorted(default)) or "any"
        case tuple():
            text = ",".join(default)
        case _:
            text = str(default)
    return f" Default: {text}."


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
            csv, config = given.pop("csv"), given.pop("config")
            given.pop("json", None)
            flags = {name: value for name, value in given.items() if value not in (None, [])}
            settings = load(model, flags, config)
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
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                (option := _option_type(field.annotation, is_repeatable=is_repeatable(model, name)))
                | None,
                typer.Option(
                    flag_name(name),
                    help=f"{field.description}{_default_text(model, name)}",
                    show_default=False,
                    metavar=_metavar(option),
                ),
            ],
        )
        for name, field in model.model_fields.items()
        if has_flag(model, name) and name not in without
    ]
    return [
        inspect.Parameter("csv", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Csv),
        *options,
        inspect.Parameter(
            "config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Config
        ),
    ]


@contextmanager
def _logging_as(settings: ReadingSettings) -> Iterator[None]:
    from cxone_async.logs import configure  # noqa: PLC0415  slow to load

    as_json = (
        settings.log_format is LogFormat.JSON
        if settings.log_format is not None
        else not sys.stderr.isatty()
    )
    configure(json=as_json, level=settings.log_level)
    with reporting_errors(as_json=as_json):
        yield


def _metavar(option_type: Any) -> str | None:
    if option_type is bool or (isinstance(option_type, type) and issubclass(option_type, Enum)):
        return None
    return {int: "N", float: "NUMBER", Path: "PATH", list[Path]: "PATH"}.get(option_type, "TEXT")
