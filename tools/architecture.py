"""Writes the generated parts of docs/architecture.md; `make docs` runs it.

The layers and the rules come from the import-linter contracts in pyproject.toml, the lists of
packages from the docstrings, and the life of a chunk from the journal's transition table. A test
fails when the page differs from them.
"""

import ast
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generated import replaced
from state_diagrams import lifecycle_diagram

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "cxone_async"
PAGE: Final = ROOT / "docs" / "architecture.md"
WIDTH: Final = 60
NOT_DESCRIBED: Final = ("__init__", "__main__")


def contract(name: str, members: str) -> list[str]:
    """Return one list of an import-linter contract in pyproject.toml, by the contract's id."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {found["id"]: found for found in project["tool"]["importlinter"]["contracts"]}
    return list(contracts[name][members])


def members(directory: Path = PACKAGE) -> list[str]:
    """Return the names of the packages and modules in a package, sorted."""
    packages = [path.parent.name for path in directory.glob("*/__init__.py")]
    modules = [path.stem for path in directory.glob("*.py") if path.stem not in NOT_DESCRIBED]
    return sorted(packages + modules)


def layers_diagram() -> str:
    """Draw the layers of the import contract, the top one first."""
    rule = f"+{'-' * WIDTH}+"
    lines = [rule]
    for layer in contract("layers", "layers"):
        names = "   |   ".join(name.strip() for name in layer.split("|"))
        lines += [f"|{names:^{WIDTH}}|", rule]
    return "\n".join(["```text", *lines, "```"])


def package_table() -> str:
    """List every package and top-level module with the first sentence of its docstring."""
    rows = [f"| `{name}` | {summary} |" for name, summary in _described(PACKAGE)]
    return "\n".join(["| package | what it is for |", "|---|---|", *rows])


def pure_list() -> str:
    """List the packages and modules that do no I/O, and what they may not import."""
    pure = [name.removeprefix("cxone_async.") for name in contract("pure", "source_modules")]
    forbidden = contract("pure", "forbidden_modules")
    return f"{_item(f'Pure: {_listed(pure)}.')}\n{_item(f'None imports {_listed(forbidden)}.')}"


def _item(text: str) -> str:
    return textwrap.fill(f"- {text}", 100, subsequent_indent="  ", break_on_hyphens=False)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def chunk_diagram() -> str:
    """Draw the life of a chunk as the journal's transition table has it."""
    return f"```mermaid\n{lifecycle_diagram()}\n```"


def summary_of(path: Path) -> str:
    """Return the first paragraph of a module's docstring, in one line."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def _described(directory: Path) -> Iterator[tuple[str, str]]:
    for name in members(directory):
        package = directory / name / "__init__.py"
        if package.exists():
            yield f"{name}/", summary_of(package)
            nested = [path.parent for path in sorted((directory / name).glob("*/__init__.py"))]
            for inner in nested:
                yield f"{name}/{inner.name}/", summary_of(inner / "__init__.py")
        else:
            yield f"{name}.py", summary_of(directory / f"{name}.py")


def rendered(page: str) -> str:
    """Return the page with its generated parts up to date."""
    return replaced(
        page,
        {
            "layers": layers_diagram(),
            "packages": package_table(),
            "pure": pure_list(),
            "chunk": chunk_diagram(),
        },
    )


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
