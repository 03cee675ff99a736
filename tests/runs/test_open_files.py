"""Few files may be open: what a run needs is known before it begins."""

import json
import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from fixtures.machine import soft_limit
from structlog.testing import capture_logs

from cxone_async.runs.open_files import (
    FINAL_FILES,
    OWN_FILES,
    allowed,
    connections_beside_files,
    final_files_in_reserve,
)

NO_LIMIT = resource.RLIM_INFINITY


def open_now() -> int:
    return len([*Path("/dev/fd").iterdir()]) - 1


open_files = partial(soft_limit, resource.RLIMIT_NOFILE)


@pytest.mark.parametrize(
    ("soft", "hard", "needed", "limit"),
    [
        (1024, 4096, 700, 1024),
        (256, 4096, 700, 700),
        (256, 512, 700, 512),
        (256, 256, 700, 256),
        (256, NO_LIMIT, 700, 700),
        (NO_LIMIT, NO_LIMIT, 700, 700),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_needed_and_as_the_hard_one_allows(
    soft, hard, needed, limit
):
    assert allowed(soft, hard, needed) == limit


def test_a_low_soft_limit_costs_no_connection():
    with open_files(64), capture_logs() as logged:
        assert connections_beside_files(200) == 200
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == open_now() + OWN_FILES + FINAL_FILES + 600
    assert logged == []


def test_connections_are_as_many_as_fit_beside_the_files_and_the_log_says_so():
    with open_files(64) as hard, capture_logs() as logged:
        room = hard - open_now() - OWN_FILES - FINAL_FILES
        assert connections_beside_files(hard) == room // 3
    (event,) = logged
    assert event == {
        "event": "few_open_files",
        "log_level": "warning",
        "limit": hard,
        "needed": hard - room + 3 * hard,
        "connections": room // 3,
    }


def test_descriptors_for_the_final_files_are_held_and_given_back():
    before = open_now()
    with final_files_in_reserve():
        assert open_now() == before + FINAL_FILES
    assert open_now() == before


LIMITED = """
import resource
from cxone_async.errors import ConfigurationError
from cxone_async.runs.open_files import connections_beside_files

resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))
try:
    print(connections_beside_files({wanted}))
except ConfigurationError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "wanted", "said"),
    [
        (47, 0, "0"),
        (46, 0, "the limit of 46 open files (ulimit -n) is too low: a run needs 47, and 47 for"),
        (50, 200, "1"),
        (49, 200, "the limit of 49 open files (ulimit -n) is too low: a run needs 50, and 647 for"),
    ],
)
def test_where_not_even_one_connection_fits_the_needed_limit_is_named(limit, wanted, said):
    program = LIMITED.format(limit=limit, wanted=wanted)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert ended.stdout.startswith(said)


def few_files(limit: int):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


@pytest.fixture
def imported_with(tmp_path, shared_tenant):
    """`imported_with(64)`: import 2,000 rows in a process that may open 64 files."""
    rows = "".join(f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com\n" for n in range(2000))
    (tmp_path / "in.csv").write_text(f"phone,email\n{rows}")

    def imported(limit: int) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                sys.executable, "-m", "cxone_async", "import", "in.csv", "--base-url",
                shared_tenant.base_url, "--list-id", "demo-list", "--campaign-id", "demo-campaign",
                "--quota", "0", "--chunk-size", "10", "--run-dir", "run",
            ],
            env=os.environ
            | {"CXONE_CLIENT_ID": "demo-client", "CXONE_CLIENT_SECRET": shared_tenant.secret},
            cwd=tmp_path, preexec_fn=few_files(limit), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    return imported


@pytest.mark.slow
def test_with_64_open_files_and_200_places_the_run_finishes(imported_with, tmp_path):
    ended = imported_with(64)
    assert ended.returncode == 0, ended.stderr
    events = {line["event"]: line for line in map(json.loads, ended.stderr.splitlines())}
    assert events["few_open_files"]["limit"] == 64
    assert events["run_finished"]["imported"] == 2000
    assert (tmp_path / "run/reconciliation.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize("limit", [20, 40])
def test_with_too_few_open_files_the_run_does_not_begin(imported_with, tmp_path, limit):
    ended = imported_with(limit)
    assert ended.returncode == 78
    assert f"the limit of {limit} open files (ulimit -n) is too low" in ended.stderr
    assert not (tmp_path / "run").exists()
