"""Where settings come from, and what is said of those that are not accepted."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from cxone_async.configuration import load
from cxone_async.contacts.checks import PhoneCheck
from cxone_async.errors import ConfigurationError, UsageError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.settings import (
    ImportSettings,
    PlanSettings,
    has_flag,
)
from cxone_async.tenant import registry

TARGET: dict[str, Any] = {
    "base_url": "https://t.example",
    "list_id": "L",
    "campaign_id": "C",
    "client_id": "me",
}


@pytest.fixture(autouse=True)
def _only_this_environment(monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "hush-hush")


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_the_defaults_are_those_of_the_documentation():
    settings = load(ImportSettings, TARGET, None)
    assert (settings.match, settings.threshold, settings.quota, settings.chunk_size) == (
        MatchPolicy.CORROBORATED,
        85.0,
        50,
        500,
    )
    assert (settings.concurrency, settings.submit_semantics) == (200, "at-most-once")
    assert (settings.phone_check, settings.email_check) == ("possible", "syntax")
    assert settings.default_country == "US"
    assert settings.max_duplicate_rate is None
    assert settings.max_failure_rate is None


def test_a_flag_goes_before_the_environment_and_that_before_the_file(tmp_path, monkeypatch):
    path = config(tmp_path, "quota = 1\nchunk-size = 2\nthreshold = 3\n")
    monkeypatch.setenv("CXONE_QUOTA", "10")
    monkeypatch.setenv("CXONE_CHUNK_SIZE", "20")
    settings = load(ImportSettings, {**TARGET, "quota": 100}, path)
    assert (settings.quota, settings.chunk_size, settings.threshold) == (100, 20, 3.0)


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "")
    assert load(ImportSettings, TARGET, None).quota == 50


def test_variables_are_found_in_any_case_and_only_those_of_the_model_count(monkeypatch):
    monkeypatch.setenv("cxone_quota", "10")
    monkeypatch.setenv("CXONE_ALLOWED_COUNTRIES", "US")
    monkeypatch.setenv("CXONE_NONSENSE", "1")
    assert load(ImportSettings, TARGET, None).quota == 10


def test_every_setting_can_come_from_the_environment(monkeypatch):
    for name, value in [
        ("TENANT", "acme"),
        ("LIST_ID", "list"),
        ("CAMPAIGN_ID", "campaign"),
        ("CLIENT_ID", "me"),
        ("MATCH", "any-field"),
        ("MAP", "phone=Tel 1,email=Mail"),
        ("SUPPRESS", "dnc.txt"),
        ("PHONE_CHECK", "off"),
        ("DEADLINE", "60"),
    ]:
        monkeypatch.setenv(f"CXONE_{name}", value)
    settings = load(ImportSettings, {}, None)
    assert settings.url == "https://acme.cxone.com"
    assert settings.map == {"phone": "Tel 1", "email": "Mail"}
    assert settings.phone_check is PhoneCheck.OFF
    assert (settings.suppress, settings.deadline) == ((Path("dnc.txt"),), 60.0)


SEVERAL = {"phone": "Mobile,Home Phone", "email": "E-Mail"}


@pytest.mark.parametrize(
    "given",
    [
        ["phone=Mobile,Home Phone", "email=E-Mail"],
        ["phone=Mobile,Home Phone,email=E-Mail"],
        "phone=Mobile,Home Phone,email=E-Mail",
        {"phone": "Mobile,Home Phone", "email": "E-Mail"},
        {"phone": ["Mobile", "Home Phone"], "email": "E-Mail"},
        {"Phone": ("Mobile", "Home Phone"), "email": "E-Mail"},
    ],
)
def test_a_field_may_have_several_columns_in_every_form(given):
    assert load(ImportSettings, {**TARGET, "map": given}, None).map == SEVERAL


@pytest.mark.parametrize(
    "line",
    [
        'map = {phone = ["Mobile", "Home Phone"], email = "E-Mail"}',
        'map = {phone = "Mobile,Home Phone", email = "E-Mail"}',
        'map = ["phone=Mobile,Home Phone", "email=E-Mail"]',
        'map = "phone=Mobile,Home Phone,email=E-Mail"',
    ],
)
def test_and_in_the_file(tmp_path, line):
    path = tmp_path / "settings.toml"
    path.write_text(line)
    assert load(ImportSettings, TARGET, path).map == SEVERAL


def test_a_column_of_the_file_may_hold_an_equals_sign(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('map = {phone = "Tel = 2", last_name = "Name, family"}')
    assert load(ImportSettings, TARGET, path).map == {
        "phone": "Tel = 2",
        "last_name": "Name, family",
    }


@pytest.mark.parametrize(
    "given", ["phone", {"fax": "x"}, {"phone": ""}, {"phone": []}, {"phone": "a", "PHONE": "b"}, 7]
)
def test_a_mapping_of_another_form_is_refused(given):
    with pytest.raises(UsageError):
        load(ImportSettings, {**TARGET, "map": given}, None)


@pytest.mark.parametrize("given", [["Consent", "DNC 2"], "DNC 2,Consent", ("DNC 2", "Consent")])
def test_columns_to_ignore_may_be_several(given):
    settings = load(ImportSettings, {**TARGET, "ignore_column": given}, None)
    assert settings.ignore_column == ("Consent", "DNC 2")


def test_from_python_only_what_is_given_counts(monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "10")
    assert ImportSettings(**TARGET, client_secret="x").quota == 50


def test_the_secret_is_never_shown(tmp_path):
    settings = load(ImportSettings, TARGET, None)
    assert "hush-hush" not in repr(settings) + str(settings.model_dump())
    assert settings.secret() == "hush-hush"
    path = tmp_path / "secret"
    path.write_text("from-file\n")
    assert load(ImportSettings, {**TARGET, "client_secret_file": path}, None).secret() == (
        "from-file"
    )


READ_FROM_FILES = [
    ("client_secret_file", "client secret file", ImportSettings.secret),
    ("client_id_file", "client ID file", ImportSettings.read_client_id),
]


def with_file(name: str, path: Path) -> ImportSettings:
    flags = {**TARGET, name: path}
    if name == "client_id_file":
        del flags["client_id"]
    return load(ImportSettings, flags, None)


@pytest.mark.parametrize(("name", "what", "read"), READ_FROM_FILES)
@pytest.mark.parametrize("content", ["", "\n", " \t\r\n"])
def test_an_empty_file_of_a_credential_is_refused(tmp_path, name, what, read, content):
    path = tmp_path / "held"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=rf"{what} .*held is empty"):
        read(with_file(name, path))


@pytest.mark.parametrize(("name", "what", "read"), READ_FROM_FILES)
def test_a_file_of_a_credential_that_cannot_be_read_is_refused(tmp_path, name, what, read):
    with pytest.raises(ConfigurationError, match=rf"{what} .*held does not exist"):
        read(with_file(name, tmp_path / "held"))
    (tmp_path / "held").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=rf"{what} .*held is not text in UTF-8"):
        read(with_file(name, tmp_path / "held"))


@pytest.mark.parametrize(("name", "what", "read"), READ_FROM_FILES)
def test_a_file_of_a_credential_is_read_each_time(tmp_path, name, what, read):
    path = tmp_path / "held"
    path.write_text("first\n")
    settings = with_file(name, path)
    assert read(settings) == "first"
    path.write_text("second\n")
    assert read(settings) == "second"


def test_a_client_id_is_given_or_in_a_file(tmp_path):
    assert load(ImportSettings, TARGET, None).read_client_id() == "me"
    for flags in (TARGET | {"client_id": None}, TARGET | {"client_id_file": tmp_path}):
        with pytest.raises(UsageError, match="either --client-id or --client-id-file"):
            load(ImportSettings, flags, None)


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o600, False), (0o640, False), (0o604, True), (0o644, True)]
)
def test_a_secret_file_that_everybody_may_read_is_noticed(tmp_path, mode, is_open):
    path = tmp_path / "secret"
    path.write_text("from-file")
    path.chmod(mode)
    settings = load(ImportSettings, {**TARGET, "client_secret_file": path}, None)
    assert settings.secret_is_open_to_all is is_open
    assert not load(ImportSettings, TARGET, None).secret_is_open_to_all


@pytest.mark.parametrize("secret", ["hush-hush", SecretStr("hush-hush")])
def test_from_python_the_secret_is_text_or_a_secret_and_never_shown(secret):
    settings = ImportSettings(**TARGET, client_secret=secret)
    assert settings.secret() == "hush-hush"
    assert "hush-hush" not in repr(settings) + str(settings.model_dump())


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        ImportSettings(**TARGET, client_secret="x").quota = 7  # type: ignore[misc]  # that is what must not be possible


def test_only_secrets_the_columns_of_a_mapping_and_a_choice_of_one_have_no_flag():
    without = [name for name in ImportSettings.model_fields if not has_flag(ImportSettings, name)]
    assert without == ["dialect", "expect_columns", "notify_secret", "client_secret"]
    assert len(registry.names()) == 1


def test_the_dialect_says_how_many_contacts_a_submission_may_hold():
    with pytest.raises(UsageError, match="--chunk-size: takes a whole number from 1 to 500"):
        load(ImportSettings, TARGET | {"chunk_size": "501"}, None)


def test_a_dialect_that_is_not_known_is_refused_by_the_name_of_its_variable(monkeypatch):
    monkeypatch.setenv("CXONE_DIALECT", "carrier-pigeon")
    with pytest.raises(ConfigurationError, match="CXONE_DIALECT: not one of contact-lists"):
        load(ImportSettings, TARGET | {"chunk_size": "500"}, None)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"list_id": None}, "--list-id"),
        ({"match": "fuzzy"}, "--match: takes one of corroborated, any-field, exact, off"),
        ({"threshold": 101}, "--threshold"),
        ({"chunk_size": 501}, "--chunk-size"),
        ({"chunk_size": 0}, "--chunk-size"),
        ({"quota": "fast"}, "--quota: neither auto nor a whole number from 0 to 100000"),
        ({"quota": "100001"}, "--quota"),
        ({"quota": "12.5"}, "--quota"),
        ({"quota": "-1"}, "--quota: neither auto nor a whole number from 0 to 100000"),
        ({"quota": "9" * 5000}, "--quota: neither auto nor a whole number from 0 to 100000"),
        ({"map": ["telephone=x"]}, "'telephone' is no field; the fields are phone, email"),
        ({"map": ["phone"]}, "not of the form field=column"),
        ({"map": ["phone=a", "phone=b"]}, "mapped twice"),
        ({"default_country": "Narnia"}, "--default-country"),
        ({"client_key_file": "key.pem"}, "--client-key-file needs --client-cert-file"),
        ({"tenant": "acme"}, "either --tenant or --base-url"),
        ({"base_url": None}, "either --tenant or --base-url"),
        ({"base_url": None, "tenant": "a.b/c"}, "--tenant"),
        ({"expect_sha256": "abc"}, "--expect-sha256: not a SHA-256"),
        ({"expect_sha256": "g" * 64}, "--expect-sha256: not a SHA-256"),
        ({"expect_sha256": "0" * 65}, "--expect-sha256: not a SHA-256"),
        ({"expect_sha256": ""}, "--expect-sha256"),
        ({"expect_sha256": "\u0661" * 64}, "--expect-sha256: not a SHA-256"),
        ({"expect_rows": -1}, "--expect-rows"),
        ({"expect_rows": "1e3"}, "--expect-rows"),
        ({"marker": "done", "wait": -1}, "--wait"),
        ({"marker": "done", "wait": "inf"}, "--wait"),
        ({"marker": "done", "wait": "nan"}, "--wait"),
        ({"wait": 5}, "--wait waits for a file that --marker has to name"),
        ({"max_failure_rate": 2}, "--max-failure-rate"),
        ({"delimiter": "ab"}, "--delimiter: neither tab nor a space"),
        ({"quote": "ab"}, "--quote: not one of"),
        ({"escape": " "}, "--escape: not one of"),
        ({"escape": '"'}, "--escape have to be different characters"),
        ({"delimiter": "'", "quote": "'"}, "have to be different characters"),
        ({"escape": ","}, "may be the delimiter needs --delimiter too"),
        ({"quote": "|"}, "may be the delimiter needs --delimiter too"),
        ({"delimiter": ";", "escape": ";"}, "have to be different characters"),
        ({"skip_lines": -1}, "--skip-lines"),
        ({"ragged": "maybe"}, "--ragged"),
    ],
)
def test_a_flag_that_is_not_accepted_is_a_usage_error_that_names_it(flags, message):
    given = {name: value for name, value in {**TARGET, **flags}.items() if value is not None}
    with pytest.raises(UsageError) as raised:
        load(ImportSettings, given, None)
    assert message in str(raised.value)


def test_with_its_delimiter_named_a_file_may_have_any_other_sign_for_a_quote():
    settings = load(ImportSettings, TARGET | {"delimiter": ";", "quote": "|", "escape": ","}, None)
    assert settings.csv_form[1:4] == (";", "|", ",")


def test_a_missing_secret_names_both_ways_to_give_it(monkeypatch):
    monkeypatch.delenv("CXONE_CLIENT_SECRET")
    with pytest.raises(UsageError, match="CXONE_CLIENT_SECRET or --client-secret-file"):
        load(ImportSettings, TARGET, None)


def test_an_environment_variable_that_is_not_accepted_is_named(monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "many")
    with pytest.raises(ConfigurationError, match="CXONE_QUOTA"):
        load(ImportSettings, TARGET, None)


def test_no_error_repeats_a_value_of_the_environment(monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "hush-hush-too")
    with pytest.raises(ConfigurationError) as raised:
        load(ImportSettings, TARGET, None)
    assert "hush" not in str(raised.value)


def test_an_empty_variable_is_not_blamed_for_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "")
    with pytest.raises(ConfigurationError, match=r"config file .*config\.toml, quota: neither"):
        load(ImportSettings, TARGET, config(tmp_path, "quota = -1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quota = ", "is not TOML"),
        ("qouta = 5", "unknown setting 'qouta'"),
        ("quota = -1", "config.toml, quota: neither auto nor"),
    ],
)
def test_a_config_file_that_is_not_accepted_is_named(tmp_path, text, message):
    with pytest.raises(ConfigurationError, match=message):
        load(ImportSettings, TARGET, config(tmp_path, text))


def test_a_config_file_that_is_not_there_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        load(ImportSettings, TARGET, tmp_path / "nowhere.toml")


def test_the_quota_is_a_number_or_auto_wherever_it_is_set(tmp_path, monkeypatch):
    assert load(PlanSettings, {"quota": "auto"}, None).quota == "auto"
    assert load(PlanSettings, {"quota": "600"}, None).quota == 600
    assert load(PlanSettings, {}, config(tmp_path, 'quota = "auto"\n')).quota == "auto"
    monkeypatch.setenv("CXONE_QUOTA", "auto")
    assert load(PlanSettings, {}, None).quota == "auto"
    monkeypatch.setenv("CXONE_QUOTA", "0")
    assert load(PlanSettings, {}, None).quota == 0


def test_one_config_file_serves_import_and_plan(tmp_path):
    path = config(tmp_path, 'list_id = "L"\nquota = 7\nallowed_countries = "US,CA"\n')
    assert load(PlanSettings, {}, path).quota == 7
    assert load(PlanSettings, {}, path).allowed_countries == {"US", "CA"}


def test_plan_takes_any_country_and_no_required_field():
    settings = load(PlanSettings, {"allowed_countries": "any", "required_fields": ""}, None)
    assert (settings.allowed_countries, settings.required_fields) == (frozenset(), frozenset())


def test_plan_names_the_fields_it_knows():
    with pytest.raises(UsageError, match="--required-fields, item 2: takes one of phone, em"):
        load(PlanSettings, {"required_fields": "phone,shoe_size"}, None)


def test_suppression_files_can_be_several_in_every_place(monkeypatch, tmp_path):
    two = (Path("a.txt"), Path("b.csv.gz"))
    config = tmp_path / "settings.toml"
    config.write_text('suppress = ["a.txt", "b.csv.gz"]\n')
    assert load(PlanSettings, {}, config).suppress == two
    config.write_text('suppress = "a.txt"\n')
    assert load(PlanSettings, {}, config).suppress == two[:1]
    monkeypatch.setenv("CXONE_SUPPRESS", "a.txt, b.csv.gz")
    assert load(PlanSettings, {}, None).suppress == two
    with_comma = [Path("a,b.txt"), Path("c.txt")]
    assert load(PlanSettings, {"suppress": with_comma}, config).suppress == tuple(with_comma)
    assert PlanSettings(suppress=two[0]).suppress == two[:1]  # type: ignore[arg-type]
    assert PlanSettings().suppress == ()
