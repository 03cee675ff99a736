"""Learning the order of names from the beginning of an input."""

from dataclasses import replace

import pytest
from fixtures.run_in_memory import prepare_job

from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import UnreadableInputError
from cxone_async.matching.corroborated.name_order_evidence import MOST_ROWS
from cxone_async.matching.name_order import NameOrder, NameReading
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.prepare.name_order import FirstNames
from cxone_async.prepare.preparer import Preparer
from cxone_async.source.reading_rules import PLAIN_RULES

FAMILIES = b"phone,first_name,last_name\n" + b"".join(
    b"+1202555%04d,%s,%s\n" % (n // 2, family, given)
    for n, (family, given) in enumerate(
        (family, given)
        for family in (b"Nagy", b"Kovacs", b"Szabo", b"Horvath", b"Varga", b"Kiss", b"Molnar")
        for given in (b"Eszter", b"Istvan")
    )
)


def learned(content, block_bytes):
    names = FirstNames(PLAIN_RULES)
    for start in range(0, len(content), block_bytes):
        names.feed(content[start : start + block_bytes])
    names.finish()
    return names.conclude()


@pytest.mark.parametrize("block_bytes", [7, 100, 100_000])
def test_the_same_is_learned_however_the_input_is_cut(block_bytes):
    reading, finding = learned(FAMILIES, block_bytes)
    assert reading.columns is NameOrder.FAMILY_FIRST
    assert finding.rows == 14
    assert (reading, finding) == learned(FAMILIES, 1_000)


def test_words_for_no_name_are_none():
    content = b"phone,first_name,last_name\n1,NULL,Abbott\n1,Ada,n/a\n"
    assert learned(content, 1_000)[1].rows == 0


def test_a_list_without_names_shows_nothing():
    reading, finding = learned(b"phone\n+12025550101\n", 1_000)
    assert (reading, finding.rows) == (NameReading(), 0)


def test_no_more_rows_are_read_than_say_something():
    names = FirstNames(PLAIN_RULES)
    names.feed(b"phone,first_name,last_name\n" + b"1,Ada,Abbott\n" * (MOST_ROWS - 1))
    assert not names.is_full
    names.feed(b"1,Ada,Abbott\n" * 3)
    assert names.is_full
    assert names.conclude()[1].rows == MOST_ROWS


def test_an_input_that_is_none_is_refused():
    with pytest.raises(UnreadableInputError):
        learned(b"nothing\n1\n", 100)


COUPLES_OF_ONE_MAILBOX = FAMILIES.replace(b"phone,", b"phone,email,").replace(
    b",Nagy", b",box77@example.com,Nagy"
)
"""Where the first column holds family names these are two people; else one who has married."""


def outcomes(names):
    phone_only = Constraints(required_fields=frozenset({"phone"}))
    job = prepare_job(phone_only, match=MatchPolicy.CORROBORATED)
    preparer = Preparer(replace(job, names=names))
    content = b"".join(COUPLES_OF_ONE_MAILBOX.splitlines(keepends=True)[:3])
    prepared = [preparer.feed(content), preparer.finish()]
    return [one.outcome for each in prepared for one in each.decided]


def test_rows_are_matched_in_the_order_that_the_job_says():
    assert outcomes(NameReading(NameOrder.FAMILY_FIRST)) == []
    assert outcomes(NameReading(NameOrder.GIVEN_FIRST)) == [Outcome.DUPLICATE]
