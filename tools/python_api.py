"""Writes docs/python-api.md from the docstrings of the public names; `make docs` runs it.

Nothing is imported: names, signatures and docstrings come from the source text, so the page is
the same under every Python version. `missing_docstrings` lists what a public name lacks.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "python-api.md"
LONGEST_LINE: Final = 88
PYDANTIC: Final = "model_config"
FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

HEAD: Final = """\
# Python API

Everything on this page is public: it changes only with a new minor version, and the changelog says
so. All other names may change at any time. The page is generated from the docstrings by
`make docs`; a test fails when the two differ.
"""

SECTIONS: Final = {
    "cxone_async": "Imported from `cxone_async`.",
    "cxone_async.tenant.port": (
        "What `CXoneClient` takes and returns. Imported from `cxone_async.tenant.port`."
    ),
    "cxone_async.tenant.admin.model": (
        "What `CXoneAdminClient` takes and returns. Imported from `cxone_async.tenant.admin.model`."
    ),
    "cxone_async.errors": "What may be raised. Imported from `cxone_async.errors`.",
    "cxone_async.testing": "For tests of your own code. Imported from `cxone_async.testing`.",
}


@dataclass(frozen=True, slots=True)
class Public:
    """A public name, the module that defines it, and the statements that do."""

    name: str
    module: ast.Module
    node: ast.stmt
    comment: str = ""  # of a constant or an alias: the text that stands below it


def public_names(module_name: str) -> list[Public]:
    """Return what a module offers: the names in `__all__`, else all public classes."""
    module = _parsed(module_name)
    exported = _exported(module)
    if exported is None:
        return [
            Public(node.name, module, node)
            for node in module.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        ]
    homes = _homes(module)
    return [
        _found(name, *homes.get(name, (module_name, name)))
        for name in exported
        if name != "__version__"
    ]


def missing_docstrings() -> list[str]:
    """Name every public class, function and method that has no docstring."""
    return [
        f"{section}.{name}"
        for section in SECTIONS
        for public in public_names(section)
        for name in _undocumented(public)
    ]


def rendered() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for section, introduction in SECTIONS.items():
        parts += [f"## {section}\n", f"{introduction}\n"]
        parts += [part for public in public_names(section) for part in _described(public)]
    return "\n".join(parts)


def _parsed(module_name: str) -> ast.Module:
    path = ROOT.joinpath(*module_name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(source.read_text(encoding="utf-8"))


def _exported(module: ast.Module) -> list[str] | None:
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(names)):
                return [ast.literal_eval(name) for name in names]
    return None


def _homes(module: ast.Module) -> dict[str, tuple[str, str]]:
    """Return for each imported name the module it comes from and its name there."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _found(name: str, module_name: str, name_there: str) -> Public:
    module = _parsed(module_name)
    for position, node in enumerate(module.body):
        match node:
            case (
                ast.ClassDef(name=found)
                | ast.FunctionDef(name=found)
                | ast.AsyncFunctionDef(name=found)
            ) if found == name_there:
                return Public(name, module, node)
            case ast.Assign(targets=[ast.Name(found)]) | ast.AnnAssign(target=ast.Name(found)) if (
                found == name_there
            ):
                return Public(name, module, node, _text(module.body[position + 1 :]))
    homes = _homes(module)
    if name_there not in homes:
        raise LookupError(f"{module_name} does not define {name_there}")
    return _found(name, *homes[name_there])


def _text(following: list[ast.stmt]) -> str:
    match following:
        case [ast.Expr(ast.Constant(str(text))), *_]:
            return " ".join(text.split())
    return ""


def _undocumented(public: Public) -> Iterator[str]:
    if isinstance(public.node, (*FUNCTION, ast.ClassDef)) and not ast.get_docstring(public.node):
        yield public.name
    if isinstance(public.node, ast.ClassDef):
        for method in _methods(public.node):
            if not ast.get_docstring(method):
                yield f"{public.name}.{method.name}"


def _described(public: Public) -> Iterator[str]:
    node = public.node
    yield f"### {public.name}\n"
    if isinstance(node, FUNCTION):
        yield from _of_function(node, public.name)
    elif isinstance(node, ast.ClassDef):
        yield from _of_class(node, public)
    else:
        yield f"```python\n{ast.unparse(node)}\n```\n"
        if public.comment:
            yield f"{public.comment}\n"


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> Iterator[str]:
    yield f"```python\n{_signature(node, name)}\n```\n"
    yield from _docstring(node)


