"""The help of every command, as a person reads it at 80 columns."""

import re
import shlex

import pytest

from cxone_async.cli.main import COMMANDS
from cxone_async.cli.option_groups import FIRST, grouped
from cxone_async.settings import (
    EvaluateSettings,
    ImportSettings,
    PlanSettings,
    flag_name,
    has_flag,
)

pytestmark = pytest.mark.slow

IN_THIS_PROCESS = sorted(COMMANDS.keys() - {"mock-tenant"})
OF_GROUPS = ["config show", "ledger forget"]


@pytest.fixture
def help_of(command, monkeypatch):
    def text(*names):
        monkeypatch.setenv("COLUMNS", "80")
        ended = command(*names, "--help")
        assert ended.code == 0
        return ended.out

    return text


def examples(text):
    lines = text.partition("\nExamples:\n")[2].replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("name", [*IN_THIS_PROCESS, *OF_GROUPS])
def test_help_fits_80_columns_and_ends_with_two_examples(help_of, name):
    text = help_of(*name.split())
    assert max(map(len, text.splitlines())) <= 80
    assert len(examples(text)) == 2
    assert f"cxone-async {name} " in f"{text.partition('Examples:')[2]} "


@pytest.mark.parametrize("name", [*sorted(set(IN_THIS_PROCESS) - {"demo"}), *OF_GROUPS])
def test_the_examples_are_right_as_far_as_their_files_go(command, help_of, tmp_path, name):
    (tmp_path / "nightly.toml").write_text(
        'tenant = "acme"\nlist_id = "L"\ncampaign_id = "C"\n[profile.staging]\n'
    )
    for words in examples(help_of(*name.split())):
        arguments = [word for word in words if not re.match(r"CXONE_|>", word)]
        if arguments[0] == "eval":
            arguments = arguments[1].strip("$()").split()
        if ">" in words:
            arguments = arguments[: arguments.index("cxone-async") + words.index(">")]
        assert arguments[0] == "cxone-async"
        ended = command(*arguments[1:])
        assert ended.code != 64, ended.err


def test_the_options_of_an_import_stand_in_groups_the_necessary_first(help_of):
    text = help_of("import")
    titles = re.findall(r"^(\S.*):$", text, re.MULTILINE)
    assert titles == [
        "Arguments", "Where to", "File and columns", "Matching", "Safety", "Speed",
        "Files of the run", "Logs", "Options", "Examples",
    ]  # fmt: skip
    flags = re.findall(r"^  (--[a-z0-9-]+)", text, re.MULTILINE)
    assert flags[:4] == ["--list-id", "--campaign-id", "--tenant", "--base-url"]


@pytest.mark.parametrize(
    ("name", "model"),
    [("import", ImportSettings), ("plan", PlanSettings), ("evaluate", EvaluateSettings)],
)
def test_every_flag_has_its_variable_beside_it(help_of, name, model):
    text = " ".join(help_of(name).split())
    for field in model.model_fields:
        if has_flag(model, field):
            variable = f"CXONE_{field.upper()}"
            pattern = (
                rf" {flag_name(field)} (?:(?! --[a-z]+-?[a-z]* [A-Z]).)*?\[env: {variable}[;\]]"
            )
            assert re.search(pattern, text), field
    for other in ("CONFIG", "PROFILE"):
        assert f"[env: CXONE_{other}]" in text


def test_defaults_are_there_for_a_person_to_read(help_of):
    text = " ".join(help_of("import").split())
    for told in (
        "CXONE_MAX_UNPACKED_BYTES; default: 16 GiB]",
        "CXONE_QUOTA; default: 50]",
        "CXONE_MATCH; default: corroborated]",
        'CXONE_QUOTE; default: "]',
        "CXONE_LIST_ID; required]",
        "CXONE_TENANT; or --base-url]",
        "CXONE_CLIENT_SECRET_FILE; or CXONE_CLIENT_SECRET]",
        "[env: CXONE_DELIMITER]",
        "--quota N|auto ",
        "--match corroborated|any-field|exact|off ",
    ):
        assert told in text
    assert "default: ]" not in text
    assert "CXONE_ALLOWED_COUNTRIES; default: any]" in " ".join(help_of("plan").split())


@pytest.mark.parametrize("model", [ImportSettings, PlanSettings, EvaluateSettings])
def test_every_setting_is_in_one_group(model):
    told = [name for names in grouped(model, model.model_fields).values() for name in names]
    assert sorted(told) == sorted(model.model_fields)


def test_the_groups_name_no_setting_that_there_is_not():
    named = [name for names in FIRST.values() for name in names]
    known = {
        *ImportSettings.model_fields,
        *PlanSettings.model_fields,
        *EvaluateSettings.model_fields,
    }
    assert set(named) <= known
    assert len(named) == len(set(named))


def test_the_overview_says_what_each_command_is_for_in_a_line(help_of):
    lines = help_of().partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert [line for line in lines if line.endswith("...")] == []


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["help"], ["--help"]),
        (["-h"], ["--help"]),
        (["help", "help"], ["--help"]),
        (["help", "version"], ["--help"]),
        *((["help", name], [name, "--help"]) for name in IN_THIS_PROCESS),
        (["plan", "-h"], ["plan", "--help"]),
        (["help", "config", "show"], ["config", "show", "--help"]),
        (["help", "plan", "--json"], ["plan", "--help"]),
        (["version"], ["--version"]),
        (["-V"], ["--version"]),
    ],
)
def test_what_people_type_for_help_and_the_version_is_understood(command, words, flags):
    asked, known = command(*words), command(*flags)
    assert (asked.code, asked.out, asked.err) == (0, known.out, "")
    assert asked.out


@pytest.mark.parametrize(
    ("name", "said"), [("improt", "Did you mean 'import'?"), ("nonsense", "no such command")]
)
def test_help_on_what_is_no_command_says_so(command, name, said):
    asked = command("help", name)
    assert (asked.code, asked.out, said in asked.err) == (64, "", True)
