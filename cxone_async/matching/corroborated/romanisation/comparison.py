"""Whether two names in different scripts can be one name."""

from functools import lru_cache

from rapidfuzz.distance import OSA

from cxone_async.matching.corroborated.nicknames import FULL_NAMES, are_variants
from cxone_async.matching.corroborated.romanisation import han, hangul, kana
from cxone_async.matching.corroborated.romanisation.forms import (
    latin_forms,
    readings_of,
    sounds_without_short_vowels,
)
from cxone_async.matching.corroborated.romanisation.han_comparison import (
    compare_han_with_kana,
    compare_han_with_latin,
)
from cxone_async.matching.corroborated.romanisation.level import (
    ALIKE,
    IMPOSSIBLE,
    POSSIBLE,
    SAME,
    CrossScriptLevel,
)
from cxone_async.matching.corroborated.romanisation.script import Script, script_of
from cxone_async.matching.corroborated.romanisation.spelling import (
    is_spelt,
    longest_form_at,
    without_signs,
)
from cxone_async.matching.corroborated.romanisation.spellings import (
    are_spellings_of_one_name,
    are_two_listed_names,
    spellings_of,
)

_LEAST_LETTERS_WITH_SLIP = 6
_ALPHABETS = frozenset({Script.CYRILLIC, Script.GREEK, Script.ARMENIAN, Script.GEORGIAN})
"""Where one letter wrong is a slip; in names of two or three syllables it makes another name."""

_BLOCK = 0x80
"""Letters of one Indian script in Unicode."""

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
    one, other = without_signs(one), without_signs(other)
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
        return compare_han_with_latin(name, latin)
    listed = _compare_listed(name, latin)
    if listed:
        return listed
    if script is Script.ARABIC or script is Script.HEBREW:
        return _compare_unvocalised(name, latin)
    return _compare_with_readings(name, script, latin)


def _compare_listed(name: str, latin: str) -> CrossScriptLevel | None:
    """Compare two names of which the first is listed in its script; None when it is not.

    None too where the Latin name is not listed: it may be a spelling that the list lacks.
    """
    if any(are_spellings_of_one_name(spelling, latin) for spelling in spellings_of(name)):
        return SAME
    return IMPOSSIBLE if are_two_listed_names(name, latin) else None


def _compare_with_readings(name: str, script: Script, latin: str) -> CrossScriptLevel:
    readings = readings_of(name)
    if not readings:
        return POSSIBLE
    if any(is_spelt(sounds, latin) for sounds in readings):
        return SAME
    forms = latin_forms(name)
    if latin in FULL_NAMES and any(are_variants(form, latin) for form in forms):
        return ALIKE
    if script is Script.HANGUL:
        is_possible = _is_initial(forms, latin) or is_spelt(hangul.ambiguous_sounds_of(name), latin)
    elif len(latin) <= _FEW_LETTERS or len(forms[0]) <= _FEW_LETTERS:
        is_possible = _is_beginning(forms, latin)
    else:
        is_possible = script in _ALPHABETS and _has_slip(forms, latin)
    return POSSIBLE if is_possible else IMPOSSIBLE


def _compare_unvocalised(name: str, latin: str) -> CrossScriptLevel:
    """Compare a name of which the short vowels are not written."""
    sounds = sounds_without_short_vowels(name)
    if len(latin) == 1:
        is_initial = longest_form_at(sounds[:1], latin, 0) == 1
        return POSSIBLE if is_initial else IMPOSSIBLE
    return ALIKE if is_spelt(sounds, latin) else IMPOSSIBLE


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
            form[-1] == latin[-1]
            and abs(len(form) - len(latin)) <= 1
            and OSA.distance(form, latin, score_cutoff=1) <= 1
            for form in forms
        )
    )


def _compare_own_scripts(
    one: str, script: Script, other: str, other_script: Script
) -> CrossScriptLevel:
    if script is other_script:
        return _compare_in_one_script(one, other, script)
    scripts = {script, other_script}
    if scripts == {Script.HAN, Script.HANGUL}:
        return POSSIBLE
    if scripts == {Script.HAN, Script.KANA}:
        written, read = (one, other) if script is Script.HAN else (other, one)
        return compare_han_with_kana(written, read)
    return _compare_by_forms(one, other)


def _compare_in_one_script(one: str, other: str, script: Script) -> CrossScriptLevel:
    if script is Script.HAN:
        is_same = han.simplified(one) == han.simplified(other)
    elif script is Script.HANGUL:
        is_same = hangul.syllables_of(one) == hangul.syllables_of(other)
    elif script is Script.KANA:
        is_same = kana.sounds_of(one) == kana.sounds_of(other)
    elif script is Script.INDIC and ord(one[0]) // _BLOCK != ord(other[0]) // _BLOCK:
        return _compare_by_forms(one, other)
    else:
        is_same = False
    return SAME if is_same else IMPOSSIBLE


def _compare_by_forms(one: str, other: str) -> CrossScriptLevel:
    """Compare two names of different own scripts by the Latin forms of either."""
    forms, other_forms = latin_forms(one), latin_forms(other)
    if not forms and not other_forms:
        return POSSIBLE
    alike = any(is_romanisation(other, form) for form in forms) or any(
        is_romanisation(one, form) for form in other_forms
    )
    return ALIKE if alike else IMPOSSIBLE
