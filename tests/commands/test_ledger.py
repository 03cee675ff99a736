"""Night after night with a ledger: who is sent, by the tenant's own record."""

import asyncio
import csv
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from cxone_async.commands.environment import Environment
from cxone_async.commands.explain import explain_row
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.ledger_of_run import identity_of, name_of_run
from cxone_async.commands.plan import run_plan
from cxone_async.errors import (
    ConfigurationError,
    CXoneError,
    GuardTrippedError,
    RunDirectoryBusyError,
)
from cxone_async.ledger.store import SqliteLedger
from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.source import file_input
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import InMemoryTenant, answer_lost
from cxone_async.testing.faults import Fault
from cxone_async.verification import verify

HEADER = "phone,email,first_name,last_name\n"
ADA = "+12025550101,ada@example.com,Ada,Abbott\n"
BEA = "+12025550102,bea@example.com,Bea,Berg\n"
CY = "+12025550103,cy@example.com,Cyrus,Clark\n"
DAY_S = 86_400
NOON_S = 1_800_000_000


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def text_of(path):
    return Path(path).read_text()


def edit(path, old, new, *, to=None):
    Path(to or path).write_text(Path(path).read_text().replace(old, new))


def write(*rows, name="in.csv", header=HEADER):
    Path(name).write_text(header + "".join(rows))


def on_day(day, **more):
    return replace(IN_PLACE, wall_clock_s=lambda: NOON_S + day * DAY_S, **more)


async def night(name, tenant, *, file="in.csv", day=0, environment=None, **more):
    more = {"ledger": Path("ledger.db"), **more}
    options = ImportSettings(run_dir=Path(name), **{**TARGET, **more})
    result = await run_import(file, options, tenant=tenant, environment=environment or on_day(day))
    assert result.reconciliation.passed
    assert verify(Path(name), Path(file)) == ()
    return result.reconciliation


def plan(**more):
    target = {name: TARGET[name] for name in ("base_url", "list_id")}
    options = PlanSettings(run_dir=Path("plan"), **{"ledger": Path("ledger.db"), **target, **more})
    result = asyncio.run(run_plan("in.csv", options, environment=on_day(1))).reconciliation
    assert verify(Path("plan"), Path("in.csv")) == ()
    return result


def sent(tenant):
    """Return how often the tenant took each phone."""
    return Counter(one.fields.phone for one in tenant.accepted.values())


def read_result(name):
    return msgspec.json.decode(Path(name, "reconciliation.json").read_bytes(), type=Reconciliation)


def outcomes(name):
    with Path(name, "outcomes.csv").open(newline="") as file:
        return [(one["outcome"], one["rule"], one["duplicate_of"]) for one in csv.DictReader(file)]


async def test_the_same_file_on_the_next_night_is_sent_to_nobody():
    tenant = InMemoryTenant()
    write(ADA, BEA, CY)
    await night("monday", tenant)
    before = len(tenant.requests)
    result = await night("tuesday", tenant, day=1)
    assert set(sent(tenant).values()) == {1}
    assert [one.kind for one in tenant.requests[before:]].count(RequestKind.SUBMIT) == 0
    assert outcomes("tuesday") == [("duplicate", "ledger", f"monday/{row}") for row in (1, 2, 3)]
    assert result.fuzzy_deduplicated == 3
    assert result.duplicates_by_rule == {"ledger": 3}
    assert result.exit_code == 0
    assert text_of("tuesday/rejects.csv").count("\n") <= 1


async def test_the_exact_policy_knows_whom_it_sent_too():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant, match="exact")
    write("+12025550101,other@example.com,Ada,Abbott\n", "none,BEA@example.com,B,B\n", CY)
    result = await night("tuesday", tenant, day=1, match="exact", max_invalid_rate=1)
    assert outcomes("tuesday")[0] == ("duplicate", "ledger", "monday/1")
    assert result.successfully_imported == 1
    await night("wednesday", tenant, day=2, match="exact", max_invalid_rate=1)
    assert set(sent(tenant).values()) == {1}


