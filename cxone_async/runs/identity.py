"""What a run was begun with, and whether this start may go on with it.

Guarantee: a run goes on only with the input, the target and everything else that decides
outcomes as they were. The campaign's constraints are part of that: they are asked for once,
journalled, and kept for the rest of the run, so that a campaign that is edited at midnight
does not make a resumed run decide half of the rows otherwise.
"""

from hashlib import sha256

import msgspec

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.journal.identity import RunIdentity
from cxone_async.prepare.rows import PrepareJob
from cxone_async.runs.run_directory import RunDirectory

ALLOWED_COUNTRIES = "campaign allowed_countries"
DNC_ENABLED = "campaign dnc_enabled"
REQUIRED_FIELDS = "campaign required_fields"
INPUT_FINGERPRINT = "input_fingerprint"
"""Under this name a run's facts hold the digest of its input beside the deciding settings."""


class Target(msgspec.Struct, frozen=True):
    """Where a run's contacts go. `segment_id` is "" when there is none."""

    base_url: str
    list_id: str
    campaign_id: str
    segment_id: str


def identity_of(
    job: PrepareJob, place: RunDirectory, target: Target, *, run_id: str
) -> RunIdentity:
    """Return the identity of a run that begins now; `run_id` was drawn for it at random."""
    return RunIdentity(
        run_id=run_id,
        command="import",
        base_url=target.base_url,
        list_id=target.list_id,
        campaign_id=target.campaign_id,
        segment_id=target.segment_id,
        input_fingerprint=place.input_fingerprint,
        settings=deciding_settings(job),
    )


def deciding_settings(job: PrepareJob) -> dict[str, str]:
    """Return, as text, all that decides outcomes besides the input."""
    rules, constraints = job.rules, job.rules.constraints
    return {
        "match": str(job.match),
        "threshold": f"{job.threshold:g}",
        "phone_check": str(rules.phone_check),
        "email_check": str(rules.email_check),
        "suppress": sha256("\n".join(job.suppression_lines).encode()).hexdigest(),
        "default_country": rules.default_country,
        "map": msgspec.json.encode(dict(sorted(job.mapping.items()))).decode(),
        "encoding": job.encoding,
        "dialect": repr(job.dialect),
        ALLOWED_COUNTRIES: ",".join(sorted(constraints.allowed_countries)),
        DNC_ENABLED: str(constraints.dnc_enabled),
        REQUIRED_FIELDS: ",".join(sorted(constraints.required_fields)),
    }


def journalled_constraints(identity: RunIdentity) -> Constraints:
    """Return the campaign's constraints as they were when the run began."""
    countries = identity.settings[ALLOWED_COUNTRIES].split(",")
    required = identity.settings[REQUIRED_FIELDS].split(",")
    return Constraints(
        allowed_countries=frozenset(filter(None, countries)),
        dnc_enabled=identity.settings[DNC_ENABLED] == str(True),
        required_fields=frozenset(name for name in FIELD_NAMES if name in required),
    )
