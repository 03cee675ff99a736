"""Emails: stripped, lower-cased, checked, and with their domain in one form.

email-validator in its strict mode decides what an address is: RFC 5322 and RFC 6531 dot-atoms,
the lengths of RFC 5321, IDNA 2008 domains. Where RFC 5322 leaves a choice, an address must be one
that a contact centre can send to over the internet: no quoted local parts, no bracketed IP
addresses, at least one dot in the domain. Reserved names (`.test`, `.local`, …) pass as syntax.
email-validator refuses them and has no switch per call, so it gets the same address with an
unreserved last label.

What goes out, and what is compared with suppression lists, is:

- The local part in Unicode normal form C and lower case. If a letter has no lower case of one
  letter that leads back to it (`İ`, the Kelvin sign), the address is refused: it would become
  another mailbox. So is one with full-width letters or other compatibility forms.
- The domain as IDNA 2008's ASCII form (`xn--…`), whatever form it was written in.

Around an address, this is read and left out: a display name or a label in brackets, `mailto:`,
quotes, one dot, comma or semicolon after it, invisible characters. A cell may hold several
addresses (`read_email_cell`); each of them must be told from the next beyond doubt.

email-validator takes some 25 µs an address. One regular expression recognises the plainest
addresses; it only ever says "surely valid", and a differential test compares the two.
"""

import re
import unicodedata
from urllib.parse import unquote

import msgspec
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.invisible import ENDS
from cxone_async.outcome import Problem, Reason, Repair

# RFC 5321 4.5.3.1.3 with erratum 1690 to RFC 3696. email-validator knows it too, but reads the
# whole of a megabyte first.
_LONGEST_ADDRESS = 254

_LONGEST_CELL = 1_000  # three of the longest addresses with their names

# So short that neither the local part (64) nor a label of the domain (63) can be too long.
_PLAIN_LENGTH = 64

# Labels with two hyphens in a row are left to email-validator: they may be Punycode. An apostrophe
# at the start is more likely a spreadsheet's than the mailbox's.
_PLAIN_ADDRESS = re.compile(
    r"(?!')[a-z0-9_+'-]++(?:\.[a-z0-9_+'-]++)*+"
    r"@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+[a-z]{2,}"
).fullmatch

# email-validator's own messages quote the address, so they are not passed on.
_NOT_VALID = Problem(Reason.EMAIL_NOT_VALID, "email: not an address of the form name@domain.tld")
_TOO_LONG = Problem(Reason.EMAIL_NOT_VALID, f"email: longer than {_LONGEST_ADDRESS} characters")
_NO_LOWER_CASE = Problem(
    Reason.EMAIL_NOT_VALID, "email: a letter in it would become another one in lower case"
)

# Three masked people would be one mailbox, and two of them duplicates. RFC 5322 allows an asterisk.
_MASKED = Problem(Reason.EMAIL_NOT_VALID, "email: masked, some characters are asterisks")
_IS_MASKED = re.compile(r"^\*|\*\*|\*$").search

_RESERVED = frozenset(SPECIAL_USE_DOMAIN_NAMES)
_FULL_STOPS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))  # RFC 3490 3.1

_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_ENDS = ENDS + _QUOTES
_TOKEN = (
    rf"(?P<{{0}}>[^\s<>()\[\],;:|{_QUOTES}@][^\s<>()\[\],;:|\"@]*@[^\s<>()\[\],;:|/&{_QUOTES}@]+)"
)
_SCHEME = r"(?:(?:mailto|smtp|e-?mail)\s*:\s*)?"
_ITEM = re.compile(
    # Dea <d@example.com>, or Dea (d@example.com)
    rf"[^<>()@;|]*<\s*{_SCHEME}{_TOKEN.format('angle')}\s*>"
    rf"|[^<>()@;|,]*[^<>()@;|,\s]\s*\(\s*{_SCHEME}{_TOKEN.format('round')}\s*\)"
    # d@example.com, or d@example.com (home)
    rf"|[{_QUOTES}(\[]*\s*{_SCHEME}{_TOKEN.format('bare')}[{_QUOTES}\])]*(?:\s*[(\[][^()@\[\]]*[)\]])?",
    re.IGNORECASE,
).match
_SEPARATOR = re.compile(
    r"[\s,;|/&]*(?:(?<=\s)(?:and|or|und|oder|et|ou|y|o|e|en|of)\s)?[\s,;|/&]*", re.IGNORECASE
).match
_MAILTO = re.compile(r"mailto\s*:\s*([^?]*)(?:\?.*)?", re.IGNORECASE | re.DOTALL).fullmatch


class Emails(msgspec.Struct, frozen=True, gc=False):
    """What a cell holds: the address to use, the others in the cell, and what was read otherwise.

    `others` are for looking up only: one that is no address is there as far as it reads.
    """

    address: str
    others: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()


def read_email(raw: str, check: EmailCheck) -> str | Problem:
    """Read a cell that must hold one address: the form that goes out, or why it is not one.

    With check `off` there is never a problem. An empty cell is not an address here; the caller
    knows what it means.
    """
    found = read_email_cell(raw, check)
    if isinstance(found, Problem):
        return found
    return found.address if not found.others or check is EmailCheck.OFF else _NOT_VALID


