"""docs/log-events.md and its schema say what logs.py says."""

import json

import jsonschema
import log_events
import pytest

from cxone_async.log_keys import KEYS
from cxone_async.logs import EVENTS


def test_the_page_and_the_schema_are_what_the_events_say() -> None:
    page = log_events.PAGE.read_text(encoding="utf-8")
    assert page == log_events.page(page), "run `make docs`"
    assert log_events.SCHEMA.read_text(encoding="utf-8") == log_events.schema(), "run `make docs`"


def test_every_key_of_an_event_has_a_type_and_every_type_a_key() -> None:
    assert set(KEYS) == set().union(*(keys for _, keys in EVENTS.values()))


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ({"event": "files_intact"}, True),
        ({"event": "files_intact", "rows": 1}, False),
        ({"event": "tenant_recovered", "kind": "poll", "run_id": "f00d"}, True),
        ({"event": "tenant_recovered", "kind": "dance"}, False),
        ({"event": "surprise"}, False),
    ],
)
def test_the_schema_takes_lines_that_are_documented_and_no_others(
    line: dict[str, object], fits: bool
) -> None:
    schema = json.loads(log_events.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    line |= {"level": "info", "timestamp": "2026-11-29T00:00:00Z"}
    assert jsonschema.Draft202012Validator(schema).is_valid(line) is fits
