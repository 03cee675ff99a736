"""What may be logged, and how."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
import structlog

from cxone_async.logs import EVENTS, configure, log, log_internal_error

PACKAGE = Path(__file__).parents[1] / "cxone_async"


@pytest.fixture
def lines():
    stream = io.StringIO()
    configure(json=True, level="info", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_documented_keys_are_written_as_json(lines):
    structlog.get_logger().info("rate_limited", status=429, retry_after_s=1.5)
    (line,) = lines()
    assert (line["event"], line["status"], line["level"]) == ("rate_limited", 429, "info")
    assert line["timestamp"].endswith("Z")


def test_a_key_that_is_not_documented_never_gets_out(lines):
    structlog.get_logger().info("rate_limited", status=429, email="ada@example.com")
    assert "ada@example.com" not in json.dumps(lines())


def test_an_event_that_is_not_documented_gets_out_without_its_keys(lines):
    structlog.get_logger().info("surprise", phone="15550100")
    assert [set(line) for line in lines()] == [{"event", "level", "timestamp"}]


def test_lines_below_the_level_are_not_written(lines):
    structlog.get_logger().debug("rate_limited", status=429)
    assert lines() == []


def test_a_defect_is_logged_by_type_and_place_without_its_text(lines):
    def fail_on(contact):
        raise ValueError(f"cannot read {contact}")

    try:
        fail_on("ada@example.com")
    except ValueError as error:
        log_internal_error(error)
    (line,) = lines()
    assert line["error_type"] == "ValueError"
    assert "fail_on" in line["place"]
    assert "ada" not in json.dumps(line)


def test_nothing_is_written_until_logs_are_configured(capsys):
    log.warning("rate_limited", status=429)
    assert capsys.readouterr() == ("", "")


def test_a_caller_of_the_package_may_configure_its_own_logs():
    with structlog.testing.capture_logs() as captured:
        log.warning("rate_limited", status=429)
    assert captured == [{"event": "rate_limited", "status": 429, "log_level": "warning"}]


def test_what_a_library_logs_is_announced_without_its_text(lines):
    try:
        raise ValueError("ada@example.com")
    except ValueError:
        logging.getLogger("asyncio").exception("could not greet %s", "ada@example.com")
    (line,) = lines()
    assert (line["library"], line["error_type"]) == ("asyncio", "ValueError")
    assert "ada" not in json.dumps(line)


def test_every_event_the_package_logs_is_documented_and_every_documented_one_is_logged():
    said = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        pattern = r'(?:\blog|get_logger\(\))\.(?:info|warning|error|debug)\(\s*"([a-z_]+)"'
        said |= set(re.findall(pattern, text)) | set(re.findall(r'"event": "([a-z_]+)"', text))
    assert said == set(EVENTS)


def test_the_documentation_lists_every_event_with_its_keys():
    page = (PACKAGE.parent / "docs" / "log-events.md").read_text()
    for name, (meaning, keys) in EVENTS.items():
        row = f"| `{name}` | {meaning} | {', '.join(f'`{key}`' for key in sorted(keys))} |"
        assert row in page
    assert page.count("\n| `") == len(EVENTS)


def test_a_library_that_logs_after_structlog_was_reset_is_not_announced_for_ever(lines):
    structlog.reset_defaults()
    logging.getLogger("asyncio").error("nobody asked for this future")
    assert lines() == []
