"""Names in Han characters: pinyin, Wade-Giles, family names as spelt abroad, Japanese readings.

A name may be Chinese or Japanese: every reading counts. The readings are tables made from
libraries by `tools/romanisation_data.py`; they are read when the first name in Han characters
comes.
"""

from functools import cache, lru_cache
from pkgutil import get_data

from cxone_async.matching.corroborated.romanisation import kana
from cxone_async.matching.corroborated.romanisation.chinese_surnames import READINGS, SPELLINGS
from cxone_async.matching.corroborated.romanisation.spelling import (
    Sounds,
    usual_forms,
    without_repetitions,
)

_REPEATED = "\N{IDEOGRAPHIC ITERATION MARK}"
_VARIANTS = dict(
    zip(map(ord, "邉髙﨑濵嶌冨桒舘栁渕斎斉齋齊"), "边高崎滨岛富桑馆柳渊斋斋斋斋", strict=True)
)
"""Forms of characters in Japanese family names that people use for each other."""

_FORMS_OF_A_CHARACTER = 6


def _lines(file: str) -> list[str]:
    data = get_data(__package__, f"data/{file}")
    assert data is not None  # noqa: S101  only a loader that cannot read data gives None
    return data.decode().splitlines()


@cache
def _pinyin() -> dict[str, tuple[str, ...]]:
    """Return the syllables of each character, the first the usual one."""
    first: dict[str, tuple[str, ...]] = {}
    also: list[tuple[str, str]] = []
    for line in _lines("pinyin.txt"):
        syllable, usual, *others = line.split(" ")
        first.update(dict.fromkeys(usual, (syllable,)))
        also += [(character, syllable) for character in "".join(others)]
    for character, syllable in also:
        first[character] = (*first.get(character, ()), syllable)
    return first


@cache
def _simplified() -> dict[int, str]:
    """Return for each traditional and Japanese character, by code, its simplified form."""
    table = {ord(old): line[0] for line in _lines("simplified.txt") for old in line[1:]}
    table.update(_VARIANTS)
    return table


@cache
def _japanese_names() -> dict[str, tuple[str, ...]]:
    """Return the readings of known Japanese names, in kana."""
    names: dict[str, tuple[str, ...]] = {}
    for line in _lines("japanese_names.txt"):
        reading, *written = line.split(" ")
        for name in written:
            names[name] = (*names.get(name, ()), reading)
    return names


@cache
def _japanese_characters() -> dict[str, tuple[str, ...]]:
    """Return the readings that characters have in Japanese names, in kana."""
    return {line[0]: tuple(line[2:].split(" ")) for line in _lines("japanese_characters.txt")}


def simplified(name: str) -> str:
    """Return the name in simplified characters, without Japanese forms of its own."""
    return name.translate(_simplified())


_WADE_GILES_INITIALS = (
    ("zh", "ch"),
    ("ch", "ch"),
    ("sh", "sh"),
    ("b", "p"),
    ("d", "t"),
    ("g", "k"),
    ("j", "ch"),
    ("q", "ch"),
    ("x", "hs"),
    ("r", "j"),
    ("z", "ts"),
    ("c", "ts"),
)
_WADE_GILES_FINALS = {
    "ong": ("ung",),
    "iong": ("iung",),
    "ian": ("ien",),
    "ie": ("ieh",),
    "ue": ("ueh",),
    "ve": ("ueh",),
    "uo": ("o", "uo"),
    "e": ("o", "e", "eh"),
    "er": ("erh",),
    "ui": ("ui", "uei"),
}
_WADE_GILES_SYLLABLES = {
    "zhi": ("chih",),
    "chi": ("chih",),
    "shi": ("shih",),
    "ri": ("jih",),
    "zi": ("tzu", "tze"),
    "ci": ("tzu", "tsu"),
    "si": ("szu", "ssu", "sze"),
    "yi": ("i", "yi"),
    "you": ("yu", "yo"),
    "yan": ("yen",),
    "ye": ("yeh",),
    "yue": ("yueh",),
    "yong": ("yung",),
    "er": ("erh",),
    "e": ("o",),
    "xu": ("hsu", "shu"),
    "xi": ("hsi", "shi"),
}