async def test_the_same_file_again_is_said_to_be_that_of_the_run_before():
    tenant = InMemoryTenant()
    write(ADA, "no phone,bea,Bea,Berg\n")
    with capture_logs() as logged:
        await night("monday", tenant)
        await night("tuesday", tenant, day=1)
    assert [one["earlier_run"] for one in logged if one["event"] == "ledger_same_input"] == [
        "monday"
    ]
    result = read_result("tuesday")
    assert (result.run.same_input_as, result.invalid, result.exit_code) == ("monday", 1, 0)
    assert "this is the file of monday again" in text_of("tuesday/report.html")
    assert read_result("monday").run.same_input_as == ""
    write(ADA, "no phone,bea,Bea,Berg\n", CY)
    await night("wednesday", tenant, day=2)
    assert read_result("wednesday").run.same_input_as == ""
    write(ADA, "no phone,bea,Bea,Berg\n")
    await night("thursday", tenant, day=3)
    assert read_result("thursday").run.same_input_as == "tuesday"


async def test_the_same_file_is_prepared_anew_since_another_mapping_may_decide_otherwise():
    tenant = InMemoryTenant()
    more = {"default_country": "CA", "max_invalid_rate": 1}
    write("none,bea@example.com,Bea,Berg,+12025550102\n", header="a,email,first_name,last_name,b\n")
    await night("monday", tenant, map={"phone": "a"}, **more)
    await night("tuesday", tenant, day=1, map={"phone": "b"}, **more)
    assert [outcomes(name)[0][0] for name in ("monday", "tuesday")] == ["invalid", "imported"]
    assert read_result("tuesday").run.same_input_as == "monday"


def since(name):
    found = read_result(name).since_last_run
    return found and (found.run, found.people, found.gone, found.new)


async def test_each_night_says_who_is_gone_and_who_is_new_since_the_last():
    tenant = InMemoryTenant()
    write(ADA, BEA, BEA)
    await night("monday", tenant)
    write(ADA, CY, "no phone,x,Dora,Dahl\n")
    await night("tuesday", tenant, day=1, max_invalid_rate=1)
    write(ADA, BEA, CY)
    await night("wednesday", tenant, day=2)
    assert [since(name) for name in ("monday", "tuesday", "wednesday")] == [
        None,
        ("monday", 2, 1, 1),
        ("tuesday", 2, 0, 1),
    ]
    edit("wednesday/outcomes.csv", "duplicate", "edited")
    await night("wednesday", tenant, day=9)  # it is written anew, and says what it said
    assert since("wednesday") == ("tuesday", 2, 0, 1)


async def test_who_is_sent_again_or_too_old_is_not_told_to_be_gone():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1, again=True)
    assert since("tuesday") is None
    await night("wednesday", tenant, day=2)
    assert since("wednesday") == ("tuesday", 2, 0, 0)


async def test_a_list_is_compared_with_no_run_whose_people_may_have_been_sent_again_since():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    await killed_night("tuesday", tenant, RequestKind.SUBMIT, 1, True, day=1, again=True)
    await night("wednesday", tenant, day=2)
    assert outcomes("wednesday")[0] == ("duplicate", "ledger", "tuesday/1")
    assert since("wednesday") is None


async def test_runs_that_sent_nobody_are_passed_over_where_their_outcomes_are_not_known():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1)
    edit("tuesday/outcomes.csv", "monday/1", "monday/9")
    await night("wednesday", tenant, day=2)
    shutil.rmtree("wednesday")
    shutil.copytree("monday", "wednesday")  # another run under its name
    await night("thursday", tenant, day=3)
    assert since("thursday") == ("monday", 2, 0, 0)


def people(*numbers):
    return [f"+1202555{n:04},p{n}@example.com,Given{n},Family{n}\n" for n in numbers]


