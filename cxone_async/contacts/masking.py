"""Masks a value of a contact: it can be compared by eye, and reaches nobody."""

from typing import Final

MASK: Final = "\N{BULLET}"
PLAIN_MASK: Final = "*"
"""For files: a spreadsheet that takes them for another encoding shows it all the same."""


def mask(value: str, sign: str = MASK) -> str:
    """Keep the first letter of each run of letters, the last two digits, and punctuation."""
    digits_left = sum(character.isdigit() for character in value)
    masked = []
    inside_word = False
    for character in value:
        if character.isdigit():
            digits_left -= 1
            masked.append(character if digits_left < 2 else sign)
            inside_word = False
        elif character.isalpha():
            masked.append(sign if inside_word else character)
            inside_word = True
        else:
            masked.append(character)
            inside_word = False
    return "".join(masked)
