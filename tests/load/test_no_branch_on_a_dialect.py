"""The seam between the run and the tenant's APIs, read in the code."""

import ast
from pathlib import Path

import pytest

import cxone_async
from cxone_async.tenant import registry

PACKAGE = Path(cxone_async.__file__).parent
MODULES = sorted(path for room in ("load", "runs") for path in (PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_of_the_run_names_a_dialect(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    packages = {name.replace("-", "_") for name in registry.names()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not packages & set((node.module or "").split("."))
        if isinstance(node, ast.Constant):
            assert node.value not in registry.names()
        if isinstance(node, ast.Attribute) and node.attr == "name":
            assert ast.unparse(node.value).split(".")[-1] != "dialect"
