"""Claims of module headers that no other test upholds, read in the code."""

import ast
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import cxone_async
from cxone_async.load.counters import RunCounters
from cxone_async.outcome import Outcome

pytestmark = pytest.mark.slow

PACKAGE = Path(cxone_async.__file__).parent


def modules_with(found: Callable[[ast.AST], bool]) -> set[str]:
    """Return the modules of the package in which a node of the syntax tree is found."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(map(found, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }


def imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_one_module_reads_what_an_error_allows() -> None:
    readers = modules_with(lambda node: isinstance(node, ast.Attribute) and node.attr == "retry")
    assert readers == {"load/attempts.py"}


@pytest.mark.parametrize("kind", ["file_input", "input_copy"])
def test_kinds_of_input_are_told_apart_in_one_package(kind: str) -> None:
    importers = modules_with(lambda node: f"cxone_async.source.{kind}" in imported_names(node))
    assert "source/input.py" in importers
    assert {module.split("/")[0] for module in importers} == {"source"}


def test_a_dialect_is_named_by_the_registry_the_public_names_and_the_twin_only() -> None:
    importers = modules_with(
        lambda node: any("tenant.contact_lists" in name for name in imported_names(node))
    )
    outside = {module for module in importers if not module.startswith("tenant/contact_lists/")}
    assert outside == {"tenant/registry.py", "__init__.py", "testing/tenant.py"}


def test_counters_can_hold_nothing_of_a_contact() -> None:
    by_code = Mapping[tuple[Outcome, str], int]
    assert {field.type for field in dataclasses.fields(RunCounters)} == {int, float, bool, by_code}
