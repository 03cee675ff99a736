"""The same external id on different people, and rows that repeat a rejected one."""

import random

import pytest
from fixtures.run_in_memory import NO_SAMPLE, prepare_job
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.checks import DoNotCall
from cxone_async.contacts.field_values import FieldType
from cxone_async.contacts.further import FurtherLimits
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.matching.policy import KEPT, Duplicate
from cxone_async.outcome import Outcome, Problem, Reason, RowOutcome
from cxone_async.prepare.external_ids import ExternalIdCheck, ExternalIds
from cxone_async.prepare.preparer import Preparer
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.port import SentFurther

HEADER = "phone,email,first_name,last_name,dnc,id\n"


def person(number, external_id, flag=""):
    return f"+1202555{number:04},p{number}@example.com,F{number},L{number},{flag},{external_id}\n"


def prepared(*lines, block_bytes=1000, dialect=None, **changes):
    content = (HEADER + "".join(lines)).encode()
    job = prepare_job(dialect=dialect, external_id="id", **NO_SAMPLE, **changes)
    preparer = Preparer(job)
    starts = range(0, len(content), block_bytes)
    blocks = [preparer.feed(content[at : at + block_bytes]) for at in starts]
    blocks.append(preparer.finish())
    decided = {one.row: one for block in blocks for one in block.decided}
    ready = {one.row: one for block in blocks for one in block.ready}
    return decided, ready


@pytest.mark.parametrize("block_bytes", [7, 80, 100_000])
def test_the_same_id_is_a_duplicate_on_one_person_and_invalid_on_another(block_bytes):
    lines = [
        person(101, "7"),
        person(101, " 7 "),  # the same person
        person(102, "7"),
        person(103, ""),
        person(104, ""),
        person(105, "n/a"),
        person(101, "8"),  # a duplicate's id counts, too
        person(106, "8"),
    ]
    decided, ready = prepared(*lines, block_bytes=block_bytes)
    assert {row: (one.outcome, one.reason, one.external_id) for row, one in decided.items()} == {
        2: (Outcome.DUPLICATE, "", "7"),
        3: (Outcome.INVALID, Reason.EXTERNAL_ID_REPEATED, "7"),
        7: (Outcome.DUPLICATE, "", "8"),
        8: (Outcome.INVALID, Reason.EXTERNAL_ID_REPEATED, "8"),
    }
    assert decided[3].detail == "external_id: that of row 1, another person"
    assert decided[3].raw == lines[2].rstrip().encode()
    assert {row: one.external_id for row, one in ready.items()} == {1: "7", 4: "", 5: "", 6: ""}


def test_a_contact_is_not_dropped_as_the_duplicate_of_a_rejected_row():
    decided, ready = prepared(
        person(101, "7"),
        person(102, "7"),  # rejected
        person(102, "7"),  # the same person, rejected again
        person(102, "9"),  # goes out instead
        person(102, "10"),  # repeats the one that goes out
    )
    assert ready.keys() == {1, 4}
    assert decided[3].reason == Reason.EXTERNAL_ID_REPEATED
    assert (decided[5].outcome, decided[5].duplicate_of) == (Outcome.DUPLICATE, 4)


@pytest.mark.parametrize("block_bytes", [7, 100_000])
def test_the_id_of_a_suppressed_row_is_that_of_its_person(block_bytes):
    decided, ready = prepared(
        person(101, "1"),
        person(102, "7", "yes"),
        person(103, "7"),
        person(104, "8"),
        person(105, "8", "yes"),  # comes too late to matter for row 4
        person(106, "8"),
        block_bytes=block_bytes,
        dnc=DoNotCall.ALWAYS,
    )
    assert ready.keys() == {1, 4}
    assert decided[2].external_id == "7"
    assert decided[3].detail == "external_id: that of row 2, another person"
    assert decided[6].detail == "external_id: that of row 4, another person"


