"""What a user's project sees of the package."""

import subprocess
import sys

import pytest

import cxone_async

PROJECT = """
from pathlib import Path

from pydantic import SecretStr

from cxone_async import (
    CXoneAdminClient,
    CXoneClient,
    ImportSettings,
    PlanSettings,
    run_import,
    run_plan,
)


async def load(list_id: str) -> None:
    settings = ImportSettings(
        tenant="acme",
        list_id=list_id,
        campaign_id="spring",
        client_id="me",
        client_secret="a secret",
        quota="auto",
        map={"phone": "Tel 1"},
        run_dir=Path("runs") / list_id,
        max_failure_rate=0.2,
    )
    await run_import("leads.csv", settings)
    await run_import(Path("leads.csv"), settings)
    await run_plan("leads.csv", PlanSettings(quota=600, allowed_countries=frozenset({"US"})))
    async with CXoneClient(tenant="acme", client_id="me", client_secret="a secret") as client:
        await client.campaign("spring")
    async with CXoneAdminClient(
        area="na1", access_key_id="me", access_key_secret="a secret"
    ) as admin:
        print([one.name for one in await admin.lists() if one.is_active])


def with_a_secret_object() -> ImportSettings:
    return ImportSettings(
        base_url="https://t.example",
        list_id="L",
        campaign_id="C",
        client_id="me",
        client_secret=SecretStr("a secret"),
    )
"""

MISTAKES = """
from cxone_async import ImportSettings, run_imports

settings = ImportSettings(tenant="acme", list_id="L", campaign_id="C", client_id="me", quota="fast")
settings.quota = 7
ImportSettings(tenant="acme")
"""


@pytest.fixture(scope="module")
def said_by_mypy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    project = tmp_path_factory.mktemp("project")
    (project / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    (project / "project.py").write_text(PROJECT)
    (project / "mistakes.py").write_text(MISTAKES)
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "project.py", "mistakes.py"],
        capture_output=True, text=True, check=False, cwd=project,
    )  # fmt: skip
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.mark.slow
def test_a_users_project_passes_mypy_strict_without_plugins(said_by_mypy):
    assert [line for line in said_by_mypy if line.startswith("project.py")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    ['no attribute "run_imports"', '"quota" to "ImportSettings"', "read-only", 'named argument "l'],
)
def test_a_users_mistake_is_found_by_mypy(said_by_mypy, mistake):
    assert any(mistake in line for line in said_by_mypy if line.startswith("mistakes.py"))


@pytest.mark.parametrize("name", cxone_async.__all__)
def test_every_public_name_is_there(name):
    assert getattr(cxone_async, name) is not None


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="run_imports"):
        getattr(cxone_async, "run_imports")  # noqa: B009  a type checker refuses the plain form


@pytest.mark.slow
def test_importing_the_package_loads_none_of_it():
    program = "import sys, cxone_async; print([m for m in sys.modules if 'cxone_async.' in m])"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
