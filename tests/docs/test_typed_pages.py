"""Pages whose commands are typed: the files they give, the commands, and what these print.

A file is a fenced block under a line that ends with its name in backquotes and a colon. A command
stands behind `$ `; the lines under it are among those that it prints. Each command succeeds unless
`echo $?` shows another code. The stand-in tenant is started once, with the options of the page.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = [
    "correct-and-replay", "every-night", "many-lists", "remove-personal-data", "resume",
    "test-your-code", "tutorial", "without-a-tenant",
]  # fmt: skip
ADDRESS = "http://127.0.0.1:8080"
FILE = re.compile(r"`([\w-]+\.\w+)`[^`\n]*:\n\n```\w+\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(page: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a page, in one line, and the lines that are shown under it."""
    for block in CONSOLE.findall(page):
        for part in re.split(r"(?m)^\$ ", block.replace("\\\n", ""))[1:]:
            typed, *shown = part.splitlines()
            yield typed, shown


def write_files(page: str, address: str) -> None:
    for name, text in FILE.findall(page):
        Path(name).write_text(text.replace(ADDRESS, address), encoding="utf-8")


def typed_in_a_shell(line: str, search_path: str) -> tuple[int, str]:
    """As a person's shell has it: `cxone-async` is the one of this checkout."""
    ended = subprocess.run(
        ["/bin/bash", "-c", line],
        env=os.environ | {"PATH": search_path},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", PAGES)
def test_each_command_does_what_the_page_says(name, command, start_tenant, search_path):
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    address = ADDRESS
    write_files(page, address)
    code = 0
    with ExitStack() as stack:
        for typed, shown in commands(page):
            words = [word.replace(ADDRESS, address) for word in shlex.split(typed)]
            if typed == "echo $?":
                assert shown == [str(code)]
                code = 0
                continue
            assert code == 0, typed
            if words[:2] == ["cxone-async", "mock-tenant"]:
                assert words[2:4] == ["--port", "8080"]
                address = stack.enter_context(start_tenant(*words[4:])).base_url
                write_files(page, address)
                continue
            if words[:2] == ["pip", "install"] or words[0] == "export":
                continue  # it is installed; the secret of this test's tenant is in the environment
            if words[0] == "cxone-async":
                ended = command(*words[1:])
                code, printed = ended.code, ended.out + ended.err
            elif words[0] == "pytest":
                code, printed = typed_in_a_shell(f"{sys.executable} -m {typed} -q", search_path)
            else:
                code, printed = typed_in_a_shell(typed, search_path)
            lines = [line.split() for line in printed.splitlines()]
            for line in shown:
                assert line.split() in [one[: len(line.split())] for one in lines], (typed, printed)
    assert code == 0


def test_a_page_that_shows_commands_is_typed_by_a_test():
    typed_elsewhere = {"decisions", "first-list"}
    pages = {path.stem for path in (ROOT / "docs").glob("*.md") if "```console" in path.read_text()}
    assert pages == {*PAGES} | typed_elsewhere
