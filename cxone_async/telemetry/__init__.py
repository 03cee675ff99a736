"""What a run shows while it goes: log events and progress."""
