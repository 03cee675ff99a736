"""The default policy: a duplicate needs two independent witnesses.

A row is compared only with candidates: earlier rows that share its phone number, its address
before the @, or its name (nicknames and the order of the names aside). `match_weights` scores
each pair. The block of rows under one key is capped, so a row costs a few look-ups and at most
a few dozen comparisons on a list of any length.

A dropped row is remembered under what its match lacked, so that a person's later variants are
found by any of the earlier ones. Decisions depend on the rows before, in order, and on nothing
else.
"""

from collections.abc import Collection, Container, Iterable, Sequence
from itertools import combinations

import msgspec
from rapidfuzz.fuzz import ratio

from cxone_async.matching.blocking_index import BlockingIndex
from cxone_async.matching.corroborated.address_names import has_more_than_name
from cxone_async.matching.corroborated.comparison_levels import (
    ABBREVIATED,
    BLANK,
    DIFFERENT,
    PART,
    SAME,
)
from cxone_async.matching.corroborated.match_weights import (
    ComparedPair,
    ScoredPair,
    compare_fields,
    score_compared,
    score_of,
    score_pair,
    score_repeated,
)
from cxone_async.matching.corroborated.name_comparison import compare_first_names
from cxone_async.matching.corroborated.packing import unpack, unpack_identifiers
from cxone_async.matching.corroborated.phones_emails import compare_phones
from cxone_async.matching.corroborated.standardise import from_values, match_input_of
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import ROW_LENGTH, MatchInput, StandardisedContact
from cxone_async.matching.policy import (
    FIRST_EARLIER_ROW,
    KEPT,
    NO_ROWS,
    Duplicate,
    Kept,
    LedgerMatcher,
    MatchDecision,
)
from cxone_async.outcome import Resemblance

IDENTIFIER_BLOCK_LIMIT = 16
"""Rows remembered under one phone or one address. A full block gives no candidates."""

NAME_BLOCK_LIMIT = 8
"""Rows remembered under one name. A full block gives no candidates."""

MANY_FIRST_NAMES = 8
"""Other first names in a full block from which on its phone or email is no evidence."""

RESEMBLANCES_LIMIT = 3
"""Earlier rows that one kept row names as resembling it: those with the best scores."""

_FITS_SEVERAL = frozenset((BLANK, ABBREVIATED, PART))
"""Levels of a first name that several different names can have with one."""

_ALIGNMENT = 4  # packed contacts start at multiples of it, so that 32 bits reach over 16 GiB
_PADDING = (b"", b"\n\n\n", b"\n\n", b"\n")


