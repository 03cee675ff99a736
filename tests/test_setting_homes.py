"""Each setting declares what it decides; what decides outcomes is the run's identity."""

import pytest

from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.settings import (
    DoctorSettings,
    EvaluateSettings,
    ImportSettings,
    PlanSettings,
    ReadingSettings,
    fields_deciding,
)

WHAT_IS_DECIDED = ("outcomes", "target", "access", "sending", "stopping", "files", "log")
COMMANDS: list[type[ReadingSettings]] = [
    ImportSettings,
    PlanSettings,
    EvaluateSettings,
    DoctorSettings,
]
WRITTEN_AS = {
    "suppress": "suppression_sha256",
    "decisions": "decisions_sha256",
    "ledger": "ledger_place",
}
"""Settings that go into the run's identity in another form."""


DECIDED_BY_A_COMMAND = {"suppression_day", "text_sha256"}
"""What decides outcomes and is no setting: the day by which suppression entries expire, and the CSV
that was made of another format."""


@pytest.mark.parametrize("model", COMMANDS)
def test_every_setting_declares_what_it_decides_and_describes_itself(model):
    declared = [name for what in WHAT_IS_DECIDED for name in fields_deciding(model, what)]
    assert sorted(declared) == sorted(model.model_fields)
    assert all(field.description.endswith(".") for field in model.model_fields.values())


def test_a_setting_decides_the_same_in_every_command():
    said = {
        (name, what)
        for model in COMMANDS
        for what in WHAT_IS_DECIDED
        for name in fields_deciding(model, what)
    }
    assert len(said) == len({name for name, _ in said})


def test_what_decides_outcomes_is_part_of_the_run_s_identity_and_nothing_else_is():
    deciding = {name for model in COMMANDS for name in fields_deciding(model, "outcomes")}
    named = {WRITTEN_AS.get(name, name) for name in deciding}
    assert named | DECIDED_BY_A_COMMAND == set(OutcomeSettings.__struct_fields__)


@pytest.mark.parametrize(
    "name",
    ["threshold", "default_country", "phone_check", "email_check", "map", "encoding", "suppress",
     "match", "dialect", "plus_sign", "allowed_countries", "dnc_enabled", "required_fields"],
)  # fmt: skip
def test_what_decided_outcomes_in_0_1_0_still_does(name):
    assert WRITTEN_AS.get(name, name) in OutcomeSettings.__struct_fields__
    assert any(name in fields_deciding(model, "outcomes") for model in COMMANDS)