@pytest.mark.parametrize(
    ("rows", "limit", "said"),
    [
        (people(*range(100, 105)), 0.5, None),
        (people(*range(100, 104)), 0.5, "6 of the 10 people of monday are gone, 60.0%, over"),
        (people(*range(200, 210)), 0.5, "10 of the 10 people of monday are gone, 100.0%"),
        (people(*range(200, 210)), 1, None),
        (people(*range(100, 199)), 0.5, None),
        (people(*range(100, 200)), 0.5, "the list has 100 people, 10 times the 10 of monday"),
        (["no phone,x,Dora,Dahl\n"] * 10, 0.5, "10 of the 10 people of monday are gone"),
        (people(*range(100, 110)) + people(100) * 500, 0, None),
    ],
)
async def test_a_list_that_has_changed_too_much_is_not_sent(rows, limit, said):
    tenant = InMemoryTenant()
    write(*people(*range(100, 110)))
    await night("monday", tenant, max_change_rate=0.5)  # there is nothing to compare with
    before = dict(sent(tenant))
    write(*rows)
    options = {"day": 1, "max_change_rate": limit, "max_invalid_rate": 1}
    if said is None:
        await night("tuesday", tenant, **options)
        return
    with pytest.raises(GuardTrippedError, match=said) as stopped:
        await night("tuesday", tenant, **options)
    assert stopped.value.exit_code == 4
    assert sent(tenant) == before
    await night("tuesday", tenant, **options | {"max_change_rate": None})  # a person has looked


async def test_with_again_a_changed_list_is_stopped_too():
    tenant = InMemoryTenant()
    write(ADA, BEA, CY)
    await night("monday", tenant)
    write(ADA)
    with pytest.raises(GuardTrippedError, match="2 of the 3 people of monday are gone"):
        await night("tuesday", tenant, day=1, again=True, max_change_rate=0.5)
    assert set(sent(tenant).values()) == {1}


async def test_where_no_earlier_run_can_be_read_nothing_is_sent_under_the_guard():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant)
    shutil.rmtree("monday")
    write(ADA, BEA)
    with pytest.raises(GuardTrippedError, match="since the last run, monday, is not known"):
        await night("tuesday", tenant, day=1, max_change_rate=0.5)
    await night("tuesday", tenant, day=1)
    assert (since("tuesday"), set(sent(tenant).values())) == (None, {1})


async def test_after_the_days_of_the_ledger_nobody_is_gone_for_being_sent_long_ago():
    tenant = InMemoryTenant()
    write(ADA, BEA, CY)
    await night("monday", tenant, ledger_days=1)
    await night("day-5", tenant, day=5, ledger_days=1, max_change_rate=0.5)
    assert since("day-5") is None
    assert set(sent(tenant).values()) == {2}


async def test_a_list_that_grew_by_one_row_sends_that_row():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    write(ADA, CY, BEA)
    await night("tuesday", tenant, day=1)
    assert set(sent(tenant).values()) == {1}
    assert outcomes("tuesday") == [
        ("duplicate", "ledger", "monday/1"),
        ("imported", "", ""),
        ("duplicate", "ledger", "monday/2"),
    ]


async def test_another_spelling_of_a_person_is_found_and_a_relative_is_sent():
    tenant = InMemoryTenant()
    write("+12025550101,robert.berg@example.com,Robert,Berg\n")
    await night("monday", tenant)
    write(
        "(202) 555-0101,Robert.Berg+sale@Example.com,Bob,BERG\n",
        "+12025550101,maria.berg@example.com,Maria,Berg\n",
    )
    await night("tuesday", tenant, day=1, default_country="US")
    assert outcomes("tuesday") == [("duplicate", "ledger", "monday/1"), ("imported", "", "")]


async def test_corrected_rejects_are_sent_and_who_is_on_the_list_already_is_found():
    tenant = InMemoryTenant()
    write(ADA, CY, "no phone,bea@example.com,Bea,Berg\n", "none,ada@example.com,Ada,Abbott\n")
    await night("monday", tenant)
    edit("monday/rejects.csv", "no phone", "+12025550102", to="corrected.csv")
    edit("corrected.csv", "none,", "+12025550101,")
    await night("corrected", tenant, file="corrected.csv")
    assert outcomes("corrected") == [("imported", "", ""), ("duplicate", "ledger", "monday/1")]
    assert set(sent(tenant).values()) == {1}


