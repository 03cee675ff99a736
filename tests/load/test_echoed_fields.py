"""Results are matched by all echoed fields that were sent."""

import random

import msgspec
import pytest

from cxone_async.contacts.model import Contact
from cxone_async.journal.lifecycle import SettledAs
from cxone_async.load.settlement import settle_report, stray_results
from cxone_async.outcome import Reason
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.contact_lists.wire import STRANGER, ContactListsDialect
from cxone_async.tenant.port import (
    ContactResult,
    ImportReport,
    ImportState,
    SentFields,
    SentFurther,
)

DIALECT = ContactListsDialect()


def row(number, email="ann@example.com", external_id="", **further):
    contact = Contact(
        number, "12025550101", "", email, "Ann", "Lee", "US", "", "", (),
        external_id, tuple(further.items()),
    )  # fmt: skip
    return PendingRow(number, number + 1, b"raw", DIALECT.encode(contact))


def result(one, contact_id, echoes=None, *, succeeded=True, code="", **own):
    """What a tenant says of a row: `echoes` are the names it echoes, None is all."""
    sent = DIALECT.sent_fields(one.payload)
    pairs = sent.further if isinstance(sent, SentFurther) else ()
    five = SentFields(sent.phone, sent.email, sent.first_name, sent.last_name, sent.country)
    echoed = tuple(pair for pair in pairs if echoes is None or pair[0] in echoes)
    return ContactResult(
        five, succeeded, contact_id if succeeded else "", code, (*echoed, *own.items())
    )


def settled(rows, *results):
    report = ImportReport("import", ImportState.COMPLETED, results)
    settlements = settle_report(rows, report, DIALECT)
    said = [(one.settled_as, one.contact_id) for one in settlements]
    return said, stray_results(rows, settlements, report, DIALECT)


IMPORTED, UNRESOLVED = SettledAs.IMPORTED, SettledAs.UNRESOLVED


def test_rows_that_differ_only_in_a_further_field_keep_their_own_ids():
    rows = [row(1, account="1"), row(2, account="2"), row(3)]
    results = [result(one, f"c-{one.row}") for one in rows]
    random.Random(1).shuffle(results)
    assert settled(rows, *results) == ([(IMPORTED, "c-1"), (IMPORTED, "c-2"), (IMPORTED, "c-3")], 0)


@pytest.mark.parametrize("echoes", [(), ("external_id",), ("account",), None])
def test_a_tenant_may_echo_some_all_or_none(echoes):
    rows = [row(1, "a@example.com", "7", account="1"), row(2, "b@example.com", account="2")]
    results = [result(one, f"c-{one.row}", echoes, score="7") for one in reversed(rows)]
    assert settled(rows, *results) == ([(IMPORTED, "c-1"), (IMPORTED, "c-2")], 0)


def test_what_the_tenant_adds_of_its_own_does_not_matter():
    rows = [row(1)]
    assert settled(rows, result(rows[0], "c-1", account="x")) == ([(IMPORTED, "c-1")], 0)


def test_a_result_with_another_value_is_another_contact_s():
    rows = [row(1, account="1")]
    other = result(rows[0], "c-9", (), account="2")
    assert settled(rows, other) == ([(UNRESOLVED, "")], 1)
    assert settled(rows, other, result(rows[0], "c-1")) == ([(IMPORTED, "c-1")], 1)


def test_what_others_results_hold_does_not_say_what_is_echoed():
    rows = [row(1, account="1")]
    stranger = ContactResult(
        SentFields("1", "", "", "", ""), succeeded=True, further=(("account", "1"),)
    )
    results = [result(rows[0], "c-1", ()), stranger, STRANGER]
    assert settled(rows, *results) == ([(IMPORTED, "c-1")], 2)


def test_rows_that_cannot_be_told_apart_are_imported_without_an_id_that_may_be_another_s():
    rows = [row(1, account="1"), row(2, account="2")]
    both = [result(one, f"c-{one.row}", ()) for one in rows]
    assert settled(rows, *both) == ([(IMPORTED, ""), (IMPORTED, "")], 0)
    assert settled(rows, both[0]) == ([(UNRESOLVED, "")] * 2, 0)
    failed = result(rows[1], "", (), succeeded=False, code="INVALID_PHONE")
    assert settled(rows, both[0], failed) == ([(UNRESOLVED, "")] * 2, 0)
    said, _ = settled(rows, failed, failed)
    assert said == [(SettledAs.FAILED, "")] * 2
    report = ImportReport("import", ImportState.COMPLETED, (both[0],))
    assert {one.reason for one in settle_report(rows, report, DIALECT)} == {Reason.NO_RESULT}


def test_equal_rows_may_have_either_id():
    rows = [row(1, account="1"), row(2, account="1")]
    results = [result(rows[0], "c-1", ()), result(rows[1], "c-2", ())]
    said, _ = settled(rows, *results)
    assert said == [(IMPORTED, "c-1"), (IMPORTED, "c-2")]


def test_a_payload_keeps_the_order_of_the_fields_and_reads_back():
    payload = row(1, external_id="7", b="2", a="ü").payload
    assert list(msgspec.json.decode(payload)["fields"]) == [
        "phone", "email", "first_name", "last_name", "country", "external_id", "b", "a",
    ]  # fmt: skip
    sent = DIALECT.sent_fields(payload)
    assert isinstance(sent, SentFurther)
    assert sent.further == (("a", "ü"), ("b", "2"), ("external_id", "7"))
    assert DIALECT.sent_fields(DIALECT.payload(sent)) == sent
    with pytest.raises(msgspec.DecodeError):
        DIALECT.sent_fields(b'{"fields":{"phone":"1","further":"x"}}')
