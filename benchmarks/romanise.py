"""Latin letters for Cyrillic and Greek names, in two systems each: a passport's, and people's own.

Names of other scripts have their Latin spellings in `names/`.
"""

_CYRILLIC = (
    "а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f "
    "х kh ц ts ч ch ш sh щ shch ы y э e ю yu я ya"
)
_CYRILLIC_AGAIN = (
    "е ye ё yo й i х h ц c щ sch ю iu я ia"  # where people differ from the passport
)
_GREEK = (
    "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch "
    "ψ ps ω o ά a έ e ή i ί i ό o ύ y ώ o ϊ i ΐ i ϋ y ΰ y"
)
_GREEK_PAIRS = {
    "ου": "ou", "ού": "ou", "αυ": "av", "αύ": "av", "ευ": "ev", "εύ": "ev", "μπ": "b", "ντ": "nt",
    "γγ": "ng", "γκ": "gk", "τσ": "ts", "αι": "ai", "αί": "ai", "ει": "ei", "εί": "ei", "οι": "oi",
    "οί": "oi",
}  # fmt: skip
_GREEK_PAIRS_AGAIN = {
    "ντ": "d", "γκ": "g", "αι": "e", "αί": "e", "ει": "i", "εί": "i", "οι": "i", "οί": "i",
}  # fmt: skip


def _letters(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_RUSSIAN = _letters(_CYRILLIC) | {"ъ": "", "ь": ""}
_SYSTEMS = {
    "ru": (
        (_RUSSIAN, {"ий": "iy", "ый": "yy"}),
        (_RUSSIAN | _letters(_CYRILLIC_AGAIN), {"ий": "y", "ый": "y", "кс": "x"}),
    ),
    "el": (
        (_letters(_GREEK), _GREEK_PAIRS),
        (
            _letters(_GREEK) | _letters("η h υ u ύ u φ ph χ h ξ ks"),
            _GREEK_PAIRS | _GREEK_PAIRS_AGAIN,
        ),
    ),
}


def romanised(text: str, culture: str) -> tuple[str, ...]:
    """Return a name in Latin letters, in both systems: one spelling where they agree."""
    spellings = []
    for letters, pairs in _SYSTEMS[culture]:
        spelling, at = "", 0
        word = text.lower()
        while at < len(word):
            if word[at : at + 2] in pairs:
                spelling, at = spelling + pairs[word[at : at + 2]], at + 2
            else:
                starts_again = letters.get(word[at], word[at])
                # Only at the start of a word do people write the glide: Yegor, but Sergei.
                is_inside = at > 0 and starts_again == "ye"
                spelling, at = spelling + ("e" if is_inside else starts_again), at + 1
        spellings.append(spelling.title() if "'" not in spelling else spelling.capitalize())
    return tuple(dict.fromkeys(spellings))
