"""Makes a ledger forget people who ask for it.

Guarantee: all values are read before anything is removed, and one that cannot be read stops the
command. No message holds a value: it is named by its place.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.country import read_country
from cxone_async.contacts.email import read_email
from cxone_async.contacts.model import Contact
from cxone_async.contacts.phone import read_phone
from cxone_async.errors import (
    MissingInputError,
    UnreadableInputError,
    UsageError,
    why_unreadable,
)
from cxone_async.ledger.database import identity_in
from cxone_async.ledger.port import Forgotten, WhoAsks
from cxone_async.ledger.store import SqliteLedger, events_of_run
from cxone_async.matching.policy import LedgerMatcher, MatchPolicy
from cxone_async.matching.registry import new_ledger_matcher
from cxone_async.outcome import Problem
from cxone_async.runs.rows_of_ids import RowsOfIds, rows_of_ids

PHONE: Final = "phone"
EMAIL: Final = "email"
EXTERNAL_ID: Final = "external-id"
KINDS: Final = (PHONE, EMAIL, EXTERNAL_ID)


class Asked(msgspec.Struct, frozen=True):
    """A value of somebody who asks to be forgotten. `place` says where it stands: `line 3`."""

    kind: str
    value: str
    place: str


class ForgottenByLedger(msgspec.Struct, frozen=True):
    """What a ledger has forgotten; see `Forgotten`. Nothing of the people.

    `values` is how many were asked for. `untold` are the runs in which ids could not be looked up.
    """

    ledger: str
    values: int
    people: int
    runs: int
    with_extension: int
    untold: tuple[str, ...]


def asked_in(lines: Iterable[str]) -> Iterator[Asked]:
    """Read values line by line; blank lines and those that begin with # are none.

    A line is an email if it has an @, else a phone. One that begins with the word `phone`, `email`
    or `external-id` is what it says.
    """
    for number, line in enumerate(lines, start=1):
        value = line.strip()
        if not value or value.startswith("#"):
            continue
        word, _, rest = value.partition(" ")
        if word in KINDS:
            yield Asked(word, rest.strip(), f"line {number}")
        else:
            yield Asked(EMAIL if "@" in value else PHONE, value, f"line {number}")


def asked_in_file(name: str) -> list[Asked]:
    """Read values from a file, or from standard input where the name is `-`.

    Raises MissingInputError and UnreadableInputError.
    """
    said = "standard input" if name == "-" else name
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return list(asked_in(content.decode("utf-8-sig").splitlines()))
    except FileNotFoundError:
        raise MissingInputError(f"{said} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInputError(f"{said} {why_unreadable(error)}") from None


def forget(path: Path, asked: Iterable[Asked], country: str) -> ForgottenByLedger:
    """Remove who has one of these values; phones without a calling code are of `country`.

    Blocks. Raises UsageError for a value that cannot be read, MissingInputError where no ledger is,
    and what `SqliteLedger` raises.
    """
    identity = identity_in(path)
    matcher = new_ledger_matcher(MatchPolicy(identity.policy))
    region = read_country(country, "")
    if isinstance(region, Problem) or not region:
        raise UsageError("--default-country is no country")
    contacts: list[Contact] = []
    ids: set[str] = set()
    for one in asked:
        if one.kind == EXTERNAL_ID:
            ids.add(one.value or _refuse(one, "it is empty"))
        else:
            contacts.append(_contact(one, region))
    values = len(contacts) + len(ids)
    if not values:
        raise UsageError("nobody to forget: give --phone, --email, --external-id or --from FILE")
    ledger = SqliteLedger.open(path, identity, "")
    try:
        runs = ledger.end_all(events_of_run)
        looked_up = rows_of_ids(ids, runs) if ids else RowsOfIds(frozenset(), ())
        forgotten = ledger.forget(_who_asks(matcher, contacts, looked_up))
    finally:
        ledger.close()
    return _of_ledger(path, values, forgotten, looked_up)


def exit_code_of(forgotten: ForgottenByLedger) -> int:
    """Return 3 where it is not known whether more should have been removed."""
    return 3 if forgotten.untold or forgotten.with_extension else 0


def _contact(asked: Asked, region: str) -> Contact:
    phone = extension = email = ""
    if asked.kind == PHONE:
        number = read_phone(asked.value, region)
        if isinstance(number, Problem):
            _refuse(asked, number.detail)
        if number.others:
            _refuse(asked, "it holds several numbers")
        phone, extension = number.digits, number.extension
    else:
        address = read_email(asked.value, EmailCheck.SYNTAX)
        if isinstance(address, Problem):
            _refuse(asked, address.detail)
        email = address
    return Contact(0, phone, extension, email, "", "", region, "", "")


def _refuse(asked: Asked, why: str) -> NoReturn:
    raise UsageError(f"{asked.place}: this {asked.kind} cannot be read: {why}. Nobody is forgotten")


def _who_asks(matcher: LedgerMatcher, contacts: Iterable[Contact], ids: RowsOfIds) -> WhoAsks:
    standard = [matcher.standardise(one).contact for one in contacts]
    return WhoAsks(
        frozenset(one.phone for one in standard if one.phone),
        frozenset(one.email for one in standard if one.email),
        ids.rows,
    )


def _of_ledger(
    path: Path, values: int, forgotten: Forgotten, looked_up: RowsOfIds
) -> ForgottenByLedger:
    return ForgottenByLedger(
        str(path),
        values,
        forgotten.people,
        forgotten.runs,
        forgotten.with_extension,
        looked_up.untold,
    )
