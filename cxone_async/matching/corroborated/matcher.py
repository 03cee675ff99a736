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

from collections.abc import Collection, Sequence
from zlib import crc32

import msgspec
from rapidfuzz.fuzz import ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.blocking_index import BlockingIndex
from cxone_async.matching.corroborated.match_weights import (
    BLANK,
    DIFFERENT,
    SAME,
    Finding,
    score_of,
    weigh,
    weigh_repeated,
)
from cxone_async.matching.corroborated.names import compare_given
from cxone_async.matching.corroborated.nicknames import ROOT
from cxone_async.matching.corroborated.phones_emails import (
    compare_phones,
    email_key,
    has_more_than_name,
    phone_keys,
)
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import (
    ROW_LENGTH,
    FoldedContact,
    MatchInput,
    fold_contact,
    pack,
    reached_by,
    unpack,
)
from cxone_async.matching.policy import KEPT, Duplicate, Kept, MatchDecision, Matcher
from cxone_async.outcome import Resemblance

SHARED_VALUE_LIMIT = 16
"""Rows remembered under one phone or one address; one with more is no way to find a row."""

CROWD = 8
"""Other first names on a full phone or mailbox from which on it is no evidence."""

SAME_NAME_LIMIT = 8
"""Rows remembered under one name; a name with more bearers is no way to find a row."""

RESEMBLANCES_LIMIT = 3
"""Earlier rows named in one kept row's resemblances: the likeliest ones."""

_ALIGNMENT = 4  # records start at multiples of it, so that 32 bits reach over 16 GiB
_PADDING = (b"", b"\n\n\n", b"\n\n", b"\n")


class CorroboratedMatcher(Matcher):
    """Decides by evidence; keeps about a hundred bytes for each row remembered."""

    def __init__(self, threshold: float = 85.0) -> None:
        self._threshold = threshold
        self._frequencies = TermFrequencies()
        self._records = bytearray(b"\n" * _ALIGNMENT)
        self._table = BlockingIndex()
        self._shared_values_cut = 0
        self._same_names_cut = 0

    @staticmethod
    def match_input(contact: Contact) -> MatchInput:
        folded = fold_contact(contact)
        return MatchInput(folded, pack(folded), _value_keys(folded), _name_key(folded))

    def decide(self, match_input: MatchInput) -> MatchDecision:
        new, record = match_input.folded, match_input.record
        find = self._table.find
        keys: list[int] = []
        sharers: Sequence[int] = ()
        full: Sequence[int] = ()
        for key in match_input.value_keys:
            found = find(key)
            if found:
                if len(found) >= SHARED_VALUE_LIMIT:
                    self._shared_values_cut += 1
                    full = [*full, *found]
                    continue
                sharers = [*sharers, *(p for p in found if p not in sharers)] if sharers else found
            keys.append(key)
        findings: list[Finding] = []
        namesakes = self._frequencies.bearers(new.first_name, new.last_name)
        if sharers:
            if len(sharers) == 1 and self._is_repeated(new, record, sharers[0]):
                return self._drop_repeated(new, sharers[0])
            findings = self._weigh_sharers(new, sharers, namesakes > 1)
            if findings:
                best = findings[0] if len(findings) == 1 else min(findings, key=_by_others)
                if best.is_duplicate:
                    if _is_variant(new, best):
                        self._find_bearers(match_input.name_key, namesakes, keys)
                        self._remember(record, keys)
                    return Duplicate(best.row, best.rule, best.score)
        bearers = self._find_bearers(match_input.name_key, namesakes, keys)
        if bearers and (namesakes <= 1 or has_more_than_name(new.email, new.last_name)):
            named = self._weigh_bearers(new, bearers, sharers, full)
            if named:
                findings += named
                best = min(findings, key=_by_others)
                if best.is_duplicate:
                    self._remember(record, keys)
                    return Duplicate(best.row, best.rule, best.score)
        self._frequencies.add(new.first_name, new.last_name, new.email)
        self._remember(record, keys)
        return _keep(new.row, findings) if findings else KEPT

    def statistics(self) -> dict[str, int]:
        """Count the entries that the caps on shared values and on same names cut."""
        return {
            "shared_values_cut": self._shared_values_cut,
            "same_names_cut": self._same_names_cut,
        }

    def _is_repeated(self, new: FoldedContact, record: bytes, position: int) -> bool:
        """Say whether a whole record with a phone and a first name is there already."""
        start = position * _ALIGNMENT + ROW_LENGTH
        return bool(
            new.phone and new.first_name and self._records.startswith(record[ROW_LENGTH:], start)
        )

    def _drop_repeated(self, new: FoldedContact, position: int) -> Duplicate:
        start = position * _ALIGNMENT
        row = int(self._records[start : start + ROW_LENGTH], 16)
        self._frequencies.phones_agreed += 1
        rule, others = weigh_repeated(new, self._frequencies)
        return Duplicate(row, rule, score_of(others))

    def _find_bearers(self, name_key: int, namesakes: float, keys: list[int]) -> Sequence[int]:
        """Return the rows of the same name, none if they are too many; note the key."""
        if not name_key:
            return ()
        if namesakes < SAME_NAME_LIMIT:
            bearers = self._table.find(name_key)
            if len(bearers) < SAME_NAME_LIMIT:
                keys.append(name_key)
                return bearers
        self._same_names_cut += 1
        return ()

    def _crowded_values(self, new: FoldedContact, positions: Sequence[int]) -> set[str]:
        """Return which of the phone and the email, both full, people of many names share.

        Rows that one person left under a value are no frequencies, however many.
        """
        first_names: dict[str, set[str]] = {new.phone: set(), new.email: set()}
        crowded: set[str] = set()
        for position in positions:
            old = unpack(self._record_at(position))
            for value in {old.phone, old.email} & first_names.keys() - crowded:
                names = first_names[value]
                if old.first_name not in names and self._contradict(new, old):
                    names.add(old.first_name)
                    if len(names) >= CROWD:
                        crowded.add(value)
        return crowded

    def _contradict(self, new: FoldedContact, old: FoldedContact) -> bool:
        """Say whether the first names are two people's."""
        return (
            compare_given(new.first_name, old.first_name, self._frequencies.given_count)
            is DIFFERENT
        )

    def _record_at(self, position: int) -> bytearray:
        start = position * _ALIGNMENT
        records = self._records
        return records[start : records.index(b"\n", start)]

    def _weigh_sharers(
        self, new: FoldedContact, positions: Sequence[int], has_namesakes: bool
    ) -> list[Finding]:
        """Weigh the rows of the same phone or address, oldest first, until one is certain."""
        frequencies, threshold = self._frequencies, self._threshold
        findings = []
        olds = []
        on_phone: set[str] = set()
        on_email: set[str] = set()
        agreed = 0
        is_vague = has_namesakes and not has_more_than_name(new.email, new.last_name)
        for position in positions:
            old = unpack(self._record_at(position))
            if (
                is_vague
                and new.phone != old.phone
                and new.email != old.email
                and not self._phones_agree(new, old)
            ):
                continue
            finding = weigh(new, old, frequencies, threshold)
            if finding.is_certain:
                frequencies.phones_agreed += 1
                return [finding]
            findings.append(finding)
            olds.append(old)
            if finding.given is DIFFERENT:
                if finding.phone is SAME:
                    on_phone.add(old.first_name)
                if finding.email is SAME:
                    on_email.add(old.first_name)
            elif finding.phone is SAME and finding.given is not BLANK:
                agreed += 1
        frequencies.phones_agreed += agreed
        if on_phone:
            frequencies.phones_agreed += 1
            frequencies.phones_shared += 1
        if len(findings) == 1 or not (on_phone or on_email):
            return findings
        return [
            weigh(new, old, frequencies, threshold, len(on_phone), len(on_email)) for old in olds
        ]

    def _phones_agree(self, new: FoldedContact, old: FoldedContact) -> bool:
        agreement = compare_phones(new.phone, old.phone, self._threshold)
        return agreement is not DIFFERENT and agreement is not BLANK

    def _weigh_bearers(
        self,
        new: FoldedContact,
        bearers: Sequence[int],
        sharers: Sequence[int],
        full: Sequence[int],
    ) -> list[Finding]:
        """Weigh the rows of the same name whose phone or email does not speak against it.

        `full` are rows of a phone or an email that has too many to find a row by.
        """
        frequencies, threshold = self._frequencies, self._threshold
        crowded = self._crowded_values(new, full) if full and new.phone and new.email else set()
        phone, email = new.phone, new.email
        local = email.rpartition("@")[0]
        findings = []
        for position in bearers:
            if position in sharers:
                continue
            record = self._record_at(position)
            old_phone, old_email = reached_by(record)
            alike = unlike = False
            if phone and old_phone:
                alike = ratio(phone, old_phone) >= threshold
                unlike = not alike
            if email and old_email and not alike:
                alike = ratio(local, old_email.rpartition("@")[0]) >= threshold
                unlike = not alike
            if alike or not unlike:
                old = _without(crowded, unpack(record), new)
                findings.append(weigh(new, old, frequencies, threshold))
        return findings

    def _remember(self, record: bytes, keys: list[int]) -> None:
        records = self._records
        position = len(records) // _ALIGNMENT
        records += record
        records += _PADDING[len(record) % _ALIGNMENT]
        self._table.put(keys, position)


