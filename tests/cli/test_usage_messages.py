"""What is said of a command line that is not understood."""

import json

import pytest

from cxone_async import __version__

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("improt", "no such command 'improt'. Did you mean 'import'?"),
        ("zzz", "no such command 'zzz'; see cxone-async --help"),
        ("config shw", "no such command 'shw'. Did you mean 'show'?"),
        ("--nope", "there is no flag --nope; see cxone-async --help"),
        ("import x --listid y", "import has no flag --listid. Did you mean --list-id?"),
        ("import x --quoat 3", "import has no flag --quoat. Did you mean --quota or --quote?"),
        ("verify --nope", "verify has no flag --nope; see cxone-async verify --help"),
        ("plan x --client-id y", "plan has no flag --client-id; it is one of import"),
        ("columns x --quota 3", "columns has no flag --quota; it is one of import and plan"),
        (
            "import x --client-secret=hush-hush",
            "there is no flag --client-secret, since process lists show flags; set "
            "CXONE_CLIENT_SECRET, or give --client-secret-file",
        ),
        (
            "plan x --expect-columns y",
            "there is no flag --expect-columns; set CXONE_EXPECT_COLUMNS",
        ),
        ("plan x --quota", "--quota requires an argument"),
        ("plan x --show-values=3", "--show-values does not take a value"),
        ("verify", "missing RUN_DIR, CSV; see cxone-async verify --help"),
        ("verify run", "missing CSV; see cxone-async verify --help"),
        (
            "explain run x",
            "ROW: takes a whole number, 1 or more",
        ),
        ("completion ksh", "SHELL: 'ksh' is not one of 'bash', 'zsh', 'fish'"),
        (
            "plan x --match fuzzy",
            "--match: takes one of corroborated, any-field, exact, off",
        ),
        (
            "plan x --threshold 101 --chunk-size 0",
            "--threshold: takes a number from 0 to 100, without a unit; --chunk-size: takes a "
            "whole number, 1 or more, without a unit",
        ),
    ],
)
def test_wrong_usage_is_one_event_that_says_what_is_right(command, line, said):
    ended = command(*line.split())
    (event,) = [json.loads(written) for written in ended.err.splitlines()]
    assert event.pop("timestamp")
    assert event == {
        "event": "run_stopped", "level": "error", "exit_code": 64, "message": said,
        "run_id": "", "input_name": "", "version": __version__,
    }  # fmt: skip
    assert (ended.code, ended.out) == (64, "")


def test_more_arguments_than_a_command_takes_are_refused(command):
    ended = command("report", "a", "b")
    assert ended.code == 64
    assert "see cxone-async report --help" in ended.err


@pytest.mark.parametrize("line", ["", "config"])
def test_without_a_command_there_is_help(command, line):
    ended = command(*line.split())
    assert (ended.code, ended.out) == (64, "")
    assert "\nCommands:\n" in ended.err
    assert "\nExamples:\n" in ended.err
