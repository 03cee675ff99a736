"""What stands before libphonenumber: from a cell to the numbers that it holds.

A cell may hold more than one number, a label, an extension, or what a spreadsheet made of a number.
Here it is cut into parts; digits are neither invented nor read. Whether a part is a number that is
complete by itself says the caller, who asks libphonenumber.

Letters are read as digits only where the whole tail of a number is one word of at least four
letters (`1-800-FLOWERS`). A letter elsewhere is a label, if the number is complete without it, or
a slip of the hand (`l` for `1`), or a mask (`XXXX`): then there is no number.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import msgspec

from cxone_async.outcome import Problem, Reason, Repair

IsNumber = Callable[[str], bool]
"""Says whether a text of digits and punctuation is a whole number by itself."""

_LONGEST: Final = 250  # libphonenumber reads no longer text

NOT_A_NUMBER: Final = Problem(Reason.PHONE_UNREADABLE, "phone: not a phone number")
TOO_LONG: Final = Problem(Reason.PHONE_UNREADABLE, "phone: too long")
MASKED: Final = Problem(Reason.PHONE_UNREADABLE, "phone: digits are masked or replaced by letters")
ROUNDED: Final = Problem(
    Reason.PHONE_UNREADABLE,
    "phone: the spreadsheet has rounded this number; its last digits are lost",
)
FAX: Final = Problem(Reason.PHONE_UNREADABLE, "phone: marked as a fax number")
PLACEHOLDER: Final = Problem(
    Reason.PHONE_PLACEHOLDER, "phone: a placeholder, such as the same digit throughout"
)


class PhonePart(msgspec.Struct, frozen=True):
    """One number of a cell: digits and punctuation, its extension's digits, and what was done."""

    text: str
    extension: str = ""
    repairs: tuple[Repair, ...] = ()


def tidy(raw: str) -> str | Problem:
    """Return the cell with ASCII digits, plain spaces and hyphens, and nothing invisible."""
    if len(raw) > _LONGEST:
        return TOO_LONG
    text = raw if raw.isascii() and raw.isprintable() else "".join(map(_plain, raw))
    text = " ".join(text.split(" ")).strip()
    while (bare := _WRAPPED.sub(r"\1", text).strip()) != text:
        text = bare
    return text.removeprefix("'").strip()


_WRAPPED: Final = re.compile(r"""^=?"([^"]*)"$|^'([^']*)'$|^`([^`]*)`$""")


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if character in "\n\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if character.isspace():
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    return _SAME_AS.get(character, character)


_SAME_AS: Final = {
    "\uff0b": "+", "\ufe62": "+", "\uff08": "(", "\uff09": ")", "\uff0e": ".", "\uff0f": "/",
    "\u2044": "/", "\u2215": "/", "\uff1b": ";", "\uff0c": ",", "\u3001": ",", "\u2019": "'",
    "\u2018": "'", "\u201c": '"', "\u201d": '"', "\uff03": "#", "\u00b7": ".", "\u2022": "*",
    "\u25cf": "*", "\u2026": "*",
}  # fmt: skip


_WHOLE_NUMBER: Final = re.compile(r"(\+?\d{4,})[.,]0+")
_THOUSANDS: Final = re.compile(r"(\d{1,3}(?:,\d{3}){2,})(?:\.0+)?")
_EXPONENT: Final = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,3})")


def from_spreadsheet(text: str) -> PhonePart | Problem | None:
    """Read a number that a spreadsheet or a program wrote as a number; None if it is no such.

    `1713920001.0` and `4.91713920001E11` hold all digits. `2.02555012E9` does not: a program leaves
    out zeros at the end, but a digit would have to be made up. `4,91714E+11` is rounded.
    """
    if found := _WHOLE_NUMBER.fullmatch(text):
        return PhonePart(found[1], "", _SPREADSHEET)
    if found := _THOUSANDS.fullmatch(text):
        return PhonePart(found[1].replace(",", ""), "", _SPREADSHEET)
    if found := _EXPONENT.fullmatch(text):
        digits, places = found[1] + (found[2] or ""), int(found[3]) + 1
        if len(digits) < places:
            return ROUNDED
        if digits[places:].strip("0"):
            return NOT_A_NUMBER
        return PhonePart(digits[:places], "", _SPREADSHEET)
    return None


_SPREADSHEET: Final = (Repair.PHONE_SPREADSHEET_NUMBER,)
_LABEL: Final = (Repair.PHONE_LABEL_LEFT_OUT,)
_OTHER: Final = (Repair.PHONE_OTHER_NUMBER_LEFT_OUT,)

_LEAST_DIGITS: Final = 6  # of a second number; fewer are an extension or belong to a label

_BETWEEN: Final = re.compile(
    r"\s*(?:[;|\n&]|,(?!,)|\s/\s|\s(?:or|oder|ou|o|u|y|e|et|and|und|en|of)\s|(?<=\d)\s*(?=\+))\s*",
    re.IGNORECASE,
)


def numbers_in(text: str, is_number: IsNumber) -> list[str]:
    """Cut a cell into its numbers; the whole cell where it holds one, or cannot be cut."""
    parts = [part for part in _BETWEEN.split(text) if _digit_count(part) >= _LEAST_DIGITS]
    if len(parts) > 1:
        return parts
    parts = text.split("/")
    if len(parts) > 1 and all(map(is_number, parts)) and not is_number(text.replace("/", "")):
        return parts
    return [text]


