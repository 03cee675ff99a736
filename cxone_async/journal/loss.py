"""Whether a journal has lost its end, and what the lost end may have sent.

A write-ahead log that is gone, cut off or damaged takes the last events with it, and so does an
older copy of the journal. SQLite calls what is left whole. A run that went on from there would
send those contacts again. What tells is the journal's head, and the files of a run whose end the
journal does not know.

A finished journal has lost nothing: its last event says that nothing follows.

Everything here is pure.
"""

from typing import Final

import msgspec

from cxone_async.errors import ConfigurationError
from cxone_async.journal.fold import JournalFold
from cxone_async.journal.head import JournalHead

ANY_ROW: Final = (1 << 32) - 1
"""Above every row: which rows the lost submissions named is not known."""


class RowsReported(msgspec.Struct, frozen=True):
    """What the files beside a journal say: how many rows were imported, were sent, were read.

    `sent` counts the rows that are imported, failed or unresolved.
    """

    imported: int = 0
    sent: int = 0
    read: int = 0


NOTHING_REPORTED: Final = RowsReported()


class Loss(msgspec.Struct, frozen=True):
    """What was lost, in words, and how far the lost end may have come."""

    what: str
    submissions: int
    highest_row: int


def loss_in(
    fold: JournalFold,
    events: int,
    head: JournalHead | None,
    reported: RowsReported,
    *,
    meets_head: bool,
) -> Loss | None:
    """Return what a journal of so many events has lost; None when nothing is missing.

    `meets_head` is whether its digest at the head's event is the head's.
    """
    if fold.finished is not None:
        return None
    if head is None:
        return (
            Loss("its head is gone, so whether it is whole is not known", fold.submissions, ANY_ROW)
            if fold.keeps_head and fold.lost_rows < ANY_ROW
            else _reported_more(fold, reported)
        )
    if events < head.sequence or fold.submissions < head.submissions:
        return Loss(
            f"it ends with event {events:,} and submission {fold.submissions:,}, its head says "
            f"event {head.sequence:,} and submission {head.submissions:,}",
            head.submissions,
            head.highest_row,
        )
    if not meets_head:
        return Loss(
            f"event {head.sequence:,} is not the one that its head was written for",
            max(head.submissions, fold.submissions),
            max(head.highest_row, fold.highest_row),
        )
    return _reported_more(fold, reported)


def loss_of_all(head: JournalHead | None, reported: RowsReported) -> Loss | None:
    """Return what is lost where there is no journal; None when none had sent anything."""
    begun = head.submissions if head is not None else 0
    if begun:
        return Loss(
            f"it is not there, its head says submission {begun:,}",
            begun,
            max(head.highest_row if head is not None else 0, reported.read),
        )
    if reported.sent:
        return Loss(
            f"it is not there, reconciliation.csv says that {reported.sent:,} rows were sent",
            0,
            reported.read,
        )
    return None


def refuse(where: str, loss: Loss) -> None:
    """Raise ConfigurationError for a journal that has lost something."""
    raise ConfigurationError(
        f"{where} has lost its end: {loss.what}. The contacts of the lost submissions may be at "
        "the tenant already, so none is sent. Put back journal.db, journal.db-wal and "
        "journal.head as the last start left them. If they are lost for good, "
        "--accept-journal-loss goes on: every row that may have been sent and has no known end "
        "is then unresolved, and the others are sent"
    )


def _reported_more(fold: JournalFold, reported: RowsReported) -> Loss | None:
    is_more = fold.rows_imported < reported.imported or fold.rows_ended < reported.sent
    if not is_more or fold.lost_rows >= reported.read:
        return None
    return Loss(
        f"it holds the ends of {fold.rows_ended:,} rows, reconciliation.csv says that "
        f"{reported.sent:,} were sent",
        fold.submissions,
        reported.read,
    )
