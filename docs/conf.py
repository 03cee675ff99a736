"""How Sphinx makes the site of these pages; `make docs` runs it."""

import os
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

project = "cxone_async"
copyright = "cxone_async contributors"  # noqa: A001  Sphinx's name
extensions = ["myst_parser", "sphinxcontrib.programoutput"]
html_theme = "furo"
html_title = "cxone_async"
html_copy_source = False
html_show_sourcelink = False
nitpicky = True
# A link to a heading leads to one, down to this level.
myst_heading_anchors = 4

# Pygments colours neither.
lexers["csv"] = lexers["mermaid"] = TextLexer()

# docs/commands.md shows what the commands of this environment print while the site is made.
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
os.environ["COLUMNS"] = "88"
