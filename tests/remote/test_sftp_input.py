"""Lists on an SFTP server: only from a known host, whole, and as the run began with them."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    MissingInputError,
    RemoteUnreachableError,
    UnreadableInputError,
)
from cxone_async.remote.open import open_remote
from cxone_async.remote.sftp import _translation
from cxone_async.remote.uri import parse
from cxone_async.runs.run_directory import enter_run_directory
from cxone_async.source.remote_input import RemoteInput

pytest.importorskip("asyncssh")
import asyncssh

pytestmark = pytest.mark.slow

CONTENT = b"phone,email\n" + b"+12025550101,a@example.com\n" * 150_000
OTHER = CONTENT.replace(b"0101", b"0102")
RUN = Path("run")


class Server:
    """asyncssh's own server: a folder with one user, and where its connections break."""

    def __init__(self, folder):
        self.folder = folder
        self.port = 0
        self.cuts: list[int] = []
        self.reads: list[int] = []
        self.logins: list[str] = []

    def uri(self, path="/list.csv", login="ann:pass@"):
        return f"sftp://{login}127.0.0.1:{self.port}{path}"

    def put(self, content, changed_s=1_790_000_000):
        (self.folder / "list.csv").write_bytes(content)
        os.utime(self.folder / "list.csv", (changed_s, changed_s))


@asynccontextmanager
async def serving(server, host_key, client_keys) -> AsyncIterator[None]:
    class Login(asyncssh.SSHServer):
        def begin_auth(self, username):
            server.logins.append(username)
            return True

        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            return (username, password) == ("ann", "pass")

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel):
            super().__init__(channel, chroot=os.fsencode(server.folder))

        def open(self, path, pflags, attrs):
            if path.endswith(b"secret.csv"):  # root may read anything
                raise asyncssh.SFTPPermissionDenied("not for you")
            return super().open(path, pflags, attrs)

        def read(self, file_obj, offset, size):
            server.reads.append(offset)
            if server.cuts and offset >= server.cuts[0]:
                server.cuts.pop(0)
                self.channel.get_connection().abort()
            return super().read(file_obj, offset, size)

    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Login,
        server_host_keys=[host_key],
        authorized_client_keys=client_keys,
        sftp_factory=Files,
    )
    server.port = acceptor.get_port()
    try:
        yield
    finally:
        acceptor.close()
        await acceptor.wait_closed()


