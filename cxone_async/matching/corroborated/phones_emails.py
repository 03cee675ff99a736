"""Phones and emails: their standard form, their blocking keys, and how well two of them agree.

Values that cannot tell people apart become "", which is never evidence: blanks, placeholders,
masked values, role mailboxes, values too long to be real. An email's standard form goes
further than what is sent to the tenant: sub-addresses, and the dots of a Gmail address, lead to
the same mailbox.
"""

import re

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.role_mailboxes import is_role

_PHONE_DIGITS_LIMIT = 24
_EMAIL_LENGTH_LIMIT = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_SHORTEST_PHONE = 7
_NANP_LENGTH = 11  # country code 1: every number has eleven digits
_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_NOBODY = frozenset(
    [
        "none",
        "na",
        "n/a",
        "no",
        "nobody",
        "noemail",
        "no-email",
        "no.email",
        "nomail",
        "test",
        "testing",
        "example",
        "null",
        "unknown",
        "anonymous",
        "abc",
        "asdf",
        "xxx",
        "x",
        "a",
        "user",
        "fake",
        "noone",
        "refused",
        "declined",
    ]
)
_NO_DOMAINS = frozenset(
    ["none", "none.com", "noemail.com", "na.com", "test.com", "nowhere.com", "x.com"]
)
_SEQUENCES = ("0123456789012345", "9876543210987654")
_DIGIT_RUNS = re.compile(r"\d+")


def standardise_phone(phone: str, extension: str) -> str:
    """Return E.164 digits, with "x" and the extension if there is one; "" for no evidence.

    Digits after the eleventh of a +1 number are an extension. A placeholder has fewer than
    seven digits, all but one or two digits the same, or a plain run such as 1234567890.
    """
    if not (phone + extension).isdecimal():
        return ""
    if len(phone) == _NANP_LENGTH and not extension:
        last, before_last, third_last = phone[-1], phone[-2], phone[-3]
        has_three_digits = last != before_last != third_last != last
        if has_three_digits and phone[1:] != "1234567890":
            return phone
        return "" if _is_placeholder(phone[1:]) else phone
    if not _SHORTEST_PHONE <= len(phone) <= _PHONE_DIGITS_LIMIT or len(extension) > 8:
        return ""
    if phone[0] == "1" and len(phone) > _NANP_LENGTH:
        phone, extension = phone[:_NANP_LENGTH], phone[_NANP_LENGTH:] + extension
    if _is_placeholder(phone[-10:]):
        return ""
    return f"{phone}x{extension}" if extension else phone


def _is_placeholder(digits: str) -> bool:
    if len(set(digits)) <= 2 and max(map(digits.count, set(digits))) >= len(digits) - 2:
        return True
    return any(digits in sequence for sequence in _SEQUENCES)


def standardise_email(email: str) -> str:
    """Return the mailbox that a lower-cased address leads to; "" for no evidence."""
    local, _, domain = email.rpartition("@")
    if not local or len(email) > _EMAIL_LENGTH_LIMIT:
        return ""
    if "+" in local:
        local = local.partition("+")[0]
    if domain in _GMAIL:
        local = local.replace(".", "")
        domain = "gmail.com"
    if (
        local in _NOBODY
        or domain in _NO_DOMAINS
        or not local
        or is_role(local)
        or "*" in local
        or not email.isprintable()
    ):
        return ""
    return f"{local}@{domain}"


def phone_blocking_keys(phone: str) -> tuple[str, ...]:
    """Return the blocking keys of a phone: two phones are compared if they share one.

    The number is a key. A phone with an extension has a second one, of the number's last
    four digits and the extension, in case the number has a typing error.
    """
    if "x" not in phone:
        return (phone,)
    number, _, extension = phone.partition("x")
    return number, f"{number[-4:]}x{extension}"


def email_blocking_key(email: str) -> str:
    """Return the blocking key of an email: two emails are compared if they share it.

    A local part that is long, or ends in three digits, is enough without its provider.
    """
    local, _, provider = email.rpartition("@")
    local = without_separators(local)
    if len(local) >= 12 or local[-3:].isdecimal():
        return local
    return f"{local}@{provider}"


def without_separators(local: str) -> str:
    """Return a local part without dots, underscores and hyphens."""
    local = local.replace(".", "")
    return local if local.isalnum() else local.replace("_", "").replace("-", "")


def compare_phones(one: str, other: str, threshold: float) -> ComparisonLevel:
    """Compare two phones in standard form.

    ABBREVIATED: the same number, and only one has an extension. TYPO: similar at the
    threshold (0..100), and one digit is wrong, missing, extra or swapped with its neighbour;
    two digits where both have an extension.
    """
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        return ComparisonLevel.SAME
    one_number, _, one_extension = one.partition("x")
    other_number, _, other_extension = other.partition("x")
    if one_number == other_number:
        if not (one_extension and other_extension):
            return ComparisonLevel.ABBREVIATED
        wrong = OSA.distance(one_extension, other_extension, score_cutoff=1)
        return (
            ComparisonLevel.TYPO
            if len(one_extension) > 2 and wrong <= 1
            else ComparisonLevel.DIFFERENT
        )
    if bool(one_extension) == bool(other_extension) and ratio(one, other) >= threshold:
        allowed = 2 if one_extension else 1
        if OSA.distance(one, other, score_cutoff=allowed) <= allowed:
            return ComparisonLevel.TYPO
    return ComparisonLevel.DIFFERENT


def compare_emails(one: str, other: str, threshold: float) -> ComparisonLevel:
    """Compare two emails in standard form.

    VARIANT: the same before the @, at another provider (separators aside if one is Gmail).
    TYPO: similar at the threshold (0..100), at most two letters wrong, and the same digits.
    `ada.abbott12@` and `ada.abbott34@` are DIFFERENT.
    """
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        return ComparisonLevel.SAME
    one_local, _, one_domain = one.rpartition("@")
    other_local, _, other_domain = other.rpartition("@")
    bare, other_bare = without_separators(one_local), without_separators(other_local)
    if bare == other_bare:
        if OSA.distance(one_domain, other_domain, score_cutoff=1) <= 1:
            return ComparisonLevel.TYPO
        # Another provider and another pattern of the same name: two people's addresses.
        as_written = one_local == other_local or "gmail.com" in (one_domain, other_domain)
        return ComparisonLevel.VARIANT if as_written else ComparisonLevel.DIFFERENT
    if (
        one_domain == other_domain
        and ratio(bare, other_bare) >= threshold
        and OSA.distance(bare, other_bare, score_cutoff=2) <= 2
        and _DIGIT_RUNS.findall(bare) == _DIGIT_RUNS.findall(other_bare)
    ):
        return ComparisonLevel.TYPO
    return ComparisonLevel.DIFFERENT
