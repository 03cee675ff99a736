"""Objects in buckets, and files on web servers, by obstore (the extra `cloud`).

Guarantee: an error of obstore or of an SDK leaves this module translated, and without its text.

Credentials are those that the provider's own programs would find:

* `s3://`: whatever boto3 finds (environment, profile, single sign-on, the machine's role);
* `gs://`: obstore's search, which knows `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's default login
  and the machine's account;
* `az://`: obstore's search, which knows the variables `AZURE_*`, workload and managed identities;
* `https://`: user and password or the signature of the URI itself.
"""

import asyncio
import base64
import os
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    RunError,
    UnreadableInputError,
)
from cxone_async.remote.port import (
    CannotGoOnError,
    Version,
    changed,
    extra_missing,
    missing,
    refused,
    unreachable,
)
from cxone_async.remote.uri import RemoteUri

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

EXTRA: Final = "cloud"
PIECE_BYTES: Final = 1 << 17
"""What of a piece has arrived when a connection breaks is lost."""

_SILENCE_S: Final = 60
"""A server that sends nothing for so long is taken for gone."""

_WHOLE_REQUEST_S: Final = 24 * 3600
_CREDENTIALS: Final = {
    "s3": "the environment, a profile or a role, as for the AWS CLI",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, gcloud's default login or the machine's account",
    "az": "AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY, or in another of obstore's "
    "AZURE_* variables, or a managed identity",
    "https": "the URI",
}
_STATUS: Final = re.compile(r"status code: (\d{3})")


class RemoteObject:
    """An object in a bucket or a file on a web server, as a `RemoteFile`."""

    def __init__(self, uri: RemoteUri) -> None:
        self.shown: Final = uri.shown
        self._uri = uri
        self._opened: ObjectStore | None = None
        # The store of a web server is the URL itself, with its query string.
        self._path = "" if uri.scheme == "https" else uri.path

    async def version(self) -> Version:
        with _translated(self.shown):
            import obstore  # noqa: PLC0415  of an extra

            # Not a HEAD: a URL that is signed for GET refuses it. The body is not read.
            answer = await obstore.get_async(await self._store(), self._path)
            return _version(answer.meta)

    async def pieces(self, offset: int, version: Version) -> AsyncGenerator[bytes, None]:
        with _translated(self.shown):
            import obstore  # noqa: PLC0415  of an extra

            options: GetOptions = {}
            if version.tag.startswith('"'):  # a weak ETag never meets If-Match
                options["if_match"] = version.tag
            if offset:
                options["range"] = {"offset": offset}
            answer = await obstore.get_async(await self._store(), self._path, options=options)
            if _version(answer.meta) != version:
                raise changed(self.shown)
            async for piece in answer.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    async def _store(self) -> "ObjectStore":
        if self._opened is None:
            # The download tries again by itself, and knows what it has.
            self._opened = await _opened(self._uri, {"max_retries": 0})
        return self._opened


