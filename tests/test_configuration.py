"""Where a setting's value is looked for, and what is said of names that are not known."""

from pathlib import Path

import pytest

from cxone_async.configuration import KNOWN, gather, likely, load, unknown_variables
from cxone_async.errors import ConfigurationError, UsageError, why_unreadable
from cxone_async.settings import ImportSettings, PlanSettings, ReadingSettings, is_secret

FILE = """
quota = 5
tenant = "acme"
list-id = "live"

[profile.staging]
base_url = "https://staging.example"
list-id = "trial"

[profile.weekend]
quota = 500
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in KNOWN | {"config", "profile"}:
        monkeypatch.delenv(f"CXONE_{name.upper()}", raising=False)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def values(given):
    return {name: (one.value, one.where) for name, one in given.items()}


def test_a_profile_goes_before_the_rest_of_the_file_and_replaces_the_other_way_to_say_it(config):
    given = gather(ImportSettings, {}, config, "staging")
    assert values(given) == {
        "quota": (5, f"config file {config}, quota"),
        "base_url": (
            "https://staging.example",
            f"config file {config}, profile staging, base_url",
        ),
        "list_id": ("trial", f"config file {config}, profile staging, list-id"),
    }
    of_all = values(gather(ImportSettings, {}, config))
    assert of_all["list_id"] == ("live", f"config file {config}, list-id")


def test_a_variable_goes_before_a_profile_and_a_flag_before_both(config, monkeypatch):
    monkeypatch.setenv("CXONE_QUOTA", "7")
    given = gather(PlanSettings, {}, config, "weekend")
    assert values(given)["quota"] == ("7", "CXONE_QUOTA")
    given = gather(PlanSettings, {"quota": "8"}, config, "weekend")
    assert values(given)["quota"] == ("8", "--quota")
    assert load(PlanSettings, {}, config, "weekend").quota == 7
    monkeypatch.setenv("CXONE_QUOTA", "")
    assert load(PlanSettings, {}, config, "weekend").quota == 500


def test_the_file_and_the_profile_may_be_named_by_variables_and_flags_go_before_them(
    config, monkeypatch, tmp_path
):
    monkeypatch.setenv("CXONE_CONFIG", str(config))
    assert load(PlanSettings, {}, None).quota == 5
    monkeypatch.setenv("CXONE_PROFILE", "weekend")
    assert load(PlanSettings, {}, None).quota == 500
    other = tmp_path / "other.toml"
    other.write_text("quota = 1\n[profile.monday]\nquota = 2\n")
    assert load(PlanSettings, {}, other, "monday").quota == 2


@pytest.mark.parametrize(
    ("variable", "value"), [("CXONE_LIST_ID", "live"), ("CXONE_BASE_URL", "https://live.example")]
)
def test_a_variable_that_names_another_target_than_the_profile_is_refused(
    config, monkeypatch, variable, value
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"{variable} is not the .* profile 'staging'"):
        gather(ImportSettings, {}, config, "staging")
    monkeypatch.setenv(
        variable, {"CXONE_LIST_ID": "trial"}.get(variable, "https://staging.example")
    )
    gather(ImportSettings, {}, config, "staging")


def test_a_profile_that_is_not_there_is_refused_with_those_that_are(config):
    with pytest.raises(ConfigurationError, match=r"staging, weekend\. Did you mean 'staging'\?"):
        load(PlanSettings, {}, config, "stagin")
    with pytest.raises(ConfigurationError, match=r"no profile 'x'; its profiles: staging, weekend"):
        load(PlanSettings, {}, config, "x")
    with pytest.raises(UsageError, match="give the file with --config"):
        load(PlanSettings, {}, None, "staging")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("qouta = 5", "unknown setting 'qouta'. Did you mean 'quota'?"),
        ("chunk-sise = 5", "unknown setting 'chunk_sise'. Did you mean 'chunk_size'?"),
        ("[profile.a]\nqouta = 5", "profile a: unknown setting 'qouta'. Did you mean 'quota'?"),
        ("qouta = 5\nsupress = 'x'", "Did you mean 'quota'?; unknown setting 'supress'"),
        ("colour = 5", "unknown setting 'colour'; accepted are a"),
        ("do-not-call = 'x'", "setting 'do_not_call'. Did you mean 'suppress' or 'dnc'?"),
        ("dnc-file = 'x'", "setting 'dnc_file'. Did you mean 'suppress' or 'dnc'?"),
        ("[profile]\nquota = 5", "a profile is a table, such as [profile.staging]"),
        ("profile = 'a'", "a profile is a table, such as [profile.staging]"),
    ],
)
def test_a_name_in_the_file_that_is_not_known_is_refused_with_what_was_meant(tmp_path, text, said):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load(PlanSettings, {}, path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CXONE_QOTA", "CXONE_QUOTA"),
        ("CXONE_SUPRESS", "CXONE_SUPPRESS"),
        ("CXONE_SUPPRESS_FILE", "CXONE_SUPPRESS"),
        ("cxone_suppression", "CXONE_SUPPRESS"),
        ("CXONE_SUPPRESS_LIST", "CXONE_SUPPRESS"),
        ("CXONE_DNC_ENABLE", "CXONE_DNC_ENABLED"),
        ("CXONE_CAMPAIGN", "CXONE_CAMPAIGN_ID"),
        ("CXONE_LIST", "CXONE_LIST_ID"),
        ("CXONE_SEGMENT", "CXONE_SEGMENT_ID"),
        ("CXONE_PROFIL", "CXONE_PROFILE"),
    ],
)
def test_a_variable_that_is_nearly_a_setting_is_refused_and_its_value_is_not_said(
    monkeypatch, variable, meant
):
    monkeypatch.setenv(variable, "hush-hush")
    with pytest.raises(ConfigurationError) as raised:
        load(PlanSettings, {}, None)
    assert str(raised.value) == f"{variable.upper()} is no setting. Did you mean {meant}?"


NOT_CALLING = """
SUPPRESSION_LIST SUPRESS_FILE SUPRESSION_FILE SURPRESS_LIST GLOBAL_SUPPRESSION MY_SUPPRESSED
DNC_FILE DNC_LIST INTERNAL_DNC DNCR_PATH DO_NOT_CALL DO_NOT_CALL_FILE DONOTCALL DO_NOT_CONTACT
DONT_CALL NEVER_CALL NO_CALL_LIST OPT_OUT OPT_OUT_FILE OPTOUT OPTOUTS OPTED_OUT EMAIL_OPT_OUT
OPT_IN CONSENT CONSENT_COLUMN NO_CONSENT EMAIL_CONSENT BLOCK BLOCK_LIST BLOCKLIST
BLOCKED_NUMBERS BLACKLIST BLACK_LIST BLACKLIST_FILE DENYLIST DENY_LIST ROBINSON ROBINSON_LIST
STOP_LIST STOPLIST STOP_CALLS EXCLUDE EXCLUSIONS EXCLUDED_PEOPLE UNSUBSCRIBED UNSUBSCRIBE_FILE
TPS TPS_FILE CTPS LITIGATORS SCRUB_FILE REVOKED BLOCTEL SPERRLISTE WERBESPERRE LISTE_ROUGE
LISTA_ROBINSON REGISTRO_OPPOSIZIONI BEL_ME_NIET NIX_TELEFON
"""


@pytest.mark.parametrize("name", NOT_CALLING.split())
def test_an_unknown_variable_that_speaks_of_not_calling_is_refused(monkeypatch, name):
    monkeypatch.setenv(f"CXONE_{name}", "people.txt")
    with pytest.raises(ConfigurationError) as raised:
        load(PlanSettings, {}, None)
    assert f"CXONE_{name} is no setting. Did you mean CXONE_SUPPRESS" in str(raised.value)
    assert "people.txt" not in str(raised.value)


def test_an_unknown_variable_about_not_calling_may_mean_the_files_or_the_flags(monkeypatch):
    monkeypatch.setenv("CXONE_DNC_FILE", "people.txt")
    with pytest.raises(ConfigurationError, match=r"mean CXONE_SUPPRESS or CXONE_DNC\?$"):
        load(PlanSettings, {}, None)


@pytest.mark.parametrize(
    "name",
    ["COLOUR", "REGION", "OPTIONS", "OPTIMISE", "ADOPTION", "NOTES", "NOTICE", "STOP_TIMEOUT",
     "AGENT_ID", "SKILL", "NODE_ENV", "API_KEY_NAME", "LOCATION", "RECONNECT"],
)  # fmt: skip
def test_an_unknown_variable_about_something_else_stops_nothing(monkeypatch, name):
    monkeypatch.setenv(f"CXONE_{name}", "x")
    load(PlanSettings, {}, None)
    assert unknown_variables() == [f"CXONE_{name}"]


def test_other_variables_are_told_but_for_those_that_kubernetes_sets(monkeypatch):
    monkeypatch.setenv("CXONE_COLOUR", "blue")
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTPS", "PORT", "PORT_443_TCP",
                 "PORT_443_TCP_ADDR", "TENANT_SERVICE_HOST", "TENANT_PORT"):  # fmt: skip
        monkeypatch.setenv(f"CXONE_{name}", "10.0.0.1")
    assert load(PlanSettings, {}, None).quota == 50
    assert unknown_variables() == ["CXONE_COLOUR"]


def test_variables_of_another_command_are_no_mistake(monkeypatch):
    monkeypatch.setenv("CXONE_TENANT", "acme")
    load(PlanSettings, {}, None)
    assert unknown_variables() == []


ALL_MISSING = (
    "missing --list-id, --campaign-id, either --tenant or --base-url, either --client-id or "
    "--client-id-file, either CXONE_CLIENT_SECRET or --client-secret-file"
)


def test_all_that_is_missing_and_wrong_is_told_at_once(monkeypatch):
    with pytest.raises(UsageError) as raised:
        load(ImportSettings, {}, None)
    assert str(raised.value) == ALL_MISSING
    monkeypatch.setenv("CXONE_CHUNK_SIZE", "501")
    with pytest.raises(UsageError) as raised:
        load(ImportSettings, {"threshold": "x", "match": "fuzzy"}, None)
    for said in (ALL_MISSING, "; --threshold: ", "; --match: ", "; CXONE_CHUNK_SIZE: "):
        assert said in str(raised.value)
    with pytest.raises(ConfigurationError) as wrong:
        load(PlanSettings, {}, None)
    assert str(wrong.value).startswith("CXONE_CHUNK_SIZE: ")


def test_a_tenant_named_twice_is_refused():
    given = {"list_id": "L", "campaign_id": "C", "client_id": "me", "client_secret_file": "f"}
    with pytest.raises(UsageError, match=r"^give either --tenant or --base-url, not both$"):
        load(ImportSettings, given | {"tenant": "acme", "base_url": "https://t.example"}, None)


def test_what_is_likely_is_near_or_one_word_more_or_less_and_never_one_of_many():
    known = ["quota", "client_id", "list_id", "max_invalid_rate", "max_failure_rate"]
    assert likely("qota", known) == "quota"
    assert likely("list", known) == "list_id"
    assert likely("quota_per_minute", known) == "quota"
    assert likely("max", known) is None
    assert likely("colour", known) is None


@pytest.mark.parametrize("model", [ImportSettings, PlanSettings, ReadingSettings])
def test_every_setting_that_is_kept_as_a_secret_declares_to_be_one(model):
    kept = {
        name for name, field in model.model_fields.items() if "Secret" in repr(field.annotation)
    }
    assert {name for name in model.model_fields if is_secret(model, name)} >= kept


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml does not exist"):
        load(PlanSettings, {}, Path("nowhere.toml"))


def test_one_setting_under_two_names_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    path.write_text("chunk-size = 5\nchunk_size = 7\n")
    with pytest.raises(ConfigurationError, match="chunk-size and chunk_size are one setting"):
        load(PlanSettings, {}, path)
    monkeypatch.setenv("CXONE_QUOTA", "5")
    monkeypatch.setenv("cxone_quota", "5")
    assert load(PlanSettings, {}, None).quota == 5
    monkeypatch.setenv("cxone_quota", "7")
    with pytest.raises(ConfigurationError, match="are one setting with two values"):
        load(PlanSettings, {}, None)


def test_a_variable_that_is_empty_is_named_where_its_setting_is_missing(monkeypatch):
    monkeypatch.setenv("CXONE_LIST_ID", "")
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "")
    with pytest.raises(UsageError) as raised:
        load(ImportSettings, {"tenant": "acme", "campaign_id": "C", "client_id": "me"}, None)
    assert str(raised.value) == (
        "missing --list-id (CXONE_LIST_ID is empty), either CXONE_CLIENT_SECRET "
        "(CXONE_CLIENT_SECRET is empty) or --client-secret-file"
    )


def test_settings_that_do_not_go_together_are_called_as_they_were_given(tmp_path, monkeypatch):
    monkeypatch.setenv("CXONE_WAIT", "5")
    with pytest.raises(UsageError, match=r"^CXONE_WAIT waits for a file that --marker has to name"):
        load(PlanSettings, {}, None)
    path = tmp_path / "settings.toml"
    path.write_text("tenant = 'acme'\n")
    monkeypatch.setenv("CXONE_BASE_URL", "https://t.example")
    with pytest.raises(UsageError) as raised:
        load(ImportSettings, {"list_id": "L", "campaign_id": "C", "client_id": "me"}, path)
    assert f"give either config file {path}, tenant or CXONE_BASE_URL, not both" in str(
        raised.value
    )


@pytest.mark.parametrize(
    "name", ["run_dir", "suppress", "decisions", "metrics_file", "base_url", "client_secret_file",
             "client_id_file", "segment_id", "list_id", "output", "ca_file"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_flag_names_nothing_and_is_refused(name, text):
    given = {"list_id": "L", "campaign_id": "C"} | {name: text}
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')}: is empty; it takes a") as e:
        load(ImportSettings, given, None)
    assert "in quotes" not in str(e.value)


@pytest.mark.parametrize("value", ["true", "false", "inf", "nan"])
@pytest.mark.parametrize("name", ["max_invalid_rate", "skip_lines", "min_rows", "chunk_size"])
def test_true_and_infinity_are_no_numbers(tmp_path, name, value):
    path = tmp_path / "settings.toml"
    path.write_text(f"{name} = {value}\n")
    with pytest.raises(ConfigurationError, match=f"{name}: takes a"):
        load(PlanSettings, {}, path)


def test_settings_know_where_credentials_come_from_and_say_none_of_them(tmp_path, monkeypatch):
    monkeypatch.setenv("cxone_client_secret", "hush-hush")
    needed = {"tenant": "acme", "list_id": "L", "campaign_id": "C"}
    settings = load(ImportSettings, needed | {"client_id": "me-myself"}, None)
    assert settings.credentials_in_words() == (
        "the client id is from --client-id and the secret is from cxone_client_secret"
    )
    config = tmp_path / "nightly.toml"
    config.write_text("client_id = 'me-myself'\n")
    settings = load(ImportSettings, needed | {"client_secret_file": tmp_path / "held"}, config)
    assert settings.credentials_in_words() == (
        f"the client id is from config file {config}, client_id and the secret is from the file "
        f"{tmp_path}/held"
    )
    made = ImportSettings(
        tenant="acme", list_id="L", campaign_id="C", client_id_file=Path("id"), client_secret="x"
    )
    assert made.credentials_in_words() == (
        "the client id is from the file id and the secret is from the setting client_secret"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file"), "does not exist"),
        (NotADirectoryError(20, "Not a directory"), "does not exist"),
        (IsADirectoryError(21, "Is a directory"), "is a directory, not a file"),
        (PermissionError(13, "Permission denied"), "may not be read by this user"),
        (UnicodeDecodeError("utf-8", b"hush", 0, 1, "hush"), "is not text in UTF-8"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
        (OSError("hush"), "cannot be read (OSError)"),
    ],
)
def test_why_a_file_cannot_be_read_is_said_without_what_it_holds(error, said):
    assert why_unreadable(error) == said
