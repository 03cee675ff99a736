"""Sends prepared rows to the tenant and brings each of them to its outcome."""