def _of_class(node: ast.ClassDef, public: Public) -> Iterator[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    yield f"```python\nclass {public.name}{f'({bases})' if bases else ''}\n```\n"
    yield from _docstring(node)
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            yield f"```python\n{_signature(method, public.name, without_result=True)}\n```\n"
    fields = _fields(node, public.module)
    if fields:
        head = ["| attribute | type | value or default | |", "|---|---|---|---|"]
        yield "\n".join([*head, *fields.values()]) + "\n"
    for method in _methods(node):
        yield f"#### {public.name}.{method.name}\n"
        yield from _of_function(method, method.name)


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
    docstring = ast.get_docstring(node)
    if docstring:
        yield f"{docstring}\n"


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the public methods and properties that a class defines."""
    return [
        found
        for found in node.body
        if isinstance(found, FUNCTION)
        and not found.name.startswith("_")
        and found.name != "settings_customise_sources"  # how pydantic is told where to look
    ]


def _fields(node: ast.ClassDef, module: ast.Module) -> dict[str, str]:
    """Return a table row for each field, those of base classes in the same module first."""
    classes = {found.name: found for found in module.body if isinstance(found, ast.ClassDef)}
    rows: dict[str, str] = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            rows |= _fields(classes[base.id], module)
    for field in node.body:
        match field:
            case ast.AnnAssign(target=ast.Name(name)):
                rows[name] = _field_row(name, field)
            case ast.Assign(targets=[ast.Name(name)]):
                rows[name] = f"| `{name}` | | {_code(field.value)} | |"
    return {
        name: row for name, row in rows.items() if not name.startswith("_") and name != PYDANTIC
    }


def _field_row(name: str, field: ast.AnnAssign) -> str:
    default, description = _default_and_description(field.value)
    return f"| `{name}` | {_code(_bare(field.annotation))} | {default} | {description} |"


def _default_and_description(value: ast.expr | None) -> tuple[str, str]:
    match value:
        case None:
            return "", ""
        case ast.Call(func=ast.Name("Field"), args=args, keywords=keywords):
            named = {word.arg: word.value for word in keywords}
            default = args[0] if args else named.get("default")
            if "default_factory" in named:
                default = ast.Call(named["default_factory"], [], [])
            text = named.get("description")
            return (
                _code(default) if default else "required",
                str(ast.literal_eval(text)) if text else "",
            )
    return _code(value), ""


def _bare(annotation: ast.expr) -> ast.expr:
    """Return what stands inside of `Annotated` and `ClassVar`."""
    match annotation:
        case ast.Subscript(value=ast.Name("Annotated"), slice=ast.Tuple([inner, *_])):
            return inner
        case ast.Subscript(value=ast.Name("ClassVar"), slice=inner):
            return inner
    return annotation


def _code(expression: ast.expr) -> str:
    return f"`{ast.unparse(expression)}`".replace("|", "\\|")


def _signature(
    node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, *, without_result: bool = False
) -> str:
    """Return the head of a function, one argument a line when it would be longer than a line."""
    parts = _arguments(node.args)
    is_property = any(
        isinstance(found, ast.Name) and found.id == "property" for found in node.decorator_list
    )
    result = f" -> {ast.unparse(node.returns)}" if node.returns and not without_result else ""
    if is_property:
        return f"{name}{result.replace(' -> ', ': ')}"
    before = "" if without_result else "async def " if _is_async(node) else "def "
    line = f"{before}{name}({', '.join(parts)}){result}"
    if len(line) <= LONGEST_LINE:
        return line
    return f"{before}{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){result}"


def _is_async(node: ast.stmt) -> bool:
    return isinstance(node, ast.AsyncFunctionDef)


def _arguments(arguments: ast.arguments) -> list[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    unset: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    parts = [
        _argument(found, default)
        for found, default in zip(positional, [*unset, *arguments.defaults], strict=True)
        if found.arg not in {"self", "cls"}
    ]
    if arguments.vararg:
        parts.append(f"*{_argument(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [
        _argument(found, default)
        for found, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return parts


def _argument(found: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(found.annotation)}" if found.annotation else ""
    separator = " = " if annotation else "="
    return f"{found.arg}{annotation}{separator + ast.unparse(default) if default else ''}"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
