"""The system's original rule, decision for decision.

A row is a duplicate when its phone key or its email key scores at or above the threshold
(rapidfuzz `token_sort_ratio`) against a key that an earlier row left behind. The phone is
tested first. A row leaves its phone key behind only if it passed the phone test, and its email
key only if it passed both. An empty key is neither tested nor left behind. The decision names
the earliest row that reaches the threshold.

Two matchers decide the same: `ScanMatcher` is the rule as it is worded, `AnyFieldMatcher` looks
it up in an index. There are two of those as well: one in Python, and one for many keys, which
numba compiles first (for 2 s) and which needs the extra `any-field`.
"""

from collections.abc import Container, Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from operator import attrgetter
from typing import Final, Protocol

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.similarity_index import (
    SimilarityIndex,
    find_or_add_each,
    first_similar,
)
from cxone_async.matching.definition import ParallelMap
from cxone_async.matching.match_input import MatchInput, StandardisedContact
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS, NameReading
from cxone_async.matching.policy import KEPT, NO_ROWS, Duplicate, MatchDecision, Matcher

MANY_KEYS: Final = 16_384
"""From here on compiling soon saves more time than it takes: as many took 1.8 s without it."""


def phone_key(raw_phone: str) -> str:
    """Return the characters of the raw phone that are digits in any script."""
    return raw_phone if raw_phone.isdigit() else "".join(filter(str.isdigit, raw_phone))


def email_key(raw_email: str) -> str:
    """Return the raw email without surrounding white space, in lower case."""
    return raw_email.strip().lower()


def has_compiled_index() -> bool:
    """Say whether the extra `any-field` is installed; without it many keys take long."""
    return find_spec("numba") is not None


class AnyFieldMatcher(Matcher):
    """The rule, answered from an index of the phones and one of the emails.

    `threshold` is 0..100. The compiled index gives half of its work to `parallel_map`.
    """

    def __init__(self, threshold: float, parallel_map: ParallelMap = map) -> None:
        self._threshold = threshold
        self._phones: _Keys = _IndexedKeys(threshold, parallel_map)
        self._emails: _Keys = _IndexedKeys(threshold, parallel_map)
        # Keys of rows that passed a test only because a person said that they are somebody else.
        self._phones_beside: list[tuple[str, int]] = []
        self._emails_beside: list[tuple[str, int]] = []

    @staticmethod
    def standardise(contact: Contact, names: NameReading = AS_THE_HEADER_SAYS) -> MatchInput:
        return MatchInput(
            StandardisedContact(
                contact.row, phone_key(contact.raw_phone), email_key(contact.raw_email)
            )
        )

    def decide(self, match_input: MatchInput, different: Container[int] = NO_ROWS) -> MatchDecision:
        if different is NO_ROWS:
            return self.decide_all([match_input])[0]
        contact = match_input.contact
        for rule, key, keys, beside in (
            ("similar-phone", contact.phone, self._phones, self._phones_beside),
            ("similar-email", contact.email, self._emails, self._emails_beside),
        ):
            if not key:
                continue
            (found,) = keys.find_or_add([key], [contact.row])
            if found is not None and found[0] in different:
                found = self._first_other(key, chain(keys, beside), different)
                if found is None:
                    beside.append((key, contact.row))
            if found is not None:
                return Duplicate(of_row=found[0], rule=rule, score=found[1])
        return KEPT

    def _first_other(
        self, key: str, keys: Iterator[tuple[str, int]], different: Container[int]
    ) -> tuple[int, float] | None:
        """Compare a key with all others, which takes 0.3 s a million: few rows need it."""
        others = ((other, row) for other, row in keys if row not in different)
        return first_similar(key, others, self._threshold)

    def decide_all(self, inputs: Sequence[MatchInput]) -> list[MatchDecision]:
        # The emails change nothing for the phones, so those of all rows come first.
        decisions: list[MatchDecision] = [KEPT] * len(inputs)
        for rule, keys, key_of in (
            ("similar-phone", self._phones, attrgetter("phone")),
            ("similar-email", self._emails, attrgetter("email")),
        ):
            tested = [
                at
                for at, match_input in enumerate(inputs)
                if decisions[at] is KEPT and key_of(match_input.contact)
            ]
            results = keys.find_or_add(
                [key_of(inputs[at].contact) for at in tested],
                [inputs[at].contact.row for at in tested],
            )
            for at, found in zip(tested, results, strict=True):
                if found is not None:
                    decisions[at] = Duplicate(of_row=found[0], rule=rule, score=found[1])
        return decisions

    def statistics(self) -> dict[str, int]:
        return {}


class ScanMatcher(AnyFieldMatcher):
    """The rule as it is worded, against all keys: its time grows with the rows' square."""

    def __init__(self, threshold: float) -> None:
        super().__init__(threshold)
        self._phones = _ScannedKeys(threshold)
        self._emails = _ScannedKeys(threshold)


class _Keys(Protocol):
    def __iter__(self) -> Iterator[tuple[str, int]]: ...

    def find_or_add(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]: ...


class _IndexedKeys:
    """Keys in the index that suits their number."""

    def __init__(self, threshold: float, parallel_map: ParallelMap) -> None:
        self._threshold = threshold
        self._parallel_map = parallel_map
        self._few: SimilarityIndex | None = SimilarityIndex(threshold)
        self._index: _Keys = self._few

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._index)

    def find_or_add(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        results = self._index.find_or_add(strings, rows)
        if self._few is not None and len(self._few) >= MANY_KEYS:
            if has_compiled_index():
                self._index = _compiled_index(self._few, self._threshold, self._parallel_map)
            self._few = None
        return results


def _compiled_index(few: SimilarityIndex, threshold: float, parallel_map: ParallelMap) -> _Keys:
    from cxone_async.matching.any_field.signature_index import SignatureIndex  # noqa: PLC0415  needs it

    return SignatureIndex(threshold, list(few), parallel_map)


class _ScannedKeys:
    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._keys: list[tuple[str, int]] = []

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._keys)

    def find_or_add(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]:
        return find_or_add_each(self._find, self._add, strings, rows)

    def _find(self, string: str) -> tuple[int, float] | None:
        return first_similar(string, self._keys, self._threshold)

    def _add(self, string: str, row: int) -> None:
        self._keys.append((string, row))
