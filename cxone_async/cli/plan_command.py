"""`plan`: its flags are the fields of `PlanSettings`."""

from typing import Final

import typer

from cxone_async.cli.flags import with_settings
from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled
from cxone_async.settings import PlanSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async plan contacts.csv --allowed-countries US,CA
cxone-async plan contacts.csv --map phone=Mobile --suppress do-not-call.csv"""


@app.command("plan", cls=Command, epilog=EXAMPLES)
@with_settings(PlanSettings, answers_in_json=True)
def plan_command(csv: str, settings: PlanSettings) -> int:
    """Read, check and match like an import, but send nothing."""
    import asyncio

    from cxone_async.cli.attended_run import plan_attended

    end_if_signalled()
    return asyncio.run(plan_attended(csv, settings))
