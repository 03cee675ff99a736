"""Names in Cyrillic letters: Russian, Ukrainian, Bulgarian, Serbian, Macedonian, Kazakh and others.

The spellings are those of ICAO Doc 9303 (passports: Mariia, Iurii), BGN/PCGN (Mariya, Yuriy), the
scholarly system and ISO 9 without its signs (Marija, Jurij), GOST 7.79 B, the laws of Ukraine
(2010) and Bulgaria (2009), Serbian Latin, and what people write themselves (Maria, Yuri, Alexey).

The standard form of a name has lost the marks of й, ё and ї: и and е stand for them as well.
"""

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_VOWELS = frozenset("аеёиоуыэюяіїєөұүә")
_HUSHING = frozenset("жчшщц")

_LETTERS: dict[str, tuple[str, ...]] = {
    "а": ("a",),
    "б": ("b",),
    "в": ("v", "w"),
    "г": ("g", "h", "gh", "gu"),
    "д": ("d",),
    "е": ("e", "ye", "ie", "je", "yo", "io", "jo"),
    "ё": ("yo", "e", "io", "jo", "ye", "ie"),
    "ж": ("zh", "z", "j", "g"),
    "з": ("z", "s"),
    "и": ("i", "y", "j", "yi", "ee"),
    "й": ("y", "i", "j"),
    "к": ("k", "c", "ck", "kj"),
    "л": ("l",),
    "м": ("m",),
    "н": ("n",),
    "о": ("o",),
    "п": ("p",),
    "р": ("r",),
    "с": ("s",),
    "т": ("t",),
    "у": ("u", "ou", "oo", "w"),
    "ў": ("w", "u"),
    "ф": ("f", "ph"),
    "х": ("kh", "h", "ch", "x"),
    "ц": ("ts", "c", "tz", "tc", "cz"),
    "ч": ("ch", "c", "tch", "tsch", "cz"),
    "ш": ("sh", "s", "sch", "ch", "sz"),
    "щ": ("shch", "sch", "sh", "sc", "sht", "shh", "stch", "schtsch", "st"),
    "ъ": ("", "a", "u", "ie"),
    "ы": ("y", "i", "ui"),
    "ь": ("", "j"),
    "э": ("e", "eh"),
    "ю": ("yu", "iu", "ju", "u"),
    "я": ("ya", "ia", "ja"),
    "і": ("i", "yi", "ji", "y"),
    "ї": ("yi", "i", "ji"),
    "є": ("ye", "ie", "je", "e"),
    "ґ": ("g",),
    "ђ": ("dj", "d", "gj", "j"),
    "ј": ("j", "y", "i"),
    "љ": ("lj", "ly", "l"),
    "њ": ("nj", "ny", "n"),
    "ћ": ("c", "ch", "tj"),
    "џ": ("dz", "dzh", "dj", "j"),
    "ѕ": ("dz", "z"),
    "қ": ("k", "q"),
    "ғ": ("g", "gh"),
    "ң": ("n", "ng"),
    "ө": ("o", "u"),
    "ұ": ("u",),
    "ү": ("u", "y"),
    "һ": ("h",),
    "ә": ("a", "e"),
    "ҳ": ("h", "kh"),
    "ҷ": ("j", "dj"),
    "ӣ": ("i",),
    "ӯ": ("u",),
}
_AFTER_HUSHING = {"е": (*_LETTERS["е"], "o"), "ё": (*_LETTERS["ё"], "o")}

