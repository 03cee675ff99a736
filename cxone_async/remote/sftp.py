"""Files on an SFTP server, by asyncssh (the extra `sftp`).

Guarantees:

* A server is talked to only if `known_hosts` has its key.
* An error of asyncssh leaves this module translated, and without its text.

Keys, the agent, `~/.ssh/config` and `~/.ssh/known_hosts` are those that `ssh` would use.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from stat import S_ISDIR
from typing import TYPE_CHECKING, Final

from cxone_async.errors import ConfigurationError, RunError
from cxone_async.remote.port import Version, changed, extra_missing, missing, refused, unreachable
from cxone_async.remote.uri import RemoteUri

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SFTPClientFile

EXTRA: Final = "sftp"
PIECE_BYTES: Final = 1 << 20
"""asyncssh asks for the blocks of a piece at once, so a long way costs little."""

_CONNECT_S: Final = 30
_ALIVE_S: Final = 15


class SftpFile:
    """A file on an SFTP server, as a `RemoteFile`.

    Its version is its size and the time of its last change, to the second: SFTP tells no more.
    """

    def __init__(self, uri: RemoteUri) -> None:
        self.shown: Final = uri.shown
        self._uri = uri

    async def version(self) -> Version:
        with _translated(self.shown):
            async with self._client() as client:
                return await self._version(client)

    async def pieces(self, offset: int, version: Version) -> AsyncGenerator[bytes, None]:
        with _translated(self.shown):
            async with self._client() as client, client.open(self._path, "rb") as file:
                await self._refuse_if_changed(client, version)
                while piece := await _read(file, offset):
                    yield piece
                    offset += len(piece)
                await self._refuse_if_changed(client, version)

    @property
    def _path(self) -> str:
        # As in other programs: a path that begins with /~/ is below the home directory.
        return self._uri.path.removeprefix("/~/")

    async def _version(self, client: "SFTPClient") -> Version:
        status = await client.stat(self._path)
        if status.permissions is not None and S_ISDIR(status.permissions):
            raise missing(self.shown)
        return Version(status.size or 0, str(status.mtime or ""))

    async def _refuse_if_changed(self, client: "SFTPClient", version: Version) -> None:
        if await self._version(client) != version:
            raise changed(self.shown)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator["SFTPClient"]:
        import asyncssh  # noqa: PLC0415  of an extra

        uri = self._uri
        user = uri.user or ()
        configured = await asyncssh.SSHClientConnectionOptions.construct(
            config=(), host=uri.host, port=uri.port or (), username=user
        )
        if configured.known_hosts is None:  # by `UserKnownHostsFile none`: any key would do
            raise refused(self.shown, "~/.ssh/config switches the check of host keys off")
        async with (
            asyncssh.connect(
                uri.host,
                uri.port or (),
                username=user,
                password=uri.password or None,
                known_hosts=configured.known_hosts,
                connect_timeout=_CONNECT_S,
                login_timeout=_CONNECT_S,
                keepalive_interval=_ALIVE_S,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield client


async def _read(file: "SFTPClientFile", offset: int) -> bytes:
    piece = await file.read(PIECE_BYTES, offset)
    return piece.encode() if isinstance(piece, str) else piece


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    try:
        yield
    except (RunError, GeneratorExit):
        raise
    except ImportError:
        raise extra_missing(shown, EXTRA) from None
    except Exception as error:
        raise _translation(error, shown) from None


def _translation(error: Exception, shown: str) -> Exception:  # noqa: PLR0911  a table
    import asyncssh  # noqa: PLC0415  of an extra

    match error:
        case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath():
            return missing(shown)
        case asyncssh.SFTPPermissionDenied():
            return refused(shown)
        case asyncssh.HostKeyNotVerifiable():
            return refused(
                shown,
                "the server's host key is not among the known hosts (~/.ssh/known_hosts), so it "
                "may be another server",
            )
        case asyncssh.PermissionDenied():
            return refused(shown, "the server refuses the user, the key or the password")
        case asyncssh.KeyImportError() | asyncssh.KeyEncryptionError():
            return refused(shown, "a private key in ~/.ssh cannot be used")
        case FileNotFoundError() | PermissionError():
            return ConfigurationError(f"{shown}: a file that ~/.ssh/config names cannot be read")
        case ValueError():  # of a line that asyncssh cannot read
            return ConfigurationError(f"{shown}: ~/.ssh/config or known_hosts cannot be read")
        case asyncssh.Error() | OSError() | TimeoutError():
            return unreachable(shown, f"no answer ({type(error).__name__})")
    return error
