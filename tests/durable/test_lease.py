import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cxone_async.durable.lease import RunDirectoryLease, release_all
from cxone_async.errors import CannotWriteError, RunDirectoryBusyError

TAKE_AND_WAIT = """
import sys
from pathlib import Path
from cxone_async.durable.lease import RunDirectoryLease
RunDirectoryLease.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

# The holder has a child by exec and one by fork; both outlive it.
TAKE_AND_HAVE_CHILDREN = """
import os, subprocess, sys
from pathlib import Path
from cxone_async.durable.lease import RunDirectoryLease
lease = RunDirectoryLease.acquire(Path(sys.argv[1]))
by_exec = subprocess.Popen(["sleep", "60"], close_fds=False)
reading, writing = os.pipe()
by_fork = os.fork()
if by_fork == 0:
    os.write(writing, b"x")
    sys.stdin.read()
    os._exit(0)
os.read(reading, 1)
print(by_exec.pid, by_fork, flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with its children


def test_a_second_lease_is_refused_and_the_holder_named(tmp_path: Path) -> None:
    with another_process(TAKE_AND_WAIT, str(tmp_path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunDirectoryBusyError) as refusal:
            RunDirectoryLease.acquire(tmp_path)
    assert str(refusal.value) == (
        f"run directory {tmp_path} is in use by process {holder.pid} on {socket.gethostname()}"
    )
    assert refusal.value.exit_code == 75


def test_when_the_holder_is_killed_the_next_start_goes_on_at_once(tmp_path: Path) -> None:
    with another_process(TAKE_AND_WAIT, str(tmp_path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
        with RunDirectoryLease.acquire(tmp_path):
            note = (tmp_path / "lock").read_bytes()
    assert note == b'{"pid":%d,"host":"%s"}' % (os.getpid(), socket.gethostname().encode())


def test_no_child_holds_the_lease_when_its_parent_is_gone(tmp_path: Path) -> None:
    with another_process(TAKE_AND_HAVE_CHILDREN, str(tmp_path)) as holder:
        assert holder.stdout is not None
        children = [int(pid) for pid in holder.stdout.readline().split()]
        assert len(children) == 2
        with pytest.raises(RunDirectoryBusyError):  # what a child does changes nothing
            RunDirectoryLease.acquire(tmp_path)
        holder.kill()
        holder.wait()
        for child in children:
            os.kill(child, 0)  # still there
        RunDirectoryLease.acquire(tmp_path).release()


def test_two_leases_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with (
        RunDirectoryLease.acquire(tmp_path),
        pytest.raises(RunDirectoryBusyError, match=f"process {os.getpid()} on"),
    ):
        RunDirectoryLease.acquire(tmp_path)
    RunDirectoryLease.acquire(tmp_path).release()


def test_releasing_twice_lets_go_of_nobody_elses_lease(tmp_path: Path) -> None:
    first = RunDirectoryLease.acquire(tmp_path)
    first.release()
    with RunDirectoryLease.acquire(tmp_path):
        first.release()
        with pytest.raises(RunDirectoryBusyError):
            RunDirectoryLease.acquire(tmp_path)


def test_all_leases_of_a_process_can_be_given_up_at_once(tmp_path: Path) -> None:
    runs = [tmp_path / "1", tmp_path / "2"]
    for run in runs:
        run.mkdir()
    held = [RunDirectoryLease.acquire(run) for run in runs]
    for run in runs:
        with pytest.raises(RunDirectoryBusyError):
            RunDirectoryLease.acquire(run)
    release_all()
    again = [RunDirectoryLease.acquire(run) for run in runs]
    for lease in held + again:
        lease.release()


@pytest.mark.parametrize("note", [b"", b"{", b'{"pid":"x"}', b"\xff" * 10_000])
def test_a_holder_that_left_no_readable_name_is_another_process(
    tmp_path: Path, note: bytes
) -> None:
    with RunDirectoryLease.acquire(tmp_path):
        (tmp_path / "lock").write_bytes(note)
        with pytest.raises(RunDirectoryBusyError, match=r"in use by another process$"):
            RunDirectoryLease.acquire(tmp_path)


def test_a_lock_file_that_is_lying_about_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b'{"pid":1,"host":"a-long-gone-host-with-a-long-name"}' * 9)
    with RunDirectoryLease.acquire(tmp_path):
        assert (tmp_path / "lock").read_bytes().startswith(b'{"pid":%d,' % os.getpid())
        assert (tmp_path / "lock").read_bytes().count(b"}") == 1


def test_the_lock_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with RunDirectoryLease.acquire(tmp_path):
            assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotWriteError, match="lock: ") as refusal:
        RunDirectoryLease.acquire(tmp_path)
    assert refusal.value.exit_code == 73
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_that_cannot_be_written_is_given_up(tmp_path: Path, file_size_limit) -> None:
    with file_size_limit(0), pytest.raises(CannotWriteError, match="lock: File too large"):
        RunDirectoryLease.acquire(tmp_path)
    RunDirectoryLease.acquire(tmp_path).release()
