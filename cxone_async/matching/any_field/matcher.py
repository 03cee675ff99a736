"""The system's original rule, decision for decision.

Guarantee: a row is a duplicate when its phone key or its email key scores at or above
the threshold (rapidfuzz `token_sort_ratio`) against a key that an earlier row left
behind. The phone is tested first; a row leaves its phone key behind only if it passed
the phone test, its email key only if it passed both. An empty key is neither tested nor
left behind. The row named is the earliest one that reaches the threshold.

Two matchers say the same: `ScanMatcher` is the rule as it is worded, `AnyFieldMatcher`
answers it from an index. There are two of those as well, which say the same: one in Python,
and one for many keys, which numba compiles first (for 2 s) and which is there when the
extra `any-field` is installed.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from operator import attrgetter
from typing import Final, Protocol

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.similarity_index import (
    SimilarityIndex,
    admitted_in_turn,
    first_alike,
)
from cxone_async.matching.match_input import FoldedContact, MatchInput
from cxone_async.matching.policy import KEPT, Duplicate, MatchDecision, Matcher

MANY_KEYS: Final = 16_384
"""From here on the time to compile is soon won back: so many took 1.8 s without."""


def phone_key(raw_phone: str) -> str:
    """Return the characters of the raw phone that are digits in any script."""
    return raw_phone if raw_phone.isdigit() else "".join(filter(str.isdigit, raw_phone))


def email_key(raw_email: str) -> str:
    """Return the raw email without surrounding white space, in lower case."""
    return raw_email.strip().lower()


class _Keys(Protocol):
    def admit(
        self, strings: Sequence[str], rows: Sequence[int]
    ) -> list[tuple[int, float] | None]: ...


class AnyFieldMatcher(Matcher):
    """The rule, answered from an index of the phones and one of the emails."""

    def __init__(self, threshold: float) -> None:
        self._phones: _Keys = _Indexed(threshold)
        self._emails: _Keys = _Indexed(threshold)

    @staticmethod
    def match_input(contact: Contact) -> MatchInput:
        return MatchInput(
            FoldedContact(contact.row, phone_key(contact.raw_phone), email_key(contact.raw_email))
        )

    def decide(self, match_input: MatchInput) -> MatchDecision:
        return self.decide_all([match_input])[0]

    def decide_all(self, inputs: Sequence[MatchInput]) -> list[MatchDecision]:
        # What the emails say changes nothing for the phones: those of all rows come first.
        decisions: list[MatchDecision] = [KEPT] * len(inputs)
        for rule, keys, key_of in (
            ("similar-phone", self._phones, attrgetter("phone")),
            ("similar-email", self._emails, attrgetter("email")),
        ):
            tested = [
                at
                for at, match_input in enumerate(inputs)
                if decisions[at] is KEPT and key_of(match_input.folded)
            ]
            found = keys.admit(
                [key_of(inputs[at].folded) for at in tested],
                [inputs[at].folded.row for at in tested],
            )
            for at, like in zip(tested, found, strict=True):
                if like is not None:
                    decisions[at] = Duplicate(of_row=like[0], rule=rule, score=like[1])
        return decisions

    def statistics(self) -> dict[str, int]:
        return {}


class ScanMatcher(AnyFieldMatcher):
    """The rule as it is worded, against all keys: its time grows with the rows' square."""

    def __init__(self, threshold: float) -> None:
        self._phones = _Scan(threshold)
        self._emails = _Scan(threshold)


class _Indexed:
    """Keys in the index that suits their number."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._few: SimilarityIndex | None = SimilarityIndex(threshold)
        self._index: _Keys = self._few

    def admit(self, strings: Sequence[str], rows: Sequence[int]) -> list[tuple[int, float] | None]:
        found = self._index.admit(strings, rows)
        if self._few is not None and len(self._few) >= MANY_KEYS:
            self._index = _index_of_many(self._few, self._threshold)
            self._few = None
        return found


def has_index_of_many() -> bool:
    """Say whether the extra `any-field` is there, without which many keys take long."""
    return find_spec("numba") is not None


def _index_of_many(few: SimilarityIndex, threshold: float) -> _Keys:
    if not has_index_of_many():
        return few
    from cxone_async.matching.any_field.signature_index import SignatureIndex  # noqa: PLC0415  needs it

    return SignatureIndex(threshold, list(few))


class _Scan:
    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._keys: list[tuple[str, int]] = []

    def admit(self, strings: Sequence[str], rows: Sequence[int]) -> list[tuple[int, float] | None]:
        return admitted_in_turn(self._find, self._add, strings, rows)

    def _find(self, string: str) -> tuple[int, float] | None:
        return first_alike(string, self._keys, self._threshold)

    def _add(self, string: str, row: int) -> None:
        self._keys.append((string, row))
