"""A run of very long rows keeps to its memory limit."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ROWS, NOTE_BYTES = 400, 200 * 1024


def write_list(path, note_bytes):
    with path.open("w") as file:
        file.write("phone,email,first_name,last_name,country,note\n")
        for n in range(ROWS):
            person = f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com,F{n},L{n},US"
            file.write(f"{person},{'x' * note_bytes}\n")


def test_rows_that_wait_and_rows_on_their_way_keep_to_their_share(tmp_path, shared_tenant):
    def peak_bytes(note_bytes):
        write_list(tmp_path / f"{note_bytes}.csv", note_bytes)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cxone_async", "import", f"{note_bytes}.csv"),
                *("--base-url", shared_tenant.base_url, "--list-id", "demo-list"),
                *("--campaign-id", "demo-campaign", "--quota", "0", "--ignore-column", "note"),
                *("--run-dir", f"run-{note_bytes}", "--memory-limit", "64"),
            ],
            cwd=tmp_path,
            env=os.environ
            | {"CXONE_CLIENT_ID": "demo-client", "CXONE_CLIENT_SECRET": shared_tenant.secret},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss * 1024

    more = peak_bytes(NOTE_BYTES) - peak_bytes(10)
    assert more < ROWS * NOTE_BYTES / 2
