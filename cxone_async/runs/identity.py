"""What a run began with, and whether this start may resume it.

A run resumes only with the input, target and outcome settings that it began with. The campaign's
constraints are among those settings. They are fetched once and journalled, so editing the
campaign at midnight does not change the second half of a run.
"""

import msgspec

from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.prepare.outcome_settings import OutcomeSettings

INPUT_FINGERPRINT = "input_fingerprint"
"""The name of the input's digest among a run's facts, beside the outcome settings."""


class Target(msgspec.Struct, frozen=True):
    """Where a run's contacts go. `segment_id` is "" when there is none."""

    base_url: str
    list_id: str
    campaign_id: str
    segment_id: str


def settings_of(identity: RunIdentity) -> OutcomeSettings:
    """Return the outcome settings that a run began with, whichever version wrote them."""
    return OutcomeSettings.from_text(identity.settings)


def new_identity(
    target: Target, input_fingerprint: str, settings: OutcomeSettings, *, run_id: str
) -> RunIdentity:
    """Return the identity of a new run; `run_id` was drawn at random."""
    return RunIdentity(
        run_id=run_id,
        command="import",
        base_url=target.base_url,
        list_id=target.list_id,
        campaign_id=target.campaign_id,
        segment_id=target.segment_id,
        input_fingerprint=input_fingerprint,
        settings=settings.as_text(),
    )


def identity_to_resume(begun: RunIdentity, asked: RunIdentity, where: str) -> RunIdentity:
    """Return the journal's identity, `begun`, if a start with the identity `asked` may resume it.

    An earlier version may have written the settings in another form. Raises ConfigurationError,
    which names every difference.
    """
    as_written_now = msgspec.structs.replace(begun, settings=settings_of(begun).as_text())
    refuse_another_run(as_written_now, asked, where)
    return begun
