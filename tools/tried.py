"""Writes docs/tried.md from tests/tried/*.toml; `make docs` runs it.

Each file there holds the probes of one part: the promise that was put to the test, how, what
happened, and the test that tries it again. A test fails when the page differs from the files, or
when a probe names a test that is not there.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ROOT / "tests" / "tried"
PAGE: Final = ROOT / "docs" / "tried.md"

HEAD: Final = """\
# What was tried

How this service was attacked, and what came of it: hostile servers, full disks, wrong clocks,
signals, limits, edited files. Each line is tried again by the test beside it.

`make docs` writes this page from `tests/tried/`. Whoever breaks the service in a new way adds the
probe there, with its test.
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was tried. `test` is a path under the project's root, `::`, and a name."""

    promise: str
    how: str
    result: str
    test: str


def probes() -> Iterator[Probe]:
    """Yield the probes of all files, in the order of the files' names."""
    for path in sorted(SOURCES.glob("*.toml")):
        for found in tomllib.loads(path.read_text(encoding="utf-8"))["tried"]:
            yield Probe(**found)


def missing_tests() -> list[str]:
    """Return the tests that probes name and that are not there, sorted."""
    named = {probe.test for probe in probes()}
    paths = {test.partition("::")[0] for test in named}
    found = {f"{path}::{name}" for path in paths for name in _names_of_tests(ROOT / path)}
    return sorted(named - found)


def _names_of_tests(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def rendered() -> str:
    """Return the page: a table for each promise."""
    by_promise: dict[str, list[Probe]] = {}
    for probe in probes():
        by_promise.setdefault(_sentence(probe.promise), []).append(probe)
    sections = [
        "\n".join(
            [
                f"## {promise}\n",
                "| what was tried | result | test |",
                "|---|---|---|",
                *(
                    f"| {_sentence(one.how)} | {_sentence(one.result)} | {_link(one.test)} |"
                    for one in found
                ),
            ]
        )
        for promise, found in by_promise.items()
    ]
    return "\n".join([HEAD, "\n\n".join(sections), ""])


def _sentence(text: str) -> str:
    """Return a text as the page has it: with a capital, without a full stop at the end."""
    text = " ".join(text.split()).removesuffix(".").replace("|", "\\|")
    return text[:1].upper() + text[1:]


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    words = name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../{path})"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
