"""Which library reads which kind of URI."""

from cxone_async.remote.object_store import RemoteObject
from cxone_async.remote.port import RemoteFile
from cxone_async.remote.sftp import SftpFile
from cxone_async.remote.uri import RemoteUri


def open_remote(uri: RemoteUri) -> RemoteFile:
    """Return the file that a URI names. Nothing is asked yet."""
    return SftpFile(uri) if uri.scheme == "sftp" else RemoteObject(uri)