async def test_who_was_refused_for_good_may_come_again_when_corrected():
    refused = {"12025550102"}
    tenant = InMemoryTenant(
        refuse=lambda fields, _: "INVALID_EMAIL" if fields.phone in refused else None
    )
    write(ADA, BEA)
    await night("monday", tenant)
    refused.clear()
    await night("tuesday", tenant, day=1)
    assert [one[0] for one in outcomes("tuesday")] == ["duplicate", "imported"]


async def test_who_may_have_been_taken_is_not_sent_again():
    tenant = InMemoryTenant(
        faults=lambda request: answer_lost() if request.kind is RequestKind.SUBMIT else None
    )
    write(ADA)
    await night("monday", tenant)
    assert outcomes("monday")[0][0] == "unresolved"
    tenant.faults = lambda request: None
    await night("tuesday", tenant, day=1)
    assert outcomes("tuesday") == [("duplicate", "ledger", "monday/1")]
    assert set(sent(tenant).values()) == {1}


async def test_who_was_suppressed_last_night_is_judged_anew():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    write("+12025550102,,,\n", name="suppress.csv")
    await night("monday", tenant, suppress=[Path("suppress.csv")])
    await night("tuesday", tenant, day=1)
    assert [one[0] for one in outcomes("tuesday")] == ["duplicate", "imported"]
    await night("wednesday", tenant, day=2, suppress=[Path("suppress.csv")])
    assert [one[0] for one in outcomes("wednesday")] == ["duplicate", "suppressed"]


async def test_after_the_days_of_the_ledger_everybody_may_be_sent_again():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant, ledger_days=7)
    await night("day-7", tenant, day=7, ledger_days=7)
    assert sent(tenant) == {"12025550101": 1}
    await night("day-8", tenant, day=8, ledger_days=7)
    assert sent(tenant) == {"12025550101": 2}


async def test_a_clock_that_is_set_back_a_day_sends_nobody_twice():
    tenant = InMemoryTenant()
    write(ADA)
    await night("tuesday", tenant, day=1, ledger_days=1)
    await night("set-back", tenant, day=0, ledger_days=1)
    await night("tuesday-once-more", tenant, day=1, ledger_days=1)
    assert sent(tenant) == {"12025550101": 1}


async def test_again_sends_everybody_and_the_night_after_knows_them_once():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1, again=True)
    assert set(sent(tenant).values()) == {2}
    await night("wednesday", tenant, day=2)
    assert outcomes("wednesday") == [("duplicate", "ledger", f"tuesday/{row}") for row in (1, 2)]


@pytest.mark.slow
async def test_people_sent_again_every_night_are_one_person_to_the_policy():
    tenant = InMemoryTenant()
    write(ADA)
    for day in range(20):
        await night(f"night-{day}", tenant, day=day, again=True)
    await night("last", tenant, day=20)
    assert outcomes("last") == [("duplicate", "ledger", "night-19/1")]


async def test_a_known_row_is_no_duplicate_to_the_guard_on_duplicates():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1, max_duplicate_rate=0.1)


async def test_a_row_that_repeats_a_known_row_of_its_file_is_a_duplicate_too():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant)
    write(ADA, ADA, "+12025550101,ada@example.org,Ada,Abbott\n")
    await night("tuesday", tenant, day=1)
    assert [one[0] for one in outcomes("tuesday")] == ["duplicate"] * 3


@pytest.mark.parametrize("block_bytes", [16, 1 << 20])
async def test_people_are_found_however_the_file_is_cut_into_blocks(monkeypatch, block_bytes):
    monkeypatch.setattr(file_input, "BLOCK_BYTES", block_bytes)
    tenant = InMemoryTenant()
    rows = [f"+1202555{n:04},p{n}@example.com,Given{n},Family{n % 7}\n" for n in range(100, 140)]
    write(*rows[:30])
    await night("monday", tenant)
    write(*rows)
    await night("tuesday", tenant, day=1)
    assert set(sent(tenant).values()) == {1}
    assert len(sent(tenant)) == 40


class KilledError(CXoneError):
    """What a kill looks like from inside: nothing after it happens."""


def killed_at(kind, nth, *, processed):
    fault = Fault(KilledError, processed=processed)
    return lambda request: fault if (request.kind, request.nth) == (kind, nth) else None


