"""The command line: the commands there are, and the exit code of each end.

Guarantee: a command's definition loads when that command is asked for, and what the command
works with loads when it runs. So `--version` and every usage error are quick: they load no
HTTP client, no matching, no journal, no log library and no report.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from cxone_async import __version__
from cxone_async.cli.ending import reporting_errors, say_stopped
from cxone_async.cli.json_document import json_document
from cxone_async.log_context import naming_run
from cxone_async.standard_streams import lost_output, standard_error

EXIT_USAGE: Final = 64
EXIT_CANNOT_WRITE: Final = 73
TYPER_USAGE: Final = 2

COMMANDS: Final = {
    "import": "cxone_async.cli.import_command",
    "plan": "cxone_async.cli.plan_command",
    "doctor": "cxone_async.cli.doctor_command",
    "columns": "cxone_async.cli.columns_command",
    "evaluate": "cxone_async.cli.evaluate_command",
    "explain": "cxone_async.cli.explain_command",
    "verify": "cxone_async.cli.verify_command",
    "report": "cxone_async.cli.report_command",
    "demo": "cxone_async.cli.demo_command",
    "mock-tenant": "cxone_async.cli.mock_tenant_command",
}
"""Each command and the module that defines it, as the only command of its `app`."""

PRINTS_ITS_RESULT: Final = frozenset({"columns", "doctor", "evaluate", "explain"})
"""Commands that leave nothing but what they print."""


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code, whatever happens.

    What cannot be printed changes the exit code only of commands that leave nothing else.
    """
    document = json_document()
    document.begin(arguments)
    code = _run(arguments)
    document.write_error(code)
    if not code and (lost_by := lost_output()) and PRINTS_ITS_RESULT.intersection(arguments[:1]):
        code = EXIT_CANNOT_WRITE
        message = f"standard output cannot be written: {os.strerror(lost_by)}"
        say_stopped(message, code, as_json=not sys.stderr.isatty())
    standard_error().finish()
    return code


def _run(arguments: list[str]) -> int:
    os.umask(0o077)
    # pydantic asks every installed distribution for plugins: a tenth of a usage error's time
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with naming_run(), reporting_errors(as_json=not sys.stderr.isatty()):
            _command_line()(args=arguments)
    except SystemExit as end:
        if said := getattr(end.__context__, "format_message", None):  # a usage error of typer's
            json_document().note_error(said())
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return EXIT_USAGE if code == TYPER_USAGE else code
    return 0


def _command_line() -> Any:
    """Return all commands as one.

    Without a value for --help, typer loads pydantic to make one. Help and errors are plain text:
    at 80 columns that reads better than boxes, and rich is slow to load.
    """
    app = typer.Typer(
        name="cxone-async",
        add_completion=False,
        no_args_is_help=True,
        context_settings={
            "help_option_names": ["-h", "--help"],
            "default_map": {"help": False},
        },
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Load contact lists into NICE CXone and account for every row.",
    )
    app.callback()(_root)
    group: Any = typer.main.get_command(app)
    group.commands = _Commands()
    return group


class _Commands(Mapping[str, Any]):
    """The commands by name; a command is defined when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        return typer.main.get_command(import_module(COMMANDS[name]).app)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass
