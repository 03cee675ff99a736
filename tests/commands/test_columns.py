"""What was understood of the columns: told first, stopped where doubtful, kept as a mapping."""

import json
import tomllib
from pathlib import Path

import pytest
import structlog

from cxone_async import ImportSettings, PlanSettings, RunObserver, run_import, run_plan
from cxone_async.commands.columns import columns_of
from cxone_async.commands.environment import Environment
from cxone_async.configuration import load
from cxone_async.errors import MissingInputError, UnreadableInputError, UsageError
from cxone_async.runs.observers import ColumnsRead
from cxone_async.settings import ReadingSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

IN_PLACE = Environment(preparation=InlinePreparation)
GERMAN = (
    "\n"
    "Kunden-Nr.;Anrede;Vorname;Name;Telefon (mobil);E-Mail;Land;Saldo\n"
    "4711;Frau;Anna;Berg;0171 3920001;anna@example.com;Deutschland;12,50\n"
    "4712;Herr;Bernd;Tal;0171 3920002;bernd@example.com;Österreich;0\n"
)
PARTLY = "Kontakt 1;Kundenname;Lieferland;Mail\n0171 3920001;Anna Berg;DE;anna@example.com\n"


class Notes(RunObserver):
    def __init__(self):
        self.read: list[ColumnsRead] = []

    def columns_read(self, event):
        self.read.append(event)


def write(tmp_path, content, name="in.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def import_settings(tmp_path, **changes):
    return ImportSettings(
        base_url="http://127.0.0.1:9", list_id="list-1", campaign_id="campaign-1", client_id="me",
        client_secret="x", quota=0, run_dir=tmp_path / "run", **changes,
    )  # fmt: skip


async def plan(path, directory, **changes):
    notes = Notes()
    settings = PlanSettings(run_dir=directory, required_fields=frozenset(), **changes)
    result = await run_plan(path, settings, observers=[notes], environment=IN_PLACE)
    return result.reconciliation, notes


async def imported(path, settings, tenant):
    notes = Notes()
    result = await run_import(
        path, settings, tenant=tenant, observers=[notes], environment=IN_PLACE
    )
    return result.reconciliation, notes


async def test_a_german_list_goes_out_whole_and_says_how_it_was_read(tmp_path):
    result, notes = await plan(write(tmp_path, GERMAN), tmp_path / "run")
    assert (result.ready, result.exit_code) == (2, 0)
    kept = json.loads((tmp_path / "run" / "reconciliation.json").read_bytes())
    assert [(one["name"], one["used_as"], one["field"]) for one in kept["columns"]] == [
        ("Kunden-Nr.", "ignored", ""), ("Anrede", "ignored", ""),
        ("Vorname", "field", "first_name"), ("Name", "field", "last_name"),
        ("Telefon (mobil)", "field", "phone"), ("E-Mail", "field", "email"),
        ("Land", "field", "country"), ("Saldo", "ignored", ""),
    ]  # fmt: skip
    assert kept["input_format"] == {
        "encoding": "utf-8", "delimiter": ";", "sheet": "", "lines_skipped": 1
    }  # fmt: skip
    (event,) = notes.read
    assert event.samples[2] == ("Anna", "Bernd")
    assert event.understood.columns == result.columns


async def test_the_encoding_is_that_of_the_input_not_that_of_its_conversion(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("phone,Prénom\n+12025550101,Ann\n".encode("utf-16"))
    result, _ = await plan(path, tmp_path / "run")
    assert result.input_format.encoding == "utf-16-le"


async def test_the_log_and_the_files_hold_names_of_columns_and_no_value(tmp_path):
    content = "Telefon,Kürzel,ada@example.com\n+12025550101,Geheim,Eve\n"
    with structlog.testing.capture_logs() as logged:
        await plan(write(tmp_path, content), tmp_path / "run")
    (line,) = [line for line in logged if line["event"] == "columns_read"]
    assert line["used"] == {"phone": ["Telefon"]}
    assert line["ignored"] == ["Kürzel", "column 3"]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Kürzel" in page
    for said in (json.dumps(logged, default=str), page):
        assert "Geheim" not in said
        assert "ada@example.com" not in said


async def test_an_import_stops_before_it_sends_what_was_only_partly_understood(tmp_path):
    path, tenant = write(tmp_path, PARTLY), InMemoryTenant()
    settings = import_settings(tmp_path, map="phone=Kontakt 1")
    with pytest.raises(UnreadableInputError, match=r"'Kundenname'.*'Lieferland'") as raised:
        await imported(path, settings, tenant)
    assert raised.value.exit_code == 65
    assert not tenant.accepted
    assert "Anna" not in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"map": "phone=Kontakt 1,last_name=Kundenname,country=Lieferland"},
        {"map": "phone=Kontakt 1", "ignore_column": "Kundenname,Lieferland",
         "default_country": "DE"},
    ],
)  # fmt: skip
async def test_it_sends_once_it_is_said_what_the_columns_are(tmp_path, changes):
    path, tenant = write(tmp_path, PARTLY), InMemoryTenant()
    result, _ = await imported(path, import_settings(tmp_path, **changes), tenant)
    assert result.total_input == 1


