"""Takes people out of the file of a ledger, with all that leads to them or was counted of them.

Guarantee: nobody else is touched, and no number of a person or a run is used again. What stays of
somebody is that a row of a run was sent: how many people each run added. A run that had begun
since then cannot be prepared again, as it would find them for new: that is refused.
"""

import sqlite3
from collections.abc import Iterable

import msgspec

from cxone_async.ledger.database import PEOPLE_FORGOTTEN, stored_key
from cxone_async.ledger.port import Forgotten, WhoAsks
from cxone_async.matching.policy import LedgerMatcher


class _Found(msgspec.Struct, frozen=True):
    person: int
    run: int
    values: bytes


def forget_people(
    connection: sqlite3.Connection, matcher: LedgerMatcher, whom: WhoAsks
) -> Forgotten:
    """Remove people within a transaction; see `port.Ledger.forget`.

    It reads all people: under a key that very many share, a ledger does not have all of them.
    """
    found, with_extension = _find(connection, matcher, whom)
    for one in found:
        keys = matcher.ledger_keys(matcher.from_ledger(0, one.values))
        connection.executemany(
            "DELETE FROM person_keys WHERE key = ? AND person = ?",
            [(stored_key(key), one.person) for key in keys],
        )
        connection.execute("DELETE FROM people WHERE id = ?", (one.person,))
    if found:
        _discount(connection, matcher, found)
    return Forgotten(len(found), len({one.run for one in found}), with_extension)


def belongs(values: bytes, matcher: LedgerMatcher, whom: WhoAsks) -> tuple[bool, bool]:
    """Say whether somebody has a phone or email of `whom`; else whether with an extension."""
    phone, email = matcher.ledger_identifiers(values)
    if phone in whom.phones or email in whom.emails:
        return True, False
    return False, "x" in phone and phone.partition("x")[0] in whom.phones


def _find(
    connection: sqlite3.Connection, matcher: LedgerMatcher, whom: WhoAsks
) -> tuple[list[_Found], int]:
    rows: dict[int, set[int]] = {}
    for number, run_id in connection.execute("SELECT number, run_id FROM runs"):
        rows[number] = {row for of_run, row in whom.rows if of_run == run_id}
    found: list[_Found] = []
    with_extension = 0
    for person, run, row, values in connection.execute('SELECT id, run, row, "values" FROM people'):
        is_asked_for, is_beside = belongs(values, matcher, whom)
        if is_asked_for or row in rows[run]:
            found.append(_Found(person, run, values))
        else:
            with_extension += is_beside
    return found, with_extension


def _discount(
    connection: sqlite3.Connection, matcher: LedgerMatcher, found: Iterable[_Found]
) -> None:
    """Take people out of what was counted. What earlier runs knew cannot be told any more."""
    (counted,) = connection.execute("SELECT frequencies FROM ledger").fetchone()
    counted = matcher.discount_people(counted, [one.values for one in found])
    connection.execute("UPDATE ledger SET frequencies = ?", (counted,))
    connection.execute(
        "UPDATE runs SET frequencies = ? WHERE number > ?",
        (PEOPLE_FORGOTTEN, min(one.run for one in found)),
    )
