"""`verify`: whether input, journal and files of a finished run agree."""

from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Csv, Json, RunDir
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled
from cxone_async.errors import UnreadableInputError
from cxone_async.printable import printable

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async verify tonight contacts.csv
cxone-async verify tonight contacts.csv --encoding cp1252"""


@app.command("verify", cls=Command, epilog=EXAMPLES)
def verify_command(
    run_dir: RunDir,
    csv: Csv,
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Text encoding of the input, if the journal does not record it."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check a finished run against its input, row by row."""
    from cxone_async.commands.verify import verify_run
    from cxone_async.logs import configure

    end_if_signalled()
    configure()
    contradictions = verify_run(run_dir, csv, encoding)
    code = UnreadableInputError.exit_code if contradictions else 0
    said = [printable(sentence) for sentence in contradictions]
    if json_document().is_wanted:
        json_document().write_result({"passed": not said, "contradictions": said}, code)
    else:
        for sentence in said or ["PASS  input, journal and files tell the same of every row"]:
            typer.echo(sentence)
    raise typer.Exit(code)
