"""Corrected rejects are sent as those of their run: nobody twice, no other file, one equation."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.cli.summary import summary
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.errors import (
    ConfigurationError,
    GuardTrippedError,
    MissingInputError,
    RunDirectoryBusyError,
    UnreadableInputError,
)
from cxone_async.report.reconciliation import Reconciliation, Replay
from cxone_async.runs.purge import purge
from cxone_async.runs.replayed_run import read_replayed_run, refuse_other_rows
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.source.reject_rows import RejectRow
from cxone_async.testing import InMemoryTenant
from cxone_async.verification import verify

HEADER = "phone,email,first_name,last_name\n"
ADA = "+12025550101,ada@example.com,Ada,Abbott\n"
BEA = "no phone,bea@example.com,Bea,Berg\n"
CY = "none,cy@example.com,Cyrus,Clark\n"
ADA_AGAIN = "unknown,ada@example.com,Ada,Abbott\n"
"""Once her phone is corrected, she is somebody whom the first run has sent."""
DAY_S = 86_400
NOON_S = 1_800_000_000


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def text_of(path):
    return Path(path).read_text()


def put(path, content):
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


def remove(path):
    Path(path).unlink()


async def load(name, tenant, *, file="in.csv", day=0, **more):
    more = {"ledger": Path("ledger.db"), "max_invalid_rate": 1, **more}
    options = ImportSettings(run_dir=Path(name), **{**TARGET, **more})
    environment = replace(IN_PLACE, wall_clock_s=lambda: NOON_S + day * DAY_S)
    result = await run_import(file, options, tenant=tenant, environment=environment)
    assert result.reconciliation.passed
    if file.endswith(".csv"):
        assert verify(Path(name), Path(file)) == ()
    return result.reconciliation


async def replay(tenant, *, name="replay", file="corrected.csv", of="monday", **more):
    return await load(name, tenant, file=file, replay_of=Path(of), **more)


async def monday(tenant, *rows, **more):
    put("in.csv", HEADER + "".join(rows or (ADA, BEA, CY, ADA_AGAIN)))
    return await load("monday", tenant, **more)


def correct(*changes, of="monday", to="corrected.csv"):
    text = Path(of, "rejects.csv").read_text()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    Path(to).write_text(text)


def sent(tenant):
    return sorted(one.fields.phone for one in tenant.accepted.values())


def outcomes(name):
    with Path(name, "outcomes.csv").open(newline="") as file:
        return [(one["outcome"], one["duplicate_of"]) for one in csv.DictReader(file)]


def recorded(name):
    content = Path(name, "reconciliation.json").read_bytes()
    return msgspec.json.decode(content, type=Reconciliation)


TO_BEA = ("no phone", "+12025550102")
TO_CY = ("none", "+12025550103")
TO_ADA = ("unknown", "+12025550101")


async def test_a_replay_sends_who_is_corrected_and_nobody_whom_the_first_run_has_sent():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA, TO_ADA)
    result = await replay(tenant)
    assert sent(tenant) == ["12025550101", "12025550102"]
    assert outcomes("replay") == [("imported", ""), ("invalid", ""), ("duplicate", "monday/1")]
    told = Replay(run="monday", total_input=4, imported_before=1, left_before=3, left=1)
    assert result.replay == recorded("replay").replay == told
    assert "\nreplay            1 + 1 of 4; 1 left\n" in summary(result, Path("replay"))
    assert recorded("monday").replay is None


async def test_a_replay_of_a_replay_continues_the_equation_of_the_first_run():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    await replay(tenant)
    correct(TO_CY, of="replay")
    second = await replay(tenant, name="second", of="replay")
    assert second.replay == Replay(
        run="replay", total_input=4, imported_before=2, left_before=2, left=1
    )
    correct(TO_ADA, of="second")
    third = await replay(tenant, name="third", of="second")
    assert "replay            3 + 0 of 4; 0 left\n" in summary(third, Path("third"))
    assert sent(tenant) == ["12025550101", "12025550102", "12025550103"]


async def test_rows_that_are_taken_out_of_the_file_are_left():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    lines = text_of("corrected.csv").splitlines(keepends=True)
    put("corrected.csv", "".join(lines[:2]))
    result = await replay(tenant)
    assert "1 + 1 of 4; 2 left" in summary(result, Path("replay"))


async def test_rows_that_the_tenant_refused_and_that_are_refused_again_are_left():
    refused = {"12025550102", "12025550103"}
    tenant = InMemoryTenant(
        refuse=lambda fields, _: "INVALID_EMAIL" if fields.phone in refused else None
    )
    await monday(tenant, ADA, BEA.replace(*TO_BEA), CY.replace(*TO_CY))
    refused.remove("12025550102")
    correct()
    result = await replay(tenant)
    assert "1 + 1 of 3; 1 left" in summary(result, Path("replay"))
    assert sent(tenant) == ["12025550101", "12025550102"]


async def test_the_result_of_a_replay_stays_the_same_when_it_is_started_again():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    first = await replay(tenant)
    put("replay/outcomes.csv", "edited")
    again = await replay(tenant, day=90)
    assert again.replay == first.replay
    assert sent(tenant) == ["12025550101", "12025550102"]


async def test_a_replay_that_was_stopped_goes_on_however_late():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    with pytest.raises(GuardTrippedError):
        await replay(tenant, min_rows=10)
    result = await replay(tenant, day=90)
    assert "1 + 1 of 4; 2 left" in summary(result, Path("replay"))


async def test_the_rest_of_the_list_is_not_gone_in_a_replay():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    result = await replay(tenant, max_change_rate=0.0)
    assert result.since_last_run is None


def saved_by_a_spreadsheet(text):
    """Every cell quoted, semicolons, and what it makes of the end of a line."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL).writerows(
        csv.reader(io.StringIO(text))
    )
    return written.getvalue()


