"""`demo`: an import into a stand-in tenant, with nothing but this package."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async demo
cxone-async demo --run-dir first-look"""


@app.command("demo", cls=Command, epilog=EXAMPLES)
def demo_command(
    run_dir: Annotated[
        Path | None,
        typer.Option(
            "--run-dir", metavar="PATH", show_default=False, help="Directory for the run's files."
        ),
    ] = None,
) -> None:
    """Import a packaged sample into a stand-in tenant."""
    from cxone_async.cli.demo import import_sample
    from cxone_async.commands.event_loop import run
    from cxone_async.logs import configure

    end_if_signalled()
    configure(level="warning")
    raise typer.Exit(run(import_sample(run_dir)))
