"""Stops a run that is going wrong before it sends more.

Guarantee: pure arithmetic on the counts so far. A guard does not judge fewer than `MINIMUM_ROWS`
rows, because the first rows of a list are not a fair sample of it.
"""

from collections import Counter

import msgspec

from cxone_async.errors import GuardTrippedError
from cxone_async.outcome import Outcome

MINIMUM_ROWS = 1000


class Guards(msgspec.Struct, frozen=True):
    """The largest shares allowed, between 0 and 1. None switches a guard off."""

    max_duplicate_rate: float | None = None
    max_failure_rate: float | None = None

    def check(self, counts: Counter[Outcome], rows_read: int) -> None:
        """Raise GuardTrippedError when a share is over its limit.

        The duplicate rate is a share of the rows read. The failure rate is a share of the rows
        that the tenant has answered (imported, failed, unresolved).
        """
        if self.max_duplicate_rate is not None:
            duplicates = counts[Outcome.DUPLICATE]
            _compare("duplicate", duplicates, rows_read, self.max_duplicate_rate)
        if self.max_failure_rate is not None:
            bad = counts[Outcome.FAILED] + counts[Outcome.UNRESOLVED]
            answered = bad + counts[Outcome.IMPORTED]
            _compare("failure", bad, answered, self.max_failure_rate)


def _compare(what: str, part: int, whole: int, limit: float) -> None:
    if whole >= MINIMUM_ROWS and part > limit * whole:
        raise GuardTrippedError(
            f"stopped by --max-{what}-rate: {part:,} of {whole:,} rows is "
            f"{part / whole:.1%}, over the limit of {limit:.1%}; nothing is lost: run the same "
            f"command with a higher limit to resume"
        )
