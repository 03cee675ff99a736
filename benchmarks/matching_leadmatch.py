"""Runs leadmatch's own deduplicator over the same contacts, for comparison.

It works as it comes: its threshold is 0.85. A row is dropped when its cluster holds an earlier row.
"""

from leadmatch import Lead, dedupe_leads
from matching_data import LabelledContact

from cxone_async.matching.evaluation import Decided
from cxone_async.outcome import Outcome


def decide(labelled: list[LabelledContact]) -> list[Decided]:
    """Return leadmatch's decisions."""
    leads = [
        Lead(
            record_id=str(contact.row),
            first_name=contact.first_name,
            last_name=contact.last_name,
            email=contact.raw_email,
            phone=f"+{contact.phone}" if contact.phone else "",
        )
        for contact, _ in labelled
    ]
    cluster_of = dedupe_leads(leads).assignment
    seen: set[str] = set()
    decisions = []
    for contact, _ in labelled:
        cluster = cluster_of[str(contact.row)]
        outcome = Outcome.DUPLICATE if cluster in seen else Outcome.READY
        decisions.append(Decided(contact.row, outcome, "leadmatch"))
        seen.add(cluster)
    return decisions
