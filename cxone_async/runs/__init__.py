"""A run's directory, its identity, and the results of a finished run."""
