"""The command line: commands, signals, exit codes.

Guarantee: nothing a user can cause ends in a traceback. Every `RunError` becomes one line
on standard error and its own exit code; anything else is an internal error (70), of which
type and place are logged but not the text, which might hold a contact's data.

SIGTERM and SIGINT drain a run, a second one ends it at once, and both leave a run that the
same command goes on with.
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from cxone_async import __version__
from cxone_async.cli import tables
from cxone_async.cli.flags import Csv, with_settings
from cxone_async.cli.progress_line import shown
from cxone_async.cli.summary import summary
from cxone_async.commands import import_contacts as app
from cxone_async.commands.explain import explain_row
from cxone_async.errors import (
    InterruptedRunError,
    RunError,
    TenantUnreachableError,
    UnreadableInputError,
)
from cxone_async.load.counters import RunCounters
from cxone_async.load.run import Run
from cxone_async.logs import configure, log_internal_error, say_stopped
from cxone_async.report.files import write_report_again
from cxone_async.settings import (
    EvaluateSettings,
    ImportSettings,
    LogFormat,
    LogLevel,
    Model,
    PlanSettings,
    load,
)
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.verification import verify

EXIT_USAGE = 64
EXIT_INTERNAL = 70
CLICK_USAGE = 2
MOCK_TENANT = "cxone_async.mock_tenant"
DEMO_QUOTA_PER_MINUTE = 1200
DEMO_TENANT_OPTIONS = (
    *("--quota", "1200", "--import-latency-s", "1.0", "--import-latency-sigma", "0.3"),
    *("--transient-share", "0.05", "--dnc-enabled"),
    *("--allowed-countries", "US,CA,GB,DE", "--seed", "7"),
)

cli = typer.Typer(
    name="cxone-async",
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Load contact lists into NICE CXone and account for every row.",
)

RunDir = Annotated[
    Path,
    typer.Argument(metavar="RUN_DIR", show_default=False, help="The directory of a finished run."),
]


@cli.command("import", help="Import a CSV into a contact list; run again to resume.")
@with_settings(ImportSettings)
def import_command(csv: str, flags: dict[str, Any], config: Path | None) -> None:
    _finish(_import(csv, _load(ImportSettings, flags, config)))


@cli.command("plan", help="Read, check and match as import does, without a single request.")
@with_settings(PlanSettings)
def plan_command(csv: str, flags: dict[str, Any], config: Path | None) -> None:
    _finish(_plan(csv, _load(PlanSettings, flags, config)))


@cli.command(
    "evaluate", help="Compare matching policies on a file of which it is known who every row is."
)
@with_settings(EvaluateSettings)
def evaluate_command(csv: str, flags: dict[str, Any], config: Path | None) -> None:
    figures = asyncio.run(app.run_evaluation(csv, _load(EvaluateSettings, flags, config)))
    tables.show_evaluation(tables.console(), figures)


@cli.command("explain")
def explain_command(
    run_dir: RunDir,
    row: Annotated[
        int,
        typer.Argument(
            metavar="ROW", min=1, show_default=False, help="A row's number in outcomes.csv."
        ),
    ],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show phones, emails and names unmasked.")
    ] = False,
    input_path: Annotated[
        Path | None, typer.Option("--input", show_default=False, help="Where the input is now.")
    ] = None,
) -> None:
    """Show why a row was dropped as a duplicate, or what it resembles."""
    explanations = asyncio.run(explain_row(run_dir, row, input_path))
    for explanation in explanations:
        tables.show_explanation(tables.console(), explanation, masked=not show_values)


@cli.command("verify")
def verify_command(
    run_dir: RunDir,
    csv: Csv,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the input, if the journal does not tell.")
    ] = None,
) -> None:
    """Recompute a run's equation from its input, journal and files."""
    contradictions = verify(run_dir, Path(csv), encoding)
    for sentence in contradictions:
        typer.echo(sentence)
    if contradictions:
        raise typer.Exit(UnreadableInputError.exit_code)
    typer.echo("PASS  input, journal and files tell the same of every row")


@cli.command("report")
def report_command(run_dir: RunDir) -> None:
    """Write the report of a finished run again."""
    typer.echo(write_report_again(run_dir))


@cli.command("demo")
def demo_command(
    run_dir: Annotated[
        Path | None,
        typer.Option("--run-dir", show_default=False, help="Where the run's files go."),
    ] = None,
) -> None:
    """Import a packaged sample into a stand-in tenant and show the report."""
    configure(json=not sys.stderr.isatty(), level=LogLevel.WARNING)
    _finish(_demo(run_dir))


