"""Names in Greek letters: ELOT 743 (ISO 843, passports), BGN/PCGN, and what people write.

Giorgos, Georgios, Yiorgos; Eleftheria, Elefteria; Papadopoulos, Papadopulos.
"""

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_LETTERS: dict[str, tuple[str, ...]] = {
    "α": ("a",),
    "β": ("v", "b"),
    "γ": ("g", "y", "gh", "i"),
    "δ": ("d", "dh"),
    "ε": ("e", "ai"),
    "ζ": ("z",),
    "η": ("i", "e", "h"),
    "θ": ("th", "t"),
    "ι": ("i", "y", "j"),
    "κ": ("k", "c"),
    "λ": ("l",),
    "μ": ("m",),
    "ν": ("n",),
    "ξ": ("x", "ks"),
    "ο": ("o",),
    "π": ("p",),
    "ρ": ("r", "rh"),
    "σ": ("s", "ss"),
    "ς": ("s",),
    "τ": ("t",),
    "υ": ("y", "i", "u"),
    "φ": ("f", "ph"),
    "χ": ("ch", "h", "kh", "x"),
    "ψ": ("ps",),
    "ω": ("o", "w"),
}
_GROUPS: dict[str, tuple[str, ...]] = {
    "ου": ("ou", "u", "oo", "oy"),
    "αι": ("ai", "e", "ae"),
    "ει": ("ei", "i"),
    "οι": ("oi", "i"),
    "υι": ("yi", "i"),
    "αυ": ("av", "af", "au", "ay"),
    "ευ": ("ev", "ef", "eu", "ey"),
    "ηυ": ("iv", "if", "iu"),
    "γγ": ("ng", "gg", "g"),
    "γκ": ("gk", "g", "nk", "ng"),
    "γξ": ("nx", "gx"),
    "γχ": ("nch", "gch", "nh"),
    "μπ": ("mp", "b", "mb"),
    "ντ": ("nt", "d", "nd"),
    "τζ": ("tz", "j", "dz"),
    "κκ": ("kk", "k"),
    "σσ": ("ss", "s"),
    "νν": ("nn", "n"),
    "ππ": ("pp", "p"),
    "ττ": ("tt", "t"),
    "ρρ": ("rr", "r"),
    "λλ": ("ll", "l"),
    "γι": ("gi", "yi", "gy", "i", "y", "ghi"),
    "γε": ("ge", "ye", "gie", "yie", "ghe"),
    "γιω": ("gio", "yio", "yo", "geo"),
    "ιω": ("io", "yo"),
    "ια": ("ia", "ya", "ea"),
}
_LONGEST_GROUP = 3


def sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in lower-case Greek letters; an unknown letter has none."""
    sounds = []
    at = 0
    while at < len(name):
        for length in range(_LONGEST_GROUP, 1, -1):
            if name[at : at + length] in _GROUPS:
                sounds.append(_GROUPS[name[at : at + length]])
                at += length
                break
        else:
            if name[at] in _LETTERS:
                sounds.append(_LETTERS[name[at]])
            at += 1
    return tuple(sounds)


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the one reading of a name in Greek letters."""
    sounds = sounds_of(name)
    return (sounds,) if sounds else ()
