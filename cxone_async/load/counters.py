"""The progress of a run: plain counters that the run updates and a display reads.

Guarantee: every field is a number, a flag, or numbers by code, so no contact data gets in. One
event loop writes them, so no lock is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cxone_async.outcome import Outcome


@dataclass(slots=True)
class RunCounters:
    """Counters of a run. All but `chunks_in_flight` and `contacts_awaited` only grow.

    `rejected` are the `invalid` and the `suppressed` rows. `reasons` counts rows by outcome and
    reason code, or the rule of a duplicate. `rows_ready` counts the rows that were found ready to
    be sent, `bytes_prepared` the bytes of the input that the rows read come from, and `reading_s`
    how long the run waited for them. `contacts_awaited` are those of accepted chunks whose end is
    not known, `rows_answered` the rows that were sent, in any start, and have their outcome.
    """

    rows_read: int = 0
    bytes_read: int = 0
    bytes_prepared: int = 0
    input_bytes: int = 0
    reading_s: float = 0.0
    rows_ready: int = 0
    duplicates: int = 0
    rejected: int = 0
    invalid: int = 0
    suppressed: int = 0
    imported: int = 0
    failed: int = 0
    unresolved: int = 0
    ready: int = 0
    chunks_in_flight: int = 0
    chunks_accepted: int = 0
    contacts_awaited: int = 0
    rows_answered: int = 0
    contacts_sent: int = 0
    early_polls: int = 0
    input_ended: bool = False
    reasons: Mapping[tuple[Outcome, str], int] = field(default_factory=dict)

    def show(self, counts: Mapping[Outcome, int]) -> None:
        """Set the outcome counters from the counts so far."""
        self.duplicates = counts.get(Outcome.DUPLICATE, 0)
        self.invalid = counts.get(Outcome.INVALID, 0)
        self.suppressed = counts.get(Outcome.SUPPRESSED, 0)
        self.rejected = self.invalid + self.suppressed
        self.imported = counts.get(Outcome.IMPORTED, 0)
        self.failed = counts.get(Outcome.FAILED, 0)
        self.unresolved = counts.get(Outcome.UNRESOLVED, 0)
        self.ready = counts.get(Outcome.READY, 0)
