"""What a signal does to the process: from its first moments on, and to its children."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SIGNALLED_WHILE_LOADING = """
import os, signal, sys

class Signalled:
    def find_spec(name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Signalled)
from cxone_async.__main__ import main
sys.argv[1:] = ["--version"]
main()
"""


def signalled_while_loading(number, *before: str) -> "subprocess.CompletedProcess[str]":
    program = SIGNALLED_WHILE_LOADING.format(number=int(number))
    return subprocess.run(
        [*before, sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_first_moments_ends_the_command_with_75_and_one_line(number):
    ended = signalled_while_loading(number)
    assert (ended.returncode, ended.stdout) == (75, "")
    (line,) = ended.stderr.splitlines()
    assert f"stopped by {number.name}; run the same command again" in line


def may_make_namespaces() -> bool:
    made = subprocess.run(
        ["/usr/bin/env", "unshare", "--pid", "--fork", "true"], capture_output=True, check=False
    )
    return made.returncode == 0


@pytest.mark.skipif(not may_make_namespaces(), reason="needs a process namespace of its own")
def test_as_process_1_of_a_container_the_first_moments_hear_sigterm_too():
    ended = signalled_while_loading(signal.SIGTERM, "unshare", "--pid", "--fork")
    assert (ended.returncode, "stopped by SIGTERM" in ended.stderr) == (75, True)


def test_what_nohup_has_the_process_ignore_stays_ignored():
    ended = signalled_while_loading(signal.SIGHUP, "nohup")
    assert (ended.returncode, ended.stdout[:2]) == (0, "0.")


def wait_for(happened):
    deadline_s = time.monotonic() + 60
    while not (found := happened()):
        assert time.monotonic() < deadline_s
        select.select([], [], [], 0.02)
    return found


def children_of(process: "subprocess.Popen[str]") -> list[int]:
    return [
        int(child)
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ]


def ignores(pid: int, number: int) -> bool:
    (mask,) = [
        line.split()[1]
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("SigIgn:")
    ]
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.fixture
def started(tmp_path):
    """`started("demo")`: the command as a process of its own, killed in the end."""
    processes = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "cxone_async", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def see_them_end(pids: list[int], after) -> None:
    handles = [os.pidfd_open(pid) for pid in pids]
    after()
    for handle in handles:
        assert select.select([handle], [], [], 1)[0] == [handle]
        os.close(handle)


def at_least(count: int, process: "subprocess.Popen[str]") -> list[int]:
    children = children_of(process)
    return children if len(children) >= count else []


def test_children_of_a_killed_run_end_within_a_second_even_when_they_do_not_read(started, tmp_path):
    rows = "".join(f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com\n" for n in range(60_000))
    (tmp_path / "in.csv").write_text(f"phone,email\n{rows}")
    process = started("plan", "in.csv", "--run-dir", "run")
    children = wait_for(lambda: at_least(2, process))
    wait_for(lambda: all(ignores(child, signal.SIGHUP) for child in children))
    for child in children:
        os.kill(child, signal.SIGSTOP)
    see_them_end(children, process.kill)


def test_the_stand_in_tenant_of_a_killed_demo_ends_with_it(started):
    process = started("demo", "--run-dir", "demo")
    tenant, *_ = wait_for(lambda: at_least(3, process))
    see_them_end([tenant], process.kill)
