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
    from cxone_async.commands.verify import figures_of, verify_run
    from cxone_async.logs import configure

    end_if_signalled()
    configure()
    found = verify_run(run_dir, csv, encoding)
    code = UnreadableInputError.exit_code if found.contradictions else 0
    edited, wrong, kept = ([printable(one) for one in sentences] for sentences in found)
    if json_document().is_wanted:
        document = {"passed": not wrong, "contradictions": wrong, "edited": edited, "kept": kept}
        json_document().write_result(document, code)
    else:
        whole = "input, journal and files tell the same of every row"
        if edited:
            whole = f"the run itself is whole: {whole}"
        for sentence in (*edited, *kept, *(wrong or [f"PASS  {whole}"])):
            typer.echo(sentence)
        if not wrong:
            typer.echo(f"took  {figures_of(run_dir)}")
    raise typer.Exit(code)
