"""The requests that the tenant accepts, and the shape of every error that it answers with.

Pure: bytes in, values out. Each parser accepts exactly what the contract allows and raises
`WireError` for anything else, so a bug in the client leads to an error and is not silently
repaired. The client is responsible for the form of its request: a field that is missing, not a
string, or not in its normal form fails the whole request. A well-formed value that this tenant
does not want fails only its own contact (`contact_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

import orjson

from cxone_async.mock_tenant.options import CONTACT_FIELDS

MAX_CONTACTS: Final = 500
MAX_CONTACT_IDS: Final = 5_000
MAX_IDEMPOTENCY_KEY_CHARACTERS: Final = 255

Fields = dict[str, str]
"""A contact on the wire: the keys of `CONTACT_FIELDS`, and further fields; all strings."""

_FIELD_SET: Final = set(CONTACT_FIELDS)
_NEVER_SENT: Final = {"dnc_flag", "consent"}  # what a client decides by, and keeps to itself
_TOKEN_FORM: Final = {"grant_type", "client_id", "client_secret"}
_PHONE: Final = re.compile(r"\+?[0-9]+|")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_KEY: Final = re.compile(r"[\x21-\x7e]+")


class WireError(Exception):
    """An answer other than success: the status, the JSON body, and headers to send with it.

    `code` is the tenant's word for it, of the body's `error`.
    """

    def __init__(
        self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"answered {status}")
        error = body["error"]
        self.code = str(error["code"] if isinstance(error, Mapping) else error)
        self.status = status
        self.body = body
        self.headers = headers


def api_error(
    status: int,
    code: str,
    message: str,
    *,
    index: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> WireError:
    """`{"error": {"code", "message", "index"?}}`, the shape of every error but those of OAuth."""
    error: dict[str, object] = {"code": code, "message": message}
    if index is not None:
        error["index"] = index
    return WireError(status, {"error": error}, headers)


def oauth_error(status: int, error: str, description: str) -> WireError:
    """`{"error", "error_description"}`, for token, bearer and scope (RFC 6749 and RFC 6750)."""
    return WireError(status, {"error": error, "error_description": description})


def check_token_form(
    content_type: str, form: Mapping[str, list[str]], client_id: str, client_secret: str
) -> None:
    """Accept a token request for these credentials, or raise the OAuth error that fits."""
    if content_type != "application/x-www-form-urlencoded":
        raise oauth_error(
            415, "invalid_request", "the body must be application/x-www-form-urlencoded"
        )
    if form.keys() != _TOKEN_FORM or any(len(values) != 1 for values in form.values()):
        raise oauth_error(
            400,
            "invalid_request",
            "the form must have grant_type, client_id and client_secret, once each, and no more",
        )
    if form["grant_type"] != ["client_credentials"]:
        raise oauth_error(400, "unsupported_grant_type", "grant_type must be client_credentials")
    if form["client_id"] != [client_id] or form["client_secret"] != [client_secret]:
        raise oauth_error(401, "invalid_client", "unknown client, or wrong secret")


def bearer_token(authorization: list[str]) -> str:
    """The token of a request's `Authorization` headers."""
    if len(authorization) != 1:
        raise oauth_error(401, "invalid_request", "one Authorization header is needed")
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise oauth_error(401, "invalid_request", "the Authorization header must be Bearer")
    return token


def idempotency_key(values: list[str]) -> str:
    """The key of a request's `Idempotency-Key` headers: visible ASCII, 255 characters at most."""
    if (
        len(values) != 1
        or not _KEY.fullmatch(values[0])
        or len(values[0]) > MAX_IDEMPOTENCY_KEY_CHARACTERS
    ):
        raise api_error(
            400,
            "IDEMPOTENCY_KEY_REQUIRED",
            "one Idempotency-Key header of 1 to 255 visible ASCII characters is needed",
        )
    return values[0]


def parse_contacts(content_type: str, body: bytes) -> list[Fields]:
    """The contacts of a submission, in order."""
    contacts = _only_array(content_type, body, "contacts", MAX_CONTACTS)
    for index, contact in enumerate(contacts):
        problem = _contact_problem(contact)
        if problem:
            raise api_error(400, "INVALID_CONTACT", problem, index=index)
    return fields_of(contacts)


def fields_of(contacts: list[object]) -> list[Fields]:
    """The fields of contacts that `parse_contacts` has accepted before."""
    return [contact["fields"] for contact in cast("list[dict[str, Fields]]", contacts)]


def parse_contact_ids(content_type: str, body: bytes) -> list[str]:
    """The ids of a segment call, in order."""
    contact_ids = _only_array(content_type, body, "contactIds", MAX_CONTACT_IDS)
    for index, contact_id in enumerate(contact_ids):
        if type(contact_id) is not str:
            raise api_error(400, "INVALID_CONTACT_ID", "an id must be a string", index=index)
    return cast("list[str]", contact_ids)


def _only_array(content_type: str, body: bytes, key: str, limit: int) -> list[object]:
    if content_type != "application/json":
        raise api_error(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise api_error(400, "INVALID_JSON", "the body is not JSON") from None
    if type(payload) is not dict or payload.keys() != {key} or type(payload[key]) is not list:
        raise api_error(
            400, "INVALID_BODY", f"the body must be an object whose only key is an array {key}"
        )
    items: list[object] = payload[key]
    if not items:
        raise api_error(400, "EMPTY", f"{key} must not be empty")
    if len(items) > limit:
        raise api_error(413, "TOO_MANY", f"at most {limit} {key} in one request")
    return items


def _contact_problem(contact: object) -> str:
    if type(contact) is not dict or len(contact) != 1 or "fields" not in contact:
        return "a contact must be an object whose only key is fields"
    fields = contact["fields"]
    if type(fields) is not dict or not fields.keys() >= _FIELD_SET:
        return f"fields must have {', '.join(CONTACT_FIELDS)}"
    if len(fields) > len(_FIELD_SET):
        for name in fields.keys() - _FIELD_SET:
            if name in _NEVER_SENT or not name or name != name.strip():
                return "a further field has a name that is reserved, empty or not stripped"
    for value in fields.values():
        if type(value) is not str:
            return "every field must be a string"
    return _form_problem(fields)


def _form_problem(fields: Fields) -> str:
    if not _PHONE.fullmatch(fields["phone"]):
        return "phone must be E.164 digits with an optional leading +"
    email = fields["email"]
    if email != email.strip().lower():
        return "email must be stripped and lower-cased"
    if not _COUNTRY.fullmatch(fields["country"]):
        return "country must be two upper-case letters"
    return ""
