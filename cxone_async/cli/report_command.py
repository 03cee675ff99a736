"""`report`: writes the page of a finished run again."""

from typing import Final

import typer

from cxone_async.cli.arguments import RunDir
from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled
from cxone_async.printable import printable

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async report tonight
cxone-async report /runs/2026-11-30"""


@app.command("report", cls=Command, epilog=EXAMPLES)
def report_command(run_dir: RunDir) -> None:
    """Write the report of a finished run again."""
    from cxone_async.commands.report import purged_in_words, write_report_again
    from cxone_async.logs import configure

    end_if_signalled()
    configure()
    typer.echo(printable(str(write_report_again(run_dir))))
    if said := purged_in_words(run_dir):
        typer.echo(printable(said), err=True)
