"""Turns blocks of the input into rows that are either decided or ready to send."""