PEOPLE = [f"+1202555{n:04},p{n}@example.com,Given{n},Family{n}\n" for n in range(100, 109)]
KILLS = [
    (kind, nth, processed)
    for kind in (RequestKind.SUBMIT, RequestKind.POLL)
    for nth in (1, 2, 3)
    for processed in (False, True)
]


async def killed_night(name, tenant, kind, nth, processed, **more):
    tenant.faults = killed_at(kind, nth + tenant._counts[kind], processed=processed)
    with pytest.raises(KilledError):
        await night(name, tenant, chunk_size=3, concurrency=1, **more)
    tenant.faults = lambda request: None


@pytest.mark.parametrize(("kind", "nth", "processed"), KILLS)
async def test_the_next_night_after_a_kill_sends_the_rest_and_nobody_twice(kind, nth, processed):
    tenant = InMemoryTenant()
    write(*PEOPLE)
    await killed_night("monday", tenant, kind, nth, processed)
    await night("tuesday", tenant, day=1)
    in_doubt = 3 if kind is RequestKind.SUBMIT and not processed else 0
    assert set(sent(tenant).values()) == {1}
    assert len(sent(tenant)) == len(PEOPLE) - in_doubt


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "nth", "processed"), KILLS)
async def test_a_run_that_goes_on_after_a_kill_does_not_find_its_own_people(kind, nth, processed):
    tenant = InMemoryTenant()
    write(*PEOPLE[:2])
    await night("sunday", tenant)
    write(*PEOPLE)
    await killed_night("monday", tenant, kind, nth, processed, day=1)
    result = await night("monday", tenant, day=1, chunk_size=3, concurrency=1)
    assert result.duplicates_by_rule == {"ledger": 2}
    assert result.successfully_imported + result.unresolved == len(PEOPLE) - 2
    await night("tuesday", tenant, day=2)
    assert {one[1] for one in outcomes("tuesday")} == {"ledger"}
    assert set(sent(tenant).values()) == {1}


async def test_a_run_that_was_overtaken_does_not_go_on():
    tenant = InMemoryTenant()
    write(*PEOPLE)
    await killed_night("monday", tenant, RequestKind.SUBMIT, 2, True)
    await night("tuesday", tenant, day=1)
    with pytest.raises(ConfigurationError, match="a later run, tuesday, has begun"):
        await night("monday", tenant)
    assert set(sent(tenant).values()) == {1}


async def test_when_the_run_directory_is_gone_all_that_was_noted_counts():
    tenant = InMemoryTenant()
    write(*PEOPLE)
    await killed_night("monday", tenant, RequestKind.SUBMIT, 2, True)
    shutil.rmtree("monday")
    await night("tuesday", tenant, day=1)
    assert set(sent(tenant).values()) == {1}
    assert len(sent(tenant)) == len(PEOPLE)


async def test_when_the_journal_has_lost_its_end_all_that_was_noted_counts():
    tenant = InMemoryTenant()
    write(*PEOPLE)
    await killed_night("monday", tenant, RequestKind.SUBMIT, 2, True)
    with closing(sqlite3.connect("monday/journal.db")) as connection, connection:
        connection.execute("DELETE FROM events WHERE sequence > 1")
    await night("tuesday", tenant, day=1)
    assert set(sent(tenant).values()) == {1}
    assert len(sent(tenant)) == len(PEOPLE)


async def test_a_finished_run_that_is_started_again_finds_whom_it_found():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    write(ADA, BEA, CY)
    before = await night("tuesday", tenant, day=1)
    await night("wednesday", tenant, day=2)
    edit("tuesday/outcomes.csv", "imported", "edited")
    assert await night("tuesday", tenant, day=9) == before
    assert set(sent(tenant).values()) == {1}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ledger": None}, "setting ledger was"),
        ({"ledger": Path("other.db")}, "does not know this run"),
        ({"ledger_days": 9}, "setting ledger_days was '30', is '9'"),
        ({"again": True}, "setting again was 'False', is 'True'"),
    ],
)
async def test_a_run_goes_on_only_with_the_ledger_that_it_began_with(changed, named):
    tenant = InMemoryTenant()
    write(*PEOPLE)
    await killed_night("monday", tenant, RequestKind.SUBMIT, 2, True)
    with pytest.raises(ConfigurationError, match=named):
        await night("monday", tenant, **changed)


