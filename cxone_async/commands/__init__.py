"""One module for each command. Each connects the packages below for its work."""
