"""Names in Arabic (also Persian, Urdu) and Hebrew letters, which leave short vowels out.

A name agrees with Latin letters that have its consonants and long vowels, with at most one short
vowel between two consonants: سمير with Samir and Sameer, not with Samar. What the short vowels
are is not known: خالد agrees with Khaled and Khalid, and would with Khalad. The spellings are
those of passports (English in the east, French in the Maghreb), ALA-LC and BGN without signs,
and of Egypt (Gamal, Ramy).
"""

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_SHORT_VOWEL = ("", "a", "e", "i", "o", "u")
_FIRST_SHORT_VOWEL = (*_SHORT_VOWEL, "ou", "oo")

_ARABIC_CONSONANTS: dict[str, tuple[str, ...]] = {
    "ب": ("b", "bb"),
    "پ": ("p",),
    "ت": ("t", "tt"),
    "ث": ("th", "s", "t"),
    "ج": ("j", "g", "dj", "jj", "gg", "c"),
    "چ": ("ch", "tch"),
    "ح": ("h", "hh"),
    "خ": ("kh", "k", "kkh"),
    "د": ("d", "dd"),
    "ذ": ("dh", "z", "d", "th"),
    "ر": ("r", "rr"),
    "ز": ("z", "zz"),
    "ژ": ("zh", "j"),
    "س": ("s", "ss", "c"),
    "ش": ("sh", "ch", "sch"),
    "ص": ("s", "ss"),
    "ض": ("d", "dh", "z", "dd"),
    "ط": ("t", "tt"),
    "ظ": ("z", "dh", "d", "th"),
    "غ": ("gh", "g"),
    "ف": ("f", "ff", "ph"),
    "ق": ("q", "k", "g", "c", "qq", "kk", "gh"),
    "ک": ("k", "c", "kk", "ck"),
    "ك": ("k", "c", "kk", "ck"),
    "گ": ("g", "gh"),
    "ل": ("l", "ll"),
    "م": ("m", "mm"),
    "ن": ("n", "nn"),
    "ں": ("n",),
    "ه": ("h", "hh"),
    "ہ": ("h", "hh"),
    "ھ": ("h", ""),
    "ٹ": ("t", "tt"),
    "ڈ": ("d",),
    "ڑ": ("r", "d"),
}
_ARABIC_VOWELS: dict[str, tuple[str, ...]] = {
    "ا": ("a", "aa", "e"),
    "ع": ("", "a", "aa", "e", "i", "o", "u"),
    "ء": ("", "a", "e", "i"),
    "و": ("w", "u", "ou", "oo", "o", "v", "ow", "aw", "au", "ww", "woo", "wou", "wu", "wo"),
    "ي": ("y", "i", "ee", "e", "ie", "iy", "ai", "ay", "ei", "ey", "yy", "ye", "iyy", "ij"),
    "ى": ("a", "aa", "i", "y", "ah"),
    "ة": ("a", "ah", "eh", "e", "at", "et", "t"),
    "ے": ("e", "ay", "ai"),
}
_ARABIC_VOWELS["ی"] = _ARABIC_VOWELS["ي"]
_ARABIC_AT_THE_BEGINNING = {
    "ا": ("a", "e", "i", "o", "u", "aa", "ou"),
    "ع": ("a", "e", "i", "o", "u", "aa", "ou", ""),
    "و": ("w", "ou", "v", "o", "u"),
    "ي": ("y", "i", "e"),
    "ی": ("y", "i", "e"),
}
_ARABIC_AT_THE_END = {
    "ا": ("a", "aa", "ah", "e", "eh"),
    "ه": ("h", "a", "ah", "ha", "eh", "e", "", "oh"),
    "ن": ("n", "ne"),
    "ہ": ("h", "a", "ah", "eh", "e", ""),
    "و": ("w", "o", "u", "ou", "oo", "ow", "", "aw"),
    "ء": ("", "a", "e"),
    "ي": ("i", "y", "ee", "e", "iy", "ie", "ai", "ay", "ei", "a"),
}
_ARABIC_AT_THE_END["ی"] = _ARABIC_AT_THE_END["ي"]
_LONG_I_AT_THE_BEGINNING = ("اي", ("i", "e", "ee", "ai", "ay", "ei", "ey"))
_ARTICLE, _SERVANT = "ال", "عبدال"
_SUN_LETTERS = {
    "ت": "t",
    "ث": "th",
    "د": "d",
    "ذ": "dh",
    "ر": "r",
    "ز": "z",
    "س": "s",
    "ش": "sh",
    "ص": "s",
    "ض": "d",
    "ط": "t",
    "ظ": "z",
    "ن": "n",
    "ل": "l",
}
_ARABIC_GROUPS: dict[str, tuple[str, ...]] = {
    "الدين": tuple(
        link + faith
        for link in ("", "a", "e", "u", "al", "el", "ul", "ad", "ed", "ud", "i", "id")
        for faith in ("din", "deen", "dine", "den")
    ),
    "ابوال": ("abual", "abul", "abol", "aboul", "abouel", "abuel", "aboel", "abal"),
    "يي": ("ai", "ae", "aee", "ayi", "ei", "ie", "yi", "ee", "i", "ayee"),
    "وو": ("au", "aou", "aoo", "ao", "awu", "ou", "oo", "wu"),
}
"""Letters that are said as one: the faith in Salah ad-Din, and what hamza stood between."""

