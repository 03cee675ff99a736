"""`completion`: what a shell needs to complete commands, flags and their values."""

from enum import StrEnum
from typing import Annotated

import typer

from cxone_async.cli.help_text import Command

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Shell(StrEnum):
    """The shells that are served."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(
    "completion",
    cls=Command,
    epilog='eval "$(cxone-async completion bash)"    # in ~/.bashrc; ~/.zshrc with zsh\n'
    "cxone-async completion fish > ~/.config/fish/completions/cxone-async.fish",
)
def completion_command(
    shell: Annotated[
        Shell,
        typer.Argument(metavar="SHELL", show_default=False, help="bash, zsh or fish."),
    ],
) -> None:
    """Print what makes a shell complete commands and flags."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # imported there

    from cxone_async.cli.main import COMPLETION_VARIABLE, PROGRAM

    typer.echo(
        get_completion_script(prog_name=PROGRAM, complete_var=COMPLETION_VARIABLE, shell=shell)
    )
