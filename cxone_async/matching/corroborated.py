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

from rapidfuzz.fuzz import ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.agreement import Agreement
from cxone_async.matching.crowd import Crowd
from cxone_async.matching.evidence import Finding, score_of, weigh
from cxone_async.matching.identifiers import email_key, phone_keys
from cxone_async.matching.key_table import KeyTable
from cxone_async.matching.nicknames import ROOT
from cxone_async.matching.policy import KEPT, Duplicate, Kept, Verdict
from cxone_async.matching.traits import ROW_LENGTH, Traits, pack, traits_of, unpack
from cxone_async.outcome import Resemblance

SHARED_VALUE_LIMIT = 16
"""Rows remembered under one phone or one address; what comes later is not compared."""

SAME_NAME_LIMIT = 8
"""Rows remembered under one name; a name with more bearers is no way to find a row."""

RESEMBLANCES_LIMIT = 3
"""Earlier rows named in one kept row's resemblances: the likeliest ones."""

_ALIGNMENT = 4  # records start at multiples of it, so that 32 bits reach over 16 GiB


class CorroboratedMatcher:
    """Decides by evidence; keeps about a hundred bytes for each row remembered."""

    def __init__(self, threshold: float = 85.0) -> None:
        self._threshold = threshold
        self._crowd = Crowd()
        self._records = bytearray(b"\n" * _ALIGNMENT)
        self._by_value = KeyTable()
        self._by_name = KeyTable()
        self._shared_values_cut = 0
        self._same_names_cut = 0

    def decide(self, contact: Contact) -> Verdict:
        new = traits_of(contact)
        record = pack(new)
        value_keys = _value_keys(new)
        sharers: list[int] = []
        room = []
        for key in value_keys:
            found = self._by_value.find(key)
            room.append(len(found) < SHARED_VALUE_LIMIT)
            if found:
                sharers = sharers + [p for p in found if p not in sharers] if sharers else found
        findings: list[Finding] = []
        best = None
        if sharers:
            if len(sharers) == 1 and new.phone and new.first_name and self._is_repeated(record, sharers[0]):
                return self._drop_repeated(new, sharers[0])
            findings = self._weigh_sharers(new, sharers)
            best = min(findings, key=_by_others)
        name_key = 0
        bearers: list[int] = []
        if new.first_name and new.last_name and (best is None or not best.is_duplicate):
            name_key = _name_key(new.first_name, new.last_name)
            bearers = self._by_name.find(name_key)
            if bearers and len(bearers) < SAME_NAME_LIMIT:
                named = self._weigh_bearers(new, bearers, sharers)
                if named:
                    findings += named
                    best = min(findings, key=_by_others)
        if best is not None and best.is_duplicate and best.rule != "name":
            if _is_variant(new, best):
                if not name_key and new.first_name and new.last_name:
                    name_key = _name_key(new.first_name, new.last_name)
                    bearers = self._by_name.find(name_key)
                self._remember(record, value_keys, room, name_key, len(bearers))
            return Duplicate(best.row, best.rule, best.score)
        self._crowd.add(new.first_name, new.last_name, new.email)
        self._remember(record, value_keys, room, name_key, len(bearers))
        return _keep(contact.row, findings) if findings else KEPT

    def statistics(self) -> dict[str, int]:
        """Count the entries that the caps on shared values and on same names cut."""
        return {
            "shared_values_cut": self._shared_values_cut,
            "same_names_cut": self._same_names_cut,
        }

    def _is_repeated(self, record: bytes, position: int) -> bool:
        return self._records.startswith(record[ROW_LENGTH:], position * _ALIGNMENT + ROW_LENGTH)

    def _drop_repeated(self, new: Traits, position: int) -> Duplicate:
        """Drop a row that repeats a whole record with a name and a phone nobody shares."""
        start = position * _ALIGNMENT
        row = int(self._records[start : start + ROW_LENGTH], 16)
        crowd = self._crowd
        crowd.phones_agreed += 1
        others = crowd.given_share(new.first_name) * (0.004 if new.email else crowd.phone_sharing)
        return Duplicate(row, "phone+email" if new.email else "phone+name", score_of(others))

    def _traits_at(self, position: int) -> Traits:
        start = position * _ALIGNMENT
        records = self._records
        return unpack(records[start : records.index(b"\n", start)])

    def _weigh_sharers(self, new: Traits, positions: list[int]) -> list[Finding]:
        crowd, threshold = self._crowd, self._threshold
        olds = [self._traits_at(position) for position in positions]
        findings = [weigh(new, old, crowd, threshold) for old in olds]
        on_phone = set()
        on_email = set()
        for old, finding in zip(olds, findings, strict=True):
            if finding.given is Agreement.DIFFERENT:
                if finding.phone is Agreement.SAME:
                    on_phone.add(old.first_name)
                if finding.email is Agreement.SAME:
                    on_email.add(old.first_name)
            elif finding.phone is Agreement.SAME and finding.given is not Agreement.BLANK:
                crowd.phones_agreed += 1
        if on_phone:
            crowd.phones_agreed += 1
            crowd.phones_shared += 1
        if len(findings) == 1 or not (on_phone or on_email):
            return findings
        return [weigh(new, old, crowd, threshold, len(on_phone), len(on_email)) for old in olds]

    def _weigh_bearers(self, new: Traits, bearers: list[int], sharers: list[int]) -> list[Finding]:
        """Weigh rows of the same name, unless a phone or email of theirs speaks against it."""
        threshold = self._threshold
        phone, email = new.phone, new.email
        local = email.rpartition("@")[0]
        findings = []
        for position in bearers:
            if position in sharers:
                continue
            old = self._traits_at(position)
            alike = unlike = False
            if phone and old.phone:
                alike = ratio(phone, old.phone) >= threshold
                unlike = not alike
            if email and old.email and not alike:
                alike = ratio(local, old.email.rpartition("@")[0]) >= threshold
                unlike = not alike
            if alike or not unlike:
                findings.append(weigh(new, old, self._crowd, threshold))
        return findings

    def _remember(
        self,
        record: bytes,
        value_keys: list[int],
        room: list[bool],
        name_key: int,
        bearers: int,
    ) -> None:
        records = self._records
        position = len(records) // _ALIGNMENT
        records += record
        records += b"\n" * (-len(record) % _ALIGNMENT)
        for key, has_room in zip(value_keys, room, strict=True):
            if has_room:
                self._by_value.add(key, position)
            else:
                self._shared_values_cut += 1
        if name_key:
            if bearers < SAME_NAME_LIMIT:
                self._by_name.add(name_key, position)
            else:
                self._same_names_cut += 1


