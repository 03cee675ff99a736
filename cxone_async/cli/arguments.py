"""Arguments that several commands have. They need no settings, so a wrong flag is told at once."""

from pathlib import Path
from typing import Annotated

import typer

Csv = Annotated[
    str,
    typer.Argument(
        metavar="CSV",
        show_default=False,
        help="Input file; import and plan also take - for standard input.",
    ),
]
RunDir = Annotated[
    Path,
    typer.Argument(metavar="RUN_DIR", show_default=False, help="Directory of a finished run."),
]
