"""Whole runs of files with do-not-call columns: who is called, and what the files say."""

import asyncio
import csv
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from fixtures.run_in_memory import prepare_job

from cxone_async import ImportSettings, PlanSettings, RunObserver, run_import, run_plan
from cxone_async.cli.summary import summary
from cxone_async.commands.environment import Environment
from cxone_async.commands.evaluate import run_evaluation
from cxone_async.commands.explain import explain_row
from cxone_async.commands.preparing import with_flagged_people
from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import (
    ConfigurationError,
    TenantUnreachableError,
    UnreadableInputError,
)
from cxone_async.load.deadline import Deadline
from cxone_async.load.events import ChunkSubmitted
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.port import Preparation
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.settings import EvaluateSettings
from cxone_async.source.file_input import BLOCK_BYTES
from cxone_async.source.input import Input
from cxone_async.source.records import InputHeader
from cxone_async.tenant.port import Campaign
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = pytest.mark.virtual_time

IN_PLACE = Environment(preparation=InlinePreparation)
HEADER = "phone,email,first_name,last_name,dnc\n"


def person(number: int, flag: str = "", *, phone: int = 0, email: int = 0) -> str:
    """Return a row; `phone` and `email` are those of another number's person."""
    return (
        f"+1{201 + (phone or number) // 100}55501{(phone or number) % 100:02},"
        f"person{email or number}@example.com,P{number},Q{number},{flag}\n"
    )


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(content, encoding="utf-8")
    return path


def campaign(*, dnc_enabled: bool) -> Campaign:
    return Campaign("campaign-1", frozenset(), dnc_enabled, frozenset({"phone", "email"}))


async def imported(
    path: Path,
    *,
    dnc_enabled: bool = True,
    tenant: InMemoryTenant | None = None,
    environment: Environment = IN_PLACE,
    observers: tuple[RunObserver, ...] = (),
    **changes: Any,
) -> tuple[Reconciliation, InMemoryTenant]:
    tenant = tenant or InMemoryTenant(campaigns=[campaign(dnc_enabled=dnc_enabled)])
    settings = ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        chunk_size=5,
        run_dir=path.parent / "run",
        **changes,
    )
    _, result = await run_import(
        path, settings, tenant=tenant, environment=environment, observers=observers
    )
    assert verify(path.parent / "run", path) == ()
    return result, tenant


