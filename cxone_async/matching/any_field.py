"""The system's original rule, decision for decision.

Guarantee: a row is a duplicate when its phone key or its email key scores at or above
the threshold (rapidfuzz `token_sort_ratio`) against a key that an earlier row left
behind. The phone is tested first; a row leaves its phone key behind only if it passed
the phone test, its email key only if it passed both. An empty key is neither tested nor
left behind.
"""

from rapidfuzz.fuzz import token_sort_ratio

from cxone_async.contacts.model import Contact
from cxone_async.matching.policy import KEPT, Duplicate, Verdict


def phone_key(raw_phone: str) -> str:
    """Return the characters of the raw phone that are digits in any script."""
    return raw_phone if raw_phone.isdigit() else "".join(filter(str.isdigit, raw_phone))


def email_key(raw_email: str) -> str:
    """Return the raw email without surrounding white space, in lower case."""
    return raw_email.strip().lower()


class ScanMatcher:
    """The rule as it is worded: every key against all keys left before.

    Its time grows with the square of the rows: it is what the index is checked against.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._phones: dict[str, int] = {}
        self._emails: dict[str, int] = {}

    def decide(self, contact: Contact) -> Verdict:
        for rule, keys, key in (
            ("similar-phone", self._phones, phone_key(contact.raw_phone)),
            ("similar-email", self._emails, email_key(contact.raw_email)),
        ):
            if not key:
                continue
            for earlier, row in keys.items():
                score = token_sort_ratio(key, earlier)
                if score >= self._threshold:
                    return Duplicate(of_row=row, rule=rule, score=score)
            keys[key] = contact.row
        return KEPT

    def statistics(self) -> dict[str, int]:
        return {}