class CorroboratedMatcher(LedgerMatcher):
    """Decides by evidence; keeps about a hundred bytes for each row remembered."""

    def __init__(self, threshold: float = 85.0) -> None:
        self._threshold = threshold
        self._frequencies = TermFrequencies()
        self._packed = bytearray(b"\n" * _ALIGNMENT)
        self._index = BlockingIndex()
        self._shared_values_cut = 0
        self._same_names_cut = 0

    standardise = staticmethod(match_input_of)

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        new, packed = match_input.contact, match_input.packed
        find = self._index.find
        keys: list[int] = []
        candidates: Sequence[int] = ()
        in_full_blocks: Sequence[int] = ()
        for key in match_input.identifier_keys:
            found = find(key)
            if found:
                if len(found) >= IDENTIFIER_BLOCK_LIMIT:
                    self._shared_values_cut += 1
                    in_full_blocks = [*in_full_blocks, *found]
                    continue
                candidates = (
                    [*candidates, *(at for at in found if at not in candidates)]
                    if candidates
                    else found
                )
            keys.append(key)
        if different is not NO_ROWS:
            candidates = self._without(different, candidates)
        pairs: list[ScoredPair] = []
        expected_namesakes = self._frequencies.expected_namesakes(new.first_name, new.last_name)
        if candidates:
            if len(candidates) == 1 and self._is_repeated(new, packed, candidates[0]):
                return self._drop_repeated(new, candidates[0])
            pairs = self._score_candidates(new, candidates, expected_namesakes > 1)
            if pairs:
                best = pairs[0] if len(pairs) == 1 else min(pairs, key=_likeliest_first)
                if best.is_duplicate:
                    if _adds_something(new, best):
                        self._find_namesakes(match_input.name_key, expected_namesakes, keys)
                        self._remember(packed, keys)
                    return Duplicate(best.row, best.rule, best.score)
        namesakes = self._find_namesakes(match_input.name_key, expected_namesakes, keys)
        if namesakes and (expected_namesakes <= 1 or has_more_than_name(new.email, new.last_name)):
            others = self._score_namesakes(new, namesakes, candidates, in_full_blocks, different)
            if others:
                pairs += others
                best = min(pairs, key=_likeliest_first)
                if best.is_duplicate:
                    self._remember(packed, keys)
                    return Duplicate(best.row, best.rule, best.score)
        self._frequencies.add(new.first_name, new.last_name, new.email)
        self._remember(packed, keys)
        return _keep(new.row, pairs) if pairs else KEPT

    @staticmethod
    def ledger_keys(match_input: MatchInput) -> tuple[int, ...]:
        keys = match_input.identifier_keys
        return (*keys, match_input.name_key) if match_input.name_key else keys

    @staticmethod
    def ledger_values(match_input: MatchInput) -> bytes:
        return match_input.packed[ROW_LENGTH:-1]

    from_ledger = staticmethod(from_values)

    def decide_beside_recalled(
        self, match_input: MatchInput, different: Container[int] = NO_ROWS
    ) -> MatchDecision:
        frequencies = self._frequencies
        agreed, shared = frequencies.phones_agreed, frequencies.phones_shared
        decision = self.decide(match_input, different)
        if isinstance(decision, Duplicate) and decision.of_row >= FIRST_EARLIER_ROW:
            frequencies.phones_agreed, frequencies.phones_shared = agreed, shared
        return decision

    def recall(self, match_input: MatchInput) -> None:
        find = self._index.find
        keys = [
            key for key in match_input.identifier_keys if len(find(key)) < IDENTIFIER_BLOCK_LIMIT
        ]
        name_key = match_input.name_key
        if name_key and len(find(name_key)) < NAME_BLOCK_LIMIT:
            keys.append(name_key)
        self._remember(match_input.packed, keys)

    def begin_with(self, frequencies: bytes) -> None:
        self._frequencies = TermFrequencies.of_bytes(frequencies)

    @staticmethod
    def count_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        counted = TermFrequencies.of_bytes(frequencies)
        for values in people:
            one = unpack(b"%08x%b" % (0, values))
            counted.add(one.first_name, one.last_name, one.email)
        return counted.to_bytes()

    @staticmethod
    def discount_people(frequencies: bytes, people: Iterable[bytes]) -> bytes:
        counted = TermFrequencies.of_bytes(frequencies)
        for values in people:
            one = unpack(b"%08x%b" % (0, values))
            counted.remove(one.first_name, one.last_name, one.email)
        return counted.to_bytes()

    @staticmethod
    def ledger_identifiers(values: bytes) -> tuple[str, str]:
        return unpack_identifiers(b"%08x%b" % (0, values))

    def statistics(self) -> dict[str, int]:
        """Count the entries that the caps on shared values and on same names cut."""
        return {
            "shared_values_cut": self._shared_values_cut,
            "same_names_cut": self._same_names_cut,
        }

    def _is_repeated(self, new: StandardisedContact, packed: bytes, position: int) -> bool:
        """Say whether a candidate is the same in every field, with a phone and a first name."""
        start = position * _ALIGNMENT + ROW_LENGTH
        return bool(
            new.phone
            and len(new.first_name) > 1
            and self._packed.startswith(packed[ROW_LENGTH:], start)
        )

    def _drop_repeated(self, new: StandardisedContact, position: int) -> Duplicate:
        self._frequencies.phones_agreed += 1
        rule, expected_others = score_repeated(new, self._frequencies)
        return Duplicate(self._row_at(position), rule, score_of(expected_others))

    def _score_candidates(
        self, new: StandardisedContact, candidates: Sequence[int], has_namesakes: bool
    ) -> list[ScoredPair]:
        """Score the rows of the same phone or address, oldest first, until one is certain."""
        frequencies, threshold = self._frequencies, self._threshold
        pairs = []
        all_compared = []
        others_on_phone: set[str] = set()
        others_on_email: set[str] = set()
        agreed = 0
        says_no_more_than_name = has_namesakes and not has_more_than_name(new.email, new.last_name)
        for position in candidates:
            old = unpack(self._packed_at(position))
            if (
                says_no_more_than_name
                and new.phone != old.phone
                and new.email != old.email
                and not self._do_phones_agree(new, old)
            ):
                continue
            compared = compare_fields(new, old, frequencies, threshold)
            pair = score_compared(compared, frequencies)
            if pair.is_certain:
                frequencies.phones_agreed += 1
                return [pair]
            pairs.append(pair)
            all_compared.append(compared)
            if pair.first_name is DIFFERENT:
                if pair.phone is SAME:
                    others_on_phone.add(old.first_name)
                if pair.email is SAME:
                    others_on_email.add(old.first_name)
            elif pair.phone is SAME and pair.first_name is not BLANK:
                agreed += 1
        frequencies.phones_agreed += agreed
        if others_on_phone:
            frequencies.phones_agreed += 1
            frequencies.phones_shared += 1
        if len(pairs) == 1:
            return pairs
        on_phone, on_email = len(others_on_phone), len(others_on_email)
        if self._fits_several(pairs, all_compared):
            on_phone, on_email = on_phone + 1, on_email + 1
        if not (on_phone or on_email):
            return pairs
        return [score_compared(each, frequencies, on_phone, on_email) for each in all_compared]

    def _fits_several(
        self, pairs: Sequence[ScoredPair], all_compared: Sequence[ComparedPair]
    ) -> bool:
        """Say whether an initial, or no first name, fits several people who share both values."""
        first_names = {
            compared.old.first_name
            for pair, compared in zip(pairs, all_compared, strict=True)
            if pair.rule == "phone+email"
            and pair.first_name in _FITS_SEVERAL
            and compared.old.first_name
        }
        return any(
            self._are_two_first_names(one, other)
            for one, other in combinations(sorted(first_names), 2)
        )

    def _do_phones_agree(self, new: StandardisedContact, old: StandardisedContact) -> bool:
        level = compare_phones(new.phone, old.phone, self._threshold)
        return level is not DIFFERENT and level is not BLANK

    def _find_namesakes(
        self, name_key: int, expected_namesakes: float, keys: list[int]
    ) -> Sequence[int]:
        """Return the rows of the same name, none if they are too many; note the key."""
        if not name_key:
            return ()
        if expected_namesakes < NAME_BLOCK_LIMIT:
            namesakes = self._index.find(name_key)
            if len(namesakes) < NAME_BLOCK_LIMIT:
                keys.append(name_key)
                return namesakes
        self._same_names_cut += 1
        return ()

    def _score_namesakes(
        self,
        new: StandardisedContact,
        namesakes: Sequence[int],
        candidates: Sequence[int],
        in_full_blocks: Sequence[int],
        different: Container[int],
    ) -> list[ScoredPair]:
        """Score the rows of the same name, unless the phone or email contradicts a match.

        `candidates` are scored already.
        """
        if different is not NO_ROWS:
            namesakes = self._without(different, namesakes)
        frequencies, threshold = self._frequencies, self._threshold
        widely_shared: Collection[str] = ()
        if in_full_blocks and new.phone and new.email:
            widely_shared = self._widely_shared_values(new, in_full_blocks)
        phone, email = new.phone, new.email
        local = email.rpartition("@")[0]
        pairs = []
        for position in namesakes:
            if position in candidates:
                continue
            packed = self._packed_at(position)
            old_phone, old_email = unpack_identifiers(packed)
            is_alike = is_unlike = False
            if phone and old_phone:
                is_alike = ratio(phone, old_phone) >= threshold
                is_unlike = not is_alike
            if email and old_email and not is_alike:
                is_alike = ratio(local, old_email.rpartition("@")[0]) >= threshold
                is_unlike = not is_alike
            if is_alike or not is_unlike:
                old = _without(widely_shared, unpack(packed), new)
                pairs.append(score_pair(new, old, frequencies, threshold))
        return pairs

    def _widely_shared_values(
        self, new: StandardisedContact, in_full_blocks: Sequence[int]
    ) -> set[str]:
        """Return which of the phone and the email people of many first names share.

        The rows that one person left in a block are not many people, however many they are.
        """
        first_names: dict[str, set[str]] = {new.phone: set(), new.email: set()}
        widely_shared: set[str] = set()
        for position in in_full_blocks:
            old = unpack(self._packed_at(position))
            for value in {old.phone, old.email} & first_names.keys() - widely_shared:
                names = first_names[value]
                if old.first_name not in names and self._are_two_first_names(
                    new.first_name, old.first_name
                ):
                    names.add(old.first_name)
                    if len(names) >= MANY_FIRST_NAMES:
                        widely_shared.add(value)
        return widely_shared

    def _are_two_first_names(self, one: str, other: str) -> bool:
        return compare_first_names(one, other, self._frequencies.first_name_count) is DIFFERENT

    def _without(self, different: Container[int], positions: Sequence[int]) -> Sequence[int]:
        return [at for at in positions if self._row_at(at) not in different]

    def _row_at(self, position: int) -> int:
        start = position * _ALIGNMENT
        return int(self._packed[start : start + ROW_LENGTH], 16)

    def _packed_at(self, position: int) -> bytearray:
        start = position * _ALIGNMENT
        packed = self._packed
        return packed[start : packed.index(b"\n", start)]

    def _remember(self, packed: bytes, keys: list[int]) -> None:
        all_packed = self._packed
        position = len(all_packed) // _ALIGNMENT
        all_packed += packed
        all_packed += _PADDING[len(packed) % _ALIGNMENT]
        self._index.put(keys, position)


