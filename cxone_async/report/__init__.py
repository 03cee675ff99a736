"""The result of a run: the equation, the files, the page."""