_I_AND_VOWEL = {
    "ия": ("iya", "ia", "iia", "ija", "ya", "ea", "yya"),
    "іа": ("iia", "ia", "iya"),
    "ие": ("ie", "iye", "ije", "iie"),
    "ию": ("iyu", "iu", "iiu", "iju"),
    "ья": ("ya", "ia", "ja", "iya"),
    "ье": ("ye", "ie", "je", "e", "iye"),
    "ью": ("yu", "iu", "ju"),
    "ьё": ("yo", "io", "jo", "ye", "ie"),
    "ьо": ("yo", "io", "jo", "o"),
    "ио": ("io", "iyo", "yo", "jo", "ijo"),
    "ьи": ("yi", "i", "ii", "ji"),
    "йя": ("ya", "ia", "ja"),
    "іи": ("ii", "iy", "i", "y", "ij"),
}
_I_AND_VOWEL["ія"] = _I_AND_VOWEL["ия"]
_I_AND_VOWEL["іє"] = _I_AND_VOWEL["ие"]
_I_AND_VOWEL["ію"] = _I_AND_VOWEL["ию"]
_LETTER_PAIRS = {
    **_I_AND_VOWEL,
    "лл": ("ll", "l"),
    "нн": ("nn", "n"),
    "сс": ("ss", "s"),
    "тт": ("tt", "t"),
    "кс": ("ks", "x", "cs"),
    "дж": ("dzh", "j", "dj", "dz"),
    "тц": ("tts", "tc", "ttz", "tz"),
    "зг": ("zgh", "zg", "zh"),
    "тс": ("ts", "tts", "c"),
    "хв": ("khv", "hv"),
}
_ENDINGS = {
    "ий": ("iy", "y", "i", "ii", "ij", "yi", "yy"),
    "ов": ("ov", "off", "ow", "of"),
    "ев": ("ev", "yev", "iev", "eff", "ew", "ef", "ov", "yov", "jev"),
    "др": ("dr", "der"),
    "тр": ("tr", "ter"),
    "ея": ("eya", "eia", "ea", "eja"),
}
_ENDINGS["ии"] = _ENDINGS["ий"]
_ENDINGS["ый"] = _ENDINGS["ыи"] = _ENDINGS["ий"]
_ENDINGS["ой"] = _ENDINGS["ои"] = ("oy", "oi", "oj", "oii")
_ENDINGS["ей"] = _ENDINGS["еи"] = ("ey", "ei", "ej", "ay", "yey", "iei", "ay")
_ENDINGS["ай"] = _ENDINGS["аи"] = ("ay", "ai", "aj")

_NAMES_OF_THEIR_OWN = {
    "александр": ("alexander",),
    "александра": ("alexandra",),
    "евгений": ("eugene", "eugen"),
    "евгения": ("eugenia",),
    "екатерина": ("catherine", "katherine", "katerina"),
    "елена": ("helen", "helena"),
    "михаил": ("michael", "mihail", "mikhael"),
    "павел": ("paul", "pavlo"),
    "петр": ("peter",),
    "николай": ("nicholas", "nicolas"),
    "андрей": ("andrew", "andre"),
    "наталья": ("natalie",),
    "юлия": ("julia", "iulia"),
    "иосиф": ("joseph",),
    "матвей": ("matthew",),
    "яков": ("jacob",),
    "анастасия": ("anastasia",),
    "христина": ("christina",),
    "кристина": ("christina",),
    "теодор": ("theodore", "theodor"),
    "георгий": ("george",),
    "элизабет": ("elizabeth",),
}
"""Forms of given names that no system makes, and that passports and people write all the same."""


def _unmarked(name: str) -> str:
    return name.replace("й", "и").replace("ё", "е").replace("ї", "і")


NAMES_OF_THEIR_OWN = {_unmarked(name): forms for name, forms in _NAMES_OF_THEIR_OWN.items()}


def sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in lower-case Cyrillic letters; an unknown letter has none."""
    sounds: list[tuple[str, ...]] = []
    at = 0
    while at < len(name):
        pair = name[at : at + 2]
        if at + 2 == len(name) and at and pair in _ENDINGS:
            sounds.append(_ENDINGS[pair])
            at += 2
        elif pair in _LETTER_PAIRS:
            sounds.append(_LETTER_PAIRS[pair])
            at += 2
        else:
            letter = name[at]
            if at and name[at - 1] in _HUSHING and letter in _AFTER_HUSHING:
                sounds.append(_AFTER_HUSHING[letter])
            elif letter in _LETTERS:
                sounds.append(_LETTERS[letter])
            at += 1
    return tuple(sounds)


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the name by the systems, then the forms that it has by custom."""
    customary = NAMES_OF_THEIR_OWN.get(_unmarked(name), ())
    return (sounds_of(name), *(((form,),) for form in customary))
