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
def _japanese_names() -> dict[str, str]:
    """Return for each first character the rest of the names that begin with it, and readings."""
    return {line[0]: line[1:] for line in _lines("japanese_names.txt")}


@lru_cache(maxsize=512)
def _names_beginning_with(character: str) -> dict[str, str]:
    """Return for the rest of each known Japanese name its readings in kana."""
    return {
        rest: readings
        for rest, _, readings in (
            entry.partition(":") for entry in _japanese_names().get(character, "").split(" ")
        )
    }


def _kana_of(name: str) -> list[str]:
    """Return the readings of a known Japanese name, in kana."""
    readings = _names_beginning_with(name[:1]).get(name[1:]) if name else None
    return readings.split("/") if readings else []


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
    sounds = tuple(map(_spellings_of_character, name))
    return sounds if all(sounds) else ()


def _syllables_of(character: str) -> tuple[str, ...]:
    return _pinyin().get(character, ("",))


@lru_cache(maxsize=4096)
def _spellings_of_character(character: str) -> tuple[str, ...]:
    """Return the spellings of all the syllables of a character; () without one."""
    return without_repetitions(
        [
            spelling
            for syllable in _pinyin().get(character, ())
            for spelling in _spellings_of_syllable(syllable)
        ]
    )


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
    return (len(name) > 1 and bool(_kana_of(name))) or any(
        "ぁ" <= letter <= "ヿ" or letter == _REPEATED for letter in name
    )


def can_be_japanese(name: str) -> bool:
    """Say whether the characters of a name are those of the Japanese standard JIS X 0208."""
    try:
        name.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True


def is_chinese_surname(name: str) -> bool:
    """Say whether a name is a Chinese family name that the table knows."""
    short = simplified(name)
    return short in READINGS or short in SPELLINGS


@lru_cache(maxsize=4096)
def chinese_readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the name in pinyin and Wade-Giles, and as a Chinese family name where it is one."""
    sounds = _chinese_sounds(_spelled_out(name))
    surname_forms = _surname_forms(name)
    if not surname_forms:
        return (sounds,) if sounds else ()
    usual = tuple(_spellings_of_syllable(syllables[0]) for syllables in map(_syllables_of, name))
    by_character = (usual,) if sounds else ()
    if simplified(name) in READINGS:
        return ((surname_forms,), *by_character)
    return (*by_character, (surname_forms,))


@lru_cache(maxsize=4096)
def japanese_readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the readings of a known Japanese name."""
    return tuple(map(kana.sounds_of, _kana_of(name)))


@lru_cache(maxsize=4096)
def composed_reading_of(name: str) -> Sounds:
    """Return the sounds that each character can have in Japanese names; () for one without any."""
    return tuple(map(_forms_of_character, _spelled_out(name)))
