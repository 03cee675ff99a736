"""Writes the tables of docs/log-events.md and the JSON Schema beside it; `make docs` runs it.

Both come from `EVENTS` in `logs.py` and `KEYS` in `log_keys.py`. Tests fail when a page differs
from them, and when a line that a run has logged does not fit the schema.
"""

import json
from pathlib import Path
from typing import Final

from generated import replaced

from cxone_async.log_keys import KEYS, OF_A_RUN, OF_EVERY_LINE, Key
from cxone_async.logs import EVENTS

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "log-events.md"
SCHEMA: Final = DOCS / "log-events.schema.json"


def page(text: str) -> str:
    """Return the page with its tables as they have to be."""
    events = [
        f"| `{name}` | {meaning} | {', '.join(f'`{key}`' for key in sorted(keys))} |"
        for name, (meaning, keys) in EVENTS.items()
    ]
    return replaced(
        text,
        {
            "events": "\n".join(["| event | meaning | keys |", "|---|---|---|", *events]),
            "keys": "\n".join(
                [
                    "| key | type | meaning |",
                    "|---|---|---|",
                    *(
                        f"| `{name}` | {_type(key)} | {key.meaning} |"
                        for name, key in (
                            OF_EVERY_LINE | OF_A_RUN | dict(sorted(KEYS.items()))
                        ).items()
                    ),
                ]
            ),
        },
    )


def _type(key: Key) -> str:
    match key.schema:
        case {"enum": list() as names}:
            return ", ".join(f"`{one}`" for one in names)
        case {"type": list() as kinds}:
            return " or ".join(map(str, kinds))
    return str(key.schema["type"])


def schema() -> str:
    """Return the JSON Schema of one line."""
    every_line = {name: key.schema for name, key in (OF_EVERY_LINE | OF_A_RUN).items()}
    return (
        json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "One line of the log of cxone-async",
                "type": "object",
                "required": sorted(OF_EVERY_LINE),
                "properties": every_line,
                "oneOf": [
                    {
                        "description": meaning,
                        "properties": every_line
                        | {"event": {"const": name}}
                        | {key: _described(KEYS[key]) for key in sorted(keys)},
                        "additionalProperties": False,
                    }
                    for name, (meaning, keys) in EVENTS.items()
                ],
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


def _described(key: Key) -> dict[str, object]:
    return {**key.schema, "description": key.meaning}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")
