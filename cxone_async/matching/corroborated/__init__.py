"""The corroborated policy: an identifier that agrees needs a second, independent witness."""
