"""The names of files that lie elsewhere, and what of a name may be shown.

Guarantee: `RemoteUri.shown`, and the text of a `RemoteUri`, hold no user name, no password and no
query string. A signed URL has its signature in the query string.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from cxone_async.errors import UsageError

BUCKETS: Final = ("s3", "gs", "az")
SCHEMES: Final = (*BUCKETS, "https", "sftp")

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*@")
_SERVER: Final = re.compile(r"://(\[[^\]/?#]*\]|[^:/?#]*)(:[0-9]+)?(?=[/?#]|$)")
_QUERY: Final = re.compile(r"[?#].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RemoteUri:
    """A file elsewhere.

    `host` is the bucket, the container or the server. `path` is the key in a bucket, else the
    absolute path on the server; that of a web server keeps its percent signs. `port` is None where
    none is given.
    """

    scheme: str
    host: str
    path: str
    shown: str
    port: int | None = None
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    query: str = field(default="", repr=False)


def scheme_of(uri: str) -> str:
    """Return the scheme in small letters, "" for a path."""
    found = _SCHEME.match(uri)
    return found[1].lower() if found else ""


def shown(uri: str) -> str:
    """Return a URI without user name, password, query string and fragment.

    Of a URI whose server cannot be told from a password (`https://me:pass/word@host`), only the
    scheme is left.
    """
    scheme = scheme_of(uri)
    if not scheme:
        return uri
    rest = _USERINFO.sub("", f"://{uri[len(scheme) + 3 :]}")
    return scheme + (_QUERY.sub("?...", rest) if _SERVER.match(rest) else "://...")


def parse(uri: str) -> RemoteUri:
    """Read the URI of a file elsewhere. Raises UsageError when it names none."""
    scheme = scheme_of(uri)
    if scheme in BUCKETS:
        bucket, key = _bucket_and_key(uri)
        if not key or key.endswith("/"):
            raise UsageError(f"{shown(uri)}: names no object; give {scheme}://BUCKET/PATH")
        return RemoteUri(scheme, bucket, key, shown(uri))
    return _on_a_server(uri)


def parse_prefix(uri: str) -> RemoteUri:
    """Read the URI of a place in a bucket; its path is "" or ends with a slash.

    Raises UsageError for any other URI.
    """
    if scheme_of(uri) not in BUCKETS:
        raise UsageError(
            f"{shown(uri)}: is no place to copy files to; give s3://BUCKET/PREFIX/, gs:// or az://"
        )
    bucket, prefix = _bucket_and_key(uri)
    prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
    return RemoteUri(scheme_of(uri), bucket, prefix, f"{scheme_of(uri)}://{bucket}/{prefix}")


def _bucket_and_key(uri: str) -> tuple[str, str]:
    # A key is taken literally, as the providers' own programs take it.
    bucket, _, key = uri.partition("://")[2].partition("/")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", bucket, re.ASCII):
        raise UsageError(
            f"{shown(uri)}: names no bucket. Credentials do not belong in it; they are found where "
            "the provider's own programs find them"
        )
    return bucket, key


def _on_a_server(uri: str) -> RemoteUri:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise UsageError(f"{shown(uri)}: is no URI") from None
    if not parts.hostname or parts.path in ("", "/"):
        raise UsageError(f"{shown(uri)}: names no file; give {scheme_of(uri)}://HOST/PATH")
    is_web = scheme_of(uri) == "https"
    return RemoteUri(
        scheme_of(uri),
        parts.hostname,
        parts.path if is_web else unquote(parts.path),
        shown(uri),
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.query,
    )
