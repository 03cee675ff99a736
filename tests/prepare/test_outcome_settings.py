"""All that decides outcomes, as one value and as text."""

import msgspec
import pytest
from fixtures.run_in_memory import outcome_settings
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.checks import DoNotCall, EmailCheck, PhoneCheck
from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.outcome_settings import OutcomeSettings

names = st.sampled_from(FIELD_NAMES)
settings = st.builds(
    OutcomeSettings,
    match=st.sampled_from(MatchPolicy),
    threshold=st.integers(0, 1000).map(lambda tenths: tenths / 10),
    phone_check=st.sampled_from(PhoneCheck),
    email_check=st.sampled_from(EmailCheck),
    suppression_sha256=st.text("0123456789abcdef"),
    default_country=st.sampled_from(["US", "GB", ""]),
    map=st.dictionaries(names, st.text(st.characters(codec="utf-8"))),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
    ignore_column=st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
    dnc=st.sampled_from(DoNotCall),
    dialect=st.sampled_from(["contact-lists", ""]),
    plus_sign=st.booleans(),
    allowed_countries=st.frozensets(st.sampled_from(["US", "CA", "GB"])),
    dnc_enabled=st.booleans(),
    required_fields=st.frozensets(names),
)


@pytest.mark.slow
@given(settings)
def test_what_is_written_as_text_reads_back_as_the_same_settings(written):
    assert OutcomeSettings.from_text(written.as_text()) == written


@pytest.mark.slow
@given(settings, settings)
def test_different_settings_differ_as_text(one, other):
    assert (one.as_text() == other.as_text()) == (one == other)


@pytest.mark.slow
@given(settings)
def test_everything_is_text_so_that_any_version_can_compare_it(written):
    assert all(isinstance(value, str) for value in written.as_text().values())
    assert len(written.as_text()) == len(OutcomeSettings.__struct_fields__)


def test_a_setting_that_an_earlier_version_did_not_know_has_its_default():
    text = outcome_settings().as_text()
    del text["plus_sign"]
    assert OutcomeSettings.from_text(text | {"retired": "x"}) == outcome_settings()


@pytest.mark.parametrize(("name", "value"), [("match", "guess"), ("threshold", "high")])
def test_a_value_that_is_not_one_of_the_setting_s_is_refused(name, value):
    with pytest.raises(msgspec.ValidationError):
        OutcomeSettings.from_text(outcome_settings().as_text() | {name: value})
