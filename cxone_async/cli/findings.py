"""Shows what `doctor` found, as text or for `--json`. It holds no secret and no person."""

import textwrap
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.text import Text

from cxone_async.commands.doctor import Finding, State
from cxone_async.printable import printable

_COLOUR: Final = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.FAILED: "red",
    State.NOT_CHECKED: "dim",
}
_INDENT: Final = 26
_LEAST_WIDTH: Final = 40


def findings_document(findings: Sequence[Finding]) -> object:
    """Return what `--json` prints."""
    return {
        "passed": not any(one.state is State.FAILED for one in findings),
        "checks": msgspec.to_builtins(findings),
    }


def show_findings(target: Console, findings: Sequence[Finding]) -> None:
    """Print a line or more for each check, and how many are not as they should be."""
    for one in findings:
        line = Text(f"{one.state:<12}", style=_COLOUR[one.state])
        line.append(f"{one.check:<14}", style="default")
        _print(target, line, one.what)
        if one.way_out:
            _print(target, Text(" " * (_INDENT - 3) + "-> "), one.way_out)
    failed, warned = (
        sum(one.state is state for one in findings) for state in (State.FAILED, State.WARNING)
    )
    said = f"{failed} failed" if failed else "nothing failed"
    said += f", {warned} to look at" if warned else ""
    target.print(f"{said}; no contact was sent", highlight=False)


def _print(target: Console, line: Text, text: str) -> None:
    width = max(target.width - _INDENT, _LEAST_WIDTH)
    first, *rest = textwrap.wrap(printable(text), width, break_long_words=False) or [""]
    line.append(first, style="default")
    target.print(line, soft_wrap=True)
    for further in rest:
        target.print(" " * _INDENT + further, soft_wrap=True, markup=False, highlight=False)
