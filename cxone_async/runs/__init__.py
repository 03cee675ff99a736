"""A run's directory, its identity, and what a finished run left behind."""
