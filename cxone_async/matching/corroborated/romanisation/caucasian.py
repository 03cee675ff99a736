"""Names in Armenian and Georgian letters: ISO 9985 and 9984 without signs, BGN, national systems.

Both write all vowels, so that a name has few forms: Hovhannisyan, Hovhannissian; Giorgi, Ketevan.
"""

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_LETTERS: dict[str, tuple[str, ...]] = {
    "ա": ("a",),
    "բ": ("b", "p"),
    "գ": ("g", "k", "gu"),
    "դ": ("d", "t"),
    "ե": ("e", "ye", "ie"),
    "զ": ("z",),
    "է": ("e",),
    "ը": ("y", "e", "u"),
    "թ": ("t", "th"),
    "ժ": ("zh", "j"),
    "ի": ("i", "ee"),
    "լ": ("l",),
    "խ": ("kh", "x", "h"),
    "ծ": ("ts", "dz", "tz"),
    "կ": ("k", "g"),
    "հ": ("h",),
    "ձ": ("dz", "ts", "tz"),
    "ղ": ("gh", "g"),
    "ճ": ("ch", "j", "dj"),
    "մ": ("m",),
    "յ": ("y", "h", "i"),
    "ն": ("n",),
    "շ": ("sh", "ch"),
    "ո": ("o", "vo"),
    "չ": ("ch", "tch"),
    "պ": ("p", "b"),
    "ջ": ("j", "ch", "dj"),
    "ռ": ("r", "rr"),
    "ս": ("s", "ss"),
    "վ": ("v",),
    "տ": ("t", "d"),
    "ր": ("r",),
    "ց": ("ts", "tz", "c"),
    "ւ": ("v", "u", "w"),
    "փ": ("p", "ph"),
    "ք": ("k", "q", "kh"),
    "օ": ("o",),
    "ֆ": ("f",),
    "ა": ("a",),
    "ბ": ("b",),
    "გ": ("g",),
    "დ": ("d",),
    "ე": ("e",),
    "ვ": ("v", "w"),
    "ზ": ("z",),
    "თ": ("t", "th"),
    "ი": ("i", "y"),
    "კ": ("k",),
    "ლ": ("l",),
    "მ": ("m",),
    "ნ": ("n",),
    "ო": ("o",),
    "პ": ("p",),
    "ჟ": ("zh", "j"),
    "რ": ("r",),
    "ს": ("s",),
    "ტ": ("t",),
    "უ": ("u", "ou"),
    "ფ": ("p", "f", "ph"),
    "ქ": ("k", "q"),
    "ღ": ("gh", "g"),
    "ყ": ("q", "k", "kh"),
    "შ": ("sh",),
    "ჩ": ("ch",),
    "ც": ("ts", "c", "tz"),
    "ძ": ("dz",),
    "წ": ("ts", "tz"),
    "ჭ": ("ch", "tch"),
    "ხ": ("kh", "x", "h"),
    "ჯ": ("j", "dj"),
    "ჰ": ("h",),
}
_PAIRS = {
    "ու": ("u", "ou", "ow", "oo"),
    "եւ": ("ev", "yev"),
    "յա": ("ya", "ia"),
    "իա": ("ia", "ya"),
    "ია": ("ia", "ya"),
    "იო": ("io", "eo", "yo"),
    "სს": ("ss", "s"),
}


def sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in lower-case letters; an unknown letter has none."""
    sounds = []
    at = 0
    while at < len(name):
        length = 2 if name[at : at + 2] in _PAIRS else 1
        letters = name[at : at + length]
        spellings = _PAIRS.get(letters) or _LETTERS.get(letters)
        if spellings:
            sounds.append(spellings)
        at += length
    return tuple(sounds)


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the one reading of a name."""
    sounds = sounds_of(name)
    return (sounds,) if sounds else ()