_CONSONANTS_TOO = frozenset("ويیויה")
"""Letters of long vowels that are consonants as well."""

_TATWEEL = "ـ"

_HEBREW_CONSONANTS: dict[str, tuple[str, ...]] = {
    "ב": ("b", "v", "bb", "w"),
    "ג": ("g", "gg", "j"),
    "ד": ("d", "dd"),
    "ז": ("z", "s"),
    "ח": ("ch", "h", "kh"),
    "ט": ("t", "tt"),
    "כ": ("k", "ch", "kh", "c"),
    "ך": ("k", "ch", "kh", "c"),
    "ל": ("l", "ll"),
    "מ": ("m", "mm"),
    "ם": ("m",),
    "נ": ("n", "nn"),
    "ן": ("n",),
    "ס": ("s", "ss", "c"),
    "פ": ("p", "f", "ph"),
    "ף": ("f", "p", "ph"),
    "צ": ("tz", "ts", "z", "c", "s", "ch"),
    "ץ": ("tz", "ts", "z", "ch"),
    "ק": ("k", "c", "q", "ck"),
    "ר": ("r", "rr"),
    "ש": ("sh", "s", "sch"),
    "ת": ("t", "th"),
}
_HEBREW_VOWELS: dict[str, tuple[str, ...]] = {
    "א": ("", "a", "e", "i", "o", "aa", "ae", "ah"),
    "ה": ("h", "a", "ah", "e", "eh", "ha", "o"),
    "ו": ("v", "o", "u", "w", "oo", "ou", "vv", "vo", "av"),
    "י": ("i", "y", "e", "ee", "ey", "ei", "ai", "ay", "j", "ie", "yy", "a"),
    "ע": ("", "a", "e", "i", "o", "aa"),
}
_HEBREW_AT_THE_BEGINNING = {
    "א": ("a", "e", "i", "o", "u", "", "ei", "ey"),
    "ע": ("a", "e", "i", "o", "u", ""),
    "י": ("y", "i", "j", "e"),
    "ה": ("h",),
}


def _article_before(letter: str) -> tuple[str, ...]:
    sun = _SUN_LETTERS.get(letter, "l")
    return ("al", "el", "", "ul", "il", "a" + sun, "e" + sun, "u" + sun)


def arabic_sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in Arabic letters; an unknown letter has none."""
    name = name.replace(_TATWEEL, "")
    sounds: list[tuple[str, ...]] = []
    start = 0
    if name.startswith(_SERVANT) and len(name) > len(_SERVANT):
        following = name[len(_SERVANT)]
        linked = [
            vowel + end for vowel in "aeuio" for end in ("l", _SUN_LETTERS.get(following, ""))
        ]
        sounds.append(tuple("abd" + link for link in ("", *linked)))
        start = len(_SERVANT)
    elif name.startswith(_ARTICLE) and len(name) > len(_ARTICLE) + 1:
        sounds.append(_article_before(name[len(_ARTICLE)]))
        start = len(_ARTICLE)
    elif name.startswith(_LONG_I_AT_THE_BEGINNING[0]) and len(name) > 2:
        sounds.append(_LONG_I_AT_THE_BEGINNING[1])
        start = 2
    return (
        *sounds,
        *_sounds_without_short_vowels(
            name[start:],
            _ARABIC_CONSONANTS,
            _ARABIC_VOWELS,
            _ARABIC_AT_THE_BEGINNING,
            _ARABIC_AT_THE_END,
        ),
    )


def hebrew_sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in Hebrew letters; an unknown letter has none."""
    return _sounds_without_short_vowels(
        name, _HEBREW_CONSONANTS, _HEBREW_VOWELS, _HEBREW_AT_THE_BEGINNING, {}
    )


def _sounds_without_short_vowels(
    name: str,
    consonants: dict[str, tuple[str, ...]],
    vowels: dict[str, tuple[str, ...]],
    at_the_beginning: dict[str, tuple[str, ...]],
    at_the_end: dict[str, tuple[str, ...]],
) -> Sounds:
    sounds: list[tuple[str, ...]] = []
    end = len(name)
    short_vowel: tuple[str, ...] = _FIRST_SHORT_VOWEL
    at = 0
    while at < end:
        group = next((group for group in _ARABIC_GROUPS if name.startswith(group, at)), "")
        if group:
            sounds.append(_ARABIC_GROUPS[group])
            at += len(group)
            continue
        letter = name[at]
        spellings = consonants.get(letter) or vowels.get(letter)
        if at == 0:
            spellings = at_the_beginning.get(letter, spellings)
        elif at == end - 1:
            spellings = at_the_end.get(letter, spellings)
        at += 1
        if not spellings:
            continue
        sounds.append(spellings)
        if at < end and (letter in consonants or letter in _CONSONANTS_TOO):
            sounds.append(short_vowel)
            short_vowel = _SHORT_VOWEL
    return tuple(sounds)
