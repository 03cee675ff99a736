"""Names that people bear, from `data/given_names.txt`: is a spelling a name of its own?

Two of them are two people's names, however alike they are, unless they are forms of one name.
The list is long and not complete: that a name is missing from it says nothing.

Importing this module reads the file. Only what matches imports it.
"""

from pkgutil import get_data

from cxone_async.matching.corroborated.nicknames import FULL_NAMES

_DATA = get_data(__package__, "data/given_names.txt")
assert _DATA is not None  # noqa: S101  only a loader that cannot read data gives None

_FLAGS = {
    name: flags
    for line in _DATA.decode().split("\n")
    if line and not line.startswith("#")
    for name, _, flags in [line.partition(" ")]
}

COMPOUNDING = frozenset(name for name, flags in _FLAGS.items() if "+" in flags)
"""Names that begin many double names, as Maria, Jean and Muhammad do: brothers may share them."""

SYLLABIC = frozenset(name for name, flags in _FLAGS.items() if "~" in flags)
"""Names of China, Japan, Korea and Vietnam in Latin letters: each syllable is spelt by a system, so
what is one sound in Europe makes two names here (Jiyun and Jihyun, Khang and Hang)."""

GIVEN_NAMES = frozenset(_FLAGS) | FULL_NAMES.keys()
"""Given names in standard form, in Latin letters, and their short forms."""

FRONT_WORDS = frozenset(
    [
        "thi",
        "van",
        "huu",
        "duc",
        "dinh",
        "mohamed",
        "mohammad",
        "mohammed",
        "muhamad",
        "muhammad",
        "muhammed",
        "md",
        "siti",
        "sri",
        "shri",
        "syed",
    ]
)
"""Words before the name by which people are called, Vietnamese middle names and others. One
person is written with them and without: Thi Lan and Lan, Muhammad Umar and Umar."""

_MIDDLE_WORDS_TOO = """
ngoc thu thanh minh quang xuan kim hong bich tuan hoang gia quoc cong duy phuong my thuy nhat anh
bao khanh tan trong viet manh dang
"""
MIDDLE_WORDS = FRONT_WORDS.union(_MIDDLE_WORDS_TOO.split())
"""Vietnamese middle names that are given names too. Relatives do not share the name behind them."""
