"""How a command that cannot go on ends."""

import json
import sys
from types import ModuleType

import pytest

from cxone_async.cli.ending import reporting_errors, say_stopped
from cxone_async.errors import ConfigurationError
from cxone_async.logs import EVENTS


def ended(error: BaseException, *, as_json: bool) -> object:
    with pytest.raises(SystemExit) as raised, reporting_errors(as_json=as_json):
        raise error
    return raised.value.code


def test_a_person_reads_one_line(capfd):
    assert ended(ConfigurationError("no such list: 'L'"), as_json=False) == 78
    assert capfd.readouterr().err == "cxone-async: no such list: 'L'\n"


def test_a_machine_reads_the_documented_event(capfd):
    say_stopped("no such list: 'Ü'", 78, as_json=True)
    (line,) = capfd.readouterr().err.splitlines()
    said = json.loads(line)
    _, keys = EVENTS["run_stopped"]
    assert said.keys() == (keys - {"reasons"}) | {"event", "level", "timestamp"}
    assert (said["event"], said["level"]) == ("run_stopped", "error")
    assert (said["message"], said["exit_code"]) == ("no such list: 'Ü'", 78)
    assert said["timestamp"].endswith("Z")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_defect_is_named_by_type_and_place_without_its_text(capfd, as_json):
    assert ended(ValueError("cannot read ada@example.com"), as_json=as_json) == 70
    said = capfd.readouterr().err
    assert "internal error (ValueError)" in said
    assert f"{ended.__name__}:" in said
    assert "ada" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("missing", ["cxone_async.logs", "cxone_async.runs.memory_limit"])
def test_want_of_memory_while_an_error_is_told_of_ends_in_one_line(capfd, monkeypatch, missing):
    def refuse(name):
        raise MemoryError(name)

    without_room = ModuleType(missing)
    vars(without_room)["__getattr__"] = refuse
    monkeypatch.setitem(sys.modules, missing, without_room)
    error = ValueError("defect") if missing == "cxone_async.logs" else MemoryError()
    assert ended(error, as_json=False) == 70
    said = capfd.readouterr().err
    assert said.startswith("cxone-async: memory ran out")
    assert said.count("\n") == 1


def test_what_ends_well_says_nothing(capsys):
    with reporting_errors(as_json=True):
        pass
    assert capsys.readouterr() == ("", "")
