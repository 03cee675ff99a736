"""The command line: commands, signals, exit codes.

Guarantee: nothing a user can cause ends in a traceback. Every `RunError` becomes one line
on standard error and its own exit code; anything else is an internal error (70), of which
type and place are logged but not the text, which might hold a contact's data.

The flags of `import` and `plan` are generated from the settings models, so that a flag,
a `CXONE_*` variable and a line of the config file are always the same thing.
"""

import asyncio
import inspect
import os
import secrets
import sys
import types
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from pydantic import SecretStr

from cxone_async import __version__, app
from cxone_async.errors import RunError, TenantUnreachableError
from cxone_async.settings import (
    ImportSettings,
    LogFormat,
    LogLevel,
    Model,
    PlanSettings,
    ReadingSettings,
    flag_name,
    has_flag,
    load,
)
from cxone_async.telemetry.logs import configure, log_internal_error, say_stopped

EXIT_USAGE = 64
EXIT_INTERNAL = 70
CLICK_USAGE = 2
MOCK_TENANT = "cxone_async.mock_tenant"

DEMO_QUOTA_PER_MINUTE = 1200
DEMO_TENANT_OPTIONS = (
    *("--quota", "1200", "--import-latency-s", "1.0", "--import-latency-sigma", "0.3"),
    *("--transient-share", "0.05", "--permanent-share", "0.02", "--dnc-enabled"),
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

Csv = Annotated[
    str, typer.Argument(metavar="CSV", show_default=False, help="The input; - is standard input.")
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN_DIR", show_default=False)]
Config = Annotated[
    Path | None, typer.Option("--config", show_default=False, help="TOML file with settings.")
]


def _option_type(annotation: Any) -> Any:
    """Return the type the command line parses a settings field as."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = [part for part in get_args(annotation) if part is not type(None)]
    origin = get_origin(annotation) or annotation
    if origin is dict:
        return list[str]
    if origin is frozenset:
        return str
    if isinstance(origin, type) and issubclass(origin, bool | int | float | Path | Enum):
        return origin
    return str


def _default_text(model: type[ReadingSettings], name: str) -> str | bool:
    default = model.model_fields[name].get_default(call_default_factory=True)
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, frozenset):
        return ",".join(sorted(default)) or "any"
    if default is None or default == {} or repr(default) == "PydanticUndefined":
        return False
    return str(default)


def _with_settings(
    model: type[ReadingSettings],
) -> Callable[[Callable[[str, dict[str, Any], Path | None], None]], Callable[..., None]]:
    """Give a command one flag for each field of `model`, beside CSV and --config.

    The command receives the input, the flags that were given, and the config file.
    """

    def decorate(
        command: Callable[[str, dict[str, Any], Path | None], None],
    ) -> Callable[..., None]:
        parameters = [
            inspect.Parameter("csv", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Csv),
            *(
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=None,
                    annotation=Annotated[
                        _option_type(field.annotation) | None,
                        typer.Option(
                            flag_name(name),
                            help=field.description,
                            show_default=_default_text(model, name),
                            metavar=_metavar(_option_type(field.annotation)),
                        ),
                    ],
                )
                for name, field in model.model_fields.items()
                if has_flag(model, name)
            ),
            inspect.Parameter(
                "config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Config
            ),
        ]

        def parsed(**given: Any) -> None:
            csv, config = given.pop("csv"), given.pop("config")
            flags = {name: value for name, value in given.items() if value not in (None, [])}
            command(csv, flags, config)

        parsed.__name__ = command.__name__
        parsed.__doc__ = command.__doc__
        parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return parsed

    return decorate


def _metavar(option_type: Any) -> str | None:
    if option_type is bool or (isinstance(option_type, type) and issubclass(option_type, Enum)):
        return None
    return {int: "N", float: "NUMBER", Path: "PATH"}.get(option_type, "TEXT")


def _load(model: type[Model], flags: Mapping[str, object], config: Path | None) -> Model:
    settings = load(model, flags, config)
    wants_json = (
        settings.log_format is LogFormat.JSON
        if settings.log_format is not None
        else not sys.stderr.isatty()
    )
    configure(json=wants_json, level=settings.log_level)
    return settings


@cli.command("import", help="Import a CSV into a contact list; run again to resume.")
@_with_settings(ImportSettings)
def import_command(csv: str, flags: dict[str, Any], config: Path | None) -> None:
    settings = _load(ImportSettings, flags, config)
    _finish(app.import_from_terminal(csv, settings))


@cli.command("plan", help="Read, check and match as import does, without a single request.")
@_with_settings(PlanSettings)
def plan_command(csv: str, flags: dict[str, Any], config: Path | None) -> None:
    settings = _load(PlanSettings, flags, config)
    _finish(app.plan_from_terminal(csv, settings))


@cli.command("verify")
def verify_command(run_dir: RunDir, csv: Csv) -> None:
    """Recompute a run's equation from its input, journal and files."""
    raise typer.Exit(app.verify(run_dir, csv))


@cli.command("report")
def report_command(run_dir: RunDir) -> None:
    """Write the report of a run again, and print its summary."""
    raise typer.Exit(app.rewrite_report(run_dir))


@cli.command("demo")
def demo_command(
    run_dir: Annotated[Path, typer.Option("--run-dir", help="Where the run's files go.")] = Path(
        "demo-run"
    ),
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


@cli.callback(invoke_without_command=True)
def root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


async def _demo(run_dir: Path) -> int:
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
            return await app.import_from_terminal(str(sample), settings)
    finally:
        if tenant.returncode is None:
            tenant.terminate()
        await tenant.wait()


def _finish(work: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(work))


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
