"""Turns blocks of the input into rows that are decided or ready to be sent."""
