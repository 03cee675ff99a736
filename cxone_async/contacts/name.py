"""Names: tidied, never judged.

Guarantee: what remains is the name as a person would write it in one line: no control
characters, no white space around it or twice inside it, Unicode normal form C. Case is
left alone (McDonald, van der Berg), and so are invisible format characters, since joiners
spell names in Persian and in Indic scripts. Tidying a tidied name changes nothing.
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