def read_plain_email(raw: str) -> str:
    """Return the address of a cell that email-validator surely accepts; "" if it must say."""
    address = raw.strip().lower()
    is_plain = len(address) <= _PLAIN_LENGTH and raw.isascii() and _PLAIN_ADDRESS(address)
    return address if is_plain else ""


def read_email_cell(raw: str, check: EmailCheck) -> Emails | Problem:
    """Read a cell that may hold several addresses: the first is the one to use.

    With check `off` there is never a problem: a cell that is no address goes out stripped and, if
    that is the same mailbox, in lower case.
    """
    if plain := read_plain_email(raw):
        return Emails(plain)
    found = _read_cell(raw)
    if isinstance(found, Problem) and check is EmailCheck.OFF:
        return Emails(as_far_as_it_reads(raw))
    return found


def as_far_as_it_reads(raw: str) -> str:
    """Return what a cell that is no address can be compared by."""
    written = raw.strip()
    return written.lower() if _has_lower_case(written) else written


def _read_cell(raw: str) -> Emails | Problem:
    if len(raw) > _LONGEST_CELL:
        return _TOO_LONG
    written = raw.strip()
    whole = _NOT_VALID if written.startswith("'") else _read_address(written)
    if isinstance(whole, str):
        return Emails(whole, (), _of_domain(written, whole))
    tokens = _tokens(raw)
    if not tokens:
        return whole
    first = _read_address(tokens[0])
    if isinstance(first, Problem):
        return first
    others = (_read_address(token) for token in tokens[1:])
    compared = dict.fromkeys(
        as_far_as_it_reads(token) if isinstance(other, Problem) else other
        for token, other in zip(tokens[1:], others, strict=True)
    )
    compared.pop(first, None)
    repair = Repair.EMAIL_OF_SEVERAL if compared else Repair.EMAIL_TIDIED
    return Emails(first, tuple(compared), (repair, *_of_domain(tokens[0], first)))


def _tokens(raw: str) -> list[str]:
    """Return the addresses that a cell holds, the one to use first; [] if that is in doubt."""
    text = raw.strip(ENDS)
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    text = text.strip(_ENDS)
    if link := _MAILTO(text):
        text = unquote(link[1]).strip(_ENDS)
    if text[-1:] in {".", ",", ";"}:  # one only: two dots are a typing error
        text = text[:-1].rstrip(_ENDS)
    tokens: list[str] = []
    at = 0
    is_named = False
    while at < len(text):
        item = _ITEM(text, at)
        if item is None:
            return []
        token = (item["angle"] or item["round"] or item["bare"]).strip(ENDS)
        if tokens and item["angle"] and is_named and len(tokens) == 1:
            tokens.insert(0, token)  # "d@example.com" <dea@example.com>: the name is an address too
        else:
            tokens.append(token)
        at = item.end()
        gap = _SEPARATOR(text, at)
        end = gap.end() if gap else at
        if at < len(text) and end == at:
            is_at_bracket = text[at] == "<"
            if not is_at_bracket:
                return []
        is_named = not text[at:end].strip() and item["bare"] is not None
        at = end
    return [token.removesuffix(".") if len(tokens) > 1 else token for token in tokens]


def _read_address(written: str) -> str | Problem:
    """Read one address without anything around it."""
    if read := read_plain_email(written):
        return read
    if problem := _problem_at_sight(written):
        return problem
    local, at, domain = written.rpartition("@")
    local = unicodedata.normalize("NFC", local).lower()
    if unicodedata.normalize("NFKC", local) != local:
        return _NOT_VALID
    domain = unicodedata.normalize("NFC", domain.translate(_FULL_STOPS)).lower()
    rest, dot, last_label = domain.rpartition(".")
    is_reserved = last_label in _RESERVED
    checked = rest + dot + "x" * len(last_label) if is_reserved else domain
    try:
        valid = validate_email(local + at + checked, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return _NOT_VALID
    ascii_domain = valid.ascii_domain
    if is_reserved:
        ascii_domain = ascii_domain.rpartition(".")[0] + dot + last_label
    address = f"{valid.local_part}@{ascii_domain}"
    return address if len(address) <= _LONGEST_ADDRESS else _TOO_LONG


def _problem_at_sight(written: str) -> Problem | None:
    if len(written) > _LONGEST_ADDRESS:
        return _TOO_LONG
    if _IS_MASKED(written.rpartition("@")[0]):
        return _MASKED
    return None if _has_lower_case(written) else _NO_LOWER_CASE


def _of_domain(written: str, address: str) -> tuple[Repair, ...]:
    is_same = written.rpartition("@")[2].lower() == address.rpartition("@")[2]
    return () if is_same else (Repair.EMAIL_DOMAIN_REWRITTEN,)


def _has_lower_case(text: str) -> bool:
    """Say whether each capital has one small letter, which leads back to it.

    Capital sigma has two.
    """
    return text.isascii() or not any(
        len(character.lower()) != 1
        or character.lower().upper() != character
        or character == "\u03a3"
        for character in text
        if character.isupper() or character.istitle()
    )
