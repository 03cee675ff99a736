"""What the starts before this one used, from the notes in the journal."""

from cxone_async.journal.lifecycle import Intended, RowAttempt
from cxone_async.journal.starts import NOTHING_USED, StartUsed, Used
from cxone_async.report.reconciliation import StartsTaken
from cxone_async.runs.earlier_starts import EarlierStarts

ONE, TWO = Used(requests={"poll": 1}), Used(requests={"poll": 2})


def after(*events):
    earlier = EarlierStarts()
    for event in events:
        earlier.apply(event)
    return earlier


def test_the_first_start_has_none_before_it():
    earlier = after()
    assert earlier.used(1) == NOTHING_USED
    assert earlier.taken(1) == StartsTaken(count=1)


def test_of_each_start_the_last_note_counts():
    earlier = after(
        StartUsed(1, False, ONE),
        Intended("c", (RowAttempt(1, 1),)),
        StartUsed(1, True, TWO),
        StartUsed(2, False, NOTHING_USED),
        StartUsed(2, False, ONE),
    )
    assert earlier.used(3).requests == {"poll": 3}
    assert earlier.taken(3) == StartsTaken(count=3, cut_short=1)


def test_a_start_that_was_killed_before_it_noted_anything_is_counted_as_killed():
    earlier = after(StartUsed(1, False, NOTHING_USED))
    assert earlier.taken(2) == StartsTaken(count=2, cut_short=1)


def test_where_a_start_of_an_earlier_version_noted_nothing_none_is_added_up():
    assert after().used(2) == NOTHING_USED
    assert after().taken(2) == StartsTaken(count=2, are_added_up=False)
    later = after(StartUsed(2, True, ONE))
    assert later.used(3) == NOTHING_USED
    assert later.taken(3).are_added_up is False