def _without(
    widely_shared: Collection[str], old: StandardisedContact, new: StandardisedContact
) -> StandardisedContact:
    """Return the earlier row as if a widely shared value were blank in it.

    When the new row has nothing else the value stays: it repeats that row, however many share it.
    """
    if old.phone in widely_shared and new.email and new.email != old.email:
        return msgspec.structs.replace(old, phone="")
    if old.email in widely_shared and new.phone and new.phone != old.phone:
        return msgspec.structs.replace(old, email="")
    return old


def _adds_something(new: StandardisedContact, best: ScoredPair) -> bool:
    """Say whether a dropped row has something that its match lacked."""
    return bool(
        (new.phone and best.phone is not SAME)
        or (new.email and best.email is not SAME)
        or (new.first_name and best.first_name is BLANK)
    )


def _keep(row: int, pairs: list[ScoredPair]) -> Kept:
    alike = sorted(filter(_resembles, pairs), key=_likeliest_first)[:RESEMBLANCES_LIMIT]
    if not alike:
        return KEPT
    return Kept(tuple(Resemblance(row, pair.row, pair.rule, pair.score) for pair in alike))


def _likeliest_first(pair: ScoredPair) -> tuple[float, int]:
    return pair.expected_others, pair.row


def _resembles(pair: ScoredPair) -> bool:
    if pair.phone is SAME or pair.email is SAME:
        return True
    return pair.expected_others < 1.0
