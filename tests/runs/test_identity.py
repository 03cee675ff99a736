"""What a run was begun with, written down and read back."""

import pytest

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.normalise import NormaliseRules
from cxone_async.journal.identity import RunIdentity
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.rows import PrepareJob
from cxone_async.runs.identity import (
    Target,
    deciding_settings,
    identity_of,
    journalled_constraints,
)
from cxone_async.runs.run_directory import RunDirectory
from cxone_async.tenant.contact_lists.client import ContactListsDialect

TARGET = Target("https://tenant.example", "list-1", "campaign-1", "")


def job(constraints=None, **changes):
    rules = NormaliseRules(constraints=constraints or Constraints())
    values = {
        "encoding": "utf-8",
        "mapping": {},
        "rules": rules,
        "suppression_lines": (),
        "match": MatchPolicy.CORROBORATED,
        "threshold": 85.0,
        "dialect": ContactListsDialect(),
        "keep_raw": True,
    }
    return PrepareJob(**{**values, **changes})


@pytest.fixture
def place(tmp_path):
    return RunDirectory(tmp_path, tmp_path / "in.csv", "in.csv", 10, "f" * 64, is_spooled=False)


@pytest.mark.parametrize(
    "constraints",
    [
        Constraints(),
        Constraints(frozenset({"US", "CA"}), dnc_enabled=True, required_fields=frozenset()),
        Constraints(frozenset({"GB"}), required_fields=frozenset({"email", "last_name"})),
    ],
)
def test_the_campaign_s_constraints_are_those_of_the_first_start(place, constraints):
    identity = identity_of(job(constraints), place, TARGET, run_id="run-1")
    assert journalled_constraints(identity) == constraints


def test_a_refusal_names_values_as_they_are_given():
    job_as_begun, asked = job(), job(match=MatchPolicy.OFF)
    begun, other = (
        RunIdentity("r", "import", "u", "l", "c", "", "f", deciding_settings(one))
        for one in (job_as_begun, asked)
    )
    assert begun.differences(other) == ("setting match was 'corroborated', is 'off'",)


@pytest.mark.parametrize(
    "changes",
    [
        {"match": MatchPolicy.OFF},
        {"threshold": 86.0},
        {"encoding": "latin-1"},
        {"mapping": {"phone": "Tel"}},
        {"suppression_lines": ("a@example.com",)},
        {"dialect": ContactListsDialect(plus_sign=True)},
        {"rules": NormaliseRules(default_country="CA")},
        {"rules": NormaliseRules(phone_check="off")},
        {"rules": NormaliseRules(email_check="off")},
        {"constraints": Constraints(dnc_enabled=True)},
    ],
)
def test_everything_that_decides_outcomes_is_written_down(changes):
    assert deciding_settings(job(**changes)) != deciding_settings(job())
