"""Whole runs of lists whose family names stand where the header does not say."""

import csv
import json

import pytest

from cxone_async import ImportSettings, run_import
from cxone_async.commands.environment import Environment
from cxone_async.commands.evaluate import run_evaluation
from cxone_async.commands.explain import explain_row
from cxone_async.commands.name_order import read_names
from cxone_async.commands.plan import run_plan
from cxone_async.errors import ConfigurationError
from cxone_async.matching.corroborated.name_order_evidence import MOST_ROWS
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameOrder, NameOrderChoice
from cxone_async.matching.policy import MatchPolicy
from cxone_async.runs.observers import ColumnsRead, RunObserver
from cxone_async.settings import EvaluateSettings, PlanSettings
from cxone_async.source.input import open_input
from cxone_async.source.reading_rules import PLAIN_RULES
from cxone_async.tenant.port import Campaign
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

PHONE_ONLY = Campaign("campaign-1", frozenset(), False, frozenset({"phone"}))
IN_PLACE = Environment(preparation=InlinePreparation)
COUPLES = [
    (f"202-555-01{number:02}", f"box{number}@example.com", family, given)
    for number, family in enumerate(("Nagy", "Kovacs", "Szabo", "Varga", "Kiss", "Molnar", "Toth"))
    for given in ("Eszter", "Istvan")
]
REPEATED = ("202-555-0100", "box0@example.com", "Nagy", "Eszter")


@pytest.fixture
def exchanged(tmp_path):
    """A list of couples whose names stand in each other's column; one of them is on it twice."""
    path = tmp_path / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("phone", "email", "first_name", "last_name"), *COUPLES, REPEATED]
        )
    return path


class Notes(RunObserver):
    def __init__(self):
        self.read: list[ColumnsRead] = []

    def columns_read(self, event):
        self.read.append(event)


async def planned(path, **changes):
    notes = Notes()
    settings = PlanSettings(run_dir=path.parent / "plan", required_fields=frozenset(), **changes)
    result = await run_plan(path, settings, observers=[notes], environment=IN_PLACE)
    return result.reconciliation, notes.read[0].name_order


async def test_a_list_with_exchanged_columns_keeps_everybody(exchanged):
    result, told = await planned(exchanged)
    assert (result.ready, result.fuzzy_deduplicated) == (len(COUPLES), 1)
    assert result.name_order == told
    kept = json.loads((exchanged.parent / "plan" / "reconciliation.json").read_bytes())
    assert kept["name_order"]["columns"] == "family-first"
    assert kept["name_order"]["households_family_first"] == 6  # one may be chance


async def test_a_fixed_order_is_taken_and_nothing_is_learned(exchanged):
    result, told = await planned(exchanged, name_order=NameOrderChoice.FAMILY_FIRST)
    assert (result.ready, told, result.name_order) == (len(COUPLES), None, None)
    wrong, _ = await planned(exchanged, name_order=NameOrderChoice.GIVEN_FIRST)
    assert wrong.fuzzy_deduplicated > 1


async def imported(path, tenant, **changes):
    settings = ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        run_dir=path.parent / "run",
        **changes,
    )
    return (await run_import(path, settings, tenant=tenant, environment=IN_PLACE)).reconciliation


@pytest.mark.slow
async def test_what_goes_out_stays_in_the_columns_of_the_file(exchanged):
    tenant = InMemoryTenant(campaigns=[PHONE_ONLY])
    result = await imported(exchanged, tenant)
    assert result.successfully_imported == len(COUPLES)
    assert result.name_order is not None
    assert result.name_order.columns is NameOrder.FAMILY_FIRST
    assert [(one.fields.first_name, one.fields.last_name) for one in tenant.accepted.values()] == [
        (first, last) for _, _, first, last in COUPLES
    ]


@pytest.mark.slow
async def test_another_order_is_another_run(exchanged):
    tenant = InMemoryTenant(campaigns=[PHONE_ONLY])
    first = await imported(exchanged, tenant)
    assert await imported(exchanged, tenant) == first
    with pytest.raises(ConfigurationError, match="name_order"):
        await imported(exchanged, tenant, name_order=NameOrderChoice.GIVEN_FIRST)


async def test_evaluate_decides_as_a_run_does(exchanged, tmp_path):
    truth = tmp_path / "truth.csv"
    people = enumerate([*range(len(COUPLES)), 0], 1)
    truth.write_text("row,entity\n" + "".join(f"{row},{who}\n" for row, who in people))
    settings = EvaluateSettings(
        truth=truth, match=(MatchPolicy.CORROBORATED,), required_fields=frozenset()
    )
    ((_, figures),) = await run_evaluation(str(exchanged), settings, IN_PLACE)
    assert (figures.dropped, figures.correct, figures.lost) == (1, 1, 0)


async def test_explain_reads_the_names_as_the_run_did(exchanged):
    await planned(exchanged)
    (explanation,) = (await explain_row(exchanged.parent / "plan", len(COUPLES) + 1, None)).pairs
    fields = {one.field: (one.value, one.earlier_value) for one in explanation.fields}
    assert fields["first_name"] == ("Eszter", "Eszter")
    assert fields["last_name"] == ("Nagy", "Nagy")
    assert "the first name's column holds family names" in " ".join(explanation.reasoning)


@pytest.mark.parametrize("policy", [MatchPolicy.EXACT, MatchPolicy.ANY_FIELD, MatchPolicy.OFF])
async def test_for_a_policy_that_looks_at_no_names_nothing_is_read(exchanged, policy):
    source = open_input(str(exchanged))
    exchanged.unlink()
    names = await read_names(source, PLAIN_RULES, NameOrderChoice.AUTO, policy)
    assert names == (AS_THE_HEADER_SAYS, None)


async def test_of_a_long_input_only_the_beginning_is_looked_at(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,first_name,last_name\n")
        file.writelines("1,Ada,Abbott\n" for _ in range(MOST_ROWS + 500))
    names = await read_names(
        open_input(str(path)), PLAIN_RULES, NameOrderChoice.AUTO, MatchPolicy.CORROBORATED
    )
    assert names.finding is not None
    assert names.finding.rows == MOST_ROWS