async def test_a_list_without_names_and_countries_is_told_and_settled(tmp_path):
    path = write(tmp_path, "Kontakt 1,Saldo,Mail\n+12025550101,1,ann@example.com\n")
    with pytest.raises(UnreadableInputError, match=r"like a name: .*like a country: "):
        await imported(path, import_settings(tmp_path, map="phone=Kontakt 1"), InMemoryTenant())
    settings = import_settings(
        tmp_path, map="phone=Kontakt 1", ignore_column="name", default_country="US"
    )
    result, _ = await imported(path, settings, InMemoryTenant())
    assert result.total_input == 1


async def test_a_plan_tells_that_an_import_would_stop(tmp_path):
    result, _ = await plan(write(tmp_path, PARTLY), tmp_path / "run", map="phone=Kontakt 1")
    assert result.exit_code == 4
    assert result.guard.message.startswith("stopped with 65: ")
    assert "'Lieferland'" in result.guard.message
    assert "Lieferland" in (tmp_path / "run" / "report.html").read_text()


async def test_a_run_that_had_begun_is_resumed_without_the_question(tmp_path):
    path, tenant = write(tmp_path, GERMAN), InMemoryTenant()
    first, _ = await imported(path, import_settings(tmp_path), tenant)
    again, notes = await imported(path, import_settings(tmp_path), tenant)
    assert again == first
    assert len(notes.read) == 1


# -- the mapping template ----------------------------------------------------------


async def template_of(path, tmp_path, **changes):
    found = await columns_of(str(path), ReadingSettings(**changes))
    kept = tmp_path / "columns.toml"
    kept.write_text(found.template, encoding="utf-8")
    return kept, found


def planned_by(config, directory, **flags):
    return load(PlanSettings, {"run_dir": directory, "required_fields": "", **flags}, config)


async def test_a_template_given_back_reads_the_list_as_it_was_understood(tmp_path):
    path = write(tmp_path, GERMAN)
    config, found = await template_of(path, tmp_path)
    assert found.refusal == ""
    without, _ = await plan(path, tmp_path / "run1")
    settings = planned_by(config, tmp_path / "run2", strict_columns=True)
    result = await run_plan(path, settings, environment=IN_PLACE)
    assert result.reconciliation.columns == without.columns
    assert result.reconciliation.exit_code == 0


async def test_a_template_of_a_doubtful_list_decides_nothing_until_it_is_corrected(tmp_path):
    path = write(tmp_path, PARTLY)
    config, found = await template_of(path, tmp_path)
    text = found.template.replace('# phone = "COLUMN"', 'phone = "Kontakt 1"')
    config.write_text(text)
    planned = await run_plan(path, planned_by(config, tmp_path / "run1"), environment=IN_PLACE)
    assert planned.reconciliation.exit_code == 4
    text = text.replace("# last_name", "last_name").replace("# country", "country")
    config.write_text(text)
    planned = await run_plan(path, planned_by(config, tmp_path / "run2"), environment=IN_PLACE)
    assert (planned.reconciliation.exit_code, planned.reconciliation.ready) == (0, 1)


async def test_a_header_that_an_import_refuses_gets_a_template_and_the_reason(tmp_path):
    path = write(tmp_path, "Telefon,Handy,Opt In\n1,2,3\n")
    _, found = await template_of(path, tmp_path)
    assert "several columns could be phone" in found.refusal
    assert found.understood is None
    assert "map" in tomllib.loads(found.template)


@pytest.mark.parametrize(
    ("content", "error"),
    [("", UnreadableInputError), ("ada@example.com,Ada\n", UnreadableInputError),
     ("a,A\n1,2\n", UnreadableInputError), (None, MissingInputError)],
)  # fmt: skip
async def test_what_is_no_list_gets_no_template(tmp_path, content, error):
    path = tmp_path / "none.csv" if content is None else write(tmp_path, content)
    with pytest.raises(error):
        await columns_of(str(path), ReadingSettings())


