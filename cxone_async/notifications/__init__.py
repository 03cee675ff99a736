"""Tells somebody how a run ended, by web hooks. It never ends a run, nor changes its exit code."""
