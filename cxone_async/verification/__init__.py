"""Recomputes a run from its input, journal and files, independently of the code that wrote them."""