async def test_a_mapping_of_a_column_that_is_not_there_is_named(tmp_path):
    path = write(tmp_path, GERMAN)
    with pytest.raises(UsageError, match="phone=Hotline"):
        await columns_of(str(path), ReadingSettings(map={"phone": "Hotline"}))


CHANGED = GERMAN.replace("Saldo", "Betrag")


async def test_a_column_that_has_gone_or_come_is_named_and_strict_columns_stop(tmp_path):
    config, _ = await template_of(write(tmp_path, GERMAN), tmp_path)
    path = write(tmp_path, CHANGED, "tonight.csv")
    notes = Notes()
    settings = planned_by(config, tmp_path / "run1")
    with structlog.testing.capture_logs() as logged:
        await run_plan(path, settings, observers=[notes], environment=IN_PLACE)
    (line,) = [line for line in logged if line["event"] == "columns_changed"]
    assert (line["gone"], line["new"]) == (["Saldo"], ["Betrag"])
    assert notes.read[0].understood.drift.gone == ("Saldo",)
    with pytest.raises(UnreadableInputError, match=r"gone: 'Saldo'; new: 'Betrag'"):
        await run_plan(
            path, planned_by(config, tmp_path / "run2", strict_columns=True), environment=IN_PLACE
        )


async def test_a_list_that_comes_without_its_header_tonight_shows_nobody(tmp_path):
    path = write(tmp_path, "Anna,Berg,Berlin\n")
    settings = load(
        PlanSettings,
        {"run_dir": tmp_path / "run", "strict_columns": True, "expect_columns": ["phone", "email"]},
        None,
    )
    with pytest.raises(UnreadableInputError, match="gone: 'email', 'phone'; new: no column") as no:
        await run_plan(path, settings, environment=IN_PLACE)
    assert "Anna" not in str(no.value)
    assert "Berlin" not in str(no.value)


async def test_a_mapped_column_that_has_gone_is_a_change_under_strict_columns(tmp_path):
    config, _ = await template_of(write(tmp_path, GERMAN), tmp_path)
    path = write(tmp_path, GERMAN.replace("Telefon (mobil)", "Handy"), "tonight.csv")
    settings = planned_by(config, tmp_path / "run", strict_columns=True)
    with pytest.raises(UnreadableInputError, match=r"gone: 'Telefon \(mobil\)'; new: 'Handy'"):
        await run_plan(path, settings, environment=IN_PLACE)
    with pytest.raises(UsageError, match="no such column"):
        await run_plan(path, planned_by(config, tmp_path / "run2"), environment=IN_PLACE)


def test_strict_columns_need_columns_to_compare_with():
    with pytest.raises(UsageError, match="cxone-async columns"):
        load(PlanSettings, {"strict_columns": True}, None)


@pytest.mark.slow
def test_the_command_prints_the_template_alone(command, tmp_path):
    path = write(tmp_path, GERMAN)
    ended = command("columns", str(path), "--ignore-column", "Saldo")
    assert (ended.code, ended.err) == (0, "")
    assert tomllib.loads(ended.out)["ignore_column"] == ["Saldo"]
    Path("mapping.toml").write_text(ended.out)
    ended = command(
        "plan", str(path), "--config", "mapping.toml", "--strict-columns", "--run-dir", "run"
    )
    assert (ended.code, ended.out.startswith("READY 2 of 2")) == (0, True)
    assert command("columns", "missing.csv").code == 66
    assert command("columns", str(path), "--encoding", "utf-9").code == 64


@pytest.mark.slow
def test_the_command_stops_with_65_before_the_tenant_is_asked(command, shared_tenant, tmp_path):
    path = str(write(tmp_path, PARTLY.replace("0171 3920001", "+12025550101")))
    before = shared_tenant.requests
    target = (
        "--base-url", shared_tenant.base_url, "--list-id", "demo-list", "--campaign-id",
        "demo-campaign", "--quota", "0", "--run-dir", "run",
    )  # fmt: skip
    ended = command("import", path, *target, "--map", "phone=Kontakt 1")
    assert (ended.code, "'Kundenname'" in ended.err) == (65, True)
    assert shared_tenant.requests == before
    assert not Path("run", "journal.db").exists()
    settled = ("--map", "phone=Kontakt 1,last_name=Kundenname", "--ignore-column", "Lieferland")
    assert command("import", path, *target, *settled).code == 0
