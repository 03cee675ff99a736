"""Decisions of people about pairs of rows, in whole runs: what they change, refuse, and resume."""

import asyncio
import csv
import json
import shutil
from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.explain import explain_row
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.prepare.decided_pairs import DecisionCounts
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.source import file_input
from cxone_async.testing import InMemoryTenant
from cxone_async.verification import verify

CONTACTS = (
    "customer,phone,email,first_name,last_name,dnc_flag\n"
    "C1,+12025550101,ada@example.com,Ada,Abbott,\n"
    "C2,+12025550102,bo@example.com,Bo,Burns,\n"
    "C3,+12025550101,ada@example.com,Ada,Abbott,\n"
    "C4,+12025550103,cy@example.com,Cy,Clark,\n"
    "C5,+12025550103,di@example.com,Di,Clark,\n"
    "C6,no phone,no email,Ed,Evans,\n"
    "C7,+12025550107,flo@example.com,Flo,Fox,yes\n"
    "C8,+12025550101,ada@example.com,Ada,Abbott,\n"
)
"""By itself the default policy drops rows 3 and 8 for row 1, and shows row 5 beside row 4."""

POLICIES = ("corroborated", "exact", "any-field", "off")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(CONTACTS)


def decide(*lines, name="decisions.csv", header="row,of_row,decision"):
    Path(name).write_text("\n".join((header, *lines)) + "\n")
    return (Path(name),)


def plan(*paths, **more):
    settings = PlanSettings(run_dir=Path("plan"), decisions=paths, dnc_enabled=True, **more)
    return asyncio.run(run_plan("in.csv", settings, environment=IN_PLACE)).reconciliation


def import_settings(*paths, **more):
    return ImportSettings(run_dir=Path("run"), decisions=paths, **TARGET, **more)


async def import_(*paths, tenant=None, **more):
    settings = import_settings(*paths, **more)
    tenant = tenant or InMemoryTenant()
    result = await run_import("in.csv", settings, tenant=tenant, environment=IN_PLACE)
    return result.reconciliation


def content(name, directory="run"):
    path = Path(directory, name)
    return path.read_bytes() if path.exists() else None


def remove(name):
    Path("run", name).unlink()


