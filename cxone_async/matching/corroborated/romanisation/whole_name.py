"""A whole name that East Asia writes in one word, cut into given and family name.

The family name comes first. Only a caller that sees one field empty knows that the other may hold a
whole name.
"""

from cxone_async.matching.corroborated.romanisation import han, hangul
from cxone_async.matching.corroborated.romanisation.chinese_surnames import SELDOM_IN_GIVEN_NAMES
from cxone_async.matching.corroborated.romanisation.script import Script, script_of

_LONGEST_HAN, _LONGEST_HANGUL = 7, 5
_LONGEST_CHINESE = 4
_LONGEST_JAPANESE_SURNAME = 3


def split_whole_name(name: str) -> tuple[str, str] | None:
    """Return the first and the last name that a name in standard form is made of, or None.

    None where it is, or may be, a given name alone: 지훈, 志明, 太郎.
    """
    script = script_of(name)
    if script is Script.HANGUL:
        return _split_hangul(name)
    if script is Script.HAN and len(name) <= _LONGEST_HAN and not han.is_japanese_name(name):
        return _split_japanese(name) or _split_chinese(name)
    return None


def _split_hangul(name: str) -> tuple[str, str] | None:
    syllables = hangul.syllables_of(name)
    surname = hangul.surname_at_the_beginning(syllables)
    if not surname or len(syllables) > _LONGEST_HANGUL:
        return None
    # in the letters of the given form, composed or not
    length = len(surname) if syllables == name else len(hangul.letters_of(surname))
    return name[length:], name[:length]


def _split_japanese(name: str) -> tuple[str, str] | None:
    """Cut before a known given name, after a known family name of two characters or more."""
    for length in range(min(_LONGEST_JAPANESE_SURNAME, len(name) - 1), 1, -1):
        last, first = name[:length], name[length:]
        if han.is_japanese_name(last) and (han.is_japanese_name(first) or _is_kana(first)):
            return first, last
    return None


def _is_kana(name: str) -> bool:
    return script_of(name) is Script.KANA


def _split_chinese(name: str) -> tuple[str, str] | None:
    if len(name) > _LONGEST_CHINESE:
        return None
    if len(name) > 2 and han.is_chinese_surname(name[:2]):
        return name[2:], name[:2]
    surname = han.simplified(name[:1])
    is_whole = len(name) == 3 and han.is_chinese_surname(surname)
    if is_whole or (len(name) == 2 and surname in SELDOM_IN_GIVEN_NAMES):
        return name[1:], name[:1]
    return None
