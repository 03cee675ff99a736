"""The system's original rule, decision for decision.

Guarantee: a row is a duplicate when its phone key or its email key scores at or above
the threshold (rapidfuzz `token_sort_ratio`) against a key that an earlier row left
behind. The phone is tested first; a row leaves its phone key behind only if it passed
the phone test, its email key only if it passed both. An empty key is neither tested nor
left behind. The row named is the earliest one that reaches the threshold.

Two matchers say the same: `ScanMatcher` is the rule as it is worded, `AnyFieldMatcher`
answers it from an index.
"""

from typing import Protocol

from rapidfuzz.fuzz import token_sort_ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.policy import KEPT, Duplicate, Verdict
from cxone_async.matching.similarity_index import SimilarityIndex
from cxone_async.matching.traits import Trace, Traits


def phone_key(raw_phone: str) -> str:
    """Return the characters of the raw phone that are digits in any script."""
    return raw_phone if raw_phone.isdigit() else "".join(filter(str.isdigit, raw_phone))


def email_key(raw_email: str) -> str:
    """Return the raw email without surrounding white space, in lower case."""
    return raw_email.strip().lower()


class _Keys(Protocol):
    def find(self, query: str) -> tuple[int, float] | None: ...

    def add(self, string: str, row: int) -> None: ...


class AnyFieldMatcher:
    """The rule, answered from an index of the phones and one of the emails."""

    def __init__(self, threshold: float) -> None:
        self._phones: _Keys = SimilarityIndex(threshold)
        self._emails: _Keys = SimilarityIndex(threshold)

    @staticmethod
    def trace(contact: Contact) -> Trace:
        return Trace(
            Traits(contact.row, phone_key(contact.raw_phone), email_key(contact.raw_email))
        )

    def decide(self, trace: Trace) -> Verdict:
        traits = trace.traits
        for rule, keys, key in (
            ("similar-phone", self._phones, traits.phone),
            ("similar-email", self._emails, traits.email),
        ):
            if not key:
                continue
            found = keys.find(key)
            if found is not None:
                row, score = found
                return Duplicate(of_row=row, rule=rule, score=score)
            keys.add(key, traits.row)
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}


class ScanMatcher(AnyFieldMatcher):
    """The rule as it is worded, against all keys: its time grows with the rows' square."""

    def __init__(self, threshold: float) -> None:
        self._phones = _Scan(threshold)
        self._emails = _Scan(threshold)


class _Scan:
    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._keys: list[tuple[str, int]] = []

    def find(self, query: str) -> tuple[int, float] | None:
        for key, row in self._keys:
            score = token_sort_ratio(query, key)
            if score >= self._threshold:
                return row, score
        return None

    def add(self, string: str, row: int) -> None:
        self._keys.append((string, row))
