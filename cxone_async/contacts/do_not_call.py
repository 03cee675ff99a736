"""Reads the cells that say whether a person may be called: do-not-call flags and consents.

A flag has three readings. Only a known no lets a row go out; what is neither a known yes nor a
known no is UNCLEAR, and such a row is not called either.

A cell is compared without regard to case, full-width forms, accents, white space, dots,
underscores, hyphens between words, quotes around it, a spreadsheet's `="..."`, and invisible
characters. Nothing else is dropped: `no?` and `n/a` are not `no`.

An empty cell of a flag says no. `#N/A`, `null`, `none` and `-` do not: in this one column they are
UNCLEAR, although elsewhere they count as empty. They are what a failed look-up in a do-not-call
list leaves behind. Taken for a no, they call people who asked not to be called; taken for unclear,
they hold rows back, which the report counts.
"""

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from typing import Final


class Flag(Enum):
    """What a do-not-call cell says. YES: do not call."""

    YES = auto()
    NO = auto()
    UNCLEAR = auto()


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LONGEST: Final = 64  # longer than any known word; a megabyte in the cell costs nothing
_CACHED_CELLS: Final = 4_096

_SAYS_YES: Final = _words_of(
    "t true y yes yep yeah yea x on checked ticked set ja j jawohl wahr w oui vrai v si s "
    "verdadero cierto vero sim verdadeiro waar sand sann sant tak prawda evet dogru var "
    "はい 有 有り あり"
) | frozenset("✓✔☑✅√✖✕\u00d7")
"""Yes: English; German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian, Swedish,
Polish, Turkish, Japanese."""

_SAYS_NO: Final = _words_of(
    "f false n no nope off nein falsch non faux falso nao nee onwaar nej nei falsk usann "
    "falsz fa\u0142sz hayir hay\u0131r yanlis yanl\u0131s yok いいえ 無 無し なし"
)
"""No, in the same languages, but for the Polish `nie`: in German it is never, as in never call."""

_SAYS_DO_NOT_CALL: Final = _words_of(
    "dnc donotcall donotphone donotcontact dontcall dontcontact nevercall nocall nocalls "
    "nocontact flagged suppress suppressed blocked optout optedout optsout unsubscribe "
    "unsubscribed nichtanrufen bittenichtanrufen keineanrufe nichtkontaktieren gesperrt "
    "robinson nepasappeler neplusappeler nepascontacter pasdappel opposition bloctel "
    "nollamar nocontactar listarobinson nonchiamare noncontattare opposizione naoligar "
    "naotelefonar naocontactar naocontatar nietbellen belmeniet nietcontacteren ringinte "
    "ringikke niedzwonic aramayin aramay\u0131n"
)

_STEMS: Final = tuple(
    map(
        str.encode,
        sorted(
            _words_of(
                "dnc donot dont nevercall nocall nocontact flagged suppress blocked optout "
                "optedout optsout unsubscribe nichtan nichtkontakt keineanruf gesperrt robinson "
                "nepas neplus pasd oppos bloctel llamar ocontact chiamar ncontatt oligar "
                "otelefonar ocontatar niet ringi dzwoni aramay"
            )
        ),
    )
)
"""One of these is in each word of `_SAYS_DO_NOT_CALL`, as `may_say_not_to_call` compares them."""
_LOWER_CASE: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_BETWEEN_LETTERS: Final = b" ._-'\x00"  # NUL: in UTF-16

_SAYS_MAY_CALL: Final = _words_of(
    "consent consented consentgiven given granted agreed accepted allowed permitted "
    "authorized authorised ok okay oktocall maycall cancall optin optedin doubleoptin "
    "subscribed erteilt zugestimmt einverstanden erlaubt accord accepte autorise aceptado "
    "acepta autorizado accettato autorizzato aceito aceite toegestaan akkoord samtykke"
)