def _is_variant(new: Traits, best: Finding) -> bool:
    """Say whether a dropped row carries something that its match lacked."""
    return bool(
        (new.phone and best.phone is not Agreement.SAME)
        or (new.email and best.email is not Agreement.SAME)
        or (new.first_name and best.given is Agreement.BLANK)
    )


def _keep(row: int, findings: list[Finding]) -> Kept:
    alike = sorted(filter(_resembles, findings), key=_by_others)[:RESEMBLANCES_LIMIT]
    if not alike:
        return KEPT
    return Kept(tuple(Resemblance(row, f.row, f.rule, f.score) for f in alike))


def _by_others(finding: Finding) -> tuple[float, int]:
    return finding.others, finding.row


def _resembles(finding: Finding) -> bool:
    if finding.phone is Agreement.SAME or finding.email is Agreement.SAME:
        return True
    return finding.others < 1.0


def _value_keys(traits: Traits) -> list[int]:
    keys = []
    if traits.phone:
        keys += [zlib.crc32(key) for key in phone_keys(traits.phone)]
    if traits.email:
        keys.append(zlib.crc32(email_key(traits.email)))
    return keys


def _name_key(first_name: str, last_name: str) -> int:
    """Return one key for a name, its nicknames and its swapped form; never 0."""
    first = ROOT.get(first_name, first_name)
    last = ROOT.get(last_name, last_name)
    if last < first:
        first, last = last, first
    return zlib.crc32(f"{first} {last}".encode()) or 1
