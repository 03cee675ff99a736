"""HTTP to one tenant: the connection, the answers, the access token."""
