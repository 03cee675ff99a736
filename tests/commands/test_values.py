"""Whole runs of files whose emails, names and countries are not as they should be."""

import csv
import itertools
from pathlib import Path
from typing import Any

import pytest
import structlog

from cxone_async import ImportSettings, run_import
from cxone_async.commands.environment import Environment
from cxone_async.commands.explain import explain_row
from cxone_async.errors import UnreadableInputError
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.tenant.port import Campaign
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = pytest.mark.virtual_time

IN_PLACE = Environment(preparation=InlinePreparation)
PHONE_ONLY = Campaign("campaign-1", frozenset(), False, frozenset({"phone"}))


async def imported(
    path: Path, tenant: InMemoryTenant | None = None, **changes: Any
) -> tuple[Reconciliation, InMemoryTenant]:
    tenant = tenant or InMemoryTenant(campaigns=[PHONE_ONLY])
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
    _, result = await run_import(path, settings, tenant=tenant, environment=IN_PLACE)
    assert result is not None
    return result, tenant


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["phone,email,first_name,country", *rows, ""]), encoding="utf-8")
    return path


def repairs(tmp_path: Path) -> list[str]:
    with (tmp_path / "run" / "outcomes.csv").open(newline="", encoding="utf-8") as file:
        return [line["repairs"] for line in csv.DictReader(file)]


async def test_what_was_read_otherwise_goes_out_is_counted_and_verifies(tmp_path):
    path = write(
        tmp_path,
        "202-555-0141,Dea <d@example.com>,Dea,US",
        "202-555-0142,jane@,Jane,US",
        "202-555-0143,joe@b\u00fccher.example.com,NULL,N/A",
        '202-555-0144,"max@example.com; m@example.com",="Max",England',
    )
    path.write_text(path.read_text(encoding="utf-8").replace("202-555-0144", "020 7946 0144"))
    result, tenant = await imported(path)
    assert result.successfully_imported == 4
    assert repairs(tmp_path) == [
        "email_tidied",
        "email_left_out",
        "email_domain_rewritten;empty_word;country_by_default",
        "email_of_several;name_tidied",
    ]
    assert result.repairs == {one: 1 for line in repairs(tmp_path) for one in line.split(";")}
    sent = [one.fields for one in tenant.accepted.values()]
    assert sorted((one.phone, one.email) for one in sent) == [
        ("12025550141", "d@example.com"),
        ("12025550142", ""),
        ("12025550143", "joe@xn--bcher-kva.example.com"),
        ("442079460144", "max@example.com"),
    ]
    assert verify(tmp_path / "run", path) == ()


async def test_a_country_by_default_is_said_only_where_the_file_has_a_column_of_countries(tmp_path):
    path = write(tmp_path, "202-555-0141,a@example.com,Ada,US", "202-555-0142,b@example.com,Bea,")
    result, _ = await imported(path)
    assert repairs(tmp_path) == ["", "country_by_default"]
    assert result.repairs == {"country_by_default": 1}
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "is the default one." in page
    assert verify(tmp_path / "run", path) == ()


async def test_without_a_column_of_countries_no_row_says_that_its_country_is_the_default(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("phone,email,first_name\n202-555-0142,b@example.com,Bea\n", encoding="utf-8")
    result, _ = await imported(path)
    assert result.repairs == {}


async def test_na_beside_other_words_for_empty_is_warned_of(tmp_path):
    path = write(
        tmp_path,
        "+264 81 555 0141,a@example.com,Ada,NA",
        "202-555-0142,b@example.com,Bea,N/A",
    )
    with structlog.testing.capture_logs() as logged:
        result, _ = await imported(path, phone_country="any")
    assert result.successfully_imported == 2
    warned = [line for line in logged if line["event"] == "country_na_beside_empty_words"]
    assert [(one["rows"], one["rows_with_empty_words"]) for one in warned] == [(1, 1)]
    assert "read as Namibia" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


async def test_one_of_the_two_alone_is_not_warned_of(tmp_path):
    path = write(tmp_path, "202-555-0142,b@example.com,Bea,N/A")
    with structlog.testing.capture_logs() as logged:
        await imported(path)
    assert "country_na_beside_empty_words" not in {line["event"] for line in logged}


async def test_a_column_of_dialling_codes_stops_the_run_before_anything_is_sent(tmp_path):
    path = write(tmp_path, *[f"202-555-01{n:02},a{n}@example.com,Ada,+1" for n in range(20)])
    tenant = InMemoryTenant(campaigns=[PHONE_ONLY])
    with pytest.raises(UnreadableInputError, match="'country' holds dialling codes") as stopped:
        await imported(path, tenant)
    assert stopped.value.exit_code == 65
    assert tenant.accepted == {}


async def test_explain_reads_such_a_row_as_the_run_did(tmp_path):
    path = write(
        tmp_path,
        "202-555-0141,Dea <d@example.com>,Dea,Deutschland",
        '(202) 555-0141,"d@example.com;",="Dea",US',
        "202-555-0141,D@Example.com,Dea,N/A",
    )
    path.write_text(path.read_text(encoding="utf-8").replace("Deutschland", "United States"))
    result, _ = await imported(path)
    assert result.fuzzy_deduplicated == 2
    for row in (2, 3):
        (explanation,) = (await explain_row(tmp_path / "run", row, None)).pairs
        assert explanation.earlier_row == 1


async def test_unusable_emails_that_are_left_out_make_nobody_a_duplicate(tmp_path):
    people = itertools.count(10)
    path = write(
        tmp_path,
        *[f"202-555-01{next(people)},{email},{name},US" for email, name in
          (("see notes", "Ada"), ("see notes", "Max"), ("n/a", "Lea"), ("n/a", "Ben"))],
    )  # fmt: skip
    result, _ = await imported(path, match="any-field", threshold=100)
    assert result.successfully_imported == 4
