"""Lets others watch a run: metrics, a status page, traces. It never ends or slows the run."""
