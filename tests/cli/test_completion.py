"""Completion in real shells, of those that this machine has."""

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.slow


def with_shell(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


@pytest.fixture
def shell(tmp_path, search_path):
    """Run a script in a shell in which `cxone-async` is this package's."""
    environment = {**os.environ, "PATH": search_path, "HOME": str(tmp_path)}

    def run(*arguments):
        ended = subprocess.run(
            arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return ended.stdout.splitlines()

    return run


BASH = """
eval "$(cxone-async completion bash)"
COMP_WORDS=(cxone-async {words}); COMP_CWORD={at}
_cxone_async_completion cxone-async
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@with_shell("bash")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("impo", ["import"]),
        ("ru", ["runs"]),
        ("stat", ["status"]),
        ("compa", ["compare"]),
        ("import --list", ["--list-id"]),
        ("import --match any", ["any-field"]),
        ("plan x --log-format ''", ["console", "json"]),
        ("config sh", ["show"]),
    ],
)
def test_bash_completes_commands_flags_and_values(shell, words, completed):
    script = BASH.format(words=words, at=len(words.split()))
    assert shell("bash", "--norc", "-c", script) == completed


@with_shell("fish")
def test_fish_completes_commands_with_what_they_do_and_flags(shell):
    script = "cxone-async completion fish | source; complete -C 'cxone-async {}'"
    (line,) = shell("fish", "--no-config", "-c", script.format("impo"))
    assert line.split("\t")[0] == "import"
    assert line.split("\t")[1].startswith("Import a CSV")
    (line,) = shell("fish", "--no-config", "-c", script.format("import --list"))
    assert line.startswith("--list-id\tID of the contact list")


@with_shell("zsh")
def test_zsh_takes_the_script_and_is_told_commands_and_flags(shell):
    script = """
    autoload -Uz compinit; compinit -u
    eval "$(cxone-async completion zsh)"
    _arguments() {{ print -r -- "$@" }}
    words=({}); CURRENT={}
    _cxone_async_completion
    """
    assert '"import":"Import a CSV' in " ".join(
        shell("zsh", "-f", "-c", script.format("cxone-async impo", 2))
    )
    assert '"--list-id":"ID of the contact list' in " ".join(
        shell("zsh", "-f", "-c", script.format("cxone-async import --list", 3))
    )


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_all_that_is_printed(command, name):
    ended = command("completion", name)
    assert (ended.code, ended.err) == (0, "")
    assert "_CXONE_ASYNC_COMPLETE=complete_" + name in ended.out
