"""Phones and emails as evidence: which are none, and how far two of them agree.

Guarantee: pure functions. What cannot tell people apart (blanks, placeholders, masked
values, role mailboxes, values too long to be real) folds to "", which is never evidence.
Folding an email goes further than what is sent to the tenant: a sub-address, and the
dots of a Gmail address, lead to the same mailbox.
"""

import re

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel

_PHONE_DIGITS_LIMIT = 24
_EMAIL_LENGTH_LIMIT = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_SHORTEST_PHONE = 7
_NANP_LENGTH = 11  # country code 1: every number has eleven digits
_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_ROLES = frozenset(
    [
        "info",
        "sales",
        "admin",
        "administrator",
        "office",
        "contact",
        "support",
        "hello",
        "help",
        "service",
        "team",
        "mail",
        "email",
        "enquiries",
        "inquiries",
        "reception",
        "billing",
        "accounts",
        "accounting",
        "hr",
        "jobs",
        "marketing",
        "webmaster",
        "postmaster",
        "noreply",
        "no-reply",
        "donotreply",
        "orders",
        "customerservice",
        "frontdesk",
    ]
)
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
_NOBODYS = _ROLES | _NOBODY
_NOWHERE = frozenset(
    ["none", "none.com", "noemail.com", "na.com", "test.com", "nowhere.com", "x.com"]
)
_SEQUENCES = ("0123456789012345", "9876543210987654")
_DIGIT_RUNS = re.compile(r"\d+")


def fold_phone(phone: str, extension: str) -> str:
    """Return E.164 digits, with "x" and the extension if there is one; "" for no evidence.

    Digits after the eleventh of a +1 number are an extension that was run into it. Fewer
    than seven digits, all but one or two digits the same, or a plain run such as
    1234567890 is a placeholder.
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


def fold_email(email: str) -> str:
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
        local in _NOBODYS
        or domain in _NOWHERE
        or not local
        or "*" in local
        or not email.isprintable()
    ):
        return ""
    return f"{local}@{domain}"


def phone_keys(folded_phone: str) -> tuple[str, ...]:
    """Return the keys of which two phones must share one to be compared.

    That is the number; a phone with an extension is also found by the last four digits
    of the number with the extension, in case the number holds a slip.
    """
    if "x" not in folded_phone:
        return (folded_phone,)
    number, _, extension = folded_phone.partition("x")
    return number, f"{number[-4:]}x{extension}"


def email_key(folded_email: str) -> str:
    """Return what two emails must share to be compared.

    A long local part, or one that ends in three digits, is telling enough without its
    provider; of a short one the provider is part.
    """
    local, _, provider = folded_email.rpartition("@")
    local = without_separators(local)
    if len(local) >= 12 or local[-3:].isdecimal():
        return local
    return f"{local}@{provider}"


def has_more_than_name(folded_email: str, last_name: str) -> bool:
    """Say whether an email says more than a name: not made of it, or digits after it."""
    local = folded_email.rpartition("@")[0]
    return local[-1:].isdecimal() or (local != "" and last_name not in local)


def without_separators(local: str) -> str:
    """Return a local part without dots, underscores and hyphens."""
    local = local.replace(".", "")
    return local if local.isalnum() else local.replace("_", "").replace("-", "")


def compare_phones(one: str, other: str, threshold: float) -> ComparisonLevel:
    """Compare two folded phones.

    SHORT: the same number, of which one has no extension. SLIP: alike at the threshold
    and one digit wrong, missing, extra or swapped with its neighbour; with an extension,
    two.
    """
    if not one or not other:
        return ComparisonLevel.BLANK
    if one == other:
        return ComparisonLevel.SAME
    one_number, _, one_extension = one.partition("x")
    other_number, _, other_extension = other.partition("x")
    if one_number == other_number:
        if not (one_extension and other_extension):
            return ComparisonLevel.SHORT
        wrong = OSA.distance(one_extension, other_extension, score_cutoff=1)
        return (
            ComparisonLevel.SLIP
            if len(one_extension) > 2 and wrong <= 1
            else ComparisonLevel.DIFFERENT
        )
    if bool(one_extension) == bool(other_extension) and ratio(one, other) >= threshold:
        slips = 2 if one_extension else 1
        if OSA.distance(one, other, score_cutoff=slips) <= slips:
            return ComparisonLevel.SLIP
    return ComparisonLevel.DIFFERENT


def compare_emails(one: str, other: str, threshold: float) -> ComparisonLevel:
    """Compare two folded emails.

    FORM: the same before the @ at another provider (separators aside if one is Gmail). SLIP: alike
    at the threshold, two letters wrong at most, and with the same digits; `ada.abbott12@`
    and `ada.abbott34@` are DIFFERENT.
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
            return ComparisonLevel.SLIP
        # Another provider and another pattern of the same name: two people's addresses.
        as_written = one_local == other_local or "gmail.com" in (one_domain, other_domain)
        return ComparisonLevel.FORM if as_written else ComparisonLevel.DIFFERENT
    if (
        one_domain == other_domain
        and ratio(bare, other_bare) >= threshold
        and OSA.distance(bare, other_bare, score_cutoff=2) <= 2
        and _DIGIT_RUNS.findall(bare) == _DIGIT_RUNS.findall(other_bare)
    ):
        return ComparisonLevel.SLIP
    return ComparisonLevel.DIFFERENT
