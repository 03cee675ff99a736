"""What is said to type next, and that a shell which is given it does what it says."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from cxone_async.cli.next_command import after_rejects, after_stop, program_of
from cxone_async.cli.typed_line import next_after_rejects, next_after_stop, note_typed

PROGRAM = ("cxone-async",)
TYPED = ["import", "a list.csv", "--list-id", "l", "--quota=60", "--run-dir", "to night"]
HEADING = "phone,email,first_name,last_name,country\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (69, "to go on, once CXone answers:"),
        (73, "to go on, once that can be written:"),
        (75, "to go on:"),
    ],
)
def test_after_a_stop_the_line_is_what_was_typed_quoted_for_a_shell(code, said):
    told = after_stop(PROGRAM, TYPED, code, is_given_again=True)
    assert told is not None
    assert shlex.split(told.command) == ["cxone-async", *TYPED]
    words, command = told.lines()
    assert command == told.command
    assert words == f"next              {said}"


@pytest.mark.parametrize(
    "name",
    ["it's.csv", "$HOME.csv", "a;b.csv", "a&b.csv", "*.csv", '"q".csv', "`x`.csv", "a\\b.csv",
     "été.csv", "!!.csv", "#x.csv", "~x.csv", "x" * 200, ""],
)  # fmt: skip
def test_any_name_comes_out_of_a_shell_as_it_was_typed(name):
    told = after_stop(("echo",), ["import", name], 75, is_given_again=True)
    assert told is not None
    assert "\n" not in told.command
    said = subprocess.run(
        ["/bin/sh", "-c", f"set -- {told.command}; printf %s \"$3\""],
        capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout.decode() == name


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[2J", "a\u202eb", "\udcff", "tab\t"])
def test_what_is_no_line_is_said_in_words(name):
    told = after_stop(PROGRAM, ["import", name], 75, is_given_again=True)
    assert told is not None
    assert list(told.lines()) == [f"next              {told.words}"]
    assert name not in told.words


@pytest.mark.parametrize(
    "arguments",
    [
        ["--proxy", "http://me:hunter2@proxy:3128"],
        ["--proxy=http://me:hunter2@proxy:3128"],
        ["--pushgateway", "https://u:hunter2@push"],
        ["https://files.example/in.csv?sig=hunter2"],
        ["sftp://me:hunter2@files.example/in.csv"],
        ["https://me:hun/ter2@files.example/in.csv"],
        ["s3://bucket/in.csv?X-Amz-Signature=hunter2"],
        ["--base-url", "https://hunter2@tenant.example"],
        ["--output", "https://files.example/out/?token=hunter2"],
        ["--output=sftp://me:hunter2@files.example/out/"],
    ],
)
def test_a_line_that_would_hold_a_secret_is_not_shown(arguments):
    told = after_stop(PROGRAM, ["import", *arguments], 75, is_given_again=True)
    assert told is not None
    assert "hunter2" not in "".join(told.lines())
    assert told.command == ""


@pytest.mark.parametrize(
    "notify", [["--notify", "https://h.example/T0"], ["--notify=https://h.example/T0"]]
)
def test_the_address_of_a_notification_is_left_out_and_that_is_said(notify):
    told = after_stop(PROGRAM, ["import", "a.csv", *notify, "--quiet"], 75, is_given_again=True)
    assert told is not None
    assert told.command == "cxone-async import a.csv --quiet"
    assert "add --notify again" in told.words


@pytest.mark.parametrize("code", [0, 3, 64, 65, 66, 70, 77, 78])
def test_where_the_same_line_would_not_go_on_none_is_shown(code):
    assert after_stop(PROGRAM, TYPED, code, is_given_again=True) is None


def test_after_a_guard_words_and_no_line_that_would_stop_again():
    told = after_stop(PROGRAM, TYPED, 4, is_given_again=True)
    assert told is not None
    assert told.command == ""
    assert "another limit" in told.words


def test_the_line_for_rejects_says_nothing_of_the_first_input():
    typed = [
        "import", "in.csv", "--skip-lines", "3", "--sheet=May", "--min-rows", "9", "--expect-rows",
        "5", "--marker=done", "--strict-columns", "--accept-journal-loss", "--decisions", "r.csv",
        "--output", "s3://b/c/", "--run-dir=one", "--encoding", "UTF-16-LE", "--map", "phone=Tel",
        "--delimiter", ";", "--notify", "https://h.example/T0",
    ]  # fmt: skip
    told = after_rejects(PROGRAM, typed, "in.csv", Path("one/rejects.csv"), Path("one-corrected"))
    assert told.command == (
        "cxone-async import one/rejects.csv --map phone=Tel --delimiter ';' --run-dir one-corrected"
    )
    kept = after_rejects(PROGRAM, [*typed, "--encoding=cp1252"], "in.csv", Path("r.csv"), None)
    assert kept.command.endswith("--encoding=cp1252")


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        (["--ledger", "l.db"], "--ledger l.db --replay-of one --run-dir two"),
        (["--ledger=l.db"], "--ledger=l.db --replay-of one --run-dir two"),
        (["--replay-of", "zero"], "import one/rejects.csv --replay-of one --run-dir two"),
        (["--ledger", "l.db", "--again"], "--ledger l.db --again --run-dir two"),
        (["--ledger", "l.db", "--dry-run"], "--ledger l.db --dry-run --run-dir two"),
        ([], "import one/rejects.csv --run-dir two"),
    ],
)
def test_where_a_ledger_was_typed_the_rejects_are_imported_as_those_of_the_run(typed, ends):
    arguments = ["import", "in.csv", *typed]
    told = after_rejects(PROGRAM, arguments, "in.csv", Path("one/rejects.csv"), Path("two"))
    assert told.command.endswith(ends)


def test_where_the_input_cannot_be_told_among_the_arguments_rejects_have_words_only():
    typed = ["import", "in.csv", "--marker", "in.csv"]
    told = after_rejects(PROGRAM, typed, "in.csv", Path("r.csv"), None)
    assert told.command == ""
    odd = after_rejects(PROGRAM, ["import", "in.csv"], "in.csv", Path("a\nb/rejects.csv"), None)
    assert odd.command == ""


def test_the_program_is_called_as_it_was():
    module = ("python3", "-I", "-m", "cxone_async")
    assert program_of([*module, "import"]) == module
    assert program_of(["/usr/bin/python3", "/usr/bin/cxone-async", "import"]) == PROGRAM
    assert program_of(["python", "-m", "pytest"]) == PROGRAM
    assert program_of(["python", "-m"]) == PROGRAM


@pytest.mark.parametrize("typed", ["-", "/dev/stdin", "/dev/null", "pipe", "--suppress=pipe"])
def test_what_can_be_read_once_only_has_to_be_given_again(tmp_path, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    note_typed(["import", typed, "--run-dir", str(tmp_path)])
    told = next_after_stop(75)
    if typed == "/dev/stdin" and Path(typed).is_file():
        pytest.skip("standard input is a file here")
    assert told is not None
    assert told.command == ""
    assert "same input" in told.words


@pytest.mark.parametrize("typed", ["in.csv", "gone.csv", "s3://bucket/in.csv", "x" * 5000, "a\0b"])
def test_all_else_can_be_read_again(tmp_path, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(HEADING)
    note_typed(["import", typed, "--run-dir", str(tmp_path)])
    told = next_after_stop(75)
    assert told is not None
    assert "same input" not in told.words


def test_only_an_import_is_gone_on_with(tmp_path):
    note_typed(["plan", "in.csv"])
    assert next_after_stop(75) is None
    assert next_after_rejects("in.csv", tmp_path / "rejects.csv", None) is None


def test_each_correction_has_a_directory_of_its_own(tmp_path):
    note_typed(["import", "in.csv"])
    first = next_after_rejects("in.csv", tmp_path / "r.csv", tmp_path / "run")
    (tmp_path / "run-corrected").mkdir()
    second = next_after_rejects("in.csv", tmp_path / "r.csv", tmp_path / "run")
    assert first is not None
    assert second is not None
    assert first.command.endswith(f"--run-dir {tmp_path}/run-corrected")
    assert second.command.endswith(f"--run-dir {tmp_path}/run-corrected-2")


def last_line(text):
    return text.rstrip("\n").rpartition("\n")[2]


@pytest.fixture
def shell(tmp_path, search_path):
    secret = "a-secret-of-this-test"  # of the tenant in conftest
    environment = {name: value for name, value in os.environ.items() if name[:6] != "CXONE_"} | {
        "PATH": search_path, "CXONE_CLIENT_ID": "demo-client", "CXONE_CLIENT_SECRET": secret,
        "COLUMNS": "80",
    }  # fmt: skip

    def start(line):
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {line}"], cwd=tmp_path, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


@pytest.mark.slow
def test_a_shell_that_is_given_what_a_stop_printed_brings_the_run_to_its_end(
    shell, tmp_path, shared_tenant
):
    rows = [f"+12025550{n:03},a{n}@example.com,Ada{n},Abbott{n},US\n" for n in range(100, 200)]
    (tmp_path / "my list.csv").write_text(HEADING + "".join(rows))
    typed = (
        f"cxone-async import 'my list.csv' --base-url {shared_tenant.base_url} --list-id demo-list "
        "--campaign-id demo-campaign --run-dir 'to night' --chunk-size 50 --quota 120 --match off"
    )
    stopped = shell(typed)
    assert any('"run_started"' in line for line in stopped.stderr)
    stopped.send_signal(signal.SIGTERM)
    out, err = stopped.communicate(timeout=60)
    assert stopped.returncode == 75, err
    assert last_line(out).endswith(typed.removeprefix("cxone-async"))
    again = shell(last_line(out))
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert out.startswith("IMPORTED 100 of 100\n")
    assert "\nnext " not in out


@pytest.mark.slow
def test_a_shell_that_is_given_what_stands_under_rejects_imports_them_once_corrected(
    shell, tmp_path, shared_tenant
):
    (tmp_path / "in.csv").write_text(
        f"a line above\n{HEADING}+12025550101,ada@example.com,Ada,Abbott,US\n"
        "2025550,cy@example.com,Cyrus,Clark,US\n"
    )
    first = shell(
        f"cxone-async import in.csv --base-url {shared_tenant.base_url} --list-id demo-list "
        "--campaign-id demo-campaign --run-dir run --skip-lines 1 --quota 0 --max-invalid-rate 1"
    )
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    rejects = tmp_path / "run" / "rejects.csv"
    rejects.write_text(rejects.read_text().replace("2025550,", "2025550103,"))
    second = shell(last_line(out))
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert out.startswith("IMPORTED 1 of 1\n")
    assert (tmp_path / "run-corrected" / "report.html").is_file()
