"""Whoever fills a port finds on the port what each method has to do."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "cxone_async"


def ports() -> list[ast.ClassDef]:
    """Every protocol of the package that has a public name."""
    return [
        node
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and any(ast.unparse(base).startswith("Protocol") for base in node.bases)
    ]


@pytest.mark.slow
def test_every_public_method_of_a_port_has_a_docstring() -> None:
    undocumented = {
        f"{port.name}.{method.name}"
        for port in ports()
        for method in port.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        and not method.name.startswith("_")
        and not ast.get_docstring(method)
    }
    assert {"Dialect", "Input", "Journal", "Matcher", "RateLimiter"} <= {
        port.name for port in ports()
    }
    assert undocumented == set()
