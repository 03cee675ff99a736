"""What is said of a command line that cannot be understood, in the words of all other errors.

Guarantee: the text holds no value of a flag that does not exist, which may be a secret.
"""

import re
import sys
from collections.abc import Sequence
from typing import Any, Final

HELP: Final = "help"
"""Said of a command line without a command: the exception's own text is the help."""

_WHOLE_NUMBER: Final = "takes a whole number, 1 or more"
_PYDANTIC: Final = {
    "Input should be a valid integer, unable to parse string as an integer": _WHOLE_NUMBER,
    "Input should be greater than or equal to 1": _WHOLE_NUMBER,
}
"""What typer repeats of pydantic's words, in plain ones. ROW of `explain` is its only number."""

_OPTION: Final = re.compile(r"^Option '(-[^']*)' ")


def usage_message(error: Exception) -> str | None:
    """Return what to say of an exception of typer's parser, None for any other exception."""
    if not hasattr(error, "format_message"):
        return None
    return HELP if type(error).__name__ == "NoArgsIsHelpError" else _message(error)


def _message(error: Any) -> str:
    context, kind = error.ctx, type(error).__name__
    path = context.command_path if context else "cxone-async"
    see = f"; see {path} --help"
    if kind == "NoSuchOption":
        return _no_such_flag(error, path.partition(" ")[2], see)
    if kind == "MissingParameter":
        arguments = [one for one in context.command.params if one.required]
        lacking = arguments[arguments.index(error.param) :] if error.param in arguments else []
        return f"missing {', '.join(_name(one) for one in lacking or [error.param])}{see}"
    message = error.message.removeprefix("Value error, ").rstrip(".")
    if getattr(error, "param", None):
        return f"{_name(error.param)}: {_PYDANTIC.get(message, message)}"
    if _OPTION.match(message):
        return _OPTION.sub(r"\1 ", message)
    return str(message[:1].lower() + message[1:] + ("" if message.endswith("?") else see))


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    return str(max(parameter.opts, key=len))


def _no_such_flag(error: Any, command: str, see: str) -> str:
    flag = error.option_name
    if "cxone_async.settings" in sys.modules and (meant := _setting(flag, command)):
        return meant
    message = f"{command} has no flag {flag}" if command else f"there is no flag {flag}"
    return (
        f"{message}. Did you mean {_nearest(flag, error.possibilities)}?"
        if error.possibilities
        else message + see
    )


def _nearest(flag: str, possible: Sequence[str]) -> str:
    """Return the flag that is most like what was typed, or those that are so equally."""
    from difflib import SequenceMatcher  # noqa: PLC0415  loaded by who found what is possible

    likeness = {one: SequenceMatcher(None, one, flag).ratio() for one in possible}
    return " or ".join(sorted(one for one in likeness if likeness[one] == max(likeness.values())))


def _setting(flag: str, command: str) -> str | None:
    """Say where the setting belongs that a flag is called after."""
    from cxone_async.settings import (  # noqa: PLC0415  a command without settings loads none
        ENVIRONMENT_PREFIX,
        EvaluateSettings,
        ImportSettings,
        PlanSettings,
        ReadingSettings,
        has_flag,
        is_secret,
    )

    field = flag.lstrip("-").replace("-", "_")
    models: dict[str, type[ReadingSettings]] = {
        "import": ImportSettings,
        "plan": PlanSettings,
        "evaluate": EvaluateSettings,
    }
    owners = {name: model for name, model in models.items() if field in model.model_fields}
    if not owners:
        return None
    if not any(has_flag(model, field) for model in owners.values()):
        file = f"{flag}-file" if f"{field}_file" in ImportSettings.model_fields else ""
        why = ", since process lists show flags" if is_secret(ImportSettings, field) else ""
        return f"there is no flag {flag}{why}; set {ENVIRONMENT_PREFIX}{field.upper()}" + (
            f", or give {file}" if file else ""
        )
    return f"{command} has no flag {flag}; it is one of {' and '.join(owners)}"
