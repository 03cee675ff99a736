"""What a signal does to the process: from its first moments on, and to its children."""

import gc
import os
import select
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
import typer

from cxone_async.cli.help_text import Command
from cxone_async.cli.main import COMMANDS

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


LOST_WHILE_LOADING = """
import os, signal, sys, weakref

def lost_in_a_destructor():
    class Dying:
        def __del__(self):
            os.kill(os.getpid(), {number})
    Dying()

def lost_in_a_weak_reference():
    class Referred:
        pass
    referred = Referred()
    reference = weakref.ref(referred, lambda _: os.kill(os.getpid(), {number}))
    del referred

def lost_in_a_bare_except():
    try:
        os.kill(os.getpid(), {number})
    except:
        pass

def lost_in_another_error():
    try:
        os.kill(os.getpid(), {number})
    except BaseException as error:
        raise RuntimeError("a class could not be made") from error

class Signalled:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            {lost}()

sys.meta_path.insert(0, Signalled)
from cxone_async.__main__ import main
sys.argv[1:] = {arguments!r}
main()
"""

WAYS_TO_LOSE = [
    "lost_in_a_destructor",
    "lost_in_a_weak_reference",
    "lost_in_a_bare_except",
    "lost_in_another_error",
]

LOADED_BY_COMMANDS = {
    "the whole": (["--version"], "typer"),
    "import": (["import", "in.csv"], "cxone_async.cli.attended_run"),
    "plan": (["plan", "in.csv"], "cxone_async.commands.plan"),
    "doctor": (["doctor"], "cxone_async.cli.findings"),
    "columns": (["columns", "in.csv"], "cxone_async.commands.columns"),
    "evaluate": (["evaluate", "in.csv", "--truth", "in.csv"], "cxone_async.commands.evaluate"),
    "explain": (["explain", "run", "1"], "cxone_async.commands.explain"),
    "verify": (["verify", "run", "in.csv"], "cxone_async.commands.verify"),
    "report": (["report", "run"], "cxone_async.commands.report"),
    "runs": (["runs", "."], "cxone_async.runs.found_run"),
    "status": (["status", "run"], "cxone_async.runs.found_run"),
    "compare": (["compare", "run", "run"], "cxone_async.runs.found_run"),
    "purge": (["purge", "run"], "cxone_async.runs.purge"),
    "prune": (["prune", "runs", "--older-than", "30d"], "cxone_async.runs.prune"),
    "ledger": (["ledger", "forget", "ledger.db", "--phone", "1"], "cxone_async.commands.forget"),
    "demo": (["demo", "--run-dir", "run"], "cxone_async.cli.demo"),
    "mock-tenant": (["mock-tenant"], "cxone_async.cli.mock_tenant_command"),
    "an import that has begun to wait": (
        ["import", "in.csv", "--notify", "http://127.0.0.1:9/", "--grace", "0"],
        "cxone_async.notifications.http_receiver",
    ),
}
"""What each command loads last or nearly so, and the arguments that it loads it for."""


@pytest.fixture
def lost_while_loading(tmp_path):
    (tmp_path / "in.csv").write_text("phone,email\n+12025550101,ada@example.com\n")

    def ended(what: str, lost: str, number: int = signal.SIGTERM):
        arguments, module = LOADED_BY_COMMANDS[what]
        program = LOST_WHILE_LOADING.format(
            number=int(number), lost=lost, module=module, arguments=arguments
        )
        settings = {
            "CXONE_LIST_ID": "L", "CXONE_CAMPAIGN_ID": "C",
            "CXONE_CLIENT_ID": "I", "CXONE_CLIENT_SECRET": "S",
            "CXONE_BASE_URL": "http://127.0.0.1:9",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
            env={**os.environ, **settings, "CXONE_RUN_DIR": "run"},
        )  # fmt: skip

    return ended


def ends_as_stopped(ended, number=signal.SIGTERM, *, next_command: str = "") -> None:
    assert ended.returncode == 75, ended.stderr
    assert [line for line in ended.stdout.splitlines() if not line.startswith("next ")] == (
        [next_command] if next_command else []
    )
    said = [line for line in ended.stderr.splitlines() if "notification_not_sent" not in line]
    (line,) = said
    assert f"stopped by {number.name}; run the same command" in line