@cli.command(
    "mock-tenant",
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    },
)
def mock_tenant_command(context: typer.Context) -> None:
    """Start a stand-in tenant on this machine; `mock-tenant --help` lists its options."""
    program = [sys.executable, "-P", "-m", MOCK_TENANT, *context.args]
    os.execv(sys.executable, program)  # noqa: S606  a separate program takes this one's place


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print it."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; the exit code is the contract's."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code, whatever happens."""
    os.umask(0o077)
    configure(json=not sys.stderr.isatty(), level=LogLevel.INFO)
    try:
        cli(args=arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return EXIT_USAGE if code == CLICK_USAGE else code
    except RunError as error:
        say_stopped(str(error), error.exit_code)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:
        log_internal_error(error)
        say_stopped(
            f"internal error ({type(error).__name__}); please report the place logged above",
            EXIT_INTERNAL,
        )
        return EXIT_INTERNAL
    return 0


def _load(model: type[Model], flags: Mapping[str, object], config: Path | None) -> Model:
    settings = load(model, flags, config)
    wants_json = (
        settings.log_format is LogFormat.JSON
        if settings.log_format is not None
        else not sys.stderr.isatty()
    )
    configure(json=wants_json, level=settings.log_level)
    return settings


def _finish(work: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(work))


async def _import(csv: str, settings: ImportSettings) -> int:
    async with _stopped_by_signals() as switch:
        directory, result = await app.run_import(csv, settings, partial(_attended, switch))
    typer.echo(summary(result, directory))
    return result.exit_code


async def _plan(csv: str, settings: PlanSettings) -> int:
    async with _stopped_by_signals():
        directory, result = await app.run_plan(csv, settings, _displayed)
    typer.echo(summary(result, directory))
    return result.exit_code


async def _demo(run_dir: Path | None) -> int:
    secret = secrets.token_urlsafe(16)
    tenant = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", MOCK_TENANT, *DEMO_TENANT_OPTIONS],
        env={**os.environ, "MOCK_TENANT_CLIENT_SECRET": secret},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert tenant.stdout is not None  # noqa: S101  asked for above
        announced = (await tenant.stdout.readline()).decode().split()
        if not announced:
            raise TenantUnreachableError("the stand-in tenant did not start")
        settings = ImportSettings(
            run_dir=run_dir,
            base_url=announced[-1],
            list_id="demo-list",
            campaign_id="demo-campaign",
            segment_id="demo-segment",
            client_id="demo-client",
            client_secret=SecretStr(secret),
            quota=DEMO_QUOTA_PER_MINUTE,
        )
        with as_file(files("cxone_async") / "sample" / "contacts.csv") as sample:
            return await _import(str(sample), settings)
    finally:
        if tenant.returncode is None:
            tenant.terminate()
        await tenant.wait()


class _StopSwitch:
    """What a signal does: drains the run when there is one, else cancels the command."""

    def __init__(self, command: asyncio.Task[object] | None) -> None:
        self._command = command
        self._signal_name = ""
        self.run: Run | None = None

    def press(self, number: signal.Signals) -> None:
        """Stop for this signal; a second press stops at once."""
        self._signal_name = number.name
        if self.run is not None:
            self.run.stop(self.reason())
        elif self._command is not None:
            self._command.cancel()

    def reason(self) -> InterruptedRunError:
        """Return the error that the signal ends a command with."""
        return InterruptedRunError(
            f"stopped by {self._signal_name}; the same command goes on from here"
        )


@asynccontextmanager
async def _stopped_by_signals() -> AsyncIterator[_StopSwitch]:
    loop = asyncio.get_running_loop()
    switch = _StopSwitch(asyncio.current_task())
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, switch.press, number)
    try:
        yield switch
    except asyncio.CancelledError:
        raise switch.reason() from None
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _attended(
    switch: _StopSwitch, attended: Run, progress: RunCounters, quota: RateLimiter
) -> AsyncIterator[None]:
    switch.run = attended
    live = sys.stderr.isatty()
    async with shown(progress, lambda: quota.used_in_last_minute, live=live):
        yield
    switch.run = None


@asynccontextmanager
async def _displayed(progress: RunCounters) -> AsyncIterator[None]:
    async with shown(progress, lambda: 0, live=sys.stderr.isatty()):
        yield
