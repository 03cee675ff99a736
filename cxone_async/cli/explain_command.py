"""`explain`: why a row of a finished run was dropped or kept."""

from typing import Annotated

import typer

from cxone_async.cli.arguments import RunDir

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("explain")
def explain_command(
    run_dir: RunDir,
    row: Annotated[
        int,
        typer.Argument(
            metavar="ROW", min=1, show_default=False, help="Number of the row, as in outcomes.csv."
        ),
    ],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show phone numbers, emails and names unmasked.")
    ] = False,
    input_uri: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="PATH", show_default=False, help="The input, if it has moved since."
        ),
    ] = None,
) -> None:
    """Show why a row was dropped, or which row it resembles."""
    import asyncio

    from cxone_async.cli.tables import console, show_explanation
    from cxone_async.commands.explain import explain_row
    from cxone_async.logs import configure

    configure()
    for explanation in asyncio.run(explain_row(run_dir, row, input_uri)):
        show_explanation(console(), explanation, masked=not show_values)
