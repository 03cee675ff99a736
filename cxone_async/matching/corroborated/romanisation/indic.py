"""Names in the scripts of India: Devanagari, Bengali, Gurmukhi, Gujarati, Tamil and others.

Unicode lays these scripts out alike (after ISCII, 1991): a letter has one place in each block of
128, so that one table serves all. The spellings are those of Hunterian and ISO 15919 without
signs, and what people write: the inherent vowel is often silent, long vowels are doubled or not
(Puja, Pooja), and sounds of the south are written th where the north has t (Kavita, Kavitha).
"""

from unicodedata import normalize

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_BLOCK = 0x80
_TAMIL = 0x0B80

_CONSONANTS: dict[int, tuple[str, ...]] = {
    0x15: ("k", "c", "q", "kk"),
    0x16: ("kh", "k"),
    0x17: ("g",),
    0x18: ("gh", "g"),
    0x19: ("n", "ng"),
    0x1A: ("ch", "c", "cch"),
    0x1B: ("chh", "ch"),
    0x1C: ("j", "z"),
    0x1D: ("jh", "j", "z"),
    0x1E: ("n", "ny", "gn"),
    0x1F: ("t", "tt", "th"),
    0x20: ("th", "t"),
    0x21: ("d", "r", "dd"),
    0x22: ("dh", "d", "rh"),
    0x23: ("n",),
    0x24: ("t", "th"),
    0x25: ("th", "t"),
    0x26: ("d", "dh"),
    0x27: ("dh", "d"),
    0x28: ("n", "nn"),
    0x29: ("n",),
    0x2A: ("p",),
    0x2B: ("ph", "f"),
    0x2C: ("b", "bb"),
    0x2D: ("bh", "b", "v"),
    0x2E: ("m", "mm"),
    0x2F: ("y", "i", "j", "iy"),
    0x30: ("r",),
    0x31: ("r", "rr"),
    0x32: ("l", "ll"),
    0x33: ("l",),
    0x34: ("zh", "l", "z"),
    0x35: ("v", "w", "b", "u", "o"),
    0x36: ("sh", "s"),
    0x37: ("sh", "s"),
    0x38: ("s", "ss"),
    0x39: ("h",),
}
_DOTTED: dict[int, tuple[str, ...]] = {
    0x17: ("gh", "g"),
    0x1C: ("z", "j"),
    0x21: ("r", "d", "rh"),
    0x2B: ("f", "ph"),
}
"""Consonants with a dot below, of Persian, Arabic and Hindi itself."""

_TAMIL_CONSONANTS = {
    0x15: ("k", "g", "h", "kh"),
    0x1A: ("s", "ch", "sh", "c"),
    0x1F: ("t", "d"),
    0x24: ("th", "d", "t", "dh"),
    0x2A: ("p", "b", "bh", "f"),
    0x35: ("v", "w"),
}
"""Tamil letters stand for voiced and unvoiced sounds."""

_VOWELS: dict[int, tuple[str, ...]] = {
    0x05: ("a", "u", "o"),
    0x06: ("a", "aa"),
    0x07: ("i", "e", "ee", "y"),
    0x08: ("i", "ee", "e", "y", "ii"),
    0x09: ("u", "oo"),
    0x0A: ("u", "oo", "uu"),
    0x0B: ("ri", "ru", "r"),
    0x0D: ("e", "a"),
    0x0E: ("e",),
    0x0F: ("e", "ay", "a", "ae"),
    0x10: ("ai", "ay", "ei", "e", "i"),
    0x11: ("o", "a"),
    0x12: ("o",),
    0x13: ("o", "oo"),
    0x14: ("au", "ou", "ow", "o", "av"),
}
_SIGN_BEHIND_VOWEL = 0x38  # the sign of a vowel stands so far behind its letter
_SIGNS = {
    0x3E: _VOWELS[0x06],
    0x3F: _VOWELS[0x07],
    0x40: _VOWELS[0x08],
    0x41: _VOWELS[0x09],
    0x42: _VOWELS[0x0A],
    0x43: _VOWELS[0x0B],
    0x45: _VOWELS[0x0D],
    0x46: _VOWELS[0x0E],
    0x47: _VOWELS[0x0F],
    0x48: _VOWELS[0x10],
    0x49: _VOWELS[0x11],
    0x4A: _VOWELS[0x12],
    0x4B: _VOWELS[0x13],
    0x4C: _VOWELS[0x14],
}
_OTHER_SIGNS: dict[int, tuple[str, ...]] = {
    0x01: ("n", "", "m"),
    0x02: ("n", "m", "ng"),
    0x03: ("h", ""),
    0x4E: ("t",),  # Bengali
    0x70: ("n", "m"),  # Gurmukhi
    0x7A: ("n",),  # Malayalam consonants without a vowel, to 0x7F
    0x7B: ("n",),
    0x7C: ("r",),
    0x7D: ("l",),
    0x7E: ("l",),
    0x7F: ("k",),
}
_NO_VOWEL, _DOT_BELOW = 0x4D, 0x3C
_INHERENT = ("a", "", "e", "u", "o")
_SILENT_AT_THE_END = ("", "o", "e")  # o in Bengal; Ghose, Bose
_AFTER_CLUSTER_AT_THE_END = ("a", "", "o")
_SPOKEN_AT_THE_END = ("a", "")
"""In the scripts of the south, which have a sign where no vowel is spoken."""
_CLUSTERS = {
    (0x15, 0x37): ("ksh", "x", "ks", "chh", "kkh"),
    (0x1C, 0x1E): ("gy", "jn", "gn", "jny", "dny"),
}


def sounds_of(name: str) -> Sounds:
    """Return the sounds of a name; signs of other scripts have none."""
    # a vowel with a part on either side is one sign again
    codes = [ord(letter) for letter in normalize("NFC", name)]
    places = [code % _BLOCK for code in codes]
    places += [0, 0]  # so that what follows can be looked at
    sounds: list[tuple[str, ...]] = []
    in_cluster = False
    at = 0
    while at < len(codes):
        place = places[at]
        at += 1
        if place not in _CONSONANTS:
            sounds += [
                spellings
                for table in (_VOWELS, _SIGNS, _OTHER_SIGNS)
                if (spellings := table.get(place))
            ]
            continue
        spellings = _CONSONANTS[place]
        if codes[at - 1] - place == _TAMIL:
            spellings = _TAMIL_CONSONANTS.get(place, spellings)
        if places[at] == _NO_VOWEL and (place, places[at + 1]) in _CLUSTERS:
            spellings = _CLUSTERS[place, places[at + 1]]
            at += 2
            in_cluster = True
        sounds.append(spellings)
        if places[at] == _DOT_BELOW:
            sounds[-1] = _DOTTED.get(place, spellings)
            at += 1
        if places[at] == _NO_VOWEL:
            at += 1
            in_cluster = True
        else:
            if places[at] not in _SIGNS:
                sounds.append(
                    _INHERENT if at < len(codes) else _inherent_at_the_end(codes[-1], in_cluster)
                )
            in_cluster = False
    return tuple(sounds)


def _inherent_at_the_end(code: int, in_cluster: bool) -> tuple[str, ...]:
    if code >= _TAMIL:
        return _SPOKEN_AT_THE_END
    return _AFTER_CLUSTER_AT_THE_END if in_cluster else _SILENT_AT_THE_END


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the one reading of a name."""
    sounds = sounds_of(name)
    return (sounds,) if sounds else ()