def _without(crowded: Collection[str], old: FoldedContact, new: FoldedContact) -> FoldedContact:
    """Return the earlier row as if what so many share were blank in it.

    Not where the new row has nothing else: it repeats that one, however many share the value.
    """
    if old.phone in crowded and new.email and new.email != old.email:
        return msgspec.structs.replace(old, phone="")
    if old.email in crowded and new.phone and new.phone != old.phone:
        return msgspec.structs.replace(old, email="")
    return old


def _is_variant(new: FoldedContact, best: Finding) -> bool:
    """Say whether a dropped row carries something that its match lacked."""
    return bool(
        (new.phone and best.phone is not SAME)
        or (new.email and best.email is not SAME)
        or (new.first_name and best.given is BLANK)
    )


def _keep(row: int, findings: list[Finding]) -> Kept:
    alike = sorted(filter(_resembles, findings), key=_by_others)[:RESEMBLANCES_LIMIT]
    if not alike:
        return KEPT
    return Kept(tuple(Resemblance(row, f.row, f.rule, f.score) for f in alike))


def _by_others(finding: Finding) -> tuple[float, int]:
    return finding.others, finding.row


def _resembles(finding: Finding) -> bool:
    if finding.phone is SAME or finding.email is SAME:
        return True
    return finding.others < 1.0


def _value_keys(folded: FoldedContact) -> tuple[int, ...]:
    keys = [crc32(key.encode()) for key in phone_keys(folded.phone)] if folded.phone else []
    if folded.email:
        keys.append(crc32(email_key(folded.email).encode()))
    return tuple(keys)


def _name_key(folded: FoldedContact) -> int:
    """Return one key for a name, its nicknames and its swapped form; 0 for half a name."""
    first_name, last_name = folded.first_name, folded.last_name
    if not (first_name and last_name):
        return 0
    first = ROOT.get(first_name, first_name)
    last = ROOT.get(last_name, last_name)
    return crc32((f"{first} {last}" if first < last else f"{last} {first}").encode())
