"""The flow of rows from the source to their outcomes."""
