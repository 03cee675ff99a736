"""`plan`: what an import would do, without a request."""

from collections import Counter

import pytest
from fixtures.run_in_memory import prepare_job

from cxone_async.commands.plan import Plan, run_plan
from cxone_async.errors import ConfigurationError
from cxone_async.load.counters import RunCounters
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, Resemblance
from cxone_async.settings import PlanSettings
from cxone_async.testing.preparation import InlinePreparation

HEADER = b"phone,email,first_name,last_name\n"
ADA = b"+12025550101,ada@example.com,Ada,Abbott\n"
HER_BROTHER = b"+12025550101,zed@example.com,Zed,Abbott\n"

JOB = prepare_job(match=MatchPolicy.CORROBORATED)


class Sink:
    def __init__(self):
        self.outcomes = []

    def append(self, outcomes):
        self.outcomes.extend(outcomes)


async def planned(content, block_bytes=20):
    async def blocks():
        for start in range(0, len(content), block_bytes):
            yield content[start : start + block_bytes]

    sink, resemblances = Sink(), list[Resemblance]()
    counters = RunCounters(input_bytes=len(content))
    plan = Plan(InlinePreparation(JOB), sink, resemblances.extend, counters)
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


async def test_a_header_alone_is_an_input_without_rows():
    plan, sink, _, _ = await planned(HEADER)
    assert (sink.outcomes, plan.counts) == ([], Counter())


async def test_the_run_directory_of_an_import_is_refused(tmp_path):
    (tmp_path / "in.csv").write_bytes(HEADER + ADA)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.db").touch()
    with pytest.raises(ConfigurationError, match="holds an import; plan needs another"):
        await run_plan(tmp_path / "in.csv", PlanSettings(run_dir=tmp_path / "run"))
