"""What can happen to a row when it is written again: `CHANGES`, by name.

Each function changes a row in place, and says False where there is nothing to change.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from addresses import new_address, new_number, plain
from cultures import Culture
from households import Person

_LETTERS = "aeioulnrstmkdbpg"


@dataclass(slots=True)
class WrittenRow:
    """The cells of a row. `has_own_phone` and `has_own_email` say that they are the person's."""

    phone: str
    extension: str
    email: str
    first_name: str
    last_name: str
    in_own_script: bool
    has_own_phone: bool
    has_own_email: bool
    changes: list[str] = field(default_factory=list)

    def can_lose_phone(self) -> bool:
        return self.has_own_phone and self.has_own_email

    can_lose_email = can_lose_phone


Change = Callable[[WrittenRow, Person, Culture, random.Random], bool]
"""Changes the row in place; False where it has nothing to change."""


def _slip(text: str, draw: random.Random) -> str:
    """One letter missing, too many, wrong, or swapped with its neighbour; not the first."""
    if len(text) < 4 or (not text.isascii() and not _is_alphabet(text)):
        return text
    at = draw.randrange(1, len(text) - 1)
    letters = _LETTERS if text.isascii() else text.lower()
    match draw.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + draw.choice(letters) + text[at:]
        case 2:
            return text[:at] + draw.choice(letters) + text[at + 1 :]
        case _:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _mangled(text: str, draw: random.Random) -> str:
    if len(text) < 2:
        return text
    at = draw.randrange(len(text))
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz")
    return text[:at] + draw.choice(("", letter, letter + text[at])) + text[at + 1 :]


def _is_alphabet(text: str) -> bool:
    """Say whether a slip of a letter leaves something that looks like a name."""
    return all(letter < "\N{HEBREW LETTER ALEF}" for letter in text)


