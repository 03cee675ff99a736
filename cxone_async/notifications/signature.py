"""Signs a notification as Standard Webhooks 1.0 says, so that its receiver knows whose it is."""

import hmac
from base64 import b64encode


def webhook_headers(
    message_id: str, timestamp_s: int, body: bytes, key: bytes | None
) -> dict[str, str]:
    """Return the headers of one try; without a key there is no signature.

    `message_id` is the same in every try, so that a receiver knows a repeat. `timestamp_s` is the
    time of the try, in seconds since the epoch: receivers refuse what is old.
    """
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp_s)}
    if key is not None:
        signed = b".".join([message_id.encode(), str(timestamp_s).encode(), body])
        digest = hmac.digest(key, signed, "sha256")
        headers["webhook-signature"] = f"v1,{b64encode(digest).decode()}"
    return headers
