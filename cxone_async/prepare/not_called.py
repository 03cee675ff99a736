"""Who is not called because of what a person has decided.

Guarantee: pure. Where one of the rows that are said to be the same person is not to be called, none
of them is: neither those after it nor those before it, which is why it has to be known before the
first row is prepared.
"""

from collections.abc import Collection, Mapping

import msgspec

from cxone_async.contacts.normalise import Normaliser, Rejection, RowFields
from cxone_async.contacts.suppression import SuppressionList
from cxone_async.outcome import Outcome
from cxone_async.prepare.decided_pairs import DecidedPairs, PeopleByKey
from cxone_async.prepare.flagged import tells_people_apart
from cxone_async.prepare.job import PrepareJob


def rows_of_same(decided: DecidedPairs) -> Collection[int]:
    """Return the rows that are said to be the same as another."""
    keys = {key for pair in decided.same for key in pair}
    return {row for row, key in decided.key_of_row.items() if key in keys}


def with_people_not_called(job: PrepareJob, cells: Mapping[int, RowFields]) -> DecidedPairs:
    """Return the job's decisions with the people of whom a row says that they are not to be called.

    `cells` are those of `rows_of_same`, as far as they can be read. A row says so when it is
    suppressed, or when its flag counts although the row is invalid.
    """
    decided = job.decided
    people = PeopleByKey(decided.same)
    normaliser = Normaliser(
        job.settings.rules,
        SuppressionList(job.listed),
        flagged=job.flagged,
        tells_apart=tells_people_apart,
    )
    marking_row: dict[int, int] = {}  # by person: the first row that says so
    for row in sorted(cells):
        contact = normaliser.normalise(row, cells[row])
        is_suppressed = isinstance(contact, Rejection) and contact.outcome is Outcome.SUPPRESSED
        if is_suppressed or normaliser.flagged_identifiers(cells[row]) is not None:
            marking_row.setdefault(people.person(decided.key_of_row[row]), row)
    not_called = {
        row: marking
        for row in cells
        if (marking := marking_row.get(people.person(decided.key_of_row[row]), row)) != row
    }
    return msgspec.structs.replace(decided, not_called=not_called)
