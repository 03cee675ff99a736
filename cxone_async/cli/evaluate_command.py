"""`evaluate`: its flags are the fields of `EvaluateSettings`."""

from typing import Final

import typer

from cxone_async.cli.flags import with_settings
from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled
from cxone_async.settings import EvaluateSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async evaluate contacts.csv --truth truth.csv
cxone-async evaluate contacts.csv --truth truth.csv --match corroborated,exact"""


@app.command("evaluate", cls=Command, epilog=EXAMPLES)
@with_settings(EvaluateSettings)
def evaluate_command(csv: str, settings: EvaluateSettings) -> int:
    """Compare matching policies on a file with known duplicates."""
    import asyncio

    from cxone_async.cli.tables import console, show_evaluation
    from cxone_async.commands.evaluate import run_evaluation

    end_if_signalled()
    show_evaluation(console(), asyncio.run(run_evaluation(csv, settings)))
    return 0