@cache
def _spellings_of_syllable(syllable: str) -> tuple[str, ...]:
    """Return a pinyin syllable as it is spelt: u umlaut in four ways, and in Wade-Giles."""
    if "v" in syllable:
        by_rule = tuple(syllable.replace("v", letter) for letter in ("u", "v", "yu", "ue", "uu"))
    else:
        by_rule = (syllable,)
    if syllable in _WADE_GILES_SYLLABLES:
        return without_repetitions((*by_rule, *_WADE_GILES_SYLLABLES[syllable]))
    plain = syllable.replace("v", "u")
    pinyin, wade_giles = next(
        (pair for pair in _WADE_GILES_INITIALS if plain.startswith(pair[0])), ("", "")
    )
    final = plain[len(pinyin) :] if pinyin else plain.lstrip("pmftnlkh")
    initial = wade_giles if pinyin else plain[: len(plain) - len(final)]
    finals = _WADE_GILES_FINALS.get(final, (final,))
    return without_repetitions((*by_rule, *(initial + other for other in finals)))


def _chinese_sounds(name: str) -> Sounds:
    """Return the sounds of a name in pinyin; () when a character has no reading in it."""
    pinyin = _pinyin()
    sounds = []
    for character in name:
        syllables = pinyin.get(character)
        if syllables is None:
            return ()
        sounds.append(
            without_repetitions(
                [form for syllable in syllables for form in _spellings_of_syllable(syllable)]
            )
        )
    return tuple(sounds)


def _surname_forms(name: str) -> tuple[str, ...]:
    short = simplified(name)
    reading = READINGS.get(short)
    return without_repetitions((*((reading,) if reading else ()), *SPELLINGS.get(short, ())))


@lru_cache(maxsize=4096)
def _forms_of_character(character: str) -> tuple[str, ...]:
    """Return the Latin forms of all readings that a character has in Japanese names."""
    if not "一" <= character <= "鿿":
        return tuple(usual_forms(kana.sounds_of(character), _FORMS_OF_A_CHARACTER))
    readings = _japanese_characters().get(character, ())
    return without_repetitions(
        [
            form
            for reading in readings
            for form in usual_forms(kana.sounds_of(reading), _FORMS_OF_A_CHARACTER)
        ]
    )


def _spelled_out(name: str) -> str:
    """Return the name with each repetition mark replaced by the character before it."""
    while (at := name.find(_REPEATED)) > 0:
        name = name[:at] + name[at - 1] + name[at + 1 :]
    return name


def is_japanese(name: str) -> bool:
    """Say whether a name is a known Japanese one of two characters or more, or holds kana."""
    return (len(name) > 1 and name in _japanese_names()) or any(
        "ぁ" <= letter <= "ヿ" or letter == _REPEATED for letter in name
    )


def is_chinese_surname(name: str) -> bool:
    """Say whether a name is a Chinese family name that the table knows."""
    short = simplified(name)
    return short in READINGS or short in SPELLINGS


def chinese_readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the name as a Chinese family name, and in pinyin and Wade-Giles."""
    surname_forms = _surname_forms(name)
    sounds = _chinese_sounds(_spelled_out(name))
    if surname_forms and sounds and simplified(name) not in READINGS:
        return (sounds, (surname_forms,))
    return (*(((surname_forms,),) if surname_forms else ()), *((sounds,) if sounds else ()))


def japanese_readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the readings of a known Japanese name."""
    return tuple(map(kana.sounds_of, _japanese_names().get(name, ())))


def composed_reading_of(name: str) -> Sounds:
    """Return the sounds that the characters can have in Japanese names; () when one has none."""
    sounds = tuple(map(_forms_of_character, _spelled_out(name)))
    return sounds if all(sounds) else ()