@pytest.mark.parametrize(
    "save",
    [
        lambda text: saved_by_a_spreadsheet(text).encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",invalid,", ",corrected by Mia,").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: "\n".join([text.split("\n")[0], *reversed(text.split("\n")[1:-1])]).encode(),
    ],
    ids=["spreadsheet", "utf-16", "utf-8-sig", "crlf", "noted", "no last line end", "sorted"],
)
async def test_a_file_of_rejects_is_known_however_it_was_saved(save):
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA, TO_CY)
    put("corrected.csv", save(text_of("corrected.csv")))
    result = await replay(tenant)
    assert "1 + 2 of 4; 1 left" in summary(result, Path("replay"))


async def test_a_workbook_of_rejects_is_one_too():
    tenant = InMemoryTenant()
    await monday(tenant, ADA, BEA, "a,record,with,too,many,fields\n", CY)
    result = await replay(tenant, file="monday/rejects.xlsx")
    assert "1 + 0 of 4; 3 left" in summary(result, Path("replay"))


async def test_rejects_that_cannot_be_read_yet_keep_their_rows():
    tenant = InMemoryTenant()
    await monday(tenant, ADA, BEA, 'x,"an open quote\n', "1,2,3,4,5,6,7,8,9\n")
    correct()
    result = await replay(tenant)
    assert result.replay is not None
    assert result.replay.left == result.replay.left_before == result.invalid


ROW_2 = ",2,invalid,"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([(ROW_2, ",1,invalid,")], "line 2 says row 1, which is imported there, not rejected"),
        ([(ROW_2, ",3,invalid,")], "row 3 is there twice, in lines 2 and 3"),
        ([(ROW_2, ",5,invalid,")], "line 2 says row 5, and that run had rows 1 to 4"),
        ([(ROW_2, ",0,invalid,")], "line 2 says row 0, and that run had rows 1 to 4"),
        ([(ROW_2, ",,invalid,")], "line 2 does not say in _row which row it was"),
        ([(ROW_2, ",-2,invalid,")], "line 2 does not say in _row"),
        ([(ROW_2, ",2.0,invalid,")], "line 2 does not say in _row"),
        ([(ROW_2, f",{'9' * 5000},invalid,")], "line 2 does not say in _row"),
        ([("none,cy", f"{ADA}none,cy")], "line 3 does not say in _row which row it was"),
        ([("_row,_outcome", "row,_outcome")], "its last columns are not _row, _outcome, "),
        ([("first_name,", "title,")], "gone: 'first_name'; new: 'title'"),
        ([("first_name,last_name", "last_name,first_name")], "another order or number"),
    ],
)
async def test_a_file_that_is_no_reject_of_the_run_is_refused_with_what_differs(changes, said):
    tenant = InMemoryTenant()
    await monday(tenant)
    before = len(tenant.requests)
    correct(TO_BEA, *changes)
    with pytest.raises(UnreadableInputError) as caught:
        await replay(tenant)
    assert said in str(caught.value)
    assert str(caught.value).startswith("corrected.csv is no file of rejects of monday")
    assert "@" not in str(caught.value)
    assert len(tenant.requests) == before


async def test_a_run_whose_outcomes_vanish_meanwhile_is_not_continued():
    await monday(InMemoryTenant())
    run = read_replayed_run(Path("monday"), "monday")
    remove("monday/outcomes.csv")
    with pytest.raises(ConfigurationError, match=r"outcomes\.csv does not exist"):
        refuse_other_rows(run, [RejectRow(2, 2)], "corrected.csv")


