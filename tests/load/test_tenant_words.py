"""What of a tenant's words about a contact is kept: codes, and never a value of the contact."""

import pytest

from cxone_async.journal.lifecycle import RowSettlement, SettledAs
from cxone_async.load.tenant_words import codes_only
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.port import SentFields, sent_fields

DIALECT = ContactListsDialect()
ANNA = SentFields("12025550100", "a.kiessling@example.com", "Anna", "Kiessling-Roth", "DE")


def kept(word: str, *contacts: SentFields) -> str:
    rows = [
        PendingRow(number, number + 1, b"", DIALECT.payload(contact), 1)
        for number, contact in enumerate(contacts or (ANNA,), start=1)
    ]
    settlements = [RowSettlement(row.row, SettledAs.RETRY, detail=word) for row in rows]
    (detail,) = {each.detail for each in codes_only(rows, settlements, DIALECT)}
    return detail


@pytest.mark.parametrize(
    "word",
    [
        "", "INVALID_PHONE", "DUPLICATE_CONTACT", "BUSY", "TRY_LATER", "try_later", "rate-limited",
        "ContactLocked", "status 422", "import_failed",
    ],
)  # fmt: skip
def test_a_code_is_kept_as_it_came(word: str) -> None:
    assert kept(word) == word


@pytest.mark.parametrize(
    "word",
    [
        "Anna", "ANNA", "anna", "Kiessling", "KIESSLING", "Kiessling-Roth", "Anna_Kiessling",
        "BAD_KIESSLING", "AnnaKiessling", "a-kiessling",
    ],
)  # fmt: skip
def test_a_word_that_repeats_a_contact_is_kept_as_its_length(word: str) -> None:
    assert kept(word) == f"a word of {len(word)} characters"


@pytest.mark.parametrize("word", ["Somebody", "somebody"])
def test_a_word_that_is_not_written_as_a_code_is_not_kept_either(word: str) -> None:
    assert kept(word) == "a word of 8 characters"


def test_a_word_may_be_about_any_contact_of_the_chunk_and_any_further_field() -> None:
    other = SentFields("12025550101", "b@example.com", "B", "C", "DE")
    assert kept("KIESSLING", other, ANNA) == "a word of 9 characters"
    with_city = sent_fields(other, [("city", "Rothenburg")])
    assert kept("ROTHENBURG", with_city) == "a word of 10 characters"
    assert kept("ROTHENBURG", other) == "ROTHENBURG"


def test_settlements_without_such_words_stay_as_they_are() -> None:
    row = PendingRow(1, 2, b"", DIALECT.payload(ANNA), 1)
    given = [RowSettlement(1, SettledAs.IMPORTED, "id-1")]
    assert codes_only([row], given, DIALECT) == tuple(given)
