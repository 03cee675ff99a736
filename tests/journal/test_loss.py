"""When a journal has lost its end, and when it has not."""

import pytest

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalEvent, JournalLossAccepted, RunFinished, RunStarted
from cxone_async.journal.fold import JournalFold, fold_of
from cxone_async.journal.head import JournalHead
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.loss import (
    ANY_ROW,
    NOTHING_REPORTED,
    Loss,
    RowsReported,
    loss_in,
    loss_of_all,
    refuse,
)

ONE_CHUNK: list[JournalEvent] = [
    Intended("c", (RowAttempt(1, 1), RowAttempt(9, 1))),
    Accepted("c", "import-1"),
    Settled("c", (RowSettlement(1, SettledAs.IMPORTED, "i"), RowSettlement(9, SettledAs.FAILED))),
]


def fold(identity: RunIdentity, *events: JournalEvent, keeps_head: bool = True) -> JournalFold:
    return fold_of([RunStarted(identity, keeps_head=keeps_head), *events])


def head(sequence: int, submissions: int = 1, highest_row: int = 9) -> JournalHead:
    return JournalHead(sequence, "0f", submissions, highest_row)


def test_a_fold_counts_what_a_head_says(identity: RunIdentity) -> None:
    new, later = fold(identity), fold(identity, *ONE_CHUNK)
    assert (new.submissions, new.highest_row, new.rows_imported, new.rows_ended) == (0, 0, 0, 0)
    assert (later.submissions, later.highest_row) == (1, 9)
    assert (later.rows_imported, later.rows_ended) == (1, 2)
    after_a_loss = fold(identity, *ONE_CHUNK, JournalLossAccepted(5, 30))
    assert (after_a_loss.submissions, after_a_loss.highest_row) == (5, 30)


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_head_that_lags_behind_is_no_loss(identity: RunIdentity, lag: int) -> None:
    journal = fold(identity, *ONE_CHUNK)
    assert loss_in(journal, 4, head(4 - lag), NOTHING_REPORTED, meets_head=True) is None


def test_a_journal_that_ends_before_its_head_has_lost_its_end(identity: RunIdentity) -> None:
    journal = fold(identity, *ONE_CHUNK)
    loss = loss_in(journal, 4, head(40, 17, 8500), NOTHING_REPORTED, meets_head=False)
    assert loss == Loss(
        "it ends with event 4 and submission 1, its head says event 40 and submission 17", 17, 8500
    )


def test_a_journal_made_anew_beside_an_older_head_has_lost_its_submissions(
    identity: RunIdentity,
) -> None:
    loss = loss_in(fold(identity), 1, head(1, 17, 8500), NOTHING_REPORTED, meets_head=True)
    assert loss is not None
    assert (loss.submissions, loss.highest_row) == (17, 8500)


def test_another_journal_than_the_head_s_has_lost_what_either_began(identity: RunIdentity) -> None:
    loss = loss_in(fold(identity, *ONE_CHUNK), 4, head(3, 1, 7), NOTHING_REPORTED, meets_head=False)
    assert loss == Loss("event 3 is not the one that its head was written for", 1, 9)


def test_a_head_that_is_gone_is_a_loss_unless_none_was_ever_kept(identity: RunIdentity) -> None:
    lost = loss_in(fold(identity, *ONE_CHUNK), 4, None, NOTHING_REPORTED, meets_head=True)
    assert lost is not None
    assert (lost.submissions, lost.highest_row) == (1, ANY_ROW)
    older = fold(identity, *ONE_CHUNK, keeps_head=False)
    assert loss_in(older, 4, None, NOTHING_REPORTED, meets_head=True) is None


@pytest.mark.parametrize(
    ("reported", "is_lost"),
    [
        (RowsReported(1, 2, 20), False),
        (RowsReported(0, 0, 20), False),
        (RowsReported(2, 2, 20), True),
        (RowsReported(1, 3, 20), True),
    ],
)
@pytest.mark.parametrize("keeps_head", [False, True])
def test_files_that_say_more_tell_of_a_loss(
    identity: RunIdentity, reported: RowsReported, is_lost: bool, keeps_head: bool
) -> None:
    journal = fold(identity, *ONE_CHUNK, keeps_head=keeps_head)
    loss = loss_in(journal, 4, head(4) if keeps_head else None, reported, meets_head=True)
    assert (loss is not None) == is_lost
    if loss is not None:
        assert (loss.submissions, loss.highest_row) == (1, 20)


def test_a_loss_that_was_accepted_is_not_found_again(identity: RunIdentity) -> None:
    reported = RowsReported(20, 20, 20)
    by_files = fold(identity, JournalLossAccepted(1, 20))
    assert loss_in(by_files, 2, head(2, 1, 20), reported, meets_head=True) is None
    of_the_head = fold(identity, JournalLossAccepted(1, ANY_ROW))
    assert loss_in(of_the_head, 2, None, reported, meets_head=True) is None


def test_a_finished_journal_has_lost_nothing(identity: RunIdentity) -> None:
    journal = fold(identity, *ONE_CHUNK, RunFinished(b"{}"))
    assert loss_in(journal, 5, head(9), RowsReported(9, 9, 9), meets_head=False) is None


def test_a_journal_that_is_gone_is_lost_when_something_was_sent() -> None:
    assert loss_of_all(None, NOTHING_REPORTED) is None
    assert loss_of_all(head(1, 0, 0), RowsReported(0, 0, 20)) is None
    assert loss_of_all(head(9, 3, 1500), RowsReported(0, 0, 20)) == Loss(
        "it is not there, its head says submission 3", 3, 1500
    )
    assert loss_of_all(None, RowsReported(15, 18, 20)) == Loss(
        "it is not there, reconciliation.csv says that 18 rows were sent", 0, 20
    )


def test_a_refusal_says_what_is_lost_and_the_way_out() -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse("run/journal.db", Loss("it is not there", 3, 1500))
    assert str(refused.value).startswith("run/journal.db has lost its end: it is not there. ")
    assert "--accept-journal-loss" in str(refused.value)
