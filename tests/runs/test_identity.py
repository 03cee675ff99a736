"""What a run was begun with, written down, read back, and held against the next start."""

import msgspec
import pytest
from fixtures.run_in_memory import outcome_settings

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import RunFinished
from cxone_async.journal.store import SqliteJournal
from cxone_async.matching.policy import MatchPolicy
from cxone_async.runs.identity import (
    EarlierStart,
    Target,
    earlier_start,
    identity_to_resume,
    new_identity,
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


def test_without_a_journal_there_is_no_earlier_start(tmp_path):
    assert earlier_start(tmp_path / "journal.db") is None


async def test_an_earlier_start_is_read_back_with_its_end(tmp_path):
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path, identity())
    assert earlier_start(path) == EarlierStart(identity(), None)
    assert (begun := earlier_start(path)) is not None
    assert begun.settings == outcome_settings()
    finished = RunFinished(b"{}", {"outcomes.csv": "0" * 64})
    await journal.finish(finished)
    await journal.close()
    assert earlier_start(path) == EarlierStart(identity(), finished)


def test_the_same_settings_may_go_on():
    earlier = EarlierStart(identity(), None)
    assert identity_to_resume(earlier, identity(), "journal.db") == earlier.identity


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (identity(outcome_settings(match=MatchPolicy.OFF)), "setting match was 'exact', is 'off'"),
        (identity(fingerprint="0" * 64), "input_fingerprint was"),
        (identity(target=Target("https://other.example", "list-1", "campaign-1", "")), "base_url"),
    ],
)
def test_another_run_is_refused_and_what_differs_is_named(asked, said):
    with pytest.raises(ConfigurationError, match=said):
        identity_to_resume(EarlierStart(identity(), None), asked, "journal.db")


def begun_by_0_1_0(**changes):
    written = IN_0_1_0 | changes
    return EarlierStart(msgspec.structs.replace(identity(), settings=written), None)


def test_a_run_that_version_0_1_0_began_goes_on_under_the_identity_that_it_wrote():
    asked = outcome_settings(
        match=MatchPolicy.CORROBORATED,
        allowed_countries=frozenset({"US", "CA"}),
        required_fields=frozenset({"phone", "email"}),
    )
    earlier = begun_by_0_1_0()
    assert identity_to_resume(earlier, identity(asked), "journal.db") == earlier.identity


def test_a_run_that_version_0_1_0_began_with_another_setting_is_refused():
    earlier = begun_by_0_1_0(dialect="ContactListsDialect(plus_sign=True)", threshold="90")
    asked = earlier.settings
    assert asked.plus_sign
    with pytest.raises(ConfigurationError, match="setting plus_sign was 'True', is 'False'"):
        identity_to_resume(
            earlier, identity(outcome_settings(dialect="contact-lists")), "journal.db"
        )