_MASK: Final = re.compile(r"[*?_\u2588]|#{2,}|\.{3,}")
_FROM_FIRST_DIGIT: Final = re.compile(r"[^\d+(]*")
_COLON_LABEL: Final = re.compile(r"\W*[^\W\d_][^\d:=]*\d?\d?\s*[:=]\s*")
_BRACKETED_WORDS: Final = re.compile(r"[(\[]([^()\[\]\d]*[^\W\d_][^()\[\]\d]*)[)\]]")
_HEAD: Final = re.compile(r"([+(\[)\s.\-]*\d[\d\s()\[\].\-/~+]*)(.*)", re.DOTALL)
_EXTENSION: Final = re.compile(
    r"[\s,;(]*(?:(?:e?xt(?:ensi(?:on|\u00f3n|o|one))?n?|x|#|app(?:arat)?|dw|durchwahl|klappe|kl|nst|"
    r"nebenstelle|poste|int(?:erno|ern)?|toestel|tst|ramal|anexo|anschluss|\u0434\u043e\u0431|"
    r"wew|vnitrni|linka|lokal|loc(?:al)?)[\s.:=#]*(?P<named>\d{1,7})|,+\s*(?P<pause>\d{1,5}))"
    r"[\s#)]*",
    re.IGNORECASE,
)
_ENDING: Final = re.compile(r"(.*[\s\-/)]\(?\d{5,}[\s)]*)/\s*-?\s*\d{1,3}")
_VANITY: Final = re.compile(r"[+\d\s().\-]*\d[\s.)\-]*([A-Za-z]{4,})")
_WORDS: Final = re.compile(r"[^\W\d_]+")
_SHORTEST_JOINED_LABEL: Final = 3  # `0143mob`; a shorter one may be a slip of the hand
_LIKE_DIGITS: Final = frozenset("oOlIiSsBbZzQqDxXnN")
_FAXES: Final = re.compile(r"fax|t\u00e9l\u00e9copi|faks", re.IGNORECASE)
_PHONES: Final = re.compile(r"tel(?!e?fax)|phone|fon\b|mob|cell|handy", re.IGNORECASE)


def read_part(text: str, is_number: IsNumber) -> PhonePart | Problem:
    """Read one number of a cell: leave out its label, and tell its extension."""
    if _is_uri(text) and "phone-context=" in text.lower():
        return PhonePart(text)
    if _MASK.search(text):
        return MASKED
    if _FAXES.search(text) and not _PHONES.search(text):
        return FAX
    bare = _COLON_LABEL.sub("", text, count=1) if _COLON_LABEL.match(text) else text
    bare = _BRACKETED_WORDS.sub(" ", bare).strip()
    is_labelled = bare != text and not _is_uri(text)
    lead = bare[: -len(rest)] if (rest := _FROM_FIRST_DIGIT.sub("", bare, count=1)) else bare
    head = _HEAD.fullmatch(rest)
    if head is None or lead[-1:].isalpha():
        return MASKED if rest and head else NOT_A_NUMBER
    repairs = _LABEL if is_labelled or _WORDS.search(lead) else ()
    if ending := _ENDING.fullmatch(rest):
        return PhonePart(ending[1].strip(), "", (*repairs, *_OTHER))
    return _without_tail(head[1], head[2], rest, is_number, repairs)


def _without_tail(
    head: str, tail: str, whole: str, is_number: IsNumber, repairs: tuple[Repair, ...]
) -> PhonePart | Problem:
    number = head.strip()
    if not tail.strip(" .,;:-/()[]~\n"):
        return PhonePart(number, "", repairs)
    if not is_number(number):
        return _vanity(whole, repairs)
    if extension := _EXTENSION.fullmatch(tail):
        return PhonePart(number, extension["named"] or extension["pause"], repairs)
    return _labelled(number, tail, is_joined=head[-1:].isdigit())


def _is_uri(text: str) -> bool:
    return text[:4].lower() == "tel:"


def _vanity(text: str, repairs: tuple[Repair, ...]) -> PhonePart | Problem:
    found = _VANITY.fullmatch(text)
    if found is None:
        return MASKED if _WORDS.search(text) else NOT_A_NUMBER
    letters = set(found[1].upper())
    return MASKED if len(letters) == 1 or letters <= {"X", "N"} else PhonePart(text, "", repairs)


def _labelled(number: str, tail: str, *, is_joined: bool) -> PhonePart | Problem:
    words = _WORDS.findall(tail)
    if any(character.isdigit() for character in tail) or not words:
        return MASKED if words else NOT_A_NUMBER
    if all(_LIKE_DIGITS.issuperset(word) for word in words) or (
        is_joined and tail[0].isalpha() and len(words[0]) < _SHORTEST_JOINED_LABEL
    ):
        return MASKED
    return PhonePart(number, "", _LABEL)


def _digit_count(text: str) -> int:
    return sum(map(str.isdigit, text))


def _runs() -> frozenset[str]:
    """Digits that count up from 0 or 1, or down from 9 or 0, in lengths that phones have."""
    up, down = "01234567890123456789", "98765432109876543210"
    return frozenset(
        text[start : start + length]
        for text, starts in ((up, (0, 1)), (down, (0, 9)))
        for start in starts
        for length in range(_LEAST_DIGITS, 11)
    )


RUNS: Final = _runs()
_LEAST_ZEROS: Final = 7

PLACEHOLDER_ENDINGS: Final = frozenset(run[-4:] for run in RUNS) | {d * 4 for d in "0123456789"}
"""The last four digits that a placeholder can have."""


def is_placeholder(digits: str) -> bool:
    """Say whether digits are one digit throughout, a run such as 1234567890, or end in zeros."""
    return len(digits) >= _LEAST_DIGITS and (
        len(set(digits)) == 1 or digits in RUNS or digits.endswith("0" * _LEAST_ZEROS)
    )