async def test_of_many_differences_the_first_are_told_and_the_others_counted():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct()
    lines = text_of("corrected.csv").splitlines(keepends=True)
    put("corrected.csv", "".join([lines[0], *[lines[1]] * 8]))
    with pytest.raises(UnreadableInputError, match="in lines 2 and 7; and 2 more"):
        await replay(tenant)


async def test_the_list_itself_is_no_file_of_rejects():
    tenant = InMemoryTenant()
    await monday(tenant)
    with pytest.raises(UnreadableInputError, match="its last columns are not _row"):
        await replay(tenant, file="in.csv")


async def test_rejects_of_another_run_are_refused_by_their_rows():
    tenant = InMemoryTenant()
    await monday(tenant)
    put("in.csv", HEADER + BEA + ADA)
    await load("tuesday", tenant)
    correct(TO_BEA, of="tuesday")
    with pytest.raises(UnreadableInputError, match="row 1, which is imported there"):
        await replay(tenant)


async def test_rejects_of_another_run_are_refused_by_their_reasons():
    tenant = InMemoryTenant()
    await monday(tenant, ADA, BEA, "+12025550103,no email,Cyrus,Clark\n")
    put("in.csv", HEADER + BEA + "+12025550103,no email,Cyrus,Clark\n")
    await load("tuesday", tenant)
    lines = text_of("tuesday/rejects.csv").splitlines(keepends=True)
    put("corrected.csv", lines[0] + lines[2])
    with pytest.raises(UnreadableInputError, match="line 2 says that row 2 is email_not_valid, "):
        await replay(tenant)


async def test_unresolved_rows_are_no_rejects_since_they_may_have_been_sent():
    tenant = InMemoryTenant()
    await monday(tenant)
    text = text_of("monday/rejects.csv")
    put("corrected.csv", text.replace(",2,invalid,", ",1,unresolved,"))
    with pytest.raises(UnreadableInputError, match="row 1, which is imported there"):
        await replay(tenant)


async def refused(error, said, *, of="monday", **more):
    tenant = InMemoryTenant()
    with pytest.raises(error, match=said):
        await replay(tenant, of=of, **more)
    assert not tenant.requests


async def test_a_run_that_is_not_there_or_not_whole_cannot_be_continued():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    await refused(MissingInputError, "no such run directory: nowhere", of="nowhere")
    put("empty/notes.txt", "")
    await refused(MissingInputError, "there is no run in empty", of="empty")
    with RunDirectoryLease.acquire(Path("monday"), "in.csv"):
        await refused(RunDirectoryBusyError, "has not ended yet")
    with pytest.raises(GuardTrippedError):
        await load("stopped", tenant, min_rows=10)
    await refused(ConfigurationError, "has not finished; nothing was sent", of="stopped")
    outcomes_before = text_of("monday/outcomes.csv")
    put("monday/outcomes.csv", outcomes_before.replace("imported", "invalid"))
    await refused(ConfigurationError, "outcomes.csv is not as the run wrote it")
    put("monday/outcomes.csv", outcomes_before)
    put("monday/journal.db", b"broken")
    await refused(ConfigurationError, "cannot be read")


async def test_a_purged_run_cannot_be_continued():
    tenant = InMemoryTenant()
    await monday(tenant)
    correct(TO_BEA)
    purge(Path("monday"), datetime.fromtimestamp(NOON_S, UTC))
    await refused(ConfigurationError, "was purged")


async def test_a_plan_cannot_be_continued():
    await monday(InMemoryTenant())
    correct(TO_BEA)
    options = PlanSettings(run_dir=Path("plan"), max_invalid_rate=1)
    await run_plan("in.csv", options, environment=IN_PLACE)
    await refused(ConfigurationError, "is a plan, which has sent nobody", of="plan")


async def test_a_ledger_that_does_not_find_whom_the_run_sent_is_refused():
    await monday(InMemoryTenant())
    correct(TO_BEA)
    await refused(ConfigurationError, "other.db does not know the run", ledger=Path("other.db"))
    await refused(ConfigurationError, "began more than 30 days ago", name="late", day=31)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ledger": None}, "--replay-of needs the --ledger of that run"),
        ({"again": True}, "cannot be used with --again"),
        ({"dry_run": True}, "--dry-run does not import"),
    ],
)
def test_what_would_send_somebody_twice_is_refused_with_a_replay(more, said):
    with pytest.raises(ValueError, match=said):
        ImportSettings(**{"replay_of": "monday", "ledger": "ledger.db", **TARGET, **more})
