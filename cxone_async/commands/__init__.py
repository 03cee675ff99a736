"""One module for each command; each joins the packages below it into one piece of work."""
