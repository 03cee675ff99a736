"""`plan`: what an import would do, without a request."""

from collections import Counter

import pytest
from fixtures.run_in_memory import prepare_job

from cxone_async.commands.plan import Plan, run_plan
from cxone_async.errors import ConfigurationError
from cxone_async.load.counters import RunCounters
from cxone_async.load.guards import Guards
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, Resemblance
from cxone_async.settings import PlanSettings
from cxone_async.testing.preparation import InlinePreparation

HEADER = b"phone,email,first_name,last_name\n"
ADA = b"+12025550101,ada@example.com,Ada,Abbott\n"
HER_BROTHER = b"+12025550101,zed@example.com,Zed,Abbott\n"

NO_GUARDS = Guards()
JOB = prepare_job(match=MatchPolicy.CORROBORATED)


class Sink:
    def __init__(self):
        self.outcomes = []

    def append(self, outcomes):
        self.outcomes.extend(outcomes)


async def planned(content, block_bytes=20, guards=NO_GUARDS, job=JOB):
    async def blocks():
        for start in range(0, len(content), block_bytes):
            yield content[start : start + block_bytes]

    sink, resemblances = Sink(), list[Resemblance]()
    counters = RunCounters(input_bytes=len(content))
    plan = Plan(InlinePreparation(job), sink, resemblances.extend, counters, guards)
    await plan.execute(blocks())
    return plan, sink, resemblances, counters


async def test_every_row_ends_as_an_import_would_end_it_or_is_ready():
    content = HEADER + ADA + ADA + b"12,broken,B,B\n" + HER_BROTHER
    plan, sink, resemblances, counters = await planned(content)
    assert sorted((one.row, one.line, one.outcome) for one in sink.outcomes) == [
        (1, 2, Outcome.READY),
        (2, 3, Outcome.DUPLICATE),
        (3, 4, Outcome.INVALID),
        (4, 5, Outcome.READY),
    ]
    assert plan.counts == Counter(one.outcome for one in sink.outcomes)
    assert [(one.row, one.resembles_row) for one in resemblances] == [(4, 1)]
    assert counters.rows_read == 4


async def test_a_ready_row_has_its_repairs_and_its_id():
    content = (
        b"phone,email,first_name,last_name,id\n+12025550101 ext 5,ada@example.com,Ada,Abbott,7\n"
    )
    _, sink, _, _ = await planned(content, job=prepare_job(external_id="id"))
    assert [(one.external_id, one.repairs) for one in sink.outcomes] == [
        ("7", "phone_extension_left_out")
    ]
    _, sink, _, _ = await planned(content)
    assert [(one.external_id, one.repairs) for one in sink.outcomes] == [
        ("", "phone_extension_left_out")
    ]


async def test_a_header_alone_is_an_input_without_rows():
    plan, sink, _, _ = await planned(HEADER)
    assert (sink.outcomes, plan.counts) == ([], Counter())


async def test_the_run_directory_of_an_import_is_refused(tmp_path):
    (tmp_path / "in.csv").write_bytes(HEADER + ADA)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.db").touch()
    with pytest.raises(ConfigurationError, match="holds an import; plan needs another"):
        await run_plan(tmp_path / "in.csv", PlanSettings(run_dir=tmp_path / "run"))


BAD = b"12,broken,B,B\n"


async def test_a_plan_names_the_guard_that_would_stop_an_import_and_goes_on_to_the_end():
    content = HEADER + BAD * 4 + ADA
    plan, sink, _, _ = await planned(content, guards=Guards(max_invalid_rate=0.5, min_rows=1))
    assert len(sink.outcomes) == 5
    assert plan.tripped_guard is not None
    assert plan.tripped_guard.message.startswith("stopped by --max-invalid-rate: 4 of 5 rows")
    (reason,) = plan.tripped_guard.reasons
    assert (reason.rows, reason.of_rows, reason.first_rows) == (4, 5, (1, 2))


async def test_a_plan_that_no_guard_would_stop_names_none():
    plan, _, _, _ = await planned(HEADER + BAD + ADA, guards=Guards(max_invalid_rate=0.5))
    assert plan.tripped_guard is None


@pytest.mark.slow
async def test_the_result_of_a_plan_says_that_an_import_would_be_stopped(tmp_path):
    (tmp_path / "in.csv").write_bytes(HEADER)
    settings = PlanSettings(run_dir=tmp_path / "run")
    directory, result = await run_plan(tmp_path / "in.csv", settings)
    assert result.exit_code == 4
    assert result.guard is not None
    assert "--min-rows: the input has 0 rows, fewer than 1" in result.guard.message
    assert (directory / "reconciliation.csv").exists()


async def test_a_second_plan_into_one_directory_keeps_what_a_person_has_edited(tmp_path):
    (tmp_path / "in.csv").write_bytes(HEADER + ADA + b"12,broken,B,B\n")
    csv, settings = tmp_path / "in.csv", PlanSettings(run_dir=tmp_path / "run")
    await run_plan(csv, settings)
    await run_plan(csv, settings)
    assert not [*(tmp_path / "run").glob("*edited*")]
    for number in (1, 2):
        (tmp_path / "run" / "rejects.csv").write_text(f"corrected {number}")
        await run_plan(csv, settings)
    kept = {path.name: path.read_text() for path in (tmp_path / "run").glob("*edited*")}
    assert kept == {f"rejects.edited-{number}.csv": f"corrected {number}" for number in (1, 2)}
