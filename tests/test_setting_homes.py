"""Every setting has one home: what it decides. A new setting must be given one here."""

import pytest

from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings, ReadingSettings

HOMES = {
    "outcomes": {
        "allowed_countries", "default_country", "dialect", "dnc_enabled", "email_check",
        "encoding", "map", "match", "phone_check", "plus_sign", "required_fields", "suppress",
        "threshold",
    },
    "target": {"base_url", "campaign_id", "list_id", "segment_id", "tenant"},
    "sign-in": {"client_id", "client_secret", "client_secret_file"},
    "sending": {"chunk_size", "concurrency", "deadline", "grace", "quota", "submit_semantics"},
    "guards": {"max_duplicate_rate", "max_failure_rate", "max_invalid_rate", "min_rows"},
    "files": {"run_dir"},
    "logging": {"log_format", "log_level"},
    "judging": {"truth"},
}  # fmt: skip

WRITTEN_AS = {"suppress": "suppression_sha256"}
"""Settings that go into the run's identity in another form."""

COMMANDS: list[type[ReadingSettings]] = [ImportSettings, PlanSettings, EvaluateSettings]


def test_every_setting_has_exactly_one_home():
    placed = [name for names in HOMES.values() for name in names]
    assert len(placed) == len(set(placed))
    assert set(placed) == {name for command in COMMANDS for name in command.model_fields}


def test_what_decides_outcomes_is_part_of_the_run_s_identity_and_nothing_else_is():
    deciding = {WRITTEN_AS.get(name, name) for name in HOMES["outcomes"]}
    assert deciding == set(OutcomeSettings.__struct_fields__)


@pytest.mark.parametrize("name", ["threshold", "default_country", "dialect", "plus_sign"])
def test_a_setting_that_decides_outcomes_goes_by_its_name_into_the_identity(name):
    assert name in ImportSettings.model_fields
    assert name in OutcomeSettings.__struct_fields__
