"""What the documentation tells people to type exists."""

import ast
import re
from pathlib import Path

import pytest

from cxone_async.mock_tenant import __main__ as stand_in

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
HAND_WRITTEN = [page for page in PAGES if page.name != "python-api.md"]
COMMANDS = (
    "import",
    "plan",
    "columns",
    "evaluate",
    "explain",
    "verify",
    "report",
    "runs",
    "status",
    "compare",
    "purge",
    "prune",
    "ledger",
    "demo",
    "doctor",
    "config",
    "completion",
)
IN_GROUPS = (("ledger", "forget"),)
WORDS_FOR_FLAGS = ("help", "version")
OTHER_PROGRAM = "mock-tenant"  # becomes another program, which no test in this process outlives
FLAGS_OF_OTHER_PROGRAMS = {
    "--build-arg": "docker",
    "--cacert": "curl",
    "--cert": "kubectl",
    "--check": "benchmarks/throughput.py",
    "--connect-to": "curl",
    "--fix": "ruff",
    "--from": "kubectl",
    "--from-file": "kubectl",
    "--from-literal": "kubectl",
    "--key": "kubectl",
    "--large": "benchmarks/throughput.py",
    "--no-deps": "pip",
    "--quick": "benchmarks/matching.py",
    "--read-only": "docker",
    "--rows": "benchmarks/throughput.py",
    "--seeds": "tests/simulation",
    "--nights": "tests/simulation",
    "--verbose": "tests/simulation",
}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def flags_in(text: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", text))


@pytest.fixture
def accepted_flags(command) -> set[str]:
    helps = [command(*words, "--help").out for words in ((), *IN_GROUPS)]
    helps += [command(name, "--help").out for name in COMMANDS]
    return flags_in(" ".join(helps))


@pytest.fixture
def flags_of_the_stand_in(capfd) -> set[str]:
    assert stand_in.main(["--help"]) == 0
    return flags_in(capfd.readouterr().out)


def test_every_flag_that_is_mentioned_is_accepted(accepted_flags, flags_of_the_stand_in):
    mentioned = {
        flag
        for page in PAGES
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text_of(page))
    }
    assert "--match" in mentioned
    accepted = accepted_flags | flags_of_the_stand_in | FLAGS_OF_OTHER_PROGRAMS.keys()
    assert mentioned - accepted == set()


def test_every_flag_of_a_command_has_a_variable_that_is_called_after_it(accepted_flags):
    mentioned = {
        variable
        for page in PAGES
        for variable in re.findall(r"\bCXONE_([A-Z_]+[A-Z])\b", text_of(page))
    }
    flags = {flag.removeprefix("--").replace("-", "_").upper() for flag in accepted_flags}
    # never a flag: process lists show those
    assert mentioned - flags == {"CLIENT_SECRET", "NOTIFY_SECRET"}


def test_every_command_that_is_mentioned_exists(command):
    mentioned = {
        name
        for page in HAND_WRITTEN
        for name in re.findall(r"\bcxone-async +([a-z][a-z-]+)\b", text_of(page))
    }
    assert "import" in mentioned
    assert mentioned <= {*COMMANDS, *WORDS_FOR_FLAGS, OTHER_PROGRAM}
    assert [name for name in mentioned & {*COMMANDS} if command(name, "--help").code != 0] == []


def test_every_make_target_that_is_mentioned_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    mentioned = {
        target
        for page in HAND_WRITTEN
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", text_of(page), re.MULTILINE)
    }
    assert "test-fast" in mentioned
    assert mentioned - targets == set()


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=lambda page: page.name)
def test_python_examples_compile(page):
    for example in re.findall(r"```python\n(.*?)```", text_of(page), re.DOTALL):
        compile(example, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_pages_that_exist(page):
    links = re.findall(r"\]\(([^)#:]+\.\w+)(?:#[\w-]+)?\)", text_of(page))
    assert [link for link in links if not (page.parent / link).exists()] == []
