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
from cxone_async.cli.help_text import Group
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled
from cxone_async.cli.termination import termination_message
from cxone_async.cli.typed_line import next_after_stop, note_typed
from cxone_async.cli.usage_messages import HELP, usage_message
from cxone_async.errors import UsageError
from cxone_async.log_context import naming_run
from cxone_async.standard_streams import lost_output, standard_error

PROGRAM: Final = "cxone-async"
COMPLETION_VARIABLE: Final = "_CXONE_ASYNC_COMPLETE"
"""Set by a shell that asks for completions, as `completion` has told it."""

EXIT_USAGE: Final = 64
EXIT_CANNOT_WRITE: Final = 73

COMMANDS: Final = {
    "import": "cxone_async.cli.import_command",
    "plan": "cxone_async.cli.plan_command",
    "doctor": "cxone_async.cli.doctor_command",
    "columns": "cxone_async.cli.columns_command",
    "evaluate": "cxone_async.cli.evaluate_command",
    "explain": "cxone_async.cli.explain_command",
    "verify": "cxone_async.cli.verify_command",
    "report": "cxone_async.cli.report_command",
    "runs": "cxone_async.cli.runs_command",
    "status": "cxone_async.cli.status_command",
    "compare": "cxone_async.cli.compare_command",
    "purge": "cxone_async.cli.purge_command",
    "prune": "cxone_async.cli.prune_command",
    "ledger": "cxone_async.cli.ledger_command",
    "config": "cxone_async.cli.config_command",
    "completion": "cxone_async.cli.completion_command",
    "demo": "cxone_async.cli.demo_command",
    "mock-tenant": "cxone_async.cli.mock_tenant_command",
}
"""Each command and the module that defines it, as the only command of its `app`."""

PRINTS_ITS_RESULT: Final = frozenset(
    {
        "columns",
        "compare",
        "completion",
        "config",
        "doctor",
        "evaluate",
        "explain",
        "runs",
        "status",
    }
)
"""Commands that leave nothing but what they print."""


EXAMPLES: Final = """\
cxone-async demo
cxone-async plan contacts.csv --allowed-countries US,CA"""


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code, whatever happens.

    What cannot be printed changes the exit code only of commands that leave nothing else.
    """
    arguments = _with_flags_for_words(arguments)
    document = json_document()
    document.begin(arguments)
    termination_message().begin(arguments)
    note_typed(arguments)
    code = _run(arguments)
    if code and not document.is_wanted and (next_command := next_after_stop(code)):
        for line in next_command.lines():
            typer.echo(line)
    document.write_error(code)
    if not code and (lost_by := lost_output()) and PRINTS_ITS_RESULT.intersection(arguments[:1]):
        code = EXIT_CANNOT_WRITE
        message = f"standard output cannot be written: {os.strerror(lost_by)}"
        say_stopped(message, code, as_json=not sys.stderr.isatty())
    termination_message().write(code)
    standard_error().finish()
    return code


def _with_flags_for_words(arguments: list[str]) -> list[str]:
    """Return the same with flags where people write `help`, `help COMMAND` and `version`."""
    match arguments:
        case ["help", "help" | "version", *_]:
            return ["--help"]
        case ["help", *command]:
            return [*command, "--help"]
        case ["version", *more]:
            return ["--version", *more]
    return arguments


def _run(arguments: list[str]) -> int:
    os.umask(0o077)
    # pydantic asks every installed distribution for plugins: a tenth of a usage error's time
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with naming_run(), reporting_errors(as_json=not sys.stderr.isatty()):
            return _invoke(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _invoke(arguments: list[str]) -> int:
    """Run one command; what typer's parser refuses is a UsageError, as all wrong usage is."""
    command_line = _command_line()
    try:
        ended = command_line.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except Exception as error:
        message = usage_message(error)
        if message is None:
            raise
        if message == HELP:
            standard_error().write(f"{error}\n")
            return EXIT_USAGE
        raise UsageError(message) from None
    return ended if isinstance(ended, int) else 0


def _command_line() -> Any:
    """Return all commands as one.

    Without a value for --help, typer loads pydantic to make one.
    """
    if COMPLETION_VARIABLE in os.environ:
        from typer import completion  # noqa: PLC0415  slow to load

        completion.completion_init()  # type: ignore[attr-defined]  # imported there
    app = typer.Typer(
        name=PROGRAM,
        cls=Group,
        add_completion=False,
        no_args_is_help=True,
        context_settings={
            "help_option_names": ["-h", "--help"],
            "default_map": {"help": False},
        },
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Load contact lists into NICE CXone and account for every row.",
        epilog=EXAMPLES,
    )
    app.callback()(_root)
    group: Any = typer.main.get_command(app)
    group.commands = _Commands()
    return group


class _Commands(Mapping[str, Any]):
    """The commands by name; a command is defined when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        command = typer.main.get_command(import_module(COMMANDS[name]).app)
        end_if_signalled()
        return command

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
            "-V",
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass
