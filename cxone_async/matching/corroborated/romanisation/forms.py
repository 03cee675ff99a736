"""The Latin forms of a name that is written in its own script."""

from collections.abc import Callable
from functools import lru_cache

from cxone_async.matching.corroborated.nicknames import are_variants
from cxone_async.matching.corroborated.romanisation import (
    abjads,
    caucasian,
    cyrillic,
    greek,
    han,
    hangul,
    indic,
    kana,
)
from cxone_async.matching.corroborated.romanisation.script import Script, script_of
from cxone_async.matching.corroborated.romanisation.spelling import (
    FORMS_LIMIT,
    Sounds,
    longest_form_at,
    usual_form,
    usual_forms,
    without_signs,
)
from cxone_async.matching.corroborated.romanisation.spellings import spellings_of

_LEAST_LETTERS = 3
"""A shorter form says nothing where it is found in a text: `yi` is in many addresses."""


def _han_readings_of(name: str) -> tuple[Sounds, ...]:
    chinese, japanese = han.chinese_readings_of(name), han.japanese_readings_of(name)
    known = (*japanese, *chinese) if han.is_japanese(name) else (*chinese, *japanese)
    composed = han.composed_reading_of(name)
    return (*known, composed) if all(composed) else known


_READINGS_BY_SCRIPT: dict[Script, Callable[[str], tuple[Sounds, ...]]] = {
    Script.CYRILLIC: cyrillic.readings_of,
    Script.GREEK: greek.readings_of,
    Script.HANGUL: hangul.readings_of,
    Script.HAN: _han_readings_of,
    Script.KANA: kana.readings_of,
    Script.INDIC: indic.readings_of,
    Script.ARMENIAN: caucasian.readings_of,
    Script.GEORGIAN: caucasian.readings_of,
}
_SOUNDS_WITHOUT_SHORT_VOWELS: dict[Script, Callable[[str], Sounds]] = {
    Script.ARABIC: abjads.arabic_sounds_of,
    Script.HEBREW: abjads.hebrew_sounds_of,
}


@lru_cache(maxsize=8192)
def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the readings of a name in a script with vowels, the likeliest first; else ()."""
    read = _READINGS_BY_SCRIPT.get(script_of(name))
    return read(without_signs(name)) if read else ()


@lru_cache(maxsize=8192)
def sounds_without_short_vowels(name: str) -> Sounds:
    """Return the sounds of a name in Arabic or Hebrew letters; else ()."""
    read = _SOUNDS_WITHOUT_SHORT_VOWELS.get(script_of(name))
    return read(without_signs(name)) if read else ()


@lru_cache(maxsize=8192)
def latin_forms(name: str) -> tuple[str, ...]:
    """Return the usual Latin forms of a name, the likeliest first: lower-case ASCII, at most 96.

    A name has more forms than these. `is_romanisation` knows all of them, and `find_form` finds
    any of them in a text. A name in Arabic or Hebrew letters has those that are listed for it.
    """
    forms: dict[str, None] = dict.fromkeys(() if name.isascii() else spellings_of(name))
    for sounds in readings_of(name):
        forms.update(dict.fromkeys(usual_forms(sounds)))
        if len(forms) >= 2 * FORMS_LIMIT:
            break
    forms.pop("", None)
    return tuple(forms)[: 2 * FORMS_LIMIT]


@lru_cache(maxsize=8192)
def canonical_latin(name: str) -> str:
    """Return one Latin form of a name, always the same; the name itself in Latin letters.

    Returns the name where its script has no forms with vowels (Arabic, Hebrew) and the name is not
    listed, or the script is not known.
    """
    if not name.isascii() and (listed := spellings_of(name)):
        return listed[0]
    readings = readings_of(name)
    return (usual_form(readings[0]) if readings else "") or name


def canonical_names(first_name: str, last_name: str) -> tuple[str, str]:
    """Return one Latin form of each name: Han characters are read in one language in both.

    They are read as Japanese when either name holds kana, or the last name is a Japanese one and
    not a Chinese one.
    """
    if script_of(last_name) is not Script.HAN or script_of(first_name) is not Script.HAN:
        return canonical_latin(first_name), canonical_latin(last_name)
    first_name, last_name = without_signs(first_name), without_signs(last_name)
    is_japanese = han.is_japanese(last_name) and not han.is_chinese_surname(last_name)
    read = han.japanese_readings_of if is_japanese else han.chinese_readings_of
    return _canonical_by(read, first_name), _canonical_by(read, last_name)


def _canonical_by(read: Callable[[str], tuple[Sounds, ...]], name: str) -> str:
    readings = read(name)
    return usual_form(readings[0]) if readings else canonical_latin(name)


@lru_cache(maxsize=4096)
def find_form(name: str, text: str) -> str:
    """Return the longest romanisation of a name that is in a text of lower-case letters; or "".

    Forms of less than three letters are not looked for.
    """
    best = ""
    unvocalised = sounds_without_short_vowels(name)
    for sounds in (unvocalised,) if unvocalised else readings_of(name):
        beginnings = sounds[0] if sounds and "" not in sounds[0] else ("",)
        for start in range(len(text) - _LEAST_LETTERS + 1):
            if not text.startswith(beginnings, start):
                continue
            end = longest_form_at(sounds, text, start)
            if end - start > max(len(best), _LEAST_LETTERS - 1):
                best = text[start:end]
    return best


def are_variants_in_any_script(one: str, other: str) -> bool:
    """Say whether two first names are forms of one in `nicknames`: Саша and Александр, or Sasha."""
    return are_variants(canonical_latin(one), canonical_latin(other))