class OutputPlace:
    """A place in a bucket that files are copied to."""

    def __init__(self, prefix: RemoteUri) -> None:
        self._prefix = prefix
        self._opened: ObjectStore | None = None

    async def remove(self, name: str) -> None:
        """Remove the object of this name, which need not be there.

        Raises AccessRefusedError, ConfigurationError for a bucket that is not there,
        RemoteUnreachableError.
        """
        with _translated(self._prefix.shown, to_write=True):
            import obstore  # noqa: PLC0415  of an extra

            try:
                await obstore.delete_async(await self._store(), self._prefix.path + name)
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise

    async def put(self, path: Path) -> None:
        """Copy a file to an object of the same name. Raises as `remove`, and CannotWriteError."""
        with _translated(self._prefix.shown, to_write=True):
            import obstore  # noqa: PLC0415  of an extra

            await obstore.put_async(await self._store(), self._prefix.path + path.name, path)

    async def _store(self) -> "ObjectStore":
        if self._opened is None:
            self._opened = await _opened(
                self._prefix, {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
            )
        return self._opened


def _version(meta: "ObjectMeta") -> Version:
    modified_s = meta["last_modified"].timestamp()
    return Version(meta["size"], meta["e_tag"] or (f"{modified_s:.0f}" if modified_s else ""))


async def _opened(uri: RemoteUri, retry: "RetryConfig") -> "ObjectStore":
    """Find the credentials, which may take a request to the machine's own service."""
    try:
        return await asyncio.to_thread(_open_store, uri, retry)
    except ImportError:
        raise
    except Exception:
        raise _no_credentials(uri.shown) from None


def _open_store(uri: RemoteUri, retry: "RetryConfig") -> "ObjectStore":
    from obstore import store  # noqa: PLC0415  of an extra

    client: ClientConfig = {
        "timeout": timedelta(seconds=_WHOLE_REQUEST_S),
        "read_timeout": timedelta(seconds=_SILENCE_S),
    }
    match uri.scheme:
        case "s3":
            return _open_s3(uri, client, retry)
        case "gs":
            return store.GCSStore(uri.host, client_options=client, retry_config=retry)
        case "az":
            return store.AzureStore(uri.host, client_options=client, retry_config=retry)
    if uri.user:
        login = base64.b64encode(f"{uri.user}:{uri.password}".encode()).decode()
        client["default_headers"] = {"authorization": f"Basic {login}"}
    address = f"[{uri.host}]" if ":" in uri.host else uri.host
    port = f":{uri.port}" if uri.port else ""
    query = f"?{uri.query}" if uri.query else ""
    return store.HTTPStore.from_url(
        f"https://{address}{port}{uri.path}{query}", client_options=client, retry_config=retry
    )


def _open_s3(uri: RemoteUri, client: "ClientConfig", retry: "RetryConfig") -> "ObjectStore":
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415  of an extra
    from obstore.store import S3Store  # noqa: PLC0415  of an extra

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    if endpoint.startswith("http://"):  # as the SDK: whoever names it means it
        client["allow_http"] = True
    return S3Store(
        uri.host,
        config={"endpoint": endpoint} if endpoint else {},
        credential_provider=Boto3CredentialProvider(),
        client_options=client,
        retry_config=retry,
    )


@contextmanager
def _translated(shown: str, *, to_write: bool = False) -> Iterator[None]:
    """Translate what obstore and the SDKs raise, without their texts: these hold URLs."""
    try:
        yield
    except (RunError, CannotGoOnError, GeneratorExit):
        raise
    except ImportError:
        raise extra_missing(shown, EXTRA) from None
    except FileNotFoundError:
        if to_write:
            raise ConfigurationError(f"{shown}: there is no such bucket") from None
        raise missing(shown) from None
    except Exception as error:
        raise _translation(error, shown, to_write=to_write) from None


def _translation(error: Exception, shown: str, *, to_write: bool) -> Exception:
    kind = type(error)
    if kind.__module__.startswith(("botocore", "boto3")):
        return _no_credentials(shown)
    if not kind.__module__.startswith("obstore") and not isinstance(error, (OSError, ValueError)):
        return error
    return _BY_NAME.get(kind.__name__, _by_text)(error, shown, to_write)


def _by_text(error: Exception, shown: str, _to_write: bool) -> Exception:
    """Tell by what obstore has only in its text: the HTTP status, or what went wrong instead."""
    text, _, details = str(error).partition("Debug source")
    before_url = text.partition(" http")[0]
    if "token request" in before_url or "redential" in before_url:
        return _no_credentials(shown)
    if found := _STATUS.search(text):
        return _by_status(int(found[1]), shown)
    if "Content-Length" in text:
        return UnreadableInputError(
            f"{shown}: the server does not say how long the file is, so nobody can know when all "
            "of it has arrived; fetch it by other means first"
        )
    if "redirect without LOCATION" in text:
        return _by_status(301, shown)
    if "InvalidCertificate" in details:
        return refused(
            shown,
            "the server's certificate is not trusted, so it may be another server; SSL_CERT_FILE "
            "names a file of further authorities",
        )
    return unreachable(shown, "no answer")


def _no_credentials(shown: str) -> AccessRefusedError:
    places = _CREDENTIALS[shown.partition(":")[0]]
    return refused(shown, f"no credentials that can be used were found; they belong in {places}")


def _by_status(status: int, shown: str) -> Exception:
    if status in (408, 429) or status >= 500:
        return unreachable(shown, f"the server answers {status}")
    if status == 410:
        return missing(shown)
    if status == 416:
        return changed(shown)
    hint = (
        ""
        if shown.startswith("https:")
        else ": most likely the bucket is in another region or account than is configured "
        "(AWS_REGION, AWS_ENDPOINT_URL)"
    )
    return ConfigurationError(f"{shown}: the server answers {status}{hint}")


def _denied(_error: Exception, shown: str, to_write: bool) -> Exception:
    if to_write:
        return refused(
            shown,
            "objects may not be written and removed there with the credentials that were found",
        )
    return refused(shown)


def _odd_name(error: Exception, shown: str, _to_write: bool) -> Exception:
    if "get_credentials" in str(error):
        return _no_credentials(shown)
    return missing(shown)


_BY_NAME: Final[dict[str, Callable[[Exception, str, bool], Exception]]] = {
    "PermissionDeniedError": _denied,
    "UnauthenticatedError": _denied,
    "PreconditionError": lambda _error, shown, _to_write: changed(shown),
    "NotSupportedError": lambda _error, _shown, _to_write: CannotGoOnError(),
    "ValueError": _odd_name,
    "InvalidPathError": _odd_name,
}
