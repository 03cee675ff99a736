"""`import`: its flags are the fields of `ImportSettings`."""

from typing import Final

import typer

from cxone_async.cli.flags import with_settings
from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled
from cxone_async.settings import ImportSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async import contacts.csv --tenant acme --client-id ID \\
    --client-secret-file secret.txt --list-id LIST --campaign-id CAMPAIGN
cxone-async import contacts.csv --config nightly.toml --run-dir tonight"""


@app.command("import", cls=Command, epilog=EXAMPLES)
@with_settings(ImportSettings, answers_in_json=True)
def import_command(csv: str, settings: ImportSettings) -> int:
    """Import a CSV into a contact list. Run it again to resume."""
    from cxone_async.cli.attended_run import import_attended
    from cxone_async.commands.event_loop import run

    end_if_signalled()
    return run(import_attended(csv, settings))
