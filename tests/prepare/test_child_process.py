"""How a preparing process ends when it cannot go on."""

import os
import subprocess
import sys

import pytest

from cxone_async.prepare.child_process import OUT_OF_MEMORY

CHILD = """
import os
from cxone_async.prepare.child_process import run

def serve(source, target):
    raise {error}

run(serve, os.getppid())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("BrokenPipeError", 0, ""),
        ("MemoryError", OUT_OF_MEMORY, ""),
        ("ValueError('a defect')", 1, "ValueError: a defect"),
    ],
)
def test_a_reader_that_is_gone_is_no_failure_and_want_of_memory_has_a_code_of_its_own(
    error: str, code: int, said: str
) -> None:
    child = [sys.executable, "-c", CHILD.format(error=error)]
    ended = subprocess.run(
        child, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code
    assert (ended.stderr.splitlines() or [""])[-1] == said


STARTED_WITH_LITTLE_MEMORY = """
import resource, runpy, sys
import cxone_async.prepare.child_process

pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + (2 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
runpy.run_module("cxone_async.prepare.start_child", run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.parametrize("child", ["normalising", "matching"])
def test_a_child_that_has_no_memory_for_its_imports_says_so(child: str) -> None:
    started = [sys.executable, "-c", STARTED_WITH_LITTLE_MEMORY, child, str(os.getpid())]
    ended = subprocess.run(started, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert ended.returncode == OUT_OF_MEMORY


@pytest.mark.slow
def test_a_child_whose_parent_is_gone_already_ends_before_it_loads_anything() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-X", "importtime", "-m", "cxone_async.prepare.start_child"]
    # Nobody closes its input here, so that alone does not end it.
    with subprocess.Popen(
        [*command, "matching", str(gone.pid)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stderr is not None
        loaded = child.stderr.read()
    assert child.returncode == 0
    assert b"cxone_async.prepare.child_process" in loaded
    assert b"cxone_async.prepare.matching_child" not in loaded