def _new_phone(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_phone():
        return False
    row.phone, row.extension, row.has_own_phone = new_number(of.mobile, draw), "", False
    return True


def _no_phone(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_phone():
        return False
    row.phone, row.extension, row.has_own_phone = "", "", False
    return True


def _phone_slip(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_phone():
        return False
    at = draw.randrange(2, len(row.phone))
    other = str((int(row.phone[at]) + draw.randint(1, 9)) % 10)
    row.phone = row.phone[:at] + other + row.phone[at + 1 :]
    row.has_own_phone = False
    return True


def _no_extension(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    had, row.extension = row.extension, ""
    return bool(had)


def _new_email(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email():
        return False
    row.email, row.has_own_email = new_address(person.first, person.family, of, draw), False
    return True


def _other_provider(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email() or not row.email:
        return False
    local, _, provider = row.email.partition("@")
    others = [other for other in of.providers if other != provider]
    row.email, row.has_own_email = f"{local}@{draw.choice(others)}", False
    return True


def _no_email(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email():
        return False
    row.email, row.has_own_email = "", False
    return True


def _email_slip(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email() or not row.email:
        return False
    local, _, provider = row.email.partition("@")
    row.email, row.has_own_email = f"{_slip(local, draw)}@{provider}", False
    return True


def _masked_email(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email() or not row.email:
        return False
    row.email, row.has_own_email = f"{row.email[:3]}***@{row.email.partition('@')[2]}", False
    return True


def _other_form(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    """A short form, or another spelling, of the first name."""
    if person.first is None or not row.first_name:
        return False
    if row.in_own_script:
        forms = person.first.own_short_forms
    else:
        forms = (*person.first.short_forms, *person.first.spellings[1:])
    if not forms:
        return False
    row.first_name = draw.choice(forms)
    return True


def _other_family_spelling(
    row: WrittenRow, person: Person, of: Culture, draw: random.Random
) -> bool:
    if row.in_own_script or not person.family or len(person.family[0].spellings) < 2:
        return False
    row.last_name = " ".join(
        draw.choice((*name.spellings[1:], name.spellings[0])) for name in person.family
    )
    return True


def _half_family_name(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    for joins in ("-", " "):
        halves = row.last_name.split(joins)
        if len(halves) == 2 and (joins == "-" or len(person.family) == 2):
            row.last_name = halves[draw.random() < 0.4]
            return True
    return False


def _marriage(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    """Another family name, or a double one, at the same phone and email."""
    if person.sex != "women" or person.role not in ("alone", "spouse", "parent"):
        return False
    if not person.family or row.in_own_script or of.spouse_keeps > 0.6:
        return False
    if person.married_name is None:
        person.married_name = of.for_sex(of.family_name(draw), "women")
    new = person.married_name.spellings[0]
    row.last_name = new if draw.random() < 0.5 else f"{person.family[0].spellings[0]}-{new}"
    return True


def _no_accents(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if row.in_own_script:
        return False
    was = row.first_name + row.last_name
    expanded = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"}
    if of.code in ("de", "is") and draw.random() < 0.6:
        table = str.maketrans(expanded | {"ß": "ss"})
        row.first_name, row.last_name = (
            row.first_name.translate(table),
            row.last_name.translate(table),
        )
    row.first_name, row.last_name = plain(row.first_name), plain(row.last_name)
    return row.first_name + row.last_name != was


def _first_name_slip(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    was, row.first_name = row.first_name, _slip(row.first_name, draw)
    return was != row.first_name


def _last_name_slip(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    was, row.last_name = row.last_name, _slip(row.last_name, draw)
    return was != row.last_name


def _initial(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    row.first_name = row.first_name[:1] + draw.choice(("", "."))
    return len(row.first_name) > 0


def _no_first_name(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    had, row.first_name = row.first_name, ""
    return bool(had)


def _no_last_name(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    had, row.last_name = row.last_name, ""
    return bool(had)


def _middle_name(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if row.in_own_script or not row.first_name or of.code in ("zh", "ko", "ja", "vi"):
        return False
    middle = of.first_name(person.sex, draw).spellings[0]
    row.first_name += f" {middle}" if draw.random() < 0.3 else f" {middle[0]}."
    return True


def _swapped(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    row.first_name, row.last_name = row.last_name, row.first_name
    return bool(row.first_name and row.last_name)


def _one_field(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not (row.first_name and row.last_name):
        return False
    joins = of.joins if row.in_own_script else " "
    if of.is_family_first and draw.random() < 0.6:
        row.first_name, row.last_name = f"{row.last_name}{joins}{row.first_name}", ""
    else:
        row.first_name, row.last_name = f"{row.first_name} {row.last_name}", ""
    return True


def _capitals(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    row.first_name, row.last_name = row.first_name.upper(), row.last_name.upper()
    return True


def _title(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if row.in_own_script or not row.first_name:
        return False
    titles = ("Mr ", "Mr. ", "Dr. ") if person.sex == "men" else ("Mrs ", "Ms ", "Dr. ")
    row.first_name = draw.choice(titles) + row.first_name
    return True


def _names_cut(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    """A form that holds a few letters."""
    row.first_name = row.first_name[: draw.choice((2, 3))]
    if draw.random() < 0.5:
        row.last_name = row.last_name[: draw.choice((2, 3))]
    return True


def _names_mangled(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    """Several letters of both names are wrong."""
    for _ in range(draw.choice((1, 2, 3))):
        row.first_name = _mangled(row.first_name, draw)
        row.last_name = _mangled(row.last_name, draw)
    return True


def _nothing(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    return True


CHANGES: Mapping[str, Change] = {
    "nothing": _nothing,
    "new phone": _new_phone,
    "no phone": _no_phone,
    "phone slip": _phone_slip,
    "no extension": _no_extension,
    "new email": _new_email,
    "other provider": _other_provider,
    "no email": _no_email,
    "email slip": _email_slip,
    "masked email": _masked_email,
    "other form": _other_form,
    "other family spelling": _other_family_spelling,
    "half family name": _half_family_name,
    "marriage": _marriage,
    "no accents": _no_accents,
    "first name slip": _first_name_slip,
    "last name slip": _last_name_slip,
    "initial": _initial,
    "no first name": _no_first_name,
    "no last name": _no_last_name,
    "middle name": _middle_name,
    "swapped": _swapped,
    "one field": _one_field,
    "capitals": _capitals,
    "title": _title,
    "names cut": _names_cut,
    "names mangled": _names_mangled,
}