@pytest.fixture(scope="module")
def host_key():
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """`~/.ssh` of the user, empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    folder = tmp_path / ".ssh"
    folder.mkdir()
    return folder


@pytest.fixture
async def server(tmp_path, host_key, ssh):
    """A server that the user knows."""
    folder = tmp_path / "served"
    folder.mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder.parent / "own_key")
    server = Server(folder)
    authorized = asyncssh.import_authorized_keys(key.export_public_key().decode())
    async with serving(server, host_key, authorized):
        known(ssh, server, host_key)
        yield server


def known(ssh, server, key):
    public = key.export_public_key().decode()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public}")


async def entered(uri):
    source = RemoteInput(open_remote(parse(uri)), pauses_s=(0, 0))
    async with AsyncExitStack() as stack:
        run = await enter_run_directory(stack, source, RUN, ("l",))
        return run, b"".join([block async for block in run.input.blocks()])


async def content(uri):
    return (await entered(uri))[1]


def begin():
    """Make the directory that of an import that has begun."""
    (RUN / "journal.db").touch()


async def test_a_file_is_copied_whole_and_the_login_is_not_shown(server):
    server.put(CONTENT)
    run, found = await entered(server.uri())
    assert found == CONTENT
    assert run.input.name == server.uri(login="")


async def test_a_path_below_the_home_directory(server):
    server.put(CONTENT)
    assert await content(server.uri("/~/list.csv")) == CONTENT


async def test_a_key_and_a_user_come_from_the_configuration_of_ssh(server, ssh):
    server.put(CONTENT)
    (ssh / "config").write_text(
        f"Host lists\n  HostName 127.0.0.1\n  Port {server.port}\n  User bea\n"
        f"  IdentityFile {ssh.parent / 'own_key'}\n"
    )
    assert await content("sftp://lists/list.csv") == CONTENT
    assert set(server.logins) == {"bea"}


async def test_a_host_that_is_not_known_is_refused_before_any_login(server, ssh):
    server.put(CONTENT)
    (ssh / "known_hosts").unlink()
    with pytest.raises(AccessRefusedError, match="host key is not among the known") as raised:
        await entered(server.uri())
    assert raised.value.exit_code == 77
    assert "pass" not in str(raised.value)
    assert server.logins == []


async def test_a_host_with_another_key_is_refused_before_any_login(server, ssh):
    server.put(CONTENT)
    known(ssh, server, asyncssh.generate_private_key("ssh-ed25519"))
    with pytest.raises(AccessRefusedError, match="host key is not among the known"):
        await entered(server.uri())
    assert server.logins == []


@pytest.mark.parametrize("none", ["none", "/dev/null"])
async def test_a_configuration_that_knows_no_hosts_is_refused(server, ssh, none):
    server.put(CONTENT)
    (ssh / "config").write_text(
        f"Host *\n  UserKnownHostsFile {none}\n  StrictHostKeyChecking no\n"
    )
    with pytest.raises(AccessRefusedError, match="host key"):
        await entered(server.uri())
    assert server.logins == []


@pytest.mark.parametrize("login", ["ann:wrong@", "ann@", "bea:pass@"])
async def test_a_wrong_login_is_refused(server, login):
    server.put(CONTENT)
    with pytest.raises(AccessRefusedError, match="refuses the user, the key or the password"):
        await entered(server.uri(login=login))


async def test_what_is_not_there_is_missing(server):
    (server.folder / "folder").mkdir()
    for path in ("/absent.csv", "/folder", "/folder/absent.csv"):
        with pytest.raises(MissingInputError, match="there is no such file") as raised:
            await entered(server.uri(path))
        assert raised.value.exit_code == 66


async def test_what_may_not_be_read_is_refused(server):
    (server.folder / "secret.csv").write_bytes(CONTENT)
    with pytest.raises(AccessRefusedError, match="may not be read") as raised:
        await entered(server.uri("/secret.csv"))
    assert raised.value.exit_code == 77


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(server):
    server.put(CONTENT)
    server.cuts = [1 << 20, 3 << 20]
    assert await content(server.uri()) == CONTENT
    assert server.cuts == []
    assert server.reads.count(0) == 1


async def test_a_list_that_changed_since_the_run_began_is_refused(server):
    server.put(CONTENT)
    await entered(server.uri())
    begin()
    server.put(OTHER, changed_s=1_790_000_001)
    with pytest.raises(UnreadableInputError, match="has changed since this run began"):
        await entered(server.uri())


async def test_a_copy_of_the_same_version_is_not_fetched_again(server):
    server.put(CONTENT)
    await entered(server.uri())
    begin()
    server.reads.clear()
    assert await content(server.uri()) == CONTENT
    assert server.reads == []


async def test_a_list_that_changes_while_it_is_fetched_is_refused(server):
    server.put(CONTENT)
    file = open_remote(parse(server.uri()))
    version = await file.version()
    with pytest.raises(UnreadableInputError, match="has changed while it was read"):
        async for _ in file.pieces(0, version):
            server.put(CONTENT + b"+12025550103,b@example.com\n")


async def test_a_server_that_is_away_is_unreachable_and_resumable(server):
    server.port = 9
    with pytest.raises(RemoteUnreachableError, match="no answer") as raised:
        await entered(server.uri())
    assert raised.value.exit_code == 75


async def test_a_key_that_cannot_be_used_is_refused(server, ssh):
    server.put(CONTENT)
    (ssh / "bad").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nno\n")
    (ssh / "config").write_text(f"Host *\n  IdentityFile {ssh / 'bad'}\n")
    with pytest.raises(AccessRefusedError, match="a private key"):
        await entered(server.uri(login="ann@"))


async def test_a_file_of_known_hosts_that_is_not_there_is_said(server, ssh):
    (ssh / "config").write_text("Host *\n  UserKnownHostsFile absent\n")
    with pytest.raises(ConfigurationError, match=r"a file that ~/\.ssh/config names"):
        await entered(server.uri())


@pytest.mark.parametrize("name", ["config", "known_hosts"])
async def test_a_file_of_ssh_that_cannot_be_read_is_named(server, ssh, name):
    server.put(CONTENT)
    (ssh / name).write_text('Port nothing\n"open')
    with pytest.raises(ConfigurationError, match=r"~/\.ssh/config or known_hosts"):
        await entered(server.uri())


def test_a_defect_is_not_taken_for_an_answer():
    error = KeyError("a defect")
    assert _translation(error, "sftp://host/list.csv") is error
