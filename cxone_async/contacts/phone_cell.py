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

from cxone_async.contacts.do_not_call import says_do_not_call
from cxone_async.outcome import Problem, Reason, Repair

IsNumber = Callable[[str], bool]
"""Says whether a text of digits and punctuation may be a whole number by itself."""

_LONGEST: Final = 250  # libphonenumber reads no longer text

NOT_A_NUMBER: Final = Problem(Reason.PHONE_UNREADABLE, "phone: not a phone number")
TOO_LONG: Final = Problem(Reason.PHONE_UNREADABLE, "phone: too long")
MASKED: Final = Problem(Reason.PHONE_UNREADABLE, "phone: digits are masked or replaced by letters")
ROUNDED: Final = Problem(
    Reason.PHONE_UNREADABLE,
    "phone: the spreadsheet has rounded this number; its last digits are lost",
)
FRACTION: Final = Problem(Reason.PHONE_NOT_POSSIBLE, "phone: a number with decimals")
FAX: Final = Problem(Reason.PHONE_UNREADABLE, "phone: marked as a fax number")
NOT_THEIRS: Final = Problem(
    Reason.PHONE_UNREADABLE, "phone: marked as wrong, old or out of service"
)
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
        return _from_exponent(found)
    return None


def _from_exponent(found: re.Match[str]) -> PhonePart | Problem:
    digits, places = found[1] + (found[2] or ""), int(found[3]) + 1
    if len(digits) < places:
        return ROUNDED
    if digits[places:].strip("0"):
        return NOT_A_NUMBER
    return PhonePart(digits[:places], "", _SPREADSHEET)


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
_AFTER_SLASH: Final = re.compile(r"([^/]*)/\s*-?\s*(\d{1,4})\s*")
_DIGITS_OF_A_WHOLE: Final = 9  # with its calling code; fewer may be what stands before a grouping
_FEW: Final = 2  # so few digits behind a slash are no group of a number
_COUNTED: Final = re.compile(r"(.*\d[\s.\-]*)[(\[]\d{1,2}[)\]]", re.DOTALL)
_BLANK_TAIL: Final = " .,;:-/()[]~\n"
_VANITY: Final = re.compile(r"[+\d\s().\-]*\d(?P<joint>[\s.)\-]*)(?P<word>[A-Za-z]{4,})")
_LABEL_WORDS: Final = re.compile(
    r"(?:anruf|auto|buero|bureau|casa|cell|cellphone|cellular|celular|direct|domicile|fijo|"
    r"fisso|fixe|festnetz|handy|haus|home|house|husband|landline|line|mobil|mobile|mobiel|"
    r"movil|mother|movel|nummer|office|oficina|other|papa|personal|phone|portable|privat|"
    r"private|prive|primary|secondary|telefon|telefono|telephone|trabajo|trabalho|travail|"
    r"ufficio|unknown|voice|wife|work|zentrale|none|null|test)",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[^\W\d_]+")
_SHORTEST_JOINED_LABEL: Final = 3  # `0143mob`; a shorter one may be a slip of the hand
_LIKE_DIGITS: Final = frozenset("oOlIiSsBbZzQqDxXnN")
_FAXES: Final = re.compile(r"fax|t\u00e9l\u00e9copi|faks|\bt?fx?\b", re.IGNORECASE)
_PHONES: Final = re.compile(r"tel(?!e?fax)|phone|fon\b|mob|cell|handy", re.IGNORECASE)
_NOT_THEIRS: Final = re.compile(
    r"\b(?:wrong|invalid|disconnected|deceased|out of service|not in service|old|falsch\w*|"
    r"ung\u00fcltig|faux|invalide|incorrect[oe]?|err\u00f3neo)\b",
    re.IGNORECASE,
)


def label_says_not_to_call(text: str) -> bool:
    """Say whether the words of a cell ask not to call (`202-555-0143 DNC`)."""
    words = _WORDS.findall(text)
    return any(
        says_do_not_call(" ".join(words[start:end]))
        for start in range(len(words))
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1)
    )


_MOST_WORDS: Final = 4  # of those that ask not to call: `ne pas me contacter`


def read_part(text: str, is_number: IsNumber) -> PhonePart | Problem:
    """Read one number of a cell: leave out its label, and tell its extension."""
    part = from_spreadsheet(text) or _read_part(text, is_number)
    if isinstance(part, PhonePart) and _LABEL[0] in part.repairs and _NOT_THEIRS.search(text):
        return NOT_THEIRS
    return part


def _read_part(text: str, is_number: IsNumber) -> PhonePart | Problem:
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
    cut = _cut(head[1], is_number, has_tail=bool(head[2].strip(_BLANK_TAIL)))
    if isinstance(cut, Problem):
        return cut
    repairs = tuple(dict.fromkeys((*repairs, *cut.repairs)))
    return _without_tail(cut.text, head[2], rest, is_number, repairs)


