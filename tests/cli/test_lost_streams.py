"""A run whose log or whose standard output is closed, full, gone or not read."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROWS = "".join(f"+1202555{n:04},p{n}@example.com,F{n},L{n},US\n" for n in range(100, 200))
INPUT = f"phone,email,first_name,last_name,country\n{ROWS}"


@pytest.fixture
def start(tmp_path, shared_tenant):
    """`start("import", ...)`: an import as a process of its own."""
    (tmp_path / "in.csv").write_text(INPUT)
    processes = []

    def start(command: str, *options: str, **popen) -> "subprocess.Popen[bytes]":
        target = (
            "--base-url", shared_tenant.base_url, "--list-id", "demo-list",
            "--campaign-id", "demo-campaign", "--quota", "0", "--run-dir", "run",
        )  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "cxone_async", command, "in.csv"]
            + ([*target] if command == "import" else [])
            + [*options],
            cwd=tmp_path,
            env=os.environ
            | {"CXONE_CLIENT_ID": "demo-client", "CXONE_CLIENT_SECRET": shared_tenant.secret},
            **popen,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def imported(tmp_path: Path) -> str:
    lines = (tmp_path / "run/reconciliation.csv").read_text().splitlines()
    return dict(line.split(",") for line in lines)["successfully_imported"]


def closing(*descriptors: int):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)

    return close


@pytest.mark.parametrize("closed", [(2,), (1,), (1, 2), (0, 1, 2)])
def test_with_streams_closed_the_run_ends_as_it_would(start, tmp_path, closed):
    process = start("import", preexec_fn=closing(*closed))
    assert process.wait(60) == 0
    assert imported(tmp_path) == "100"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_with_a_stream_on_a_full_disk_the_run_ends_as_it_would(start, tmp_path, stream):
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    with Path("/dev/full").open("wb", buffering=0) as full:
        process = start("import", **{stream: full, other: subprocess.PIPE})
        said = b"".join(part for part in process.communicate(timeout=60) if part)
    assert process.returncode == 0
    assert imported(tmp_path) == "100"
    lost = [line[18:] for line in said.decode().splitlines() if line.startswith("log ")]
    told = ["3 lines could not be written to standard error"]
    assert lost == (told if stream == "stderr" else [])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_with_the_reader_of_a_stream_gone_the_run_ends_as_it_would(start, tmp_path, stream):
    reader, writer = os.pipe()
    process = start("import", **{stream: writer})
    os.close(writer)
    os.close(reader)
    assert process.wait(60) == 0
    assert imported(tmp_path) == "100"


def test_with_a_log_that_nobody_reads_the_run_ends_as_it_would(start, tmp_path):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filled = 0
    while select.select([], [writer], [], 0)[1]:
        filled += os.write(writer, b"." * 4096)
    os.set_blocking(writer, True)
    process = start("import", stderr=writer, stdout=subprocess.PIPE)
    os.close(writer)
    said, _ = process.communicate(timeout=60)
    os.close(reader)
    assert process.returncode == 0
    assert imported(tmp_path) == "100"
    assert "3 lines could not be written to standard error" in said.decode()


def test_a_log_that_is_read_late_is_whole(start, tmp_path):
    process = start("import", stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=60)
    events = [json.loads(line)["event"] for line in said.decode().splitlines()]
    assert events == ["columns_read", "run_started", "run_finished"]


@pytest.mark.parametrize(
    ("stream", "code"), [("stdout", 64), ("stderr", 64)], ids=["stdout", "stderr"]
)
def test_a_usage_error_stays_one_when_nobody_can_be_told(start, stream, code):
    with Path("/dev/full").open("wb", buffering=0) as full:
        assert start("plan", "--nope", **{stream: full}).wait(60) == code


def test_a_command_that_leaves_only_what_it_prints_says_that_it_could_not(start):
    with Path("/dev/full").open("wb", buffering=0) as full:
        process = start("columns", stdout=full, stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 73
    assert json.loads(said)["message"] == (
        "standard output cannot be written: No space left on device"
    )


def test_a_reader_of_the_result_who_has_read_enough_is_no_failure(start):
    reader, writer = os.pipe()
    process = start("columns", stdout=writer)
    os.close(writer)
    os.close(reader)
    assert process.wait(60) == 0


def test_an_encoding_that_cannot_say_it_changes_no_exit_code(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    (tmp_path / "in.csv").write_text(INPUT.replace("last_name", "Łódź"))
    process = start("columns", stdout=subprocess.PIPE)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"\\u0141\xf3d\\u017a" in said
