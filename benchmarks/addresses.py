"""Phone numbers and addresses that people of a culture have."""

import random
import re
import unicodedata

from cultures import Culture, Name

_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "æ": "ae",
        "Æ": "Ae",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ł": "l",
        "Ł": "L",
    }
)


def plain(text: str) -> str:
    """Return Latin letters without accents."""
    decomposed = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def plain_letters(text: str) -> str:
    """Return the letters and digits that an address may have."""
    return re.sub("[^a-z0-9]", "", plain(text).lower())


def handle(name: Name | None) -> str:
    return plain_letters(name.spellings[0]) if name else ""


def new_number(pattern: str, draw: random.Random) -> str:
    """Return a national number of a pattern."""
    digits = {"#": "0123456789", "@": "23456789"}
    return "".join(draw.choice(digits.get(sign, sign)) for sign in pattern)


_ADDRESSES = (
    (14, "{first}.{last}"),
    (6, "{first}{last}"),
    (6, "{initial}{last}"),
    (4, "{initial}.{last}"),
    (4, "{first}_{last}"),
    (5, "{last}.{first}"),
    (9, "{first}.{last}{number}"),
    (11, "{first}{last}{number}"),
    (10, "{first}{number}"),
    (5, "{last}{number}"),
    (6, "{initial}{last}{number}"),
    (15, "{word}{number}"),
)
_WORDS = """
    sun river tiger coffee guitar pixel ocean maple rocket panda velvet storm cactus lemon mango
    falcon ember comet piano cobalt willow breeze
"""


def new_address(
    first_name: Name | None, family: tuple[Name, ...], of_culture: Culture, draw: random.Random
) -> str:
    """Return an address: four in five are made of the name, in one of its Latin spellings."""
    first = last = ""
    if first_name:
        first = draw.choice((first_name.spellings[0], *first_name.spellings))
        if first_name.short_forms and draw.random() < 0.15:
            first = draw.choice(first_name.short_forms)
    if family:
        last = draw.choice((family[0].spellings[0], *family[0].spellings))
    if "men's middle" in of_culture.pools and first:
        first = first.split()[-1]
    first, last = plain_letters(first), plain_letters(last)
    pattern = draw.choices([p for _, p in _ADDRESSES], [share for share, _ in _ADDRESSES])[0]
    if not first or not last:
        pattern = "{first}{last}{number}" if first or last else "{word}{number}"
    number = draw.choice((draw.randint(1, 99), draw.randint(1948, 2009), draw.randint(1, 9999)))
    word = "".join(draw.choices(_WORDS.split(), k=2))
    local = pattern.format(first=first, last=last, initial=first[:1], number=number, word=word)
    providers = of_culture.providers
    provider = draw.choices(providers, [1 / place for place in range(1, len(providers) + 1)])[0]
    return f"{local}@{provider}"
