"""The contact-lists dialect (/api/v2/contactlists)."""
