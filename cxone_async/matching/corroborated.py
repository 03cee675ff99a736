"""The default policy: a duplicate needs two independent witnesses.

Guarantee: what `evidence` says of two contacts decides; this module finds the earlier
rows worth asking about, and remembers. A row is compared with the earlier rows that share
its phone number, its address before the @, or its name (nicknames and the order of the
names aside): two contacts that share none of the three are never one. Each of these
buckets is capped, so a row costs a few look-ups and at most a few dozen comparisons on a
list of any length.

A dropped row leaves its phone, address or name behind if its match lacked it, so a
person's later variants attach to any of the earlier ones. Decisions depend on the rows
before, in order, and on nothing else.
"""

import zlib

from cxone_async.contacts.model import Contact
from cxone_async.matching.agreement import Agreement
from cxone_async.matching.crowd import Crowd
from cxone_async.matching.evidence import Finding, weigh
from cxone_async.matching.identifiers import email_key, phone_key
from cxone_async.matching.key_table import KeyTable
from cxone_async.matching.nicknames import ROOT
from cxone_async.matching.policy import KEPT, Duplicate, Kept, Verdict
from cxone_async.matching.traits import Traits, pack, traits_of, unpack
from cxone_async.outcome import Resemblance

SHARED_VALUE_LIMIT = 16
SAME_NAME_LIMIT = 8
RESEMBLANCES_LIMIT = 3
_ALIGNMENT = 4
_NO_KEY = -1


class CorroboratedMatcher:
    """Decides by evidence; keeps about a hundred bytes for each row remembered."""

    def __init__(self, threshold: float = 85.0) -> None:
        self._threshold = threshold
        self._crowd = Crowd()
        self._records = bytearray(b"\n" * _ALIGNMENT)
        self._by_value = KeyTable(SHARED_VALUE_LIMIT)
        self._by_name = KeyTable(SAME_NAME_LIMIT)
        self._shared_values_cut = 0
        self._same_names_cut = 0

    def decide(self, contact: Contact) -> Verdict:
        new = traits_of(contact)
        phone_hash = zlib.crc32(phone_key(new.phone)) if new.phone else _NO_KEY
        email_hash = zlib.crc32(email_key(new.email)) if new.email else _NO_KEY
        name_hash = _name_hash(new.first_name, new.last_name)
        positions = self._by_value.find(phone_hash) if new.phone else []
        if new.email:
            for position in self._by_value.find(email_hash):
                if position not in positions:
                    positions.append(position)
        findings = self._weigh_sharers(new, positions) if positions else []
        best = min(findings, key=_by_others) if findings else None
        if name_hash != _NO_KEY and (best is None or not best.is_duplicate):
            bearers = self._by_name.find(name_hash)
            if len(bearers) < SAME_NAME_LIMIT:
                line = self._line
                for position in bearers:
                    if position not in positions:
                        findings.append(weigh(new, unpack(line(position)), self._crowd, self._threshold))
                        best = min(findings, key=_by_others)
        if best is not None and best.is_duplicate and best.rule != "name":
            if best.phone is Agreement.SAME and best.given is not Agreement.BLANK:
                self._crowd.phones_agreed += 1
            if (
                (new.phone and best.phone is not Agreement.SAME)
                or (new.email and best.email is not Agreement.SAME)
                or (new.first_name and best.given is Agreement.BLANK)
            ):
                self._remember(new, phone_hash, email_hash, name_hash)
            return Duplicate(best.row, best.rule, best.score)
        self._crowd.add(new.first_name, new.last_name, new.email)
        self._remember(new, phone_hash, email_hash, name_hash)
        if findings:
            look = sorted(filter(_resembles, findings), key=_by_others)[:RESEMBLANCES_LIMIT]
            if look:
                return Kept(
                    tuple(Resemblance(contact.row, f.row, f.rule, f.score) for f in look)
                )
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {
            "shared_values_cut": self._shared_values_cut,
            "same_names_cut": self._same_names_cut,
        }

    def _line(self, position: int) -> bytearray:
        start = position * _ALIGNMENT
        return self._records[start : self._records.index(b"\n", start)]

    def _weigh_sharers(self, new: Traits, positions: list[int]) -> list[Finding]:
        olds = [unpack(self._line(position)) for position in positions]
        crowd, threshold = self._crowd, self._threshold
        findings = [weigh(new, old, crowd, threshold) for old in olds]
        on_phone = set()
        on_email = set()
        for old, finding in zip(olds, findings, strict=True):
            if finding.given is Agreement.DIFFERENT:
                if finding.phone is Agreement.SAME:
                    on_phone.add(old.first_name)
                if finding.email is Agreement.SAME:
                    on_email.add(old.first_name)
        if on_phone:
            crowd.phones_agreed += 1
            crowd.phones_shared += 1
        if len(findings) == 1 or not (on_phone or on_email):
            return findings
        return [weigh(new, old, crowd, threshold, len(on_phone), len(on_email)) for old in olds]

    def _remember(self, new: Traits, phone_hash: int, email_hash: int, name_hash: int) -> None:
        records = self._records
        position = len(records) // _ALIGNMENT
        line = pack(new)
        records += line
        records += b"\n" * (-len(line) % _ALIGNMENT)
        if phone_hash != _NO_KEY and not self._by_value.add(phone_hash, position):
            self._shared_values_cut += 1
        if email_hash != _NO_KEY and not self._by_value.add(email_hash, position):
            self._shared_values_cut += 1
        if name_hash != _NO_KEY and not self._by_name.add(name_hash, position):
            self._same_names_cut += 1


def _by_others(finding: Finding) -> tuple[float, int]:
    return finding.others, finding.row


def _resembles(finding: Finding) -> bool:
    if finding.phone is Agreement.SAME or finding.email is Agreement.SAME:
        return True
    return finding.others < 1.0


def _name_hash(first_name: str, last_name: str) -> int:
    """Return one hash for a name, its nicknames and its swapped form; -1 when half is blank."""
    if not first_name or not last_name:
        return _NO_KEY
    first = ROOT.get(first_name, first_name)
    last = ROOT.get(last_name, last_name)
    if last < first:
        first, last = last, first
    return zlib.crc32(f"{first} {last}".encode())
