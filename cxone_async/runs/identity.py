"""What a run was begun with, and whether this start may go on with it.

A run resumes only with the input, the target and the outcome settings that it began with. The
campaign's constraints are among those settings. They are asked for once and journalled, so a
campaign that is edited at midnight does not change the second half of a run.
"""

from pathlib import Path

import msgspec

from cxone_async.journal.events import RunFinished
from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.journal.store import open_read_only
from cxone_async.prepare.outcome_settings import OutcomeSettings

INPUT_FINGERPRINT = "input_fingerprint"
"""A run's facts hold the digest of its input under this name, beside the outcome settings."""


class Target(msgspec.Struct, frozen=True):
    """Where a run's contacts go. `segment_id` is "" when there is none."""

    base_url: str
    list_id: str
    campaign_id: str
    segment_id: str


class EarlierStart(msgspec.Struct, frozen=True):
    """What an earlier start left. `finished` tells the end of a complete run."""

    identity: RunIdentity
    finished: RunFinished | None

    @property
    def settings(self) -> OutcomeSettings:
        """The outcome settings that the run began with."""
        return OutcomeSettings.from_text(self.identity.settings)


def earlier_start(journal_path: Path) -> EarlierStart | None:
    """Read what an earlier start left. Raises ConfigurationError, CannotWriteError."""
    if not journal_path.exists():
        return None
    with open_read_only(journal_path) as journal:
        return EarlierStart(journal.identity, journal.finished)


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


def identity_to_resume(earlier: EarlierStart, asked: RunIdentity, where: str) -> RunIdentity:
    """Return the identity that the journal holds, if `asked` may go on with it.

    The journal may be of a version that wrote its settings otherwise. Raises
    ConfigurationError, naming everything that differs.
    """
    begun = msgspec.structs.replace(earlier.identity, settings=earlier.settings.as_text())
    refuse_another_run(begun, asked, where)
    return earlier.identity