def lines(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "run" / "outcomes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def ends(tmp_path: Path) -> list[tuple[str, str, str]]:
    return [(one["outcome"], one["reason"], one["duplicate_of"]) for one in lines(tmp_path)]


IMPORTED = ("imported", "", "")
FLAGGED = ("suppressed", "dnc_flag", "")


def elsewhere(row: int) -> tuple[str, str, str]:
    return ("suppressed", "suppressed_elsewhere", str(row))


async def test_a_person_who_is_flagged_in_any_row_is_called_in_none(tmp_path):
    path = write(
        tmp_path,
        HEADER
        + person(1)
        + person(2, phone=3)  # row 3 is flagged, later
        + person(3, "yes")
        + person(4, email=3)  # row 3 is flagged, earlier
        + person(5, email=7)  # row 7 is flagged, and invalid
        + person(6)
        + person(7, "1").replace("+1201555", "+1")
        + person(8, "perhaps")
        + person(9, phone=8)
        + person(10, "no"),
    )
    result, tenant = await imported(path)
    assert ends(tmp_path) == [
        IMPORTED,
        elsewhere(3),
        FLAGGED,
        elsewhere(3),
        elsewhere(7),
        IMPORTED,
        ("invalid", "phone_not_possible", ""),
        ("suppressed", "dnc_flag_unclear", ""),
        elsewhere(8),
        IMPORTED,
    ]
    assert len(tenant.accepted) == 3
    assert (result.suppressed, result.exit_code) == (6, 0)


@pytest.mark.parametrize(
    "flagged",
    [
        "+2025550143,jane@example.com,Jane,Doe,yes\n",
        "202-555-0143 fax,jane@example.com,Jane,Doe,?\n",
        "2025550143,jane@,Jane,Doe,yes\n",
        "2025550143,,Jane,Doe,yes\n",
        "2025550143 DNC,jane@example.com,Jane,Doe,no\n",
    ],
)
async def test_a_flagged_row_that_cannot_be_used_keeps_others_from_being_called(tmp_path, flagged):
    person_called = "2025550143,joe@example.com,Joe,Roe,\n"
    path = write(tmp_path, HEADER + person_called + flagged + person_called.replace("joe", "jo"))
    _, tenant = await imported(path)
    assert [ends(tmp_path)[at] for at in (0, 2)] == [elsewhere(2), elsewhere(2)]
    assert not tenant.accepted


@pytest.mark.parametrize("label", ["DNC", "(do not call)", "nicht anrufen", "[Robinson]"])
async def test_a_label_beside_a_phone_keeps_others_from_being_called_without_a_column(
    tmp_path, label
):
    path = write(
        tmp_path,
        "phone,email,first_name,last_name\n"
        "2025550143,joe@example.com,Joe,Roe\n"
        f"202-555-0143 {label},jane@example.com,Jane,Doe\n"
        "2025550177,ann@example.com,Ann,Poe\n",
    )
    _, tenant = await imported(path)
    assert ends(tmp_path) == [elsewhere(2), FLAGGED, IMPORTED]
    assert len(tenant.accepted) == 1


async def test_neither_a_record_that_cannot_be_read_nor_a_quote_hides_a_flag_beside_it(tmp_path):
    path = write(
        tmp_path,
        HEADER
        + person(1)
        + "too,few\n"
        + person(2, '"yes"', phone=1)
        + '+12015550199,"open@example.com,O,Open,yes\n'
        + person(3),
    )
    await imported(path)
    assert ends(tmp_path) == [
        elsewhere(3),
        ("invalid", "too_few_fields", ""),
        FLAGGED,
        ("invalid", "unterminated_quote", ""),
        IMPORTED,
    ]


async def test_a_flag_that_a_line_break_cut_off_keeps_its_row_from_being_called(tmp_path):
    path = write(
        tmp_path,
        HEADER
        + person(1)
        + "yes\n"
        + person(2)
        + person(3, email=1)
        + person(4, "no")
        + "Total: 4\n",
    )
    _, tenant = await imported(path)
    alone = ("invalid", "too_few_fields", "")
    assert ends(tmp_path) == [elsewhere(2), alone, IMPORTED, elsewhere(2), IMPORTED, alone]
    assert len(tenant.accepted) == 2
    for row in (1, 4):
        (explanation,) = (await explain_row(tmp_path / "run", row, None)).pairs
        assert (explanation.row, explanation.earlier_row) == (row, 2)
        assert explanation.reasoning[1] == (
            "row 2 stands alone, and may be the do-not-call flag of the row above it"
        )


@pytest.mark.slow
async def test_a_flag_in_another_block_counts(tmp_path):
    padding = "x" * 100
    count = 3 * BLOCK_BYTES // 150
    path = write(
        tmp_path,
        HEADER.replace("dnc", "dnc,notes")
        + "".join(
            person(n, "yes" if n in (2, count - 1) else "no").replace("\n", f",{padding}\n")
            for n in range(1, count)
        )
        + person(count, "no", phone=2).replace("\n", ",\n")
        + "+17075550100,person1@example.com,A,B,yes,\n",
    )
    assert path.stat().st_size > 2 * BLOCK_BYTES
    settings = PlanSettings(dnc_enabled=True, run_dir=tmp_path / "run")
    _, result = await run_plan(path, settings, environment=IN_PLACE)
    found = {number: end for number, end in enumerate(ends(tmp_path), start=1) if end[1]}
    assert found == {
        1: elsewhere(count + 1),
        2: FLAGGED,
        count - 1: FLAGGED,
        count: elsewhere(2),
        count + 1: FLAGGED,
    }
    assert result.ready == count + 1 - 5


class KillAtTheFirstChunk(RunObserver):
    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None

    def chunk_submitted(self, event: ChunkSubmitted) -> None:
        assert self.task is not None
        self.task.cancel()


async def test_a_run_that_is_killed_and_resumed_decides_the_same(tmp_path):
    content = HEADER + "".join(person(n, phone=40 if n == 2 else 0) for n in range(1, 40))
    path = write(tmp_path, content + person(40, "yes") + person(41, email=40))
    tenant = InMemoryTenant(campaigns=[campaign(dnc_enabled=True)])
    kill = KillAtTheFirstChunk()
    kill.task = asyncio.create_task(imported(path, tenant=tenant, observers=(kill,)))
    with pytest.raises(asyncio.CancelledError):
        await kill.task
    assert tenant.submissions
    result, _ = await imported(path, tenant=tenant)
    assert ends(tmp_path)[1] == elsewhere(40)
    assert ends(tmp_path)[39:] == [FLAGGED, elsewhere(40)]
    sent = b"".join(payload for one in tenant.submissions.values() for payload in one.payloads)
    assert b"person2@" not in sent
    assert b"person40@" not in sent
    assert result.suppressed == 3


@pytest.mark.slow
def test_a_plan_in_processes_decides_as_an_import_in_place(tmp_path):
    path = write(tmp_path, HEADER + person(1) + person(2, "yes", phone=1) + person(3))
    settings = PlanSettings(dnc_enabled=True, run_dir=tmp_path / "run")
    asyncio.run(run_plan(path, settings))  # other processes know nothing of virtual time
    assert ends(tmp_path) == [elsewhere(2), FLAGGED, ("ready", "", "")]
    assert verify(tmp_path / "run", path) == ()


async def test_placeholders_role_mailboxes_and_widely_shared_values_suppress_nobody_else(tmp_path):
    rows = [
        "+12025550101,none@example.com,Ann,Able,yes\n",
        "+12025550102,none@example.com,Bob,Brown,\n",
        "+12025550103,info@example.com,Cid,Clark,yes\n",
        "+12025550104,info@example.com,Dan,Drake,\n",
        "+12025550105,ann@example.com,Ann,Able,\n",
        "+12025550101,ann2@example.com,Ann,Able,\n",  # the first one's own phone
    ]
    office = [
        f"+12025550199,colleague{n}@example.com,{name},Q{n},{'yes' if n == 3 else ''}\n"
        for n, name in enumerate("abcdefghijklmnopqrst")
    ]
    path = write(tmp_path, HEADER + "".join(rows + office))
    result, _ = await imported(path, match="off")
    assert ends(tmp_path) == [
        FLAGGED,
        IMPORTED,
        FLAGGED,
        IMPORTED,
        IMPORTED,
        elsewhere(1),
        *[FLAGGED if n == 3 else IMPORTED for n in range(20)],
    ]
    assert result.repairs == {"suppression_not_passed_on": 3}
    told = json.loads((tmp_path / "run" / "reconciliation.json").read_bytes())
    assert told["repairs"] == {"suppression_not_passed_on": 3}
    assert "no one person" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.parametrize("names", ["aaaaaaaaaaaaaaaaaaaa", "abcdefgh", "abcdefghijklmno"])
async def test_neither_one_person_s_many_rows_nor_a_small_office_is_left_out(tmp_path, names):
    rows = [
        f"+12025550199,p{n}@example.com,{name},Q,{'yes' if n == 3 else ''}\n"
        for n, name in enumerate(names)
    ]
    path = write(tmp_path, HEADER + "".join(rows))
    result, _ = await imported(path, match="off")
    assert result.suppressed == len(names)


async def test_flags_that_the_campaign_does_not_honour_are_counted_everywhere(tmp_path):
    path = write(tmp_path, HEADER + person(1, "yes") + person(2, "?") + person(3, phone=1, email=9))
    with structlog.testing.capture_logs() as logged:
        result, tenant = await imported(path, dnc_enabled=False)
    assert len(tenant.accepted) == 3
    assert result.repairs == {"dnc_flag_not_honoured": 2}
    assert [one["repairs"] for one in lines(tmp_path)] == ["dnc_flag_not_honoured"] * 2 + [""]
    assert "2 marked do-not-call, which the campaign does not honour" in summary(result, tmp_path)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "--dnc always" in re.sub("<[^>]*>", "", page)
    assert [line["rows"] for line in logged if line["event"] == "dnc_flags_not_honoured"] == [2]


async def test_they_can_be_honoured_always(tmp_path):
    path = write(tmp_path, HEADER + person(1, "yes") + person(2, "?") + person(3, phone=1, email=9))
    result, tenant = await imported(path, dnc_enabled=False, dnc="always")
    assert not tenant.accepted
    assert ends(tmp_path)[2] == elsewhere(1)
    assert result.repairs == {}


async def test_a_column_of_consents_is_read_when_it_is_mapped(tmp_path):
    header = HEADER.replace("dnc", "OK to call")
    path = write(
        tmp_path, header + person(1, "yes") + person(2, "no") + person(3) + person(4, "y", phone=3)
    )
    with pytest.raises(UnreadableInputError, match="'OK to call'"):
        await imported(path)
    result, _ = await imported(path, dnc_enabled=False, map={"consent": "OK to call"})
    assert ends(tmp_path) == [
        IMPORTED,
        ("suppressed", "no_consent", ""),
        ("suppressed", "no_consent", ""),
        elsewhere(3),
    ]
    assert result.suppressed == 3


@pytest.mark.parametrize(
    "name", ["Blacklisted", "Darf angerufen werden", "Werbung erlaubt", "Sperre", "Deceased"]
)
async def test_a_column_that_may_be_a_flag_stops_the_run_before_the_tenant_is_asked(tmp_path, name):
    path = write(tmp_path, HEADER.replace("dnc", name) + person(1, "yes"))
    tenant = InMemoryTenant(campaigns=[campaign(dnc_enabled=True)])
    with pytest.raises(UnreadableInputError, match=f"'{name}'") as raised:
        await imported(path, tenant=tenant)
    assert raised.value.exit_code == 65
    assert not tenant.requests
    await imported(path, tenant=tenant, ignore_column=[name.lower()])
    assert ends(tmp_path) == [IMPORTED]


async def test_several_phones_are_tried_in_order_and_all_are_compared(tmp_path):
    header = "Mobile,Home Phone,email,dnc\n"
    path = write(
        tmp_path,
        header
        + "see notes,+12025550101,ann@example.com,\n"
        + "+12025550102,+12025550103,bob@example.com,\n"
        + "+12025550104,+12025550103,cid@example.com,x\n"
        + ",+12025550104,dan@example.com,no\n",
    )
    with pytest.raises(UnreadableInputError, match="several columns could be phone"):
        await imported(path)
    result, tenant = await imported(
        path, map="phone=Mobile,Home Phone", ignore_column="name", default_country="US"
    )
    assert ends(tmp_path) == [IMPORTED, elsewhere(3), FLAGGED, elsewhere(3)]
    assert result.repairs == {"phone_of_another_column": 1}
    assert len(tenant.accepted) == 1


async def test_a_row_that_another_one_suppresses_is_explained(tmp_path):
    path = write(
        tmp_path, HEADER + person(1) + person(2, "yes", phone=1) + person(3, email=2) + person(4)
    )
    await imported(path)
    for row, field in ((1, "phone"), (3, "email")):
        (explanation,) = (await explain_row(tmp_path / "run", row, None)).pairs
        assert (explanation.row, explanation.earlier_row) == (row, 2)
        assert [one.field for one in explanation.fields if one.level == "same"] == [field]
        assert explanation.reasoning == (
            f"row {row} is not called: row 2 has the same {field}",
            "row 2 says that this person is not to be called",
        )
    assert (await explain_row(tmp_path / "run", 4, None)).pairs == ()


async def test_a_row_whose_marking_row_is_not_in_the_input_is_not_explained(tmp_path):
    path = write(tmp_path, HEADER + person(1) + person(2, "yes", phone=1) + person(3))
    await imported(path)
    outcomes = tmp_path / "run" / "outcomes.csv"
    text = outcomes.read_text()
    assert ",suppressed_elsewhere,2," in text
    outcomes.write_text(text.replace(",suppressed_elsewhere,2,", ",suppressed_elsewhere,9,"))
    with pytest.raises(ConfigurationError, match="row 1 reads differently now"):
        await explain_row(tmp_path / "run", 1, None)


async def test_every_policy_is_evaluated_on_the_same_flags(tmp_path):
    path = write(tmp_path, HEADER + person(1) + person(2, "yes", phone=1) + person(3))
    truth = tmp_path / "truth.csv"
    truth.write_text("row,entity\n1,a\n2,a\n3,b\n")
    settings = EvaluateSettings(
        truth=truth, dnc_enabled=True, match=(MatchPolicy.EXACT, MatchPolicy.OFF)
    )
    jobs: list[PrepareJob] = []

    def preparation(job: PrepareJob) -> Preparation:
        jobs.append(job)
        return InlinePreparation(job)

    await run_evaluation(str(path), settings, Environment(preparation=preparation))
    assert [job.flagged is not None for job in jobs] == [True, True]


@pytest.mark.parametrize(
    ("header", "dnc_enabled", "reads"),
    [(HEADER, True, 1), (HEADER, False, 0), (HEADER.replace("dnc", "notes"), True, 0)],
)
async def test_the_input_is_read_before_only_where_a_row_can_mark_somebody(
    tmp_path, header, dnc_enabled, reads
):
    path = write(tmp_path, header + person(1))
    jobs: list[PrepareJob] = []

    def preparation(job: PrepareJob) -> Preparation:
        jobs.append(job)
        return InlinePreparation(job)

    settings = PlanSettings(dnc_enabled=dnc_enabled, run_dir=tmp_path / "run")
    await run_plan(path, settings, environment=Environment(preparation=preparation))
    assert sum(job.flagged is not None for job in jobs) == reads


class EndlessInput:
    """An input that goes on for ever, a block an hour."""

    async def blocks(self):
        while True:
            yield HEADER.encode() + person(1, "yes").encode()
            await asyncio.sleep(3600)


@pytest.mark.virtual_time
async def test_the_reading_before_ends_when_it_is_told_to():
    job = prepare_job(Constraints(dnc_enabled=True))
    header = InputHeader(tuple(HEADER.strip().split(",")), HEADER.encode(), 1, ",")
    with pytest.raises(TenantUnreachableError, match="deadline"):
        async with Deadline(7200.0).kept():
            await with_flagged_people(cast(Input, EndlessInput()), header, job)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("suppressed_elsewhere,2", "suppressed_elsewhere,3"), "because of row 3, which"),
        (("suppressed_elsewhere,2", "suppressed_elsewhere,1"), "because of row 1, which"),
        (("suppressed_elsewhere,2", "suppressed_elsewhere,"), "because of row 0, which"),
        (("suppressed_elsewhere,2", "suppressed_elsewhere,9"), "because of row 9, which"),
        (("suppressed_elsewhere,2,,", "suppressed_elsewhere,2,phone,"), "names a rule or a score"),
        (("suppressed,dnc_flag,,", "suppressed,dnc_flag,1,"), "names a duplicate's row"),
    ],
)  # fmt: skip
async def test_verify_checks_the_row_that_suppresses_another(tmp_path, change, sentence):
    path = write(tmp_path, HEADER + person(1) + person(2, "yes", phone=1) + person(3))
    await imported(path)
    file = tmp_path / "run" / "outcomes.csv"
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change))
    assert any(sentence in found for found in verify(tmp_path / "run", path))
