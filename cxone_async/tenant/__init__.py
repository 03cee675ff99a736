"""Talking to CXone: the port, its dialects, and the quota they share."""
