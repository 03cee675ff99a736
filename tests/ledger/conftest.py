"""What the tests of the ledger share: people of night after night, and runs."""

from collections.abc import Iterable, Sequence

from cxone_async.contacts.model import Contact
from cxone_async.journal.events import JournalEvent
from cxone_async.journal.lifecycle import (
    Accepted,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.ledger.person import pack_person
from cxone_async.ledger.port import LedgerIdentity, LedgerRun, NotedPerson
from cxone_async.matching.corroborated.matcher import CorroboratedMatcher

OF_ACME = LedgerIdentity("https://acme.example", "list-1", "corroborated")
DAY_S = 86_400


def contact(row: int, phone: str, email: str, first: str = "Ada", last: str = "Abbott") -> Contact:
    """Return a contact as preparation makes it."""
    return Contact(
        row=row,
        phone=phone,
        phone_extension="",
        email=email,
        first_name=first,
        last_name=last,
        country="US",
        raw_phone=phone,
        raw_email=email,
    )


def noted(
    row: int, phone: str, email: str, first: str = "Ada", last: str = "Abbott"
) -> NotedPerson:
    """Return a row that is about to be sent."""
    match_input = CorroboratedMatcher.standardise(contact(row, phone, email, first, last))
    return NotedPerson(
        row,
        pack_person(
            CorroboratedMatcher.ledger_keys(match_input),
            CorroboratedMatcher.ledger_values(match_input),
        ),
    )


def keys_of(phone: str = "", email: str = "") -> tuple[int, ...]:
    """Return the keys under which somebody with this phone or email is found."""
    match_input = CorroboratedMatcher.standardise(contact(1, phone, email, "", ""))
    return CorroboratedMatcher.ledger_keys(match_input)


def run(name: str, started_s: int = 0) -> LedgerRun:
    """Return a run whose id and directory are made of its name."""
    return LedgerRun(f"id-of-{name}", name, f"/runs/{name}", started_s)


def settled(*rows: tuple[int, SettledAs], chunk_id: str = "chunk-1") -> list[JournalEvent]:
    """Return what a journal holds of a chunk that was settled so."""
    return [
        Intended(chunk_id, tuple(RowAttempt(row, 1) for row, _ in rows)),
        Accepted(chunk_id, "import-1"),
        Settled(
            chunk_id,
            tuple(
                RowSettlement(row, settled_as, contact_id=f"contact-{row}")
                if settled_as is SettledAs.IMPORTED
                else RowSettlement(row, settled_as, reason="no_result")
                for row, settled_as in rows
            ),
        ),
    ]


def imported(rows: Iterable[int]) -> Sequence[JournalEvent]:
    """Return what a journal holds when all these rows were imported."""
    return settled(*((row, SettledAs.IMPORTED) for row in rows))
