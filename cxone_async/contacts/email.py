"""Emails: stripped, lower-cased, and checked.

email-validator in its strict mode decides what an address is: RFC 5322 and RFC 6531 dot-atoms,
the lengths of RFC 5321, IDNA 2008 domains. It checks the very address that goes out. Nothing of
its rewriting goes out (Unicode normal forms, decoded Punycode), since results are matched to
rows by the fields that were sent, and people look for an address as the file has it.

Where RFC 5322 leaves a choice, an address must be one that a contact centre can send to over
the internet: no quoted local parts, no bracketed IP addresses, no display names or comments, at
least one dot in the domain. Reserved names (`.test`, `.local`, …) pass as syntax.
email-validator refuses them and has no switch per call, so it gets the same address with an
unreserved last label.

email-validator takes some 25 µs an address. One regular expression recognises the plainest
addresses; it only ever says "surely valid", and a differential test compares the two.
"""

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from cxone_async.contacts.checks import EmailCheck
from cxone_async.outcome import Problem, Reason

# RFC 5321 4.5.3.1.3 with erratum 1690 to RFC 3696. email-validator knows it too, but reads the
# whole of a megabyte first.
_LONGEST_ADDRESS = 254

# So short that neither the local part (64) nor a label of the domain (63) can be too long.
_PLAIN_LENGTH = 64

# Labels with two hyphens in a row are left to email-validator: they may be Punycode.
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+'-]++(?:\.[a-z0-9_+'-]++)*+"
    r"@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+[a-z]{2,}"
).fullmatch

# email-validator's own messages quote the address, so they are not passed on.
_NOT_VALID = Problem(Reason.EMAIL_NOT_VALID, "email: not an address of the form name@domain.tld")
_TOO_LONG = Problem(Reason.EMAIL_NOT_VALID, f"email: longer than {_LONGEST_ADDRESS} characters")

_RESERVED = frozenset(SPECIAL_USE_DOMAIN_NAMES)


def read_email(raw: str, check: EmailCheck) -> str | Problem:
    """Read an email cell: the address stripped and lower-cased, or why it is not one.

    With check `off` there is never a problem. An empty cell is not an address here; the caller
    knows what it means.
    """
    address = raw.strip().lower()
    if is_plain_address(address) or check is EmailCheck.OFF:
        return address
    if len(address) > _LONGEST_ADDRESS:
        return _TOO_LONG
    try:
        validate_email(_as_unreserved(address), check_deliverability=False, strict=True)
    except EmailNotValidError:
        return _NOT_VALID
    return address


def is_plain_address(address: str) -> bool:
    """Say whether a lower-cased address is so plain that email-validator surely accepts it."""
    return len(address) <= _PLAIN_LENGTH and _PLAIN_ADDRESS(address) is not None


def _as_unreserved(address: str) -> str:
    """Return the address with a reserved last label replaced by one of the same length."""
    rest, dot, last_label = address.rpartition(".")
    return rest + dot + "x" * len(last_label) if last_label in _RESERVED else address