def _cut(digits: str, is_number: IsNumber, *, has_tail: bool) -> PhonePart | Problem:
    """Leave out what stands before and behind a number, and is digits and punctuation too."""
    number = _unlisted(digits, is_number)
    if isinstance(number, Problem):
        return number
    repairs = _LABEL if number != digits else ()
    whole = _of_decimal(number, is_number)
    if isinstance(whole, Problem):
        return whole
    if whole != number:
        return PhonePart(whole, "", (*repairs, *_SPREADSHEET))
    return _without_ending(number, is_number, repairs, has_tail=has_tail)


def _without_ending(
    number: str, is_number: IsNumber, repairs: tuple[Repair, ...], *, has_tail: bool
) -> PhonePart | Problem:
    """Leave out another ending (`/68`) or a count (`(2)`)."""
    bare = number.rstrip(" ([/-~.\n")
    found = _ENDING.fullmatch(bare)
    if found and not has_tail:
        return PhonePart(found[1].strip(), "", (*repairs, *_OTHER))
    if found or _has_digits_behind_slash(bare, is_number):
        return NOT_A_NUMBER
    if (found := _COUNTED.fullmatch(bare)) and is_number(found[1]):
        return PhonePart(found[1], "", (*repairs, *_OTHER))
    return PhonePart(number, "", repairs)


def _has_digits_behind_slash(number: str, is_number: IsNumber) -> bool:
    found = _AFTER_SLASH.fullmatch(number)
    if found is None:
        return False
    least = _DIGITS_OF_A_WHOLE - 2 * (len(found[2]) <= _FEW)
    return _digit_count(found[1]) >= least and is_number(found[1])


def _of_decimal(number: str, is_number: IsNumber) -> str | Problem:
    """Return a number without the `.0` of a float; a fraction is no number.

    Behind a short group zeros may be digits of the number: it is not read if both readings could be
    meant.
    """
    found = _DECIMAL.fullmatch(number)
    if found is None:
        return number
    whole, group, places = found.groups()
    is_float = len(group) >= _LEAST_DIGITS_OF_A_FLOAT
    if places.strip("0"):
        return FRACTION if is_float else number
    if is_float or (places == "0" and len(group) >= _LONG_GROUP and "." not in whole):
        return whole
    if "." in whole:  # a float has one
        return number if is_number(number) else whole
    if len(places) > 1 and len(group) < _LONG_GROUP:
        return number
    return _unless_both(whole, number, is_number)


def _unless_both(shorter: str, longer: str, is_number: IsNumber) -> str | Problem:
    if not is_number(longer):
        return shorter
    return NOT_A_NUMBER if is_number(shorter) else longer


_DECIMAL: Final = re.compile(r"(.*?(?<!\d)(\d+))\.(\d+)\W*")
_LEAST_DIGITS_OF_A_FLOAT: Final = 8  # together; a person groups fewer
_LONG_GROUP: Final = 4


def _unlisted(text: str, is_number: IsNumber) -> str | Problem:
    """Return a text without the number of a list's point (`1) 202-555-0143`)."""
    found = _LISTED.fullmatch(text)
    if found is None:
        return text
    if found["bracket"] or (found["point"] and is_number(found["text"])):
        return found["text"]
    if found["point"]:
        return text
    return _unless_both(found["text"], text, is_number)


_LISTED: Final = re.compile(
    r"(?:(?P<bracket>[1-9]\))|(?P<point>[1-9]\.\s)|[1-9]\d\))\s*(?P<text>.*)", re.DOTALL
)


def _without_tail(
    head: str, tail: str, whole: str, is_number: IsNumber, repairs: tuple[Repair, ...]
) -> PhonePart | Problem:
    number = head.strip()
    if not tail.strip(_BLANK_TAIL):
        return PhonePart(number, "", repairs)
    if not is_number(number):
        return _vanity(whole, repairs)
    if extension := _EXTENSION.fullmatch(tail):
        return PhonePart(number, extension["named"] or extension["pause"], repairs)
    if (problem := _unlike_label(tail, is_joined=head[-1:].isdigit())) is not None:
        return problem
    return PhonePart(number, "", tuple(dict.fromkeys((*_LABEL, *repairs))))


def _is_uri(text: str) -> bool:
    return text[:4].lower() == "tel:"


def _vanity(text: str, repairs: tuple[Repair, ...]) -> PhonePart | Problem:
    found = _VANITY.fullmatch(text)
    if found is None:
        return MASKED if _WORDS.search(text) else NOT_A_NUMBER
    word = found["word"]
    # a name or a label behind part of a number does not complete it
    if _LABEL_WORDS.fullmatch(word) or (" " in found["joint"] and not word.isupper()):
        return NOT_A_NUMBER
    letters = set(word.upper())
    return MASKED if len(letters) == 1 or letters <= {"X", "N"} else PhonePart(text, "", repairs)


def _unlike_label(tail: str, *, is_joined: bool) -> Problem | None:
    """Say why what stands behind a whole number is no label; None if it is one."""
    words = _WORDS.findall(tail)
    if any(character.isdigit() for character in tail) or not words:
        return MASKED if words else NOT_A_NUMBER
    is_slip = is_joined and tail[0].isalpha() and len(words[0]) < _SHORTEST_JOINED_LABEL
    return MASKED if is_slip or all(map(_LIKE_DIGITS.issuperset, words)) else None


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
