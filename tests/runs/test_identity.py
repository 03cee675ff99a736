"""What a run was begun with, written down, read back, and held against the next start."""

import msgspec
import pytest
from fixtures.run_in_memory import outcome_settings

from cxone_async.errors import ConfigurationError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.runs.identity import (
    Target,
    identity_to_resume,
    new_identity,
    settings_of,
)

TARGET = Target("https://tenant.example", "list-1", "campaign-1", "")
IN_0_1_0 = {
    "match": "corroborated",
    "threshold": "85",
    "phone_check": "possible",
    "email_check": "syntax",
    "suppress": "",
    "default_country": "US",
    "map": "{}",
    "encoding": "utf-8",
    "dialect": "ContactListsDialect(plus_sign=False)",
    "campaign allowed_countries": "CA,US",
    "campaign dnc_enabled": "False",
    "campaign required_fields": "email,phone",
}


def identity(settings=None, target=TARGET, fingerprint="f" * 64):
    return new_identity(target, fingerprint, settings or outcome_settings(), run_id="run-1")


def test_the_same_settings_may_go_on():
    earlier = identity()
    assert identity_to_resume(earlier, identity(), "journal.db") == earlier


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (identity(outcome_settings(match=MatchPolicy.OFF)), "setting match was 'exact', is 'off'"),
        (identity(fingerprint="0" * 64), "the input does not hold what it held"),
        (identity(target=Target("https://other.example", "list-1", "campaign-1", "")), "base_url"),
    ],
)
def test_another_run_is_refused_and_what_differs_is_named(asked, said):
    with pytest.raises(ConfigurationError, match=said):
        identity_to_resume(identity(), asked, "journal.db")


def begun_by_0_1_0(**changes):
    written = IN_0_1_0 | changes
    return msgspec.structs.replace(identity(), settings=written)


def test_a_run_that_version_0_1_0_began_goes_on_under_the_identity_that_it_wrote():
    asked = outcome_settings(
        match=MatchPolicy.CORROBORATED,
        allowed_countries=frozenset({"US", "CA"}),
        required_fields=frozenset({"phone", "email"}),
    )
    earlier = begun_by_0_1_0()
    assert identity_to_resume(earlier, identity(asked), "journal.db") == earlier


def test_a_run_that_version_0_1_0_began_with_another_setting_is_refused():
    earlier = begun_by_0_1_0(dialect="ContactListsDialect(plus_sign=True)", threshold="90")
    assert settings_of(earlier).plus_sign
    with pytest.raises(ConfigurationError, match="setting plus_sign was 'True', is 'False'"):
        identity_to_resume(
            earlier, identity(outcome_settings(dialect="contact-lists")), "journal.db"
        )
