"""A list in another encoding is refused before anything is sent."""

from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.columns import columns_of
from cxone_async.commands.evaluate import run_evaluation
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import UnreadableInputError
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.verification import verify

pytestmark = pytest.mark.virtual_time

LIST = (
    "phone,email,first_name\n+12025550101,a@example.com,José\n+12025550102,b@example.com,Jürgen\n"
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_list(content):
    Path("in.csv").write_bytes(content)


def write_truth():
    Path("truth.csv").write_text("row,entity\n1,a\n2,b\n")


def settings(**changes):
    return ImportSettings(**TARGET | {"run_dir": Path("run")} | changes)


async def test_an_import_of_another_encoding_sends_nothing_and_names_the_flag():
    write_list(LIST.encode("cp1252"))
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match=r"in\.csv: .*--encoding cp1252"):
        await run_import("in.csv", settings(), tenant=tenant, environment=IN_PLACE)
    assert not tenant.requests
    result = await run_import(
        "in.csv", settings(encoding="cp1252"), tenant=tenant, environment=IN_PLACE
    )
    assert result.reconciliation.successfully_imported == 2
    assert sorted(one.fields.first_name for one in tenant.accepted.values()) == ["José", "Jürgen"]


async def test_plan_and_evaluate_refuse_it_too():
    write_list(LIST.encode("cp1252"))
    write_truth()
    with pytest.raises(UnreadableInputError, match="--encoding cp1252"):
        await run_plan("in.csv", PlanSettings(), environment=IN_PLACE)
    with pytest.raises(UnreadableInputError, match="--encoding cp1252"):
        await run_evaluation("in.csv", EvaluateSettings(truth=Path("truth.csv")), IN_PLACE)


async def test_a_single_bad_row_stays_a_row():
    write_list(LIST.encode() + b"+12025550103,c@example.com,Zo\xeb\n")
    result = await run_plan("in.csv", PlanSettings(run_dir=Path("run")), environment=IN_PLACE)
    assert result.reconciliation.ready == 2
    assert result.reconciliation.reasons[0].reason == "undecodable"


async def test_a_named_encoding_is_not_questioned():
    write_list(LIST.encode("cp1252"))
    result = await run_plan(
        "in.csv", PlanSettings(encoding="utf-8", max_invalid_rate=1), environment=IN_PLACE
    )
    assert result.reconciliation.invalid == 2


async def test_columns_refuses_it_too():
    write_list(LIST.encode("cp1252"))
    with pytest.raises(UnreadableInputError, match="--encoding cp1252"):
        await columns_of("in.csv", PlanSettings())


async def test_a_list_that_was_begun_as_it_is_goes_on_with_auto():
    write_list(LIST.encode("cp1252") + b"+12025550103,c@example.com,Ann\n")
    tenant = InMemoryTenant()
    for encoding in ("utf-8", "auto"):
        result = await run_import(
            "in.csv",
            settings(encoding=encoding, max_invalid_rate=1),
            tenant=tenant,
            environment=IN_PLACE,
        )
        assert result.reconciliation.invalid == 2
    assert len(tenant.accepted) == 1


async def test_a_run_that_was_begun_with_utf_8_goes_on_with_auto():
    write_list(LIST.encode())
    tenant = InMemoryTenant()
    for encoding in ("utf-8", "auto"):
        result = await run_import(
            "in.csv", settings(encoding=encoding), tenant=tenant, environment=IN_PLACE
        )
        assert result.reconciliation.successfully_imported == 2
    assert len(tenant.accepted) == 2
    assert verify(Path("run"), Path("in.csv")) == ()
