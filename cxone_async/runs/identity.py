"""What a run was begun with, and whether this start may go on with it.

A run resumes only with the input, the target and the outcome settings that it began with. The
campaign's constraints are among those settings. They are asked for once and journalled, so a
campaign that is edited at midnight does not change the second half of a run.
"""

import msgspec

from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.prepare.outcome_settings import OutcomeSettings

INPUT_FINGERPRINT = "input_fingerprint"
"""A run's facts hold the digest of its input under this name, beside the outcome settings."""


class Target(msgspec.Struct, frozen=True):
    """Where a run's contacts go. `segment_id` is "" when there is none."""

    base_url: str
    list_id: str
    campaign_id: str
    segment_id: str


def settings_of(identity: RunIdentity) -> OutcomeSettings:
    """Return the outcome settings that a run began with, of whatever version it is."""
    return OutcomeSettings.from_text(identity.settings)


def new_identity(
    target: Target, input_fingerprint: str, settings: OutcomeSettings, *, run_id: str
) -> RunIdentity:
    """Return the identity of a run that begins now; `run_id` was drawn for it at random."""
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
    """Return the identity `begun` that the journal holds, if `asked` may go on with it.

    The journal may be of a version that wrote its settings otherwise. Raises
    ConfigurationError, naming everything that differs.
    """
    as_written_now = msgspec.structs.replace(begun, settings=settings_of(begun).as_text())
    refuse_another_run(as_written_now, asked, where)
    return begun
