"""The settings in force as lines of TOML, each with where it comes from.

Guarantee: a file of these lines sets the same. A secret is not in them, nor what an address may
carry of one (user and password, a query).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from cxone_async.cli.option_groups import grouped
from cxone_async.configuration import Given
from cxone_async.printable import printable
from cxone_async.settings import ReadingSettings, is_secret

_WIDTH: Final = 44
_SECRET_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/@\s]*(?=@)|(?<=\?).*")


def in_force(model: type[ReadingSettings], given: Mapping[str, Given]) -> Iterator[str]:
    """Return the lines; `given` is what `configuration.gather` found."""
    for title, names in grouped(model, model.model_fields).items():
        yield f"# {title}"
        for name in names:
            yield _line(model, name, given.get(name))
        yield ""


def _line(model: type[ReadingSettings], name: str, given: Given | None) -> str:
    field = model.model_fields[name]
    if given is not None and is_secret(model, name):
        return f"# {name} is set, and hidden".ljust(_WIDTH) + f"  # {given.where}"
    if given is None and field.is_required():
        return f"# {name} is missing"
    value = given.value if given else field.get_default(call_default_factory=True)
    if value is None or (given is None and value in ("", (), {})):
        return f"# {name} is not set"
    where = _place(given) if given else "default"
    return f"{name} = {_toml(value)}".ljust(_WIDTH) + f"  # {printable(where)}"


def _place(given: Given) -> str:
    """Return where the setting is given; of a file without its name, with which the line begins."""
    return given.where.rpartition(", ")[0] if given.kind == "file" else given.where


def _toml(value: object) -> str:
    match value:
        case bool() | int() | float():
            return json.dumps(value)
        case Mapping():
            pairs = (f"{_toml(str(name))} = {_toml(one)}" for name, one in value.items())
            return f"{{{', '.join(pairs)}}}"
        case frozenset() if not value:
            return _toml("any")
        case frozenset() | tuple() | list():
            items = (sorted if isinstance(value, frozenset) else list)(map(_toml, value))
            return f"[{', '.join(items)}]"
    text = _SECRET_IN_ADDRESS.sub("***", str(value))
    return printable(json.dumps(text, ensure_ascii=False))
