"""The two ways to sign in: with an access key, or with one through a registered application."""

import json
from base64 import b64encode
from typing import Final
from urllib.parse import quote, urlencode

from cxone_async.tenant.access import Credential
from cxone_async.tenant.http.auth import FORM, SignInRequest

_ACCESS_KEY_PATH: Final = "/authentication/v1/token/access-key"
_PASSWORD_PATH: Final = "/auth/token"  # noqa: S105  a path


class AccessKey:
    """An access key of one user, whose rights it has."""

    def __init__(self, key_id: Credential, key_secret: Credential) -> None:
        self.credentials = (key_id, key_secret)

    def request(self, *credentials: str) -> SignInRequest:
        """Return the request. What is not valid Unicode cannot be a key, and is replaced."""
        key_id, key_secret = credentials
        body = json.dumps({"accessKeyId": key_id, "accessKeySecret": key_secret})
        return SignInRequest(_ACCESS_KEY_PATH, body.encode(), "application/json", {})


class Password:
    """The password grant (RFC 6749, 4.3): an access key, through a registered application.

    The application's id and secret are percent-encoded before they are joined (RFC 6749, 2.3.1):
    ids of applications hold `@`, secrets `:` and `/`.
    """

    def __init__(
        self,
        key_id: Credential,
        key_secret: Credential,
        client_id: Credential,
        client_secret: Credential,
    ) -> None:
        self.credentials = (key_id, key_secret, client_id, client_secret)

    def request(self, *credentials: str) -> SignInRequest:
        """Return the request."""
        key_id, key_secret, client_id, client_secret = (
            one.encode(errors="surrogateescape") for one in credentials
        )
        form = {"grant_type": "password", "username": key_id, "password": key_secret}
        both = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        headers = {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}
        return SignInRequest(_PASSWORD_PATH, urlencode(form).encode(), FORM, headers)