async def test_a_ledger_that_another_job_has_is_refused_and_nothing_is_sent():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant)
    other = SqliteLedger.open(Path("ledger.db"), _identity(), "x")
    before = len(tenant.requests)
    with pytest.raises(RunDirectoryBusyError, match=r"ledger ledger\.db is in use by process"):
        await night("tuesday", tenant, day=1)
    assert len(tenant.requests) == before
    other.close()
    await night("tuesday", tenant, day=1)


def _identity():
    return identity_of(ImportSettings(run_dir=Path("r"), ledger=Path("l"), **TARGET))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"list_id": "list-2"}, "another list"),
        ({"base_url": "https://other.example"}, "another tenant"),
        ({"match": "exact"}, "another policy"),
    ],
)
async def test_the_ledger_of_another_is_refused_before_anything_is_asked(changed, named):
    tenant = InMemoryTenant(lists=("list-1", "list-2"))
    write(ADA)
    await night("monday", tenant)
    before = len(tenant.requests)
    with pytest.raises(ConfigurationError, match=named):
        await night("tuesday", tenant, day=1, **changed)
    assert len(tenant.requests) == before


@pytest.mark.parametrize("match", ["off", "any-field"])
def test_a_policy_that_finds_nobody_by_keys_is_refused_with_a_ledger(match):
    with pytest.raises(ValueError, match="nobody can be found in a ledger"):
        ImportSettings(match=match, ledger=Path("ledger.db"), **TARGET)


def test_what_a_ledger_needs_is_asked_for():
    with pytest.raises(ValueError, match="--again sends who is in the ledger"):
        ImportSettings(again=True, **TARGET)
    with pytest.raises(ValueError, match="with the last run in --ledger"):
        ImportSettings(max_change_rate=0.5, **TARGET)
    with pytest.raises(ValueError, match="--dry-run does not compare"):
        ImportSettings(max_change_rate=0.5, dry_run=True, ledger=Path("ledger.db"), **TARGET)
    with pytest.raises(ValueError, match="give --list-id"):
        PlanSettings(ledger=Path("ledger.db"), tenant="acme")
    with pytest.raises(ValueError, match="either --tenant or --base-url"):
        PlanSettings(ledger=Path("ledger.db"), list_id="list-1")


def test_a_plan_says_who_is_new_and_changes_nothing():
    write(ADA, BEA)
    assert plan().rows(Outcome.READY) == 2
    assert not Path("ledger.db").exists()
    tenant = InMemoryTenant()
    asyncio.run(night("monday", tenant))
    before = Path("ledger.db").read_bytes()
    write(ADA, CY, BEA)
    result = plan()
    assert (result.rows(Outcome.READY), result.duplicates_by_rule) == (1, {"ledger": 2})
    assert plan(again=True).rows(Outcome.READY) == 3
    assert Path("ledger.db").read_bytes() == before


def test_a_plan_knows_whom_a_run_that_did_not_end_may_have_sent():
    tenant = InMemoryTenant()
    write(*PEOPLE)
    asyncio.run(killed_night("monday", tenant, RequestKind.SUBMIT, 2, True))
    result = plan()
    assert result.duplicates_by_rule == {"ledger": 6}
    assert outcomes("plan")[0] == ("duplicate", "ledger", "monday/1")
    assert plan(again=True).rows(Outcome.READY) == len(PEOPLE)


async def test_a_dry_run_finds_whom_an_import_would_find():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    await night("monday", tenant)
    write(ADA, BEA, CY)
    result = await night("dry", tenant, day=1, dry_run=True)
    assert (result.rows(Outcome.READY), result.duplicates_by_rule) == (1, {"ledger": 2})
    assert len(sent(tenant)) == 2


