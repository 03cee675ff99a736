"""JSON lines as rows of text: one object a line, its members are the cells.

Guarantee: a value is not guessed. A member that holds an object or an array, or that is text in one
line and a number in another, is refused with its line.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import BinaryIO, Final

from cxone_async.errors import UnreadableInputError
from cxone_async.source.cell_text import plain

_MOST_COLUMNS: Final = 2_000
_LONGEST_LINE_BYTES: Final = 1 << 24


class _Number(str):
    """A number as it stands in the line: no digit is lost."""

    __slots__ = ()


Value = str | bool | None


def json_rows(file: BinaryIO) -> Iterator[Sequence[str]]:
    """Yield the names of all members, in the order in which they first come, then each line.

    The file is read twice. A blank line stays one. Raises UnreadableInputError, with the line, for
    what is no object, and for a nested or mixed value.
    """
    kinds: dict[str, str] = {}
    for line, record in _objects(file):
        for name, value in (record or {}).items():
            _check(line, name, value, kinds)
    if not kinds:
        raise UnreadableInputError("none of the JSON lines has a member")
    yield list(kinds)
    for _, record in _objects(file):
        yield [_text(record.get(name)) for name in kinds] if record else ()


def _objects(file: BinaryIO) -> Iterator[tuple[int, dict[str, Value] | None]]:
    file.seek(0)
    line = 0
    while text := file.readline(_LONGEST_LINE_BYTES):
        line += 1
        if line == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
        yield line, _object(line, text) if text.strip() else None


def _object(line: int, text: bytes) -> dict[str, Value]:
    try:
        found = _DECODER.decode(text.decode())
    except (ValueError, RecursionError):  # UnicodeDecodeError is one of the first
        raise UnreadableInputError(
            f"line {line:,} is no JSON object in UTF-8; JSON lines hold one in each line"
        ) from None
    if not isinstance(found, dict):
        raise UnreadableInputError(f"line {line:,} is JSON, but no object")
    return found


def _check(line: int, name: str, value: object, kinds: dict[str, str]) -> None:
    kind = ""
    match value:
        case _Number():
            kind = "a number"
        case str():
            kind = "text"
        case bool():
            kind = "true or false"
        case dict() | list():
            what = "an object" if isinstance(value, dict) else "an array"
            raise UnreadableInputError(
                f"line {line:,}: {name!r} holds {what}; give each value a member of its own"
            )
    before = kinds.setdefault(name, kind)
    if len(kinds) > _MOST_COLUMNS:
        raise UnreadableInputError(
            f"line {line:,}: the JSON lines have more than {_MOST_COLUMNS:,} different members"
        )
    if before and kind and before != kind:
        raise UnreadableInputError(
            f"line {line:,}: {name!r} is {kind}, and {before} in a line above; write it one way"
        )
    kinds[name] = before or kind


def _text(value: Value) -> str:
    match value:
        case _Number():
            return str(value) if value.lstrip("-").isdigit() else plain(Decimal(value))
        case str():
            return value
        case None:
            return ""
    return "true" if value else "false"


def _members(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member comes twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_no_constant,
)
