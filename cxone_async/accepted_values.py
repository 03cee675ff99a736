"""What a setting takes, in words, from what its field declares.

Guarantee: the words are made of the field's type and limits alone. So they repeat nothing that
somebody has given, and a limit that changes changes in the words too.
"""

import types
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

_LISTS: Final = (tuple, frozenset)


def takes(field: FieldInfo, *, each: bool = False) -> str:
    """Return what the field takes, such as "a whole number from 1 to 500, without a unit".

    A unit is what the field declares (`json_schema_extra={"unit": "seconds"}`).

    With `each` it is what one item of its list has to be.
    """
    kind, *others = kinds_of(field.annotation)
    if get_origin(kind) in _LISTS:
        (item, *_) = kinds_of(get_args(kind)[0])
        if each:
            return _one(item)
        words = _words(item)
        return f"one or more of {', '.join(words)}" if words else f"{_one(item)}, or a list of such"
    if kind in (int, float) and not others:
        extra = field.json_schema_extra
        unit = extra.get("unit") if isinstance(extra, dict) else None
        return f"{_number(kind, field)}, {f'in {unit}' if unit else 'without a unit'}"
    return _one(kind)


def kinds_of(annotation: Any) -> list[Any]:
    """Return what a value of a field may be, without None and without what checks it."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return [kind for part in parts for kind in kinds_of(part)]
    if get_origin(annotation) is Annotated:
        return kinds_of(get_args(annotation)[0])
    return [annotation]


def _one(kind: Any) -> str:
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Mapping:
        return "a table or a list"
    words = _words(kind)
    if not words:
        return "a path in quotes" if kind is Path else "a text in quotes"
    return f"one of {', '.join(words)}" if len(words) > 1 else words[0]


def _words(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    is_enumeration = isinstance(kind, type) and issubclass(kind, Enum)
    return [str(one.value) for one in kind] if is_enumeration else []


def _number(kind: type, field: FieldInfo) -> str:
    limits = {
        name: getattr(limit, name)
        for limit in field.metadata
        for name in ("ge", "gt", "le")
        if hasattr(limit, name)
    }
    what = "a whole number" if kind is int else "a number"
    if "le" in limits:
        return f"{what} from {limits['ge']} to {limits['le']}"
    return f"{what} above {limits['gt']}" if "gt" in limits else f"{what}, {limits['ge']} or more"