def table(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def dropped(directory="plan"):
    return {
        int(one["row"]): (int(one["duplicate_of"]), one["rule"], one["score"])
        for one in table(f"{directory}/outcomes.csv")
        if one["outcome"] == "duplicate"
    }


def pairs(name, directory="plan"):
    return [(int(one["row"]), int([*one.values()][1])) for one in table(f"{directory}/{name}")]


def test_without_decisions_the_policy_decides_alone():
    result = plan()
    assert dropped() == {3: (1, "phone+email", "100"), 8: (1, "phone+email", "100")}
    assert pairs("review.csv") == [(5, 4)]
    assert result.decisions == DecisionCounts()


@pytest.mark.parametrize("match", POLICIES)
def test_rows_that_are_said_to_be_different_are_not_dropped_as_each_other_s(match):
    plan(*decide("3,1,different"), match=match, threshold=100)
    assert 3 not in dropped()
    assert (3, 1) not in pairs("review.csv")


@pytest.mark.parametrize("match", POLICIES)
def test_a_row_that_is_said_to_be_the_same_is_dropped_for_the_earlier_one(match):
    result = plan(*decide("5,2,same"), match=match, threshold=100)
    assert dropped()[5] == (2, "decision", "100")
    assert result.duplicates_by_rule["decision"] == 1
    assert result.decisions == DecisionCounts(same=1)
    assert verify(Path("plan"), Path("in.csv")) == ()


@pytest.mark.parametrize("match", ["corroborated", "exact", "any-field"])
def test_a_third_row_may_still_match_either_of_two_different_ones(match):
    plan(*decide("3,1,different"), match=match, threshold=100)
    assert dropped()[8][0] == 1
    plan(*decide("8,1,different", "3,1,different"), match=match, threshold=100)
    assert 3 not in dropped()
    assert dropped()[8][0] == 3
    plan(*decide("8,1,different", "3,1,different", "8,3,different"), match=match, threshold=100)
    assert {3, 8}.isdisjoint(dropped())


def test_a_row_is_not_dropped_for_one_that_was_dropped_for_the_person_it_is_not():
    """Row 3 is row 1's person by the policy, so row 8 cannot be row 3's either."""
    plan(*decide("8,1,different"))
    assert dropped() == {3: (1, "phone+email", "100")}
    plan(*decide("8,3,different"))  # and the earlier row of a decision may itself be dropped
    assert dropped() == {3: (1, "phone+email", "100")}


def test_who_is_the_same_as_a_person_is_different_from_whom_that_person_is_different_from():
    plan(*decide("3,2,same", "2,1,different"))
    assert dropped()[3] == (2, "decision", "100")
    assert dropped()[8][0] == 1  # by the policy, which decides between rows 1 and 3
    plan(*decide("8,4,same", "4,1,different", "4,3,different"))
    assert dropped() == {3: (1, "phone+email", "100"), 8: (4, "decision", "100")}


def test_a_chain_is_followed_row_by_row():
    plan(*decide("4,2,same", "5,4,same"), match="off")
    assert dropped() == {4: (2, "decision", "100"), 5: (4, "decision", "100")}
    plan(*decide("5,2,same", "5,4,same"), match="off")  # rows 2 and 4 are one person too
    assert dropped() == {4: (2, "decision", "100"), 5: (2, "decision", "100")}


def test_the_same_as_an_invalid_row_is_a_row_of_its_own():
    result = plan(*decide("8,6,same"), match="off")
    assert dropped() == {}
    assert result.decisions == DecisionCounts(same=1, unused=1)
    result = plan(*decide("6,2,same", "8,6,same"), match="off")  # but row 2 is there
    assert dropped() == {8: (2, "decision", "100")}
    assert result.decisions == DecisionCounts(same=2, unused=2)


def test_the_same_as_a_person_who_is_not_to_be_called_is_not_called():
    result = plan(*decide("8,7,same"), match="off")
    assert dropped() == {8: (7, "decision", "100")}
    assert result.decisions == DecisionCounts(same=1)


def test_a_suppressed_or_invalid_row_stays_what_it_is_and_the_decision_is_counted_as_unused():
    result = plan(*decide("7,1,different", "6,1,different", "6,4,same"), match="off")
    assert dropped() == {}
    assert result.decisions == DecisionCounts(same=1, different=2, unused=3)
    ends = {one["row"]: one["outcome"] for one in table("plan/outcomes.csv")}
    assert (ends["6"], ends["7"]) == ("invalid", "suppressed")


@pytest.mark.parametrize("match", POLICIES)
def test_an_earlier_row_is_not_called_either(match):
    """Row 7 says that its person is not to be called. Row 2 is that person."""
    result = plan(*decide("7,2,same"), match=match, threshold=100)
    ends = {one["row"]: one for one in table("plan/outcomes.csv")}
    assert (ends["2"]["outcome"], ends["2"]["reason"], ends["2"]["duplicate_of"]) == (
        "suppressed", "suppressed_elsewhere", "7",
    )  # fmt: skip
    assert result.decisions == DecisionCounts(same=1)
    assert verify(Path("plan"), Path("in.csv")) == ()
    (explanation,) = asyncio.run(explain_row(Path("plan"), 2, None)).pairs
    assert explanation.reasoning[0].endswith("a person has decided that row 7 is the same person")


def test_nobody_who_is_the_same_as_a_person_in_a_suppression_file_is_called():
    Path("dnc.csv").write_text("phone\n+12025550103\n")
    plan(*decide("4,2,same", "8,5,same"), match="off", suppress=(Path("dnc.csv"),))
    ends = {one["row"]: (one["outcome"], one["duplicate_of"]) for one in table("plan/outcomes.csv")}
    assert ends["2"] == ("suppressed", "4")
    assert ends["8"] == ("duplicate", "5")
    assert verify(Path("plan"), Path("in.csv")) == ()


def test_an_invalid_row_that_says_not_to_call_speaks_for_its_person_too():
    Path("in.csv").write_text(CONTACTS.replace("Ed,Evans,", "Ed,Evans,yes"))
    result = plan(*decide("6,2,same"), match="off")
    assert result.decisions == DecisionCounts(same=1)
    ends = {one["row"]: (one["outcome"], one["duplicate_of"]) for one in table("plan/outcomes.csv")}
    assert ends["6"][0] == "invalid"
    assert ends["2"] == ("suppressed", "6")
    assert verify(Path("plan"), Path("in.csv")) == ()


def test_a_row_that_cannot_be_read_speaks_for_nobody():
    Path("in.csv").write_text(CONTACTS.replace("no phone,no email,Ed", "no phone,no email,Ed,x,y"))
    plan(*decide("6,2,same"), match="off")
    ends = {one["row"]: one["outcome"] for one in table("plan/outcomes.csv")}
    assert (ends["2"], ends["6"]) == ("ready", "invalid")


def test_later_rows_are_still_found_by_what_a_dropped_row_held():
    Path("in.csv").write_text(
        "phone,email,first_name,last_name\n"
        "+12025550101,ada@example.com,Ada,Abbott\n"
        "+12025550199,zoe@example.org,Zoe,Zimmer\n"
        "+12025550199,zoe@example.org,Zoe,Zimmer\n"
    )
    plan(*decide("2,1,same"))
    assert dropped() == {2: (1, "decision", "100"), 3: (2, "phone+email", "100")}


@pytest.mark.parametrize("block_bytes", [16, 1 << 20])
@pytest.mark.parametrize("match", POLICIES)
def test_decisions_reach_across_blocks(monkeypatch, block_bytes, match):
    monkeypatch.setattr(file_input, "BLOCK_BYTES", block_bytes)
    plan(*decide("8,2,same", "3,1,different"), match=match, threshold=100)
    assert dropped()[8] == (2, "decision", "100")
    assert 3 not in dropped()


def test_rows_can_be_named_by_external_id():
    paths = decide("C1,C3,different", "C2,C5,same", header="external_id,of_external_id,decision")
    result = plan(*paths, external_id="customer")
    assert dropped() == {5: (2, "decision", "100"), 8: (1, "phone+email", "100")}
    assert result.decisions == DecisionCounts(same=1, different=1)
    Path("in.csv").write_text(CONTACTS.replace("C4,", "C0,,,,\nC4,"))  # tomorrow, other rows
    plan(*paths, external_id="customer")
    assert dropped() == {6: (2, "decision", "100"), 9: (1, "phone+email", "100")}


def test_of_several_rows_with_one_id_only_the_first_is_the_same_as_another():
    Path("in.csv").write_text(CONTACTS.replace("C5,", "C2,"))
    plan(
        *decide("C2,C1,same", header="external_id,of_external_id,decision"),
        external_id="customer",
        match="off",
    )
    assert dropped() == {2: (1, "decision", "100")}
    reasons = {one["row"]: one["reason"] for one in table("plan/outcomes.csv")}
    assert reasons["5"] == "external_id_repeated"


@pytest.mark.slow
def test_review_csv_with_a_decision_column_filled_in_is_a_file_of_decisions():
    plan()
    shown = table("plan/review.csv")
    assert [one["decision"] for one in shown] == [""]
    shutil.copy("plan/review.csv", "as-it-is.csv")
    assert plan(Path("as-it-is.csv")).decisions == DecisionCounts()

    shown[0]["decision"] = "same"
    with Path("mine.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, shown[0].keys(), delimiter=";")  # as spreadsheets write it
        writer.writeheader()
        writer.writerows(shown)
    result = asyncio.run(import_(Path("mine.csv")))
    assert dropped("run")[5] == (4, "decision", "100")
    assert pairs("review.csv", "run") == []
    assert result.decisions == DecisionCounts(same=1)
    assert verify(Path("run"), Path("in.csv")) == ()


def test_both_files_of_a_run_are_used_together_and_what_was_decided_comes_back_in_them():
    plan()
    for name, word in (("review.csv", "same"), ("duplicates.csv", "different")):
        text = Path("plan", name).read_text()
        first = text.splitlines()[1]
        cells = next(csv.reader([first]))
        marked = first.replace(f"{cells[2]},{cells[3]},,", f"{cells[2]},{cells[3]},{word},")
        assert marked != first
        Path(name).write_text(text.replace(first, marked))
    result = plan(Path("review.csv"), Path("duplicates.csv"))
    assert result.decisions == DecisionCounts(same=1, different=1)
    decided = [one for one in table("plan/duplicates.csv") if one["decision"]]
    assert [(one["row"], one["of_row"], one["decision"]) for one in decided] == [("5", "4", "same")]


def test_a_decision_about_the_rows_of_another_input_is_refused():
    plan()
    text = Path("plan/review.csv").read_text()
    Path("mine.csv").write_text(text.replace("phone+name,11.2,,", "phone+name,11.2,same,"))
    assert "same" in Path("mine.csv").read_text().splitlines()[1]
    plan(Path("mine.csv"))
    Path("in.csv").write_text(CONTACTS.replace("C1", "C0"))
    with pytest.raises(UnreadableInputError, match=r"mine\.csv, line 2: .*rows of another input"):
        plan(Path("mine.csv"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["9,1,same"], "line 2: there is no row 9: the input has 8 rows"),
        (["3,1,same", "", "4,2,different", "12345,99,same"], "line 5: there is no row 12345"),
        (["3,1,same", "5,1,same", "3,5,same"], "line 4: row 5 is not before row 3"),
    ],
)
async def test_a_decision_that_cannot_be_used_stops_an_import_before_anything_is_sent(lines, said):
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match=said):
        await import_(*decide(*lines), tenant=tenant)
    assert tenant.requests == []
    assert content("journal.db") is None


