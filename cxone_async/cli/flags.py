"""Settings as flags: a command's parameters, generated from its settings model.

Guarantee: every field of the model is a flag of the command, under the field's name, with the
field's description and default, and there is no other. So a flag, its `CXONE_*` variable and
its line in the config file cannot drift apart.
"""

import inspect
import types
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import typer

from cxone_async.settings import ReadingSettings, flag_name, has_flag

Csv = Annotated[
    str, typer.Argument(metavar="CSV", show_default=False, help="The input; - is standard input.")
]
Config = Annotated[
    Path | None, typer.Option("--config", show_default=False, help="TOML file with settings.")
]


def _option_type(annotation: Any) -> Any:
    """Return the type the command line parses a settings field as."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation, *others = [part for part in get_args(annotation) if part is not type(None)]
        if others:  # a number or a word: the settings tell them apart
            return str
    origin = get_origin(annotation) or annotation
    if origin is dict:
        return list[str]
    if origin in (frozenset, tuple):
        return str
    if isinstance(origin, type) and issubclass(origin, bool | int | float | Path | Enum):
        return origin
    return str


def _default_text(model: type[ReadingSettings], name: str) -> str | bool:
    default = model.model_fields[name].get_default(call_default_factory=True)
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, frozenset):
        return ",".join(sorted(default)) or "any"
    if isinstance(default, tuple):
        return ",".join(default)
    if default is None or default == {} or repr(default) == "PydanticUndefined":
        return False
    return str(default)


def with_settings(
    model: type[ReadingSettings],
) -> Callable[[Callable[[str, dict[str, Any], Path | None], None]], Callable[..., None]]:
    """Give a command one flag for each field of `model`, beside CSV and --config.

    The command receives the input, the flags that were given, and the config file.
    """

    def decorate(
        command: Callable[[str, dict[str, Any], Path | None], None],
    ) -> Callable[..., None]:
        parameters = [
            inspect.Parameter("csv", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Csv),
            *(
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=None,
                    annotation=Annotated[
                        _option_type(field.annotation) | None,
                        typer.Option(
                            flag_name(name),
                            help=field.description,
                            show_default=_default_text(model, name),
                            metavar=_metavar(_option_type(field.annotation)),
                        ),
                    ],
                )
                for name, field in model.model_fields.items()
                if has_flag(model, name)
            ),
            inspect.Parameter(
                "config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Config
            ),
        ]

        def parsed(**given: Any) -> None:
            csv, config = given.pop("csv"), given.pop("config")
            flags = {name: value for name, value in given.items() if value not in (None, [])}
            command(csv, flags, config)

        parsed.__name__ = command.__name__
        parsed.__doc__ = command.__doc__
        parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return parsed

    return decorate


def _metavar(option_type: Any) -> str | None:
    if option_type is bool or (isinstance(option_type, type) and issubclass(option_type, Enum)):
        return None
    return {int: "N", float: "NUMBER", Path: "PATH"}.get(option_type, "TEXT")
