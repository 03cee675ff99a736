"""docs/architecture.md is drawn from the code, and the import contracts name every package."""

import re

import architecture
import pytest
from generated import replaced

PAGE = architecture.PAGE.read_text(encoding="utf-8")
SERVICE = {f"cxone_async.{name}" for name in architecture.members()} - {"cxone_async.mock_tenant"}


def test_the_generated_parts_are_up_to_date() -> None:
    assert architecture.rendered(PAGE) == PAGE, "run `make docs`"


def test_every_package_and_module_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", PAGE)
    missing = [
        path
        for path in named
        if not (architecture.PACKAGE / path).exists() and not (architecture.ROOT / path).exists()
    ]
    assert named
    assert missing == []


def test_every_package_says_what_it_is_for_in_one_line() -> None:
    rows = re.findall(r"^\| `[\w/.]+` \| (.*) \|$", architecture.package_table(), re.MULTILINE)
    assert len(rows) >= len(SERVICE)
    assert [row for row in rows if not row.endswith(".")] == []


def test_the_stand_in_tenant_and_the_service_are_kept_apart_in_both_directions() -> None:
    assert set(architecture.contract("stand-in", "forbidden_modules")) == SERVICE
    assert set(architecture.contract("service", "source_modules")) == SERVICE


def test_verification_may_import_the_errors_and_no_other_package() -> None:
    forbidden = set(architecture.contract("verification", "forbidden_modules"))
    everything = SERVICE | {"cxone_async.mock_tenant"}
    assert everything - forbidden == {"cxone_async.errors", "cxone_async.verification"}


@pytest.mark.parametrize("contract", ["dialects", "http"])
def test_a_run_and_the_http_packages_may_import_none_of_the_dialects(contract: str) -> None:
    packages = {
        path.parent.name for path in (architecture.PACKAGE / "tenant").glob("*/__init__.py")
    }
    dialects = packages - {"http", "rate_limit"}
    kept_out = {f"cxone_async.tenant.{name}" for name in (*dialects, "registry")}
    assert set(architecture.contract(contract, "forbidden_modules")) == kept_out


def test_a_part_that_a_page_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="no part 'layers'"):
        replaced("<!-- layers: but no end -->", {"layers": "text"})
