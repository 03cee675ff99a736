"""Everything that a terminal sees: arguments in, text and exit codes out."""
