"""Whether two names in different scripts can be one name."""

import re
from enum import Enum
from functools import lru_cache

from rapidfuzz.distance import OSA

from cxone_async.matching.corroborated.romanisation import han, hangul
from cxone_async.matching.corroborated.romanisation.forms import latin_forms, readings_of
from cxone_async.matching.corroborated.romanisation.script import Script, script_of
from cxone_async.matching.corroborated.romanisation.spelling import Sounds, is_spelt


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

_SOUNDS_WRITTEN = frozenset({Script.CYRILLIC, Script.GREEK, Script.KANA, Script.HANGUL})
_LEAST_LETTERS_WITH_SLIP = 5
_INITIALS = 2
"""So few letters are an initial or a beginning."""

_VOWELS = str.maketrans("", "", "aeiouyw")


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
    readings = readings_of(name)
    if not readings:
        return POSSIBLE
    if any(is_spelt(sounds, latin) for sounds in readings):
        return SAME
    forms = latin_forms(name)
    if len(latin) <= _INITIALS or len(forms[0]) <= _INITIALS:
        is_possible = _is_beginning(forms, latin)
    elif script is Script.HANGUL:
        is_possible = _has_same_consonants(forms, latin)
    else:
        is_possible = _has_slip(forms, latin)
    return POSSIBLE if is_possible else IMPOSSIBLE


def _has_same_consonants(forms: tuple[str, ...], latin: str) -> bool:
    """Say whether only vowels differ from a form, in a name of three consonants or more."""
    skeleton = latin.translate(_VOWELS)
    return len(skeleton) > _INITIALS and any(form.translate(_VOWELS) == skeleton for form in forms)


def _is_beginning(forms: tuple[str, ...], latin: str) -> bool:
    return any(form.startswith(latin) or latin.startswith(form) for form in forms)


def _has_slip(forms: tuple[str, ...], latin: str) -> bool:
    """Say whether one letter is wrong, missing, extra or swapped, and not the last one."""
    return len(latin) >= _LEAST_LETTERS_WITH_SLIP and any(
        form[-1] == latin[-1] and OSA.distance(form, latin, score_cutoff=1) <= 1 for form in forms
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
    if composed and is_spelt(composed, latin):
        return ALIKE
    if len(latin) <= _INITIALS:
        return POSSIBLE if _is_beginning(latin_forms(name), latin) else IMPOSSIBLE
    if chinese and not _pinyin(len(name)).fullmatch(latin) and _sinitic(len(name)).fullmatch(latin):
        return POSSIBLE  # in another Chinese language than Mandarin
    if japanese or not _ROMAJI.fullmatch(latin):
        return IMPOSSIBLE
    return POSSIBLE if not composed or _shares_a_part(composed, latin) else IMPOSSIBLE


def _is_spelt_in(readings: tuple[Sounds, ...], latin: str) -> bool:
    return any(is_spelt(sounds, latin) for sounds in readings)


def _shares_a_part(composed: Sounds, latin: str) -> bool:
    """Say whether the first or the last character has a reading that the Latin name shows."""
    return len(composed) > 1 and (latin.startswith(composed[0]) or latin.endswith(composed[-1]))


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
    if composed and any(is_spelt(composed, form) for form in forms):
        return ALIKE
    return IMPOSSIBLE if han.japanese_readings_of(written) else POSSIBLE


def _compare_by_forms(one: str, other: str) -> CrossScriptLevel:
    forms, other_forms = latin_forms(one), latin_forms(other)
    if not forms or not other_forms:
        return POSSIBLE
    return IMPOSSIBLE if set(forms).isdisjoint(other_forms) else ALIKE
