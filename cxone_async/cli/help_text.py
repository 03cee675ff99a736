"""The help of the commands: arguments, options in groups, and examples to copy.

It is plain text: at 80 columns that reads better than boxes, and rich is slow to load.
"""

import textwrap
from collections.abc import Iterable
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

from cxone_async.cli.process import begin_work

_COLUMN: Final = 26
"""Where the text begins. A longer name has a line of its own."""


class Command(TyperCommand):
    """A command whose options stand in groups, and whose examples keep their lines."""

    def invoke(self, ctx: Any) -> Any:
        """Do the command's work."""
        begin_work()
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what stands behind the command's name, arguments first."""
        return [*(str(one.metavar) for one in _arguments(self.params)), "[OPTIONS]"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options by group."""
        if arguments := [(one.metavar, one.help) for one in _arguments(self.params)]:
            with formatter.section("Arguments"):
                _write(arguments, formatter)
        groups: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            if option.param_type_name == "option" and (told := option.get_help_record(ctx)):
                title = getattr(option, "rich_help_panel", None) or "Options"
                groups.setdefault(title, []).append(told)
        for title, options in groups.items():
            with formatter.section(title):
                _write(options, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        write_examples(self.epilog, formatter)


class Group(TyperGroup):
    """Several commands, with examples."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        write_examples(self.epilog, formatter)


def write_examples(examples: str | None, formatter: Any) -> None:
    """Write examples as they are: a shell would not take them with other line ends."""
    with formatter.section("Examples"):
        for line in (examples or "").splitlines():
            formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def _arguments(parameters: Iterable[Any]) -> list[Any]:
    return [one for one in parameters if one.param_type_name == "argument"]


def _write(told: Iterable[tuple[str, str]], formatter: Any) -> None:
    """Write names and texts in two columns; a line end in a text is kept."""
    indent = " " * formatter.current_indent
    for name, text in told:
        lines = [
            line
            for part in text.splitlines()
            for line in textwrap.wrap(
                part, formatter.width - _COLUMN, break_long_words=False, break_on_hyphens=False
            )
        ]
        first = f"{indent}{name}"
        if len(first) + 2 > _COLUMN:
            formatter.write(f"{first}\n")
            first = ""
        for line in lines:
            formatter.write(f"{first:{_COLUMN}}{line}\n")
            first = ""