def test_an_unknown_external_id_is_refused_without_naming_it():
    paths = decide("C1,C99,same", header="external_id,of_external_id,decision")
    with pytest.raises(UnreadableInputError, match=r"line 2: no row .* external id") as refused:
        plan(*paths, external_id="customer")
    assert "C99" not in str(refused.value)
    with pytest.raises(UsageError, match="--external-id"):
        plan(*paths)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(MissingInputError, match=r"no such decisions file: gone\.csv"):
        plan(Path("gone.csv"))


def test_a_file_that_the_run_would_write_over_is_refused():
    plan()
    with pytest.raises(UsageError, match="copy it to another place"):
        plan(Path("plan/review.csv"))
    shutil.copy("plan/review.csv", "review.csv")
    plan(Path("review.csv"))


@pytest.mark.slow
async def test_an_import_goes_on_only_with_the_decisions_that_it_began_with():
    paths = decide("3,1,different", "5,4,same")
    first = await import_(*paths)
    facts = content("outcomes.csv")
    assert (await import_(*paths)).run.run_id == first.run.run_id
    decide("5,4,same", "", "3,1,Different ")  # the same decisions, written otherwise
    await import_(*paths)
    for lines in (["5,4,same"], ["3,1,different", "5,4,different"], []):
        with pytest.raises(ConfigurationError, match="decisions"):
            await import_(*decide(*lines))
    with pytest.raises(ConfigurationError, match="decisions"):
        await import_()
    assert content("outcomes.csv") == facts


