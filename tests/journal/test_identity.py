import msgspec
import pytest

from cxone_async.errors import ConfigurationError
from cxone_async.journal.identity import RunIdentity, refuse_another_run


def test_the_same_run_under_a_newly_drawn_id_may_resume(identity: RunIdentity) -> None:
    asked = msgspec.structs.replace(identity, run_id="another")
    refuse_another_run(identity, asked, "journal.db")
    assert identity.differences(asked) == ()


@pytest.mark.parametrize(
    "name",
    ["command", "base_url", "list_id", "campaign_id", "segment_id"],
)
def test_a_run_with_another_target_is_refused_by_name(identity: RunIdentity, name: str) -> None:
    asked = msgspec.structs.replace(identity, **{name: "other"})
    before = getattr(identity, name)
    with pytest.raises(ConfigurationError) as refusal:
        refuse_another_run(identity, asked, "the/journal.db")
    assert f"the/journal.db holds another run: {name} was {before!r}, is 'other'." in str(
        refusal.value
    )


def test_a_run_of_another_input_is_refused_without_a_digest(identity: RunIdentity) -> None:
    asked = msgspec.structs.replace(identity, input_fingerprint="other")
    with pytest.raises(ConfigurationError) as refusal:
        refuse_another_run(identity, asked, "the/journal.db")
    assert "holds another run: the input does not hold what it held." in str(refusal.value)
    assert identity.input_fingerprint not in str(refusal.value)


def test_every_setting_that_differs_is_named_with_both_values(identity: RunIdentity) -> None:
    asked = msgspec.structs.replace(
        identity, list_id="list-2", settings={"threshold": "90", "phone_check": "strict"}
    )
    assert identity.differences(asked) == (
        "list_id was 'list-1', is 'list-2'",
        "setting match was 'corroborated', is not set",
        "setting phone_check was not set, is 'strict'",
        "setting threshold was '85', is '90'",
    )


@pytest.mark.parametrize("now", ["b" * 64, "", None])
def test_files_that_hold_something_else_are_said_in_words(
    identity: RunIdentity, now: str | None
) -> None:
    began = msgspec.structs.replace(identity, settings={"suppress": "a" * 64})
    asked = msgspec.structs.replace(identity, settings={} if now is None else {"suppress": now})
    assert began.differences(asked) == ("what --suppress holds is not what it held",)
    assert asked.differences(began) == ("what --suppress holds is not what it held",)
