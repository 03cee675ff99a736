"""The glossary names what exists, and names in the code avoid the retired words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # every module of the repository is parsed

ROOT = Path(__file__).parents[2]
FOLDERS = ("cxone_async", "tests", "tools", "benchmarks")
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS, RETIRED_WORDS = PAGE.split("## Retired words")
RETIRED = set(re.findall(r"^\| `(\w+)` \|", RETIRED_WORDS, re.MULTILINE))
PROSE = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module by its path in the repository."""
    return {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
    }


def service() -> dict[Path, ast.Module]:
    """The modules of the service; the stand-in tenant is none of it."""
    return {
        path: module
        for path, module in modules().items()
        if path.parts[0] == "cxone_async" and path.parts[1] != "mock_tenant"
    }


def classes(found: dict[Path, ast.Module]) -> set[str]:
    return {
        node.name
        for module in found.values()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }


def names(path: Path, module: ast.Module) -> Iterator[str]:
    """Module, classes, functions, parameters, and what is assigned at the top or in a class."""
    yield from path.with_suffix("").parts
    for node in ast.walk(module):
        match node:
            case (ast.ClassDef(name=name) | ast.FunctionDef(name=name)) | ast.AsyncFunctionDef(
                name=name
            ):
                yield name
            case ast.arg(arg=name):
                yield name
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from _assigned(node.body)


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                yield name


@cache
def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case and in the singular as well."""
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return frozenset(words | {word.removesuffix("s") for word in words})


def may_say(path: Path, word: str) -> bool:
    """A planned failure is a fault wherever failures are planned."""
    plans_failures = path.parts[0] != "cxone_async" or path.parts[1] == "testing"
    return word == "fault" and plans_failures


def test_the_words_of_a_name_are_found_in_every_style() -> None:
    assert words_of("_RETIRED_FAULTS") >= {"retired", "fault"}
    assert words_of("RowVerdict") == {"row", "verdict"}
    assert words_of("traceback") == {"traceback"}


@pytest.mark.slow
def test_no_name_has_a_retired_word_in_it() -> None:
    assert len(RETIRED) >= 11
    found = {
        f"{path}: {name}"
        for path, module in modules().items()
        for name in set(names(path, module))
        if any(not may_say(path, word) for word in words_of(name) & RETIRED)
    }
    assert found == set()


def test_no_class_is_called_after_the_number_that_it_keeps() -> None:
    assert {name for name in classes(service()) if name.endswith("Quota")} == set()


@pytest.mark.slow
def test_no_class_is_called_a_decision_without_saying_on_what() -> None:
    assert "Decision" not in classes(modules())


@pytest.mark.slow
def test_what_takes_in_an_event_is_called_apply() -> None:
    taking = {
        f"{path}: {node.name}"
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.strip("_") == "take"
        and any(argument.arg == "event" for argument in node.args.args)
    }
    assert taking == set()


def test_every_class_that_the_glossary_names_exists() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", WORDS))
    defined = {
        name
        for module in service().values()
        for node in module.body
        for name in ([node.name] if isinstance(node, ast.ClassDef) else list(_assigned([node])))
    }
    assert named
    assert named - defined == set()


def test_every_word_is_explained_once() -> None:
    rows = re.findall(r"^\| ([a-z -]+) \| ([^|]+) \|", WORDS, re.MULTILINE)
    words = [word for word, _ in rows if word != "word"]
    assert len(words) == len(set(words))
    assert [word for word, meaning in rows if word != "word" and not meaning.endswith(".")] == []


def test_no_page_calls_packages_rooms_or_layers_floors() -> None:
    building = re.compile(r"\b(rooms|ground floor|floors of)\b", re.IGNORECASE)
    pages = {page.name: page.read_text(encoding="utf-8") for page in PROSE}
    pages["glossary.md"] = WORDS
    assert {name for name, text in pages.items() if building.search(text)} == set()
