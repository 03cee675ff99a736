"""Which run directories are in use, asked by a process that takes no lease."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from cxone_async.durable.held_leases import NEVER_USED, HeldLeases, Use
from cxone_async.durable.lease import Holder, RunDirectoryLease

HERE = socket.gethostname()
ASKS = """
import sys
from pathlib import Path
from cxone_async.durable.held_leases import HeldLeases
print(HeldLeases.read().of(Path(sys.argv[1])).use.value)
"""


def note(directory: Path, holder: Holder | bytes) -> os.stat_result:
    content = holder if isinstance(holder, bytes) else msgspec.json.encode(holder)
    (directory / "lock").write_bytes(content)
    return (directory / "lock").stat()


def locks(directory: Path, *lines: str) -> HeldLeases:
    listed = directory.with_name("locks")
    listed.write_text("".join(f"{line}\n" for line in lines))
    return HeldLeases.read(listed)


def line(inode: int, device: str, pid: int, kind: str = "FLOCK  ADVISORY  WRITE") -> str:
    return f"7: {kind} {pid} {device}:{inode} 0 EOF"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_another_process_sees_a_lease_that_is_held_and_that_it_is_given_up(directory: Path) -> None:
    def asked() -> str:
        command = (sys.executable, "-c", ASKS, str(directory))
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert HeldLeases.read().of(directory) == NEVER_USED
    with RunDirectoryLease.acquire(directory, "leads\x1b.csv"):
        assert asked() == "in use"
        found = HeldLeases.read().of(directory)
        assert found.holder == Holder(os.getpid(), HERE, "leads\\x1b.csv")
        assert found.since_s == (directory / "lock").stat().st_mtime
    assert asked() == "free"


def test_who_asks_takes_no_lease_so_a_start_is_never_refused_for_it(directory: Path) -> None:
    before = {path.name for path in directory.iterdir()}
    HeldLeases.read().of(directory)
    assert {path.name for path in directory.iterdir()} == before
    with RunDirectoryLease.acquire(directory):
        for _ in range(3):
            assert HeldLeases.read().of(directory).use is Use.IN_USE


@pytest.mark.parametrize(
    ("device", "pid", "use"),
    [
        ("own", 1, Use.IN_USE),
        ("ff:ff", 4711, Use.IN_USE),  # an overlay: the process is the one that is named
        ("ff:ff", 1, Use.FREE),
    ],
)
def test_a_lock_is_found_by_its_device_or_by_its_process(
    directory: Path, device: str, pid: int, use: Use
) -> None:
    found = note(directory, Holder(4711, HERE))
    own = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    device = own if device == "own" else device
    assert locks(directory, line(found.st_ino, device, pid)).of(directory).use is use


@pytest.mark.parametrize(
    "listed",
    [
        "7: POSIX  ADVISORY  WRITE 4711 {device}:{inode} 0 EOF",
        "7: FLOCK  ADVISORY  READ 4711 {device}:{inode} 0 EOF",
        "7: -> FLOCK  ADVISORY  WRITE 4711 {device}:{inode} 0 EOF",
        "7: FLOCK  ADVISORY  WRITE 4711 <none>:0 0 EOF",
        "7: OFDLCK ADVISORY  WRITE -1 {device}:{inode} 0 EOF",
        "FLOCK",
        "",
    ],
)
def test_other_locks_are_no_leases(directory: Path, listed: str) -> None:
    found = note(directory, Holder(4711, HERE))
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    listed = listed.format(device=device, inode=found.st_ino)
    assert locks(directory, listed).of(directory).use is Use.FREE


def test_of_a_holder_elsewhere_nothing_is_known(directory: Path) -> None:
    note(directory, Holder(os.getpid(), "another-host"))
    assert locks(directory).of(directory).use is Use.UNKNOWN


@pytest.mark.parametrize(
    ("holder", "use"),
    [
        (Holder(os.getpid(), HERE), Use.IN_USE),
        (Holder(1, HERE), Use.IN_USE),
        (Holder(2**22 + 1, HERE), Use.FREE),
        (Holder(os.getpid(), "another-host"), Use.UNKNOWN),
        (b"", Use.UNKNOWN),
    ],
)
def test_where_the_machine_lists_no_locks_the_process_that_is_named_tells(
    directory: Path, holder: Holder | bytes, use: Use
) -> None:
    note(directory, holder)
    assert HeldLeases.read(directory / "no locks").of(directory).use is use


def test_a_process_of_another_user_lives_too(unprivileged: Path) -> None:
    note(unprivileged, Holder(1, HERE))
    assert HeldLeases.read(unprivileged / "no locks").of(unprivileged).use is Use.IN_USE


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'{"pid":"x","host":1}', b"[" * 5000])
def test_a_note_that_nobody_wrote_names_no_holder(directory: Path, content: bytes) -> None:
    note(directory, content)
    found = locks(directory).of(directory)
    assert (found.use, found.holder) == (Use.FREE, None)


def test_a_note_of_an_earlier_version_names_its_holder(directory: Path) -> None:
    note(directory, b'{"pid":7,"host":"h"}')
    assert locks(directory).of(directory).holder == Holder(7, "h", "")


def test_a_pipe_or_a_directory_in_the_place_of_the_lock_is_not_waited_for(directory: Path) -> None:
    os.mkfifo(directory / "lock")
    assert locks(directory).of(directory).holder is None
    (directory / "lock").unlink()
    (directory / "lock").mkdir()
    assert locks(directory).of(directory).holder is None


def test_a_link_is_not_followed(directory: Path) -> None:
    (directory / "lock").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="symbolic links"):
        locks(directory).of(directory)
