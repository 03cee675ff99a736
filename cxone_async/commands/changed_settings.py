"""The settings that differ from their defaults, as a log may show them.

Guarantee: no credentials, and of a constant that goes out with every row only its name. Lists are
cut, since a line of the log must not grow with the width of the input.
"""

from collections.abc import Mapping
from typing import Final

from cxone_async.settings import RunSettings, fields_deciding

MOST_VALUES: Final = 50

_NOT_SHOWN: Final = ("access", "target")
"""What the settings with these labels decide is secret, or shown by itself."""


def changed_settings(settings: RunSettings) -> Mapping[str, object]:
    """Return each setting that differs from its default, by name, as JSON can hold it."""
    model = type(settings)
    left_out = set().union(*(fields_deciding(model, label) for label in _NOT_SHOWN))
    changed = settings.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    if "field" in changed:
        changed["field"] = [_without_constant(item) for item in changed["field"]]
    return {name: _cut(value) for name, value in changed.items() if value is not None}


def _without_constant(item: str) -> str:
    name, sign, _ = item.partition(":=")
    return f"{name}{sign}{'...' if sign else ''}"


def _cut(value: object) -> object:
    match value:
        case list() if len(value) > MOST_VALUES:
            return [*value[:MOST_VALUES], f"and {len(value) - MOST_VALUES:,} more"]
        case dict() if len(value) > MOST_VALUES:
            return dict(list(value.items())[:MOST_VALUES])
    return value
