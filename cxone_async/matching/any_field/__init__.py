"""The any-field policy: one similar identifier makes a duplicate, answered from an index."""
