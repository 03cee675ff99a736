"""`explain` as a person meets it: every outcome, masked, as text and as JSON."""

import csv
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROWS = """phone,email,first_name,last_name,country,dnc
+12025550101,ada@example.com,Ada,Abbott,US,
(202) 555-0101,ada@example.com,Ada,Abbott,US,
12,zed@example.com,Zed,Zorn,US,
+12025550104,dan@example.com,Dan,Dorn,US,yes
+12025550105,eve@example.com,Eve,Earl,Narnia,
+12025550106,"fay@example.com"x,Fay,Fell,US,
"""
PERSONAL = ("2025550101", "555-0101", "ada@", "Abbott", "zed@", "Zorn", "dan@", "Narnia", "fay@")


@pytest.fixture
def planned(command, tmp_path):
    (tmp_path / "in.csv").write_text(ROWS)
    command("plan", "in.csv", "--run-dir", "run", "--dnc-enabled")
    with Path("run/outcomes.csv").open(newline="") as file:
        return [line["outcome"] for line in csv.DictReader(file)]


def test_every_row_of_a_plan_is_explained_without_personal_values(command, planned):
    assert planned == ["ready", "duplicate", "invalid", "suppressed", "invalid", "invalid"]
    for row, outcome in enumerate(planned, start=1):
        ended = command("explain", "run", str(row))
        assert ended.code == 0
        assert ended.out.startswith(f"row {row}, line {row + 1}: {outcome}")
        assert "what to do: " in ended.out
        assert "not reached" in ended.out
        assert not [one for one in PERSONAL if one in ended.out]
        ended = command("explain", "run", str(row), "--json")
        found = json.loads(ended.out)["result"]
        assert (found["outcome"]["row"], found["outcome"]["outcome"]) == (row, outcome)
        assert not [one for one in PERSONAL if one in ended.out]


def test_values_are_shown_when_asked_for(command, planned):
    assert planned
    ended = command("explain", "run", "2", "--show-values", "--json")
    found = json.loads(ended.out)["result"]
    assert found["held"][0] == {
        "column": "phone",
        "used_as": "phone",
        "value": "(202) 555-0101",
    }
    assert found["understood"][1] == {"field": "phone", "value": "+12025550101", "problem": ""}
    (beside,) = found["beside"]
    assert (beside["row"], beside["earlier_row"]) == (2, 1)
    assert beside["fields"][0]["value"] == "(202) 555-0101"
    assert "Narnia" in command("explain", "run", "5", "--show-values").out


def test_a_known_country_and_a_known_flag_are_no_secret(command, planned):
    assert planned
    found = json.loads(command("explain", "run", "4", "--json").out)["result"]
    shown = {cell["column"]: cell["value"] for cell in found["held"]}
    assert (shown["country"], shown["dnc"], shown["phone"]) == ("US", "yes", "+•••••••••04")
    assert [one["name"] for one in found["checks"] if one["result"] == "failed"] == ["do-not-call"]
    assert found["way_out"] == "nothing, or correct the row's flag if it is wrong"


def test_rows_that_were_sent_are_explained_with_the_tenants_answer(
    command, shared_tenant, tmp_path
):
    (tmp_path / "in.csv").write_text(ROWS)
    command(
        "import", "in.csv", "--base-url", shared_tenant.base_url, "--list-id", "demo-list",
        "--campaign-id", "demo-campaign", "--segment-id", "demo-segment", "--quota", "0",
        "--run-dir", "run",
    )  # fmt: skip
    ended = command("explain", "run", "1", "--json")
    found = json.loads(ended.out)["result"]
    assert found["outcome"]["outcome"] == "imported"
    assert [(one["name"], one["result"]) for one in found["checks"]][-2:] == [
        ("CXone's answer", "passed"),
        ("segment", "passed"),
    ]
    assert found["outcome"]["contact_id"] in found["checks"][-2]["what"]
