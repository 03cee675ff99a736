"""Whether a name in Han characters can be one with a name in Latin letters, or in kana."""

import re
from functools import lru_cache

from cxone_async.matching.corroborated.romanisation import han
from cxone_async.matching.corroborated.romanisation.forms import latin_forms
from cxone_async.matching.corroborated.romanisation.level import (
    ALIKE,
    IMPOSSIBLE,
    POSSIBLE,
    SAME,
    CrossScriptLevel,
)
from cxone_async.matching.corroborated.romanisation.spelling import Sounds, is_spelt

_PINYIN_INITIAL = "(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?"
_PINYIN_SYLLABLE = re.compile(
    f"{_PINYIN_INITIAL}(?:iang|iong|uang|uan|ian|iao|ang|eng|ing|ong|uai|ai|ei|ao|ou|an|en|in|un"
    "|ia|ie|iu|ua|ui|uo|ue|er|[aeiouv])"
)
_SINITIC_INITIAL = "(?:ts|tz|ch|sh|hs|kw|gw|ng|[bpmfdtnlgkhjswyz])?"
_SINITIC_FINAL = (
    "(?:aai|aau|aam|aan|aap|aat|aak|eung|euk|uen|ung|eng|ing|ang|ong|een|oon|eun|iew|eow|iow|ai|au"
    "|am|an|ap|at|ak|ah|ei|ek|ee|iu|im|in|ip|it|ik|ie|oi|on|ot|ok|oo|ow|ou|ui|un|ut|uk|ue|ew|eu|um"
    "|ay|oy|aw|[aeiou])"
)
_ROMAJI = re.compile(
    "(?:(?:[kgsztdnhbpmr]y|sh|ch|ts|[kgsztdnhbpmyrwjf])?[aiueo]|n|[kstp](?=[kstpc])|h)+"
)


@lru_cache(maxsize=64)
def _sinitic(syllables: int) -> re.Pattern[str]:
    return re.compile(f"(?:{_SINITIC_INITIAL}{_SINITIC_FINAL}){{{syllables}}}")


@lru_cache(maxsize=64)
def _pinyin(syllables: int) -> re.Pattern[str]:
    return re.compile(f"(?:{_PINYIN_SYLLABLE.pattern}){{{syllables}}}")


def compare_han_with_latin(name: str, latin: str) -> CrossScriptLevel:
    """Compare a name in Han characters with Latin letters."""
    chinese, japanese = han.chinese_readings_of(name), han.japanese_readings_of(name)
    if _is_spelt_in(chinese, latin) or _is_spelt_in(japanese, latin):
        return SAME
    composed = han.composed_reading_of(name)
    if is_spelt(composed, latin):
        return POSSIBLE if japanese else ALIKE
    return POSSIBLE if _may_be_read(name, latin, composed) else IMPOSSIBLE


def _may_be_read(name: str, latin: str, composed: Sounds) -> bool:
    """Say whether characters may have a reading that no table holds.

    They may be read in another Chinese language than Mandarin (Ka Yan), or, where the name is no
    known Japanese one, in a way of which one character shows a part. A single letter is an initial.
    """
    if len(latin) == 1:
        return any(form[0] == latin for form in latin_forms(name))
    syllables = len(name)
    is_chinese = bool(han.chinese_readings_of(name))
    if is_chinese and _pinyin(syllables).fullmatch(latin):
        return False
    is_romaji = _ROMAJI.fullmatch(latin) is not None
    is_known = bool(han.japanese_readings_of(name))
    if is_chinese and not (is_known and is_romaji) and _sinitic(syllables).fullmatch(latin):
        return True
    if is_known or not is_romaji or not han.can_be_japanese(name):
        return False
    return _shares_a_part(composed, latin)


def _is_spelt_in(readings: tuple[Sounds, ...], latin: str) -> bool:
    return any(is_spelt(sounds, latin) for sounds in readings)


def _shares_a_part(composed: Sounds, latin: str) -> bool:
    """Say whether the first or the last character has a reading that the Latin name shows.

    Nothing is known against it where neither has a known reading.
    """
    first, last = composed[0], composed[-1]
    if not first and not last:
        return True
    return len(composed) > 1 and (
        latin.startswith(tuple(part for part in first if len(part) > 1))
        or latin.endswith(tuple(part for part in last if len(part) > 1))
    )


def compare_han_with_kana(written: str, read: str) -> CrossScriptLevel:
    """Compare a name in Han characters with one in kana."""
    forms = latin_forms(read)
    if any(_is_spelt_in(han.japanese_readings_of(written), form) for form in forms):
        return SAME
    composed = han.composed_reading_of(written)
    if any(is_spelt(composed, form) for form in forms):
        return ALIKE
    return IMPOSSIBLE if han.japanese_readings_of(written) else POSSIBLE
