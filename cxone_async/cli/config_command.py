"""`config show`: the settings in force, and where each comes from."""

from enum import StrEnum
from typing import Annotated

import typer

from cxone_async.cli.flags import Config, Profile
from cxone_async.cli.help_text import Command, Group
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings, ReadingSettings

EXAMPLES = """\
cxone-async config show --config nightly.toml --profile staging
CXONE_QUOTA=300 cxone-async config show plan"""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    cls=Group,
    no_args_is_help=True,
    help="Show which settings are in force.",
    epilog=EXAMPLES,
)


class Of(StrEnum):
    """The commands whose settings can be shown."""

    IMPORT = "import"
    PLAN = "plan"
    EVALUATE = "evaluate"

    @property
    def model(self) -> type[ReadingSettings]:
        """The command's settings."""
        match self:
            case Of.IMPORT:
                return ImportSettings
            case Of.PLAN:
                return PlanSettings
            case Of.EVALUATE:
                return EvaluateSettings


@app.callback()
def config_commands() -> None:
    """Show which settings are in force."""


@app.command("show", cls=Command, epilog=EXAMPLES)
def show_command(
    command: Annotated[
        Of,
        typer.Argument(
            metavar="[COMMAND]", show_default=False, help="import (default), plan or evaluate."
        ),
    ] = Of.IMPORT,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Print the settings in force, and where each comes from.

    The text is TOML. No secret is in it. The exit code is 64 or 78 when a setting is missing or
    wrong, as that of the command would be.
    """
    from cxone_async.cli.settings_in_force import in_force
    from cxone_async.configuration import gather, load, unknown_variables

    given = gather(command.model, {}, config, profile)
    for line in in_force(command.model, given):
        typer.echo(line)
    for name in unknown_variables():
        typer.echo(f"# {name} is no setting: nothing reads it")
    load(command.model, {}, config, profile)