async def test_decisions_and_external_ids_are_honoured_beside_a_ledger():
    tenant = InMemoryTenant()
    write("1," + ADA, header="id," + HEADER)
    await night("monday", tenant, external_id="id")
    write("1," + ADA, "2," + BEA, "3," + CY, header="id," + HEADER)
    write("3,2,same\n", "2,1,different\n", header="row,of_row,decision\n", name="decisions.csv")
    await night("tuesday", tenant, day=1, external_id="id", decisions=[Path("decisions.csv")])
    assert outcomes("tuesday") == [
        ("duplicate", "ledger", "monday/1"),
        ("imported", "", ""),
        ("duplicate", "decision", "2"),
    ]


async def test_explain_says_which_run_had_sent_a_person():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1)
    explained = await explain_row(Path("tuesday"), 1, None)
    said = " ".join(check.what for check in explained.checks)
    assert "was sent before, by the run monday as its row 1" in said
    assert explained.pairs == ()
    assert "--again" in explained.way_out


async def test_verify_sees_a_ledger_s_duplicate_that_names_no_row_of_an_earlier_run():
    tenant = InMemoryTenant()
    write(ADA)
    await night("monday", tenant)
    await night("tuesday", tenant, day=1)
    path = "tuesday/outcomes.csv"
    for old, new, named in (
        ("monday/1", "monday/0", "does not name its row"),
        ("monday/0", "1", "does not name its row"),
        (",1,ledger,100", ",monday/1,ledger,", "without a rule or a score"),
    ):
        edit(path, old, new)
        assert any(named in one for one in verify(Path("tuesday"), Path("in.csv")))


async def test_verify_sees_a_ledger_s_duplicate_in_a_run_without_a_ledger():
    tenant = InMemoryTenant()
    write(ADA, ADA)
    await night("monday", tenant, ledger=None)
    edit("monday/outcomes.csv", ",1,phone+email,", ",sunday/1,ledger,")
    said = verify(Path("monday"), Path("in.csv"))
    assert any("was given no ledger" in one for one in said)


async def test_the_preparing_processes_find_people_too():
    tenant = InMemoryTenant()
    write(ADA, BEA)
    environment = Environment(rng=random.Random(1))
    await night("monday", tenant, environment=environment)
    await night("tuesday", tenant, environment=environment)
    assert {one[1] for one in outcomes("tuesday")} == {"ledger"}
    assert set(sent(tenant).values()) == {1}


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("/runs/run-2026-11-30", "run-2026-11-30"),
        ("/runs/=1+1", "_1_1"),
        ("/runs/-x,y/", "_x_y"),
        ("/runs/nächte", "n_chte"),
        ("/", "run"),
    ],
)
def test_a_run_is_named_by_its_directory_in_plain_characters(directory, name):
    assert name_of_run(Path(directory)) == name


NIGHTS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 11), min_size=1, max_size=12),
        st.sampled_from([None, *KILLS]),
        st.booleans(),
    ),
    min_size=3,
    max_size=4,
)


@pytest.mark.slow
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NIGHTS)
def test_over_nights_with_kills_nobody_is_taken_twice_and_nobody_new_is_left_out(tmp_path, nights):
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    people = [f"+1202555{n:04},p{n}@example.com,Given{n},Family{n}\n" for n in range(100, 112)]

    async def run():
        tenant = InMemoryTenant()
        in_doubt = 0
        for at, (rows, kill, resumes) in enumerate(nights):
            write(*(people[row] for row in rows))
            name, options = f"night-{at}", {"chunk_size": 3, "concurrency": 1}
            if kill is not None:
                kind, nth, processed = kill
                nth += tenant._counts[kind]
                tenant.faults = killed_at(kind, nth, processed=processed)
                try:
                    await night(name, tenant, day=at, **options)
                except KilledError:
                    in_doubt += 3 * (kind is RequestKind.SUBMIT and not processed)
                    if not resumes:
                        continue
                tenant.faults = lambda request: None
            await night(name, tenant, day=at, **options)
        tenant.faults = lambda request: None
        wanted = {row for rows, _, _ in nights for row in rows}
        write(*(people[row] for row in sorted(wanted)))
        await night("last", tenant, day=len(nights), **options)
        assert set(sent(tenant).values()) <= {1}
        assert len(sent(tenant)) >= len(wanted) - in_doubt

    asyncio.run(run())
