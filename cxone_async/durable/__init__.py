"""Files that survive a power cut, and one process per run directory."""
