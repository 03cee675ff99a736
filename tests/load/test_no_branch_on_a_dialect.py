"""The seam between the run and the tenant's APIs, read in the code."""

import ast
from pathlib import Path

import pytest

import cxone_async
from cxone_async.tenant import registry

PACKAGE = Path(cxone_async.__file__).parent
READ_CAPABILITIES = ("load", "runs", "prepare", "commands")
MODULES = sorted(path for folder in READ_CAPABILITIES for path in (PACKAGE / folder).rglob("*.py"))


def _without_what_reads_0_1_0(tree):
    """All nodes but those of the table that translates what version 0.1.0 wrote."""
    for statement in tree.body:
        if not (
            isinstance(statement, ast.AnnAssign)
            and ast.unparse(statement.target) == "_DIALECT_OF_0_1_0"
        ):
            yield from ast.walk(statement)


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_of_the_run_names_a_dialect(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    packages = {name.replace("-", "_") for name in registry.names()}
    for node in _without_what_reads_0_1_0(tree):
        if isinstance(node, ast.ImportFrom):
            assert not packages & set((node.module or "").split("."))
        if isinstance(node, ast.Constant):
            assert node.value not in registry.names()
        if isinstance(node, ast.Attribute) and node.attr == "name":
            assert ast.unparse(node.value).split(".")[-1] != "dialect"
