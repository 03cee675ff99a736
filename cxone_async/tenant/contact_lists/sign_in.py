"""Signing in with client credentials (RFC 6749, 4.4)."""

from typing import Final
from urllib.parse import urlencode

from cxone_async.tenant.access import Credential
from cxone_async.tenant.http.auth import FORM, SignInRequest

_PATH: Final = "/oauth/token"


class ClientCredentials:
    """The grant of the contact-lists dialect: the client's id and its secret, in a form."""

    def __init__(self, client_id: Credential, client_secret: Credential) -> None:
        self.credentials = (client_id, client_secret)

    def request(self, *credentials: str) -> SignInRequest:
        """Return the request. What is not text goes out as the bytes that it is."""
        client_id, client_secret = credentials
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        body = urlencode(form, errors="surrogateescape").encode()
        return SignInRequest(_PATH, body, FORM, {})