@pytest.mark.parametrize("lost", WAYS_TO_LOSE)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_whose_exception_python_or_a_library_drops_ends_the_command_all_the_same(
    lost_while_loading, lost, number
):
    ends_as_stopped(lost_while_loading("the whole", lost, number), number)


@pytest.mark.parametrize("what", LOADED_BY_COMMANDS)
def test_each_command_looks_whether_a_signal_came_while_it_was_loaded(lost_while_loading, what):
    arguments, _ = LOADED_BY_COMMANDS[what]
    next_command = ""
    if arguments[0] == "import":  # it can be resumed; the address of `--notify` is a secret
        said_again = [word for word in arguments if word != "--notify" and "://" not in word]
        next_command = " ".join(("cxone-async", *said_again))
    ended = lost_while_loading(what, "lost_in_a_destructor")
    ends_as_stopped(ended, next_command=next_command)


MOMENTS = 40
LAST_MOMENT_S = 0.8


def test_sigterm_at_any_moment_of_the_start_ends_the_command_and_says_so(tmp_path):
    (tmp_path / "in.csv").write_text("phone,email\n+12025550101,ada@example.com\n")
    os.mkfifo(tmp_path / "never.csv")
    writer = os.open(tmp_path / "never.csv", os.O_RDWR)  # so that the command waits for ever
    try:
        for moment in range(MOMENTS):
            process = subprocess.Popen(
                [sys.executable, "-m", "cxone_async", "plan", "never.csv"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, text=True,
            )  # fmt: skip
            with process:
                try:
                    wait_for(lambda process=process: answers(process.pid, signal.SIGTERM))
                    select.select([], [], [], moment * LAST_MOMENT_S / MOMENTS)
                    process.send_signal(signal.SIGTERM)
                    _, said = process.communicate(timeout=60)
                finally:
                    process.kill()
            assert process.returncode == 75, (moment, said)
            stopped = [line for line in said.splitlines() if "stopped by SIGTERM" in line]
            assert (len(stopped), "Traceback" in said) == (1, False), (moment, said)
    finally:
        os.close(writer)


def answers(pid: int, number: int) -> bool:
    """Say whether the process has a handler for the signal."""
    return in_mask(pid, "SigCgt", number)


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


LOOKED_THROUGH = """
import gc, sys

def looked_through(phase, told):
    if phase == "start":
        print(len(gc.get_objects()))

gc.callbacks.append(looked_through)
from cxone_async.__main__ import main
sys.argv[1:] = ["import", "in.csv"]
main()
"""


def test_a_usage_error_looks_through_nothing_that_was_loaded_for_garbage():
    ended = subprocess.run(
        [sys.executable, "-c", LOOKED_THROUGH], capture_output=True, text=True, timeout=60,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("CXONE_")},
    )  # fmt: skip
    assert ended.returncode == 64
    looked_through = [int(line) for line in ended.stdout.split()]
    assert max(looked_through, default=0) < 20_000


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"mock-tenant"}))
def test_every_command_works_with_garbage_collected(name):
    found = typer.main.get_command(import_module(COMMANDS[name]).app)
    defined = list(getattr(found, "commands", {"": found}).values())
    assert defined
    assert all(isinstance(one, Command) for one in defined)


def test_a_command_that_begins_its_work_collects_garbage():
    works = Command("works", callback=gc.isenabled)
    gc.disable()
    try:
        assert works.main([], standalone_mode=False) is True
    finally:
        gc.enable()
        gc.unfreeze()


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
    return in_mask(pid, "SigIgn", number)


def in_mask(pid: int, name: str, number: int) -> bool:
    (mask,) = [
        line.split()[1]
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith(f"{name}:")
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


ENDING_BESIDE_OBSTORE = """
import atexit, sys
import obstore

class Sign:
    def __del__(self):
        print("taken down", flush=True)

sign = Sign()
atexit.register(print, "at the end")
from cxone_async.__main__ import main
sys.argv[1:] = {arguments}
main()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "printed"),
    [(["--version"], 0, "."), (["plan", "s3://lists/"], 64, "")],
)
def test_beside_the_threads_of_obstore_the_interpreter_is_not_taken_down(
    arguments, code, printed, tmp_path
):
    ended = subprocess.run(
        [sys.executable, "-c", ENDING_BESIDE_OBSTORE.format(arguments=arguments)],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == code
    assert printed in ended.stdout
    assert ended.stdout.endswith("at the end\n")
    assert "names no object" in ended.stderr or code == 0
