"""When the next request may be sent, and when a failing tenant is left alone."""
