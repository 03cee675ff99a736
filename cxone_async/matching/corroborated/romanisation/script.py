"""Which script a name is written in."""

from bisect import bisect_right
from enum import Enum


class Script(Enum):
    """The scripts that `romanisation` tells apart. A name in kana and Han characters is HAN."""

    LATIN = "Latin"
    CYRILLIC = "Cyrillic"
    GREEK = "Greek"
    ARABIC = "Arabic"
    HEBREW = "Hebrew"
    INDIC = "Indic"
    HAN = "Han"
    KANA = "kana"
    HANGUL = "Hangul"
    ARMENIAN = "Armenian"
    GEORGIAN = "Georgian"
    OTHER = "other"


# Where each run of code points begins (Unicode's blocks), and its script; None has no say: marks,
# digits, signs.
_BLOCKS: tuple[tuple[int, Script | None], ...] = (
    (0x0000, None),
    (0x0041, Script.LATIN),
    (0x005B, None),
    (0x0061, Script.LATIN),
    (0x007B, None),
    (0x00C0, Script.LATIN),
    (0x02B0, None),
    (0x0370, Script.GREEK),
    (0x0400, Script.CYRILLIC),
    (0x0530, Script.ARMENIAN),
    (0x0590, Script.HEBREW),
    (0x0600, Script.ARABIC),
    (0x0700, Script.OTHER),  # Syriac, Thaana, N'Ko
    (0x0750, Script.ARABIC),
    (0x0780, Script.OTHER),
    (0x0870, Script.ARABIC),
    (0x0900, Script.INDIC),  # Devanagari, Bengali ... Malayalam
    (0x0D80, Script.OTHER),  # Sinhala, Thai, Lao, Tibetan, Myanmar
    (0x10A0, Script.GEORGIAN),
    (0x1100, Script.HANGUL),
    (0x1200, Script.OTHER),
    (0x1C80, Script.CYRILLIC),
    (0x1C90, Script.GEORGIAN),
    (0x1CC0, Script.OTHER),
    (0x1D00, Script.LATIN),
    (0x1DC0, None),
    (0x1E00, Script.LATIN),
    (0x1F00, Script.GREEK),
    (0x2000, None),
    (0x2C60, Script.LATIN),
    (0x2C80, Script.OTHER),
    (0x2DE0, Script.CYRILLIC),
    (0x2E00, None),
    (0x2E80, Script.HAN),
    (0x2FE0, None),
    (0x3005, Script.HAN),  # the mark that repeats the character before it
    (0x3008, None),
    (0x3041, Script.KANA),
    (0x3099, None),
    (0x309D, Script.KANA),
    (0x30FB, None),
    (0x30FC, Script.KANA),
    (0x3100, Script.OTHER),  # Bopomofo
    (0x3130, Script.HANGUL),
    (0x3190, None),
    (0x31F0, Script.KANA),
    (0x3200, None),
    (0x3400, Script.HAN),
    (0x4DC0, None),
    (0x4E00, Script.HAN),
    (0xA000, Script.OTHER),
    (0xA640, Script.CYRILLIC),
    (0xA6A0, Script.OTHER),
    (0xA720, Script.LATIN),
    (0xA800, Script.OTHER),
    (0xA8E0, Script.INDIC),
    (0xA900, Script.OTHER),
    (0xA960, Script.HANGUL),
    (0xA980, Script.OTHER),
    (0xAC00, Script.HANGUL),
    (0xD800, None),
    (0xF900, Script.HAN),
    (0xFB00, Script.LATIN),
    (0xFB13, Script.OTHER),
    (0xFB1D, Script.HEBREW),
    (0xFB50, Script.ARABIC),
    (0xFE00, None),
    (0xFE70, Script.ARABIC),
    (0xFEFF, None),
    (0xFF21, Script.LATIN),
    (0xFF5B, None),
    (0xFF66, Script.KANA),
    (0xFFA0, Script.HANGUL),
    (0xFFE0, None),
    (0x10000, Script.OTHER),
    (0x1B000, Script.KANA),
    (0x1B170, Script.OTHER),
    (0x1F000, None),
    (0x20000, Script.HAN),
    (0x323B0, Script.OTHER),
)
_BEGINNINGS = [beginning for beginning, _ in _BLOCKS]
_SCRIPTS = [script for _, script in _BLOCKS]


def script_of(name: str) -> Script:
    """Return the script of a name; OTHER when it has several, or none.

    Han characters with kana are HAN. A name without letters is OTHER.
    """
    if name.isascii():
        return Script.LATIN if any(map(str.isalpha, name)) else Script.OTHER
    scripts = {_SCRIPTS[bisect_right(_BEGINNINGS, ord(letter)) - 1] for letter in name}
    scripts.discard(None)
    if scripts == {Script.HAN, Script.KANA}:
        return Script.HAN
    script = scripts.pop() if len(scripts) == 1 else None
    return script or Script.OTHER
