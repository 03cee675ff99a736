"""What may be logged, and how."""

import asyncio
import io
import json
import logging
import re
import threading
from pathlib import Path

import pytest
import structlog

import cxone_async
from cxone_async.log_context import naming_run
from cxone_async.logs import EVENTS, configure, log, log_internal_error

PACKAGE = Path(__file__).parents[1] / "cxone_async"


class Terminal(io.StringIO):
    def isatty(self):
        return True


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


def test_every_line_of_a_run_names_it_also_when_its_names_become_known_later(lines):
    with naming_run("nightly.csv") as names:
        log.warning("rate_limited", status=429)
        names.run_id = "f00d"
        log.warning("rate_limited", status=429)
    log.warning("rate_limited", status=429)
    first, second, outside = lines()
    assert (first["run_id"], first["input_name"]) == ("", "nightly.csv")
    assert (second["run_id"], second["version"]) == ("f00d", cxone_async.__version__)
    assert "run_id" not in outside


async def test_runs_side_by_side_keep_their_names(lines):
    async def one(name):
        with naming_run(f"{name}.csv") as names:
            names.run_id = name
            await asyncio.sleep(0)
            await asyncio.to_thread(log.warning, "rate_limited", status=429)

    await asyncio.gather(one("a"), one("b"))
    assert {(line["run_id"], line["input_name"]) for line in lines()} == {
        ("a", "a.csv"),
        ("b", "b.csv"),
    }


def test_a_run_within_a_command_gives_its_names_to_the_command(lines):
    with naming_run() as command:
        with naming_run("in.csv") as names:
            names.run_id = "f00d"
        assert (command.run_id, command.input_name) == ("f00d", "in.csv")


def test_what_a_thread_of_a_library_says_has_the_names_of_the_command(monkeypatch):
    stream = io.StringIO()
    with naming_run("in.csv"):
        configure(json=True, stream=stream)
    thread = threading.Thread(target=logging.getLogger("asyncio").error, args=("lost",))
    thread.start()
    thread.join()
    assert json.loads(stream.getvalue())["input_name"] == "in.csv"


def test_a_person_at_a_terminal_is_told_the_names_once():
    stream = Terminal()
    configure(stream=stream)
    with naming_run("nightly.csv"):
        log.info("run_started", command="import")
        log.warning("rate_limited", status=429)
    started, limited = stream.getvalue().splitlines()
    assert "nightly.csv" in started
    assert "nightly.csv" not in limited
    assert "version" not in limited


def test_names_within_lists_and_tables_cannot_break_a_line(lines):
    structlog.get_logger().info("run_started", settings={"map": {"phone": "a\u2028b"}})
    (line,) = lines()
    assert line["settings"] == {"map": {"phone": "a\\u2028b"}}


def test_a_library_that_logs_after_structlog_was_reset_is_not_announced_for_ever(lines):
    structlog.reset_defaults()
    logging.getLogger("asyncio").error("nobody asked for this future")
    assert lines() == []
