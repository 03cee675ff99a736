"""`ledger`: what is done to a ledger beside importing."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Json
from cxone_async.cli.help_text import Command, Group
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled

EXAMPLES: Final = """\
cxone-async ledger forget /runs/ledger.db --from requests.txt
cxone-async ledger forget /runs/ledger.db --from - --default-country GB"""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    cls=Group,
    no_args_is_help=True,
    help="Take people out of a ledger.",
    epilog=EXAMPLES,
)


@app.callback()
def ledger_commands() -> None:
    """Take people out of a ledger."""


@app.command("forget", cls=Command, epilog=EXAMPLES)
def forget_command(
    ledger: Annotated[
        Path,
        typer.Argument(metavar="LEDGER", show_default=False, help="The file of --ledger."),
    ],
    from_file: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            show_default=False,
            help="Values, one a line: a phone, an email, or `external-id` and an id. "
            "- reads standard input.",
        ),
    ] = None,
    phone: Annotated[
        list[str] | None,
        typer.Option(
            "--phone",
            metavar="PHONE",
            show_default=False,
            help="Repeat it for more. Other users see it in the process list; --from hides it.",
        ),
    ] = None,
    email: Annotated[
        list[str] | None,
        typer.Option(
            "--email", metavar="EMAIL", show_default=False, help="Repeat it for more; as --phone."
        ),
    ] = None,
    external_id: Annotated[
        list[str] | None,
        typer.Option(
            "--external-id",
            metavar="ID",
            show_default=False,
            help="Your id. It is looked up in the outcomes.csv of the ledger's runs.",
        ),
    ] = None,
    default_country: Annotated[
        str,
        typer.Option(
            "--default-country", metavar="COUNTRY", help="Of phones without a calling code."
        ),
    ] = "US",
    json: Json = False,
) -> None:
    """Remove people from a ledger and its file."""
    import msgspec

    from cxone_async.cli.forgotten_lines import forgotten_lines
    from cxone_async.commands.forget import (
        EMAIL,
        EXTERNAL_ID,
        PHONE,
        Asked,
        asked_in_file,
        exit_code_of,
        forget,
    )
    from cxone_async.logs import configure

    end_if_signalled()
    configure()
    asked = [
        Asked(kind, value, f"--{kind} {number}")
        for kind, values in ((PHONE, phone), (EMAIL, email), (EXTERNAL_ID, external_id))
        for number, value in enumerate(values or (), start=1)
    ]
    if from_file is not None:
        asked += asked_in_file(from_file)
    forgotten = forget(ledger, asked, default_country)
    code = exit_code_of(forgotten)
    if json_document().is_wanted:
        json_document().write_result(msgspec.to_builtins(forgotten), code)
    else:
        typer.echo("\n".join(forgotten_lines(forgotten)))
    raise typer.Exit(code)