_NUMBER: Final = re.compile(r"([+-]?)(\d{1,3})(?:[.,]0*)?")
_TIME: Final = r"(?:[T ,]+\d{1,2}[:.h]\d{2}\S*(?: ?[ap]\.?m\.?)?(?: \S{1,9})?)?"
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})([-/. ]?)(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.I)
_YEAR_LAST: Final = re.compile(rf"(\d{{1,2}})([-/.] ?)(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.I)
_DAY_MONTH: Final = re.compile(
    rf"(\d{{1,2}})[\W_]{{1,3}}(?:de )?([^\W\d_]{{3,10}})[\W_]{{1,3}}(?:de )?\d{{2,4}}{_TIME}", re.I
)
_MONTH_DAY: Final = re.compile(
    rf"([^\W\d_]{{3,10}})\.? ?(\d{{1,2}})[\W_]{{1,3}}\d{{4}}{_TIME}", re.I
)
_MONTHS: Final = _words_of(
    "jan feb mar apr may jun jul aug sep oct nov dec mrz mai okt dez fev avr jui aou ene abr ago "
    "dic gen mag giu lug set ott out mrt maa mei maj"
)
"""The first three letters, without accents, in the languages of the words above."""
_LATEST_YEAR: Final = 2199
_EARLIEST_YEAR: Final = 1950


def read_dnc_flag(raw: str) -> Flag:
    """Read a do-not-call cell."""
    if not raw:
        return Flag.NO
    return _flag(raw) if len(raw) <= _LONGEST else Flag.UNCLEAR


def says_do_not_call(text: str) -> bool:
    """Say whether words ask not to call; a mere yes does not."""
    return len(text) <= _LONGEST and _word(_plain(text)) in _SAYS_DO_NOT_CALL


def may_say_not_to_call(text: bytes) -> bool:
    """Say whether a text of many cells may have a number with words that ask not to call.

    Far quicker than reading its cells. First it looks for letters beside the digits of a number,
    which most texts do not have, and then for the words.
    """
    shape = text.translate(_SHAPE, _BESIDE)
    if not any(one in shape for one in _LETTERS_BESIDE_NUMBERS):
        spaced = text.translate(_SHAPE, _AROUND)
        if not any(one in spaced for one in _LETTERS_BEYOND_A_COMMA):
            return False
    compact = text.translate(_LOWER_CASE, _BETWEEN_LETTERS)
    return any(stem in compact for stem in _STEMS)


def _shape() -> bytes:
    """Return a table that makes digits 0, letters and what is not ASCII `a`."""
    return bytes(
        ord("0") if chr(one).isdigit() and one < 128 else ord("a") if _is_letter(one) else one
        for one in range(256)
    )


def _is_letter(byte: int) -> bool:
    return byte >= 128 or chr(byte).isalpha()


_SHAPE: Final = _shape()
_AROUND: Final = b"\x00()[]{}+*#"  # NUL: in UTF-16
_BESIDE: Final = _AROUND + b" ._-':/=\"~\\<>!?"
_LETTERS_BESIDE_NUMBERS: Final = (b"0000000a", b"a0000000")
_LETTERS_BEYOND_A_COMMA: Final = (b"0, a", b"a, 0", b"0; a", b"a; 0", b"0 | a", b"0 & a")


def has_consent(raw: str) -> bool:
    """Say whether a consent cell is a known yes; a date counts as one."""
    return 0 < len(raw) <= _LONGEST and _is_consent(raw)


@lru_cache(maxsize=_CACHED_CELLS)
def _flag(raw: str) -> Flag:
    text = _plain(raw)
    if not text:
        return Flag.UNCLEAR if _STRAY_QUOTES.match(raw) else Flag.NO
    number = _number(text)
    if number is not None:
        return Flag.NO if number == 0 else Flag.YES if abs(number) == 1 else Flag.UNCLEAR
    word = _word(text)
    if word in _SAYS_NO:
        return Flag.NO
    if word in _SAYS_YES or word in _SAYS_DO_NOT_CALL or _is_date(text):
        return Flag.YES
    return Flag.UNCLEAR


@lru_cache(maxsize=_CACHED_CELLS)
def _is_consent(raw: str) -> bool:
    text = _plain(raw)
    number = _number(text)
    if number is not None:
        return abs(number) == 1
    word = _word(text)
    return word in _SAYS_YES or word in _SAYS_MAY_CALL or _is_date(text)


def _plain(raw: str) -> str:
    """Return the text without invisible characters, accents, and a spreadsheet's quotes."""
    decomposed = unicodedata.normalize("NFKD", raw)
    kept = []
    for character in decomposed:
        category = unicodedata.category(character)
        if character.isspace() or category[0] in "ZC" or character in _BLANKS:
            kept.append(" " if character.isspace() or category[0] == "Z" else "")
        elif category != "Mn":
            kept.append(character)
    text = " ".join("".join(kept).split()).casefold()
    while text != (text := _unquoted(text)):
        pass
    return text


_STRAY_QUOTES: Final = re.compile(r"(?!\s*=\"\"\s*\Z)(?s:.*)(?:[\"`=\u2018-\u201d\xab\xbb]|'')")
"""More than the `=""` or the apostrophe that a spreadsheet makes of an empty text."""
_BLANKS: Final = frozenset("\u115f\u1160\u2800")  # letters and signs that show nothing
_QUOTES: Final = "'\"\u2018\u2019\u201c\u201d\u00ab\u00bb`"


def _unquoted(text: str) -> str:
    return text.removeprefix("=").strip(_QUOTES + " ") if text[:1] in {"=", *_QUOTES} else text


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1] + found[2]) if found else None


def _word(text: str) -> str:
    """Return one word for `Do-Not Call.`: without spaces, dots, and joints inside."""
    word = text.replace(" ", "").replace(".", "").replace("\u2019", "'")
    return re.sub(r"(?<=\w)[-_'\u2010-\u2015](?=\w)|_", "", word)


def _is_date(text: str) -> bool:
    if found := _YEAR_FIRST.fullmatch(text):
        return _is_day(int(found[1]), int(found[3]), int(found[4]))
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if year < 100 else 0
        return _is_day(year, one, other) or _is_day(year, other, one)
    if found := _DAY_MONTH.fullmatch(text):
        return 1 <= int(found[1]) <= 31 and found[2][:3] in _MONTHS
    if found := _MONTH_DAY.fullmatch(text):
        return 1 <= int(found[2]) <= 31 and found[1][:3] in _MONTHS
    return False


def _is_day(year: int, month: int, day: int) -> bool:
    return _EARLIEST_YEAR <= year <= _LATEST_YEAR and 1 <= month <= 12 and 1 <= day <= 31
