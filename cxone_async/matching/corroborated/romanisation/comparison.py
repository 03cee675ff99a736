"""Whether two names in different scripts can be one name."""

import re
from enum import Enum
from functools import lru_cache

from rapidfuzz.distance import OSA

from cxone_async.matching.corroborated.nicknames import FULL_NAMES
from cxone_async.matching.corroborated.romanisation import han, hangul
from cxone_async.matching.corroborated.romanisation.forms import (
    latin_forms,
    readings_of,
    sounds_without_short_vowels,
)
from cxone_async.matching.corroborated.romanisation.script import Script, script_of
from cxone_async.matching.corroborated.romanisation.spelling import (
    Sounds,
    is_spelt,
    longest_form_at,
)
from cxone_async.matching.corroborated.romanisation.spellings import (
    are_spellings_of_one_name,
    names_of,
    spellings_of,
)


class CrossScriptLevel(Enum):
    """How well two names in different scripts agree."""

    SAME = "a romanisation"  # one is a form of the other by a system, a custom or a known reading
    ALIKE = "sounds alike"  # vowels that one script does not write, readings put together
    POSSIBLE = "may be one name"  # the reading is not known, a letter is wrong, an initial
    IMPOSSIBLE = "another name"


SAME = CrossScriptLevel.SAME
ALIKE = CrossScriptLevel.ALIKE
POSSIBLE = CrossScriptLevel.POSSIBLE
IMPOSSIBLE = CrossScriptLevel.IMPOSSIBLE

_LEAST_LETTERS_WITH_SLIP = 5
_ALPHABETS = frozenset({Script.CYRILLIC, Script.GREEK})
"""Where one letter wrong is a slip; in names of two or three syllables it makes another name."""

_FEW_LETTERS = 2
"""So few letters of an alphabet are an initial or a beginning."""


@lru_cache(maxsize=8192)
def compare_across_scripts(one: str, other: str) -> CrossScriptLevel:
    """Compare two names of which at least one is not in Latin letters.

    Two names of one script are SAME when they are equal, or equal in simplified Han characters.
    The order of the two names does not matter.
    """
    if one > other:
        return compare_across_scripts(other, one)
    if one == other:
        return SAME
    script, other_script = script_of(one), script_of(other)
    if Script.OTHER in (script, other_script):
        return POSSIBLE
    if script is Script.LATIN:
        return _compare_with_latin(other, other_script, one)
    if other_script is Script.LATIN:
        return _compare_with_latin(one, script, other)
    return _compare_own_scripts(one, script, other, other_script)


def is_romanisation(name: str, latin: str) -> bool:
    """Say whether the Latin letters are a form of a name in its own script."""
    level = compare_across_scripts(name, latin)
    return level is SAME or level is ALIKE


def _compare_with_latin(name: str, script: Script, latin: str) -> CrossScriptLevel:
    latin = "".join(letter for letter in latin if "a" <= letter <= "z")
    if not latin:
        return POSSIBLE
    if script is Script.HAN:
        return _compare_han(name, latin)
    if script is Script.ARABIC or script is Script.HEBREW:
        return _compare_unvocalised(name, latin)
    readings = readings_of(name)
    if not readings:
        return POSSIBLE
    if _is_listed_spelling(name, latin) or any(is_spelt(sounds, latin) for sounds in readings):
        return SAME
    forms = latin_forms(name)
    if script is Script.HANGUL:
        is_possible = _is_initial(forms, latin) or is_spelt(hangul.ambiguous_sounds_of(name), latin)
    elif len(latin) <= _FEW_LETTERS or len(forms[0]) <= _FEW_LETTERS:
        is_possible = _is_beginning(forms, latin)
    else:
        is_possible = script in _ALPHABETS and _has_slip(forms, latin)
    return POSSIBLE if is_possible else IMPOSSIBLE


def _compare_unvocalised(name: str, latin: str) -> CrossScriptLevel:
    """Compare a name of which the short vowels are not written.

    A listed name settles what the short vowels are, where the other is listed too.
    """
    if _is_listed_spelling(name, latin):
        return SAME
    sounds = sounds_without_short_vowels(name)
    if len(latin) == 1:
        is_initial = longest_form_at(sounds[:1], latin, 0) == 1
        return POSSIBLE if is_initial else IMPOSSIBLE
    if not is_spelt(sounds, latin):
        return IMPOSSIBLE
    return IMPOSSIBLE if names_of(name) and names_of(latin) else ALIKE


def _is_listed_spelling(name: str, latin: str) -> bool:
    return any(are_spellings_of_one_name(spelling, latin) for spelling in spellings_of(name))


def _is_initial(forms: tuple[str, ...], latin: str) -> bool:
    return len(latin) == 1 and any(form[0] == latin for form in forms)


def _is_beginning(forms: tuple[str, ...], latin: str) -> bool:
    return any(form.startswith(latin) or latin.startswith(form) for form in forms)


def _has_slip(forms: tuple[str, ...], latin: str) -> bool:
    """Say whether one letter is wrong, missing, extra or swapped, and not the last one.

    An established name is no slip of another: Marina is not Мария.
    """
    return (
        latin not in FULL_NAMES
        and len(latin) >= _LEAST_LETTERS_WITH_SLIP
        and any(
            form[-1] == latin[-1] and OSA.distance(form, latin, score_cutoff=1) <= 1
            for form in forms
        )
    )


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


def _compare_han(name: str, latin: str) -> CrossScriptLevel:
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
        return _is_initial(latin_forms(name), latin)
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


def _compare_own_scripts(
    one: str, script: Script, other: str, other_script: Script
) -> CrossScriptLevel:
    if script is other_script:
        if script is Script.HAN:
            return SAME if han.simplified(one) == han.simplified(other) else IMPOSSIBLE
        if script is Script.HANGUL:
            return SAME if hangul.syllables_of(one) == hangul.syllables_of(other) else IMPOSSIBLE
        return IMPOSSIBLE
    scripts = {script, other_script}
    if scripts == {Script.HAN, Script.HANGUL}:
        return POSSIBLE
    if scripts == {Script.HAN, Script.KANA}:
        written, read = (one, other) if script is Script.HAN else (other, one)
        return _compare_han_with_kana(written, read)
    return _compare_by_forms(one, other)


def _compare_han_with_kana(written: str, read: str) -> CrossScriptLevel:
    forms = latin_forms(read)
    if any(_is_spelt_in(han.japanese_readings_of(written), form) for form in forms):
        return SAME
    composed = han.composed_reading_of(written)
    if any(is_spelt(composed, form) for form in forms):
        return ALIKE
    return IMPOSSIBLE if han.japanese_readings_of(written) else POSSIBLE


def _compare_by_forms(one: str, other: str) -> CrossScriptLevel:
    """Compare two names of different own scripts by the Latin forms of either."""
    forms, other_forms = latin_forms(one), latin_forms(other)
    if not forms and not other_forms:
        return POSSIBLE
    alike = any(is_romanisation(other, form) for form in forms) or any(
        is_romanisation(one, form) for form in other_forms
    )
    return ALIKE if alike else IMPOSSIBLE
