"""What several commands take and no setting is. So a wrong flag is told at once."""

from pathlib import Path
from typing import Annotated

import typer

_INPUT = typer.Argument(
    metavar="CSV",
    show_default=False,
    help="Input file; import and plan also take - for standard input.",
)
Csv = Annotated[str, _INPUT]
CsvToldLater = Annotated[str | None, _INPUT]
"""As `Csv`; a command that lacks settings too tells all that is missing at once."""
RunDir = Annotated[
    Path,
    typer.Argument(metavar="RUN_DIR", show_default=False, help="Directory of a finished run."),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", show_default=False, help="Print the result as one JSON document, and no text."
    ),
]
"""The flag. Commands read `json_document().is_wanted` instead of its value."""
Everything = Annotated[
    bool,
    typer.Option(
        "--all", show_default=False, help="Remove figures, report and the directory itself too."
    ),
]
Unfinished = Annotated[
    bool,
    typer.Option(
        "--unfinished",
        show_default=False,
        help="Also a run that has not finished, or cannot be read: it can never be resumed.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", show_default=False, help="Say what would go, and remove nothing."),
]
