"""Names: tidied, never checked.

A tidy name is one line in Unicode normal form C, with no white space around it or twice inside it,
and with no character that nobody sees: no control, zero-width, bidirectional or byte order mark.
The joiners U+200C and U+200D stay inside a word of a script that is spelt with them (Persian,
Hindi, Sinhala, …). Case is left alone (McDonald, van der Berg).

A spreadsheet's `="Ada"`, its apostrophe before the text, and quotes around the whole name are not
part of the name; the apostrophe of 't Hooft and 's Jacob is. What programs and spreadsheets write
where there is no name (`NULL`, `nan`, `#REF!`, `-`) is empty; people called Null or Nan keep their
names (`blank`).

Tidying a tidy name changes nothing.
"""

import re
import unicodedata

from cxone_async.contacts.blank import BLANK_NAMES, is_blank_name
from cxone_async.contacts.invisible import INVISIBLE
from cxone_async.outcome import Repair

_JOINERS = frozenset("\u200c\u200d")
_JOINED_SCRIPTS = (range(0x0600, 0x1D00), range(0xA800, 0xAC00), range(0x11000, 0x12000))

_OPENING = frozenset("=\"'\u201c")
_QUOTED = re.compile(r"=?\"([^\"]*)\"|'([^']*)'|\u201c([^\u201c\u201d]*)\u201d").fullmatch
_ARTICLE = re.compile(r"'[a-z][\s-]").match  # 't Hooft, 's-Gravesande


def read_name(raw: str) -> str:
    """Tidy a name cell; "" when it holds no name."""
    if raw.isalpha() and raw.isascii() and raw not in BLANK_NAMES:
        return raw
    return _tidied(raw) if raw else ""


def name_repairs(raw: str, name: str) -> tuple[Repair, ...]:
    """Say what `read_name` did to a cell besides white space and normal form."""
    if not name:
        return (Repair.EMPTY_WORD,) if raw.strip() and INVISIBLE.sub("", raw).strip() else ()
    plain = raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    return () if " ".join(plain.split()) == name else (Repair.NAME_TIDIED,)


def _tidied(raw: str) -> str:
    name = raw
    if not raw.isascii():
        name = _composed(raw)
    elif not raw.isprintable():
        name = _visible(raw)
    name = " ".join(name.split())
    while name[:1] in _OPENING and (bare := _unquoted(name)) != name:
        name = bare
    return "" if is_blank_name(name) else name


def _composed(raw: str) -> str:
    """Return the visible text in normal form C; either step may make room for the other."""
    while (name := unicodedata.normalize("NFC", _visible(raw))) != raw:
        raw = name
    return name


def _unquoted(name: str) -> str:
    if quoted := _QUOTED(name):
        return " ".join(next(part for part in quoted.groups() if part is not None).split())
    if name.startswith("'") and not _ARTICLE(name):
        return name[1:].lstrip()
    return name


def _visible(raw: str) -> str:
    """Return the text without invisible characters; white space among them stays."""

    def shown(found: re.Match[str]) -> str:
        character = found[0]
        if character.isspace():
            return " "
        if character in _JOINERS and _joins(raw, found.start()):
            return character
        return ""

    return INVISIBLE.sub(shown, raw)


def _joins(raw: str, at: int) -> bool:
    return 0 < at < len(raw) - 1 and all(
        unicodedata.category(neighbour)[0] in "LM"
        and any(ord(neighbour) in script for script in _JOINED_SCRIPTS)
        for neighbour in (raw[at - 1], raw[at + 1])
    )