def test_the_id_of_an_invalid_row_is_free():
    decided, ready = prepared("12,x,F,L,,7\n", person(101, "7"))
    assert decided[1].external_id == "7"
    assert ready.keys() == {2}


def test_what_goes_out_is_in_the_payload():
    dialect = ContactListsDialect()
    _, ready = prepared(person(101, "7"), dialect=dialect, field=("first=first_name", "c:=x"))
    sent = dialect.sent_fields(ready[1].payload)
    assert isinstance(sent, SentFurther)
    assert sent.further == (("c", "x"), ("external_id", "7"), ("first", "F101"))
    assert sent.first_name == ""


def test_without_a_column_of_ids_nothing_is_kept_of_them():
    block = Preparer(prepare_job()).feed((HEADER + person(101, "7")).encode())
    assert block.ready.external_ids == []


def test_columns_that_the_dialect_cannot_carry_are_refused_with_the_header():
    limits = FurtherLimits(
        most=9, name_characters=2, value_characters=9, record_bytes=9, reserved=frozenset()
    )
    job = prepare_job(field=("*",))
    preparer = Preparer(type(job)(job.settings, limits=limits))
    with pytest.raises(UnreadableInputError, match="'long_name'"):
        preparer.feed(b"phone,email,long_name\n1,2,3\n4,5,6\n")
        preparer.finish()


def test_a_type_is_for_a_field_that_goes_out():
    typed = {"balance": FieldType.NUMBER}
    content = b"phone,email,balance\n+12025550101,a@example.com,1234.50\n"
    dialect = ContactListsDialect()
    preparer = Preparer(prepare_job(dialect=dialect, field=("*",), field_type=typed))
    (ready,) = [*preparer.feed(content).ready, *preparer.finish().ready]
    sent = dialect.sent_fields(ready.payload)
    assert isinstance(sent, SentFurther)
    assert sent.further == (("balance", "1234.50"),)
    other = Preparer(prepare_job(field=("*",), field_type={"since": FieldType.DATE}))
    with pytest.raises(UsageError, match="'since' is no field that goes out"):
        other.feed(content)
        other.finish()


@given(st.lists(st.text(max_size=3), max_size=60))
def test_the_first_row_with_an_id_is_found(ids):
    known = ExternalIds()
    first: dict[str, int] = {}
    for row, external_id in enumerate(ids, start=1):
        assert known.first_row(external_id, row) == first.setdefault(external_id, row)


def test_the_check_goes_by_row_whatever_the_blocks():
    rng = random.Random(7)
    rows = range(1, 300)
    ids = [rng.choice(["", *"abcdefghij"]) for _ in rows]
    decisions = [
        KEPT if row < 3 or rng.random() < 0.6 else Duplicate(rng.randrange(1, row), "exact", 100.0)
        for row in rows
    ]
    suppressed = [RowOutcome(row, row, Outcome.SUPPRESSED, external_id="z") for row in (5, 150)]
    whole = ExternalIdCheck().judge(rows, ids, decisions, suppressed)
    piecewise = ExternalIdCheck()
    pieces = []
    for at in range(0, len(rows), 20):
        last = rows[at : at + 20][-1]
        block = [one for one in suppressed if rows[at] <= one.row <= last]
        pieces += piecewise.judge(
            rows[at : at + 20], ids[at : at + 20], decisions[at : at + 20], block
        )
    assert pieces == whole
    rejected = {row for row, one in zip(rows, whole, strict=True) if isinstance(one, Problem)}
    assert rejected
    kept_ids = [one for one, said in zip(ids, whole, strict=True) if said == KEPT and one]
    assert len(set(kept_ids)) == len(kept_ids)
    for said in whole:
        assert not (isinstance(said, Duplicate) and said.of_row in rejected)


def test_ids_that_share_half_of_their_digest_are_two():
    known = ExternalIds()
    assert known.first_row("114403", 1) == 1
    assert known.first_row("114657", 2) == 2
    assert (known.first_row("114403", 3), known.first_row("114657", 4)) == (1, 2)
