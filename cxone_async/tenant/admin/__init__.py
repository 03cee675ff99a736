"""The Admin API of a real CXone tenant: calling lists, upload jobs, do-not-call groups, skills."""
