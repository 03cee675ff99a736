"""A run that is watched from outside, from its start to the last counts."""

import pytest
import structlog
from monitoring.test_server import fetched
from prometheus_client.parser import text_string_to_metric_families

from cxone_async import ImportSettings, run_import
from cxone_async.commands.environment import Environment
from cxone_async.errors import ConfigurationError
from cxone_async.logs import EVENTS
from cxone_async.monitoring.monitored import Monitoring, monitored
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

ROWS = "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 112))
BAD = "12,short@example.com,S,Short\n"
AGAIN = "+12025550100,p100@example.com,P100,Q100\n"


def sums(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("phone,email,first_name,last_name\n" + ROWS + BAD + AGAIN)
    return path


def settings(tmp_path):
    return ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        chunk_size=5,
        run_dir=tmp_path / "run",
    )


async def test_the_file_holds_the_final_counts_of_the_run_all_rows_and_all_requests(csv, tmp_path):
    path = tmp_path / "cxone.prom"
    async with monitored(Monitoring(metrics_file=path)) as observers:
        _, result = await run_import(
            csv,
            settings(tmp_path),
            tenant=InMemoryTenant(),
            environment=Environment(preparation=InlinePreparation),
            observers=observers,
        )
    told = sums(path.read_text())
    assert told["cxone_rows_total", "imported"] == 12
    rows = {key[1]: rows for key, rows in told.items() if key[0] == "cxone_rows_total"}
    assert sum(rows.values()) == result.total_input == told["cxone_rows_read_total",] == 14
    assert rows["invalid"] == result.invalid == 1
    assert rows["duplicate"] == result.fuzzy_deduplicated == 1
    requests = [value for key, value in told.items() if key[0] == "cxone_requests_total"]
    assert sum(requests) == result.requests > 0
    assert told["cxone_run_exit_code",] == 0
    assert told["cxone_journal_commit_seconds_count",] > 0
    assert told["cxone_import_duration_seconds_count",] == 3


async def test_the_file_of_a_run_that_is_stopped_says_so(csv, tmp_path):
    path = tmp_path / "cxone.prom"
    with pytest.raises(ConfigurationError):
        async with monitored(Monitoring(metrics_file=path)) as observers:
            await run_import(
                csv,
                settings(tmp_path).model_copy(update={"campaign_id": "another"}),
                tenant=InMemoryTenant(),
                environment=Environment(preparation=InlinePreparation),
                observers=observers,
            )
    assert sums(path.read_text())["cxone_run_exit_code",] == 78


async def test_the_port_is_open_while_the_run_lasts_and_closed_after_it(logged):
    async with monitored(Monitoring(status_port=0)):
        (url,) = [line["url"] for line in logged if line["event"] == "status_page_open"]
        assert (await fetched(f"{url}healthz"))[0] == 200
    with pytest.raises(OSError, match="Cannot connect"):
        await fetched(f"{url}healthz")
    assert EVENTS["status_page_open"][1] == {"url"}


async def test_nothing_is_opened_unless_it_is_asked_for():
    async with monitored(Monitoring()) as observers:
        assert observers == ()


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as lines:
        yield lines
