"""What preparation needs to know before the first byte."""

from dataclasses import dataclass

from cxone_async.contacts.flagged import FlaggedPeople
from cxone_async.contacts.further import FurtherLimits
from cxone_async.contacts.suppression import NOBODY_LISTED, Listed
from cxone_async.ledger.port import KnownPeopleAt
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading
from cxone_async.prepare.decided_pairs import NOTHING_DECIDED, DecidedPairs
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.prepare.rows import MatchJob
from cxone_async.tenant.port import Dialect


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """The job of one run.

    `listed` is everybody in the suppression files. Without a `dialect` nothing will be sent, so
    nothing is encoded. With `keep_raw`, ready rows keep the record as it was read, in case they
    fail. `limits` are those of the dialect for further fields; None is no limit. `names` says which
    part of the list's names is the family's. `decided` is what people have decided about pairs of
    rows. `known` says which people of earlier runs are found; None without a ledger.
    """

    settings: OutcomeSettings
    listed: Listed = NOBODY_LISTED
    dialect: Dialect | None = None
    keep_raw: bool = False
    flagged: FlaggedPeople | None = None
    limits: FurtherLimits | None = None
    names: NameReading = AS_THE_HEADER_SAYS
    decided: DecidedPairs = NOTHING_DECIDED
    known: KnownPeopleAt | None = None

    @property
    def for_matching(self) -> MatchJob:
        """The part that the match stage needs."""
        settings = self.settings
        return MatchJob(
            settings.match,
            settings.threshold,
            bool(settings.external_id),
            self.decided,
            self.known,
        )