@pytest.mark.slow
async def test_a_resumed_import_decides_the_same():
    paths = decide("3,1,different", "5,4,same")
    await import_(*paths)
    facts = content("outcomes.csv")
    remove("outcomes.csv")
    result = await import_(*paths)
    assert content("outcomes.csv") == facts
    assert result.decisions == DecisionCounts(same=1, different=1)


@pytest.mark.slow
async def test_an_import_sends_who_is_different_and_not_who_is_the_same():
    tenant = InMemoryTenant()
    result = await import_(*decide("3,1,different", "5,4,same"), tenant=tenant)
    assert result.successfully_imported == 5  # rows 1, 2, 3, 4 and 7: the campaign honours no flag
    assert dropped("run") == {
        5: (4, "decision", "100"),
        8: (1, "phone+email", "100"),
    }
    in_json = json.loads(content("reconciliation.json"))
    assert in_json["decisions"] == {"same": 1, "different": 1, "unused": 0}
    assert in_json["run"]["settings"]["decisions"]
    assert b"Decisions of people" in content("report.html")


@pytest.mark.slow
async def test_a_decision_is_explained_as_one():
    await import_(*decide("5,4,same"))
    (explanation,) = (await explain_row(Path("run"), 5, None)).pairs
    assert explanation.reasoning == (
        "row 5 is dropped as a repeat of row 4",
        "rule decision: a person has decided that they are the same",
    )
