"""A wrong value of any setting, from any place: what is said of it."""

import re

import pytest

from cxone_async.configuration import load
from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.settings import (
    DoctorSettings,
    EvaluateSettings,
    ImportSettings,
    PlanSettings,
    ReadingSettings,
    flag_name,
    has_flag,
)

NEEDED = {"tenant": "acme", "list_id": "L", "campaign_id": "C", "client_id": "me", "truth": "t.csv"}
IN_PLACE_OF = {"base_url": "tenant", "client_id_file": "client_id"}

MODELS: list[type[ReadingSettings]] = [
    DoctorSettings, EvaluateSettings, PlanSettings, ImportSettings,
]  # fmt: skip
SETTINGS = {
    f"{name}-{field.annotation}": pytest.param(model, name, id=f"{model.__name__}-{name}")
    for model in MODELS
    for name, field in model.model_fields.items()
}.values()
"""Each setting once, unless it takes something else in another command."""

# Words of pydantic and of Python, whose readers are programmers.
FOREIGN = re.compile(
    r"Input|String|should|Value error|parse|pattern|validation|integer|tuple|frozenset|"
    r"valid (?:number|string|path|boolean)|\bdict\b|pathlib|<class|None|\bstr\b|\bint\b|float|"
    r"SecretStr|Enum|Literal|pydantic"
)
SAYS_WHAT_IS_RIGHT = re.compile(
    r" takes | (?:neither|not|no) |no place| give | needs? |is empty|has to name|compares | have "
    r"to be "
)

TEXTS = ["", " ", "words of no meaning", "-1", "9" * 30, "1e400", "nan", "inf", "-inf", "10 MB",
         "5s", "50%", "1,5", "1/2", "0x10", "a,b", "[1, 2]", "\x1b[31m", "null"]  # fmt: skip
OF_TOML = ['""', '" "', '"words"', "true", "false", "-1", "9999999999999999", "1.5", "nan", "inf",
           "[]", "[1, 2]", "[[]]", '["a", 5]', "{}", "{a = 1}", "[{a = 1}]", "1979-05-27",
           "07:32:00", '"\\u0000"']  # fmt: skip


@pytest.fixture(autouse=True)
def _a_secret(monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "hush-hush")


def said_of(model: type[ReadingSettings], name, flags, config=None) -> str:
    """Return what is said beside what needs no saying, and "" when the value is accepted."""
    without = {name, IN_PLACE_OF.get(name)}
    needed = {one: value for one, value in NEEDED.items() if one in model.model_fields}
    given = {one: value for one, value in needed.items() if one not in without}
    try:
        load(model, given | flags, config)
    except (UsageError, ConfigurationError) as error:
        return str(error)
    return ""


def says_it_well(said: str, written: str) -> bool:
    return (
        written in said
        and not FOREIGN.search(said.replace(written, ""))
        and SAYS_WHAT_IS_RIGHT.search(said) is not None
        and len(said.replace(written, "")) < 200
    )


@pytest.mark.parametrize(("model", "name"), SETTINGS)
def test_a_wrong_flag_is_named_with_what_it_takes(model, name):
    if has_flag(model, name):
        said = {text: said_of(model, name, {name: text}) for text in TEXTS}
        wrong = {text: one for text, one in said.items() if one}
        assert {one for one in wrong.values() if not says_it_well(one, flag_name(name))} == set()


@pytest.mark.parametrize("spelling", [str.upper, str.lower])
@pytest.mark.parametrize(("model", "name"), SETTINGS)
def test_a_wrong_variable_is_named_as_it_is_written_and_its_value_is_not(
    monkeypatch, model, name, spelling
):
    if name.startswith("client_secret"):
        monkeypatch.delenv("CXONE_CLIENT_SECRET")
    variable = spelling(f"cxone_{name}")
    for text in TEXTS:
        monkeypatch.setenv(variable, text)
        if said := said_of(model, name, {}):
            assert says_it_well(said, variable), said
            assert len(text) < 4 or text not in said


@pytest.mark.parametrize("between", ["_", "-"])
@pytest.mark.parametrize(("model", "name"), SETTINGS)
def test_a_wrong_value_in_the_file_is_named_with_its_file(tmp_path, model, name, between):
    written = name.replace("_", between)
    config = tmp_path / "nightly.toml"
    for value in OF_TOML:
        config.write_text(f"{written} = {value}\n")
        if said := said_of(model, name, {}, config):
            assert says_it_well(said, f"config file {config}, {written}"), said


@pytest.mark.parametrize(
    ("name", "unit"),
    [("wait", "seconds"), ("deadline", "seconds"), ("grace", "seconds"),
     ("memory_limit", "MiB"), ("max_unpacked_bytes", "bytes")],
)  # fmt: skip
def test_a_number_with_a_unit_is_told_which_unit_it_is_in(name, unit):
    assert said_of(ImportSettings, name, {name: "10 GB"}).endswith(f", in {unit}")
