"""Names: tidied, never checked.

A tidy name is one line in Unicode normal form C, with no control characters and no white space
around it or twice inside it. Case is left alone (McDonald, van der Berg). So are invisible
format characters, since names in Persian and in Indic scripts are spelt with joiners. Tidying
a tidy name changes nothing.
"""

import unicodedata


def read_name(raw: str) -> str:
    """Tidy a name cell; "" when it holds nothing but white space and control characters."""
    name = raw if raw.isprintable() else _without_controls(raw)
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    return " ".join(name.split())


def _without_controls(raw: str) -> str:
    return "".join(
        character
        for character in raw
        if character.isspace() or unicodedata.category(character) != "Cc"
    )
