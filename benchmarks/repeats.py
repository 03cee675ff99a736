"""How a person is written, the first time and again: other years, other forms, other clerks.

`Recipe` says how many repeats there are and what happens to them. Whatever happens, a repeat keeps
the person's phone or email as it was, so that somebody careful could find it; only a recipe that
`is_careless` does not see to that.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cultures import Culture, Name
from households import Person, new_address, new_number, plain

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


def first_row(person: Person, of: Culture, draw: random.Random) -> WrittenRow:
    """Return a person's row as it was first written."""
    row = _as_known(person, person.writes_own_script, of)
    _mark(row, person, draw, share=1.0)
    row.phone = _phone_as_written(row.phone, row.extension, of, draw)
    return row


def repeated_row(
    person: Person, of: Culture, draw: random.Random, recipe: "Recipe"
) -> WrittenRow:
    """Return another row of the person: one to three things are other than on the first."""
    own_script = person.writes_own_script
    changes: list[str] = []
    if of.own_script and draw.random() < 0.12:
        own_script = not own_script
        changes = ["other script"]
    row = replace(_as_known(person, own_script, of), changes=changes)
    shares = recipe.changes
    wanted = draw.choices(list(shares), list(shares.values()), k=draw.choices((1, 2, 3), recipe.changes_a_row)[0])
    for name in dict.fromkeys(wanted):
        if recipe.is_careless:
            row.has_own_phone, row.has_own_email = bool(row.phone), bool(row.email)
        if CHANGES[name](row, person, of, draw):
            row.changes.append(name)
    _mark(row, person, draw, share=0.95)
    if row.email and draw.random() < 0.2:
        row.email = _email_again(row.email, draw)
    row.phone = _phone_as_written(row.phone, row.extension, of, draw)
    return row


def _as_known(person: Person, own_script: bool, of: Culture) -> WrittenRow:
    first = _written(person.first, own_script) if person.first else ""
    last = " ".join(_written(name, own_script) for name in person.family)
    return WrittenRow(
        person.phone,
        person.extension,
        person.email,
        first,
        last,
        own_script and any(name.own for name in (person.first, *person.family) if name),
        bool(person.phone),
        bool(person.email) and not person.email.startswith("info@"),
    )


def _written(name: Name, own_script: bool) -> str:
    return name.own if own_script and name.own else name.spellings[0]


def _mark(row: WrittenRow, person: Person, draw: random.Random, share: float) -> None:
    if not person.mark or draw.random() >= share:
        return
    if person.mark in ("ifj.", "ifj", "id."):  # Hungarian puts it before the whole name
        row.last_name = f"{person.mark} {row.last_name}"
    elif row.last_name and draw.random() < 0.75:
        row.last_name += f" {person.mark}"
    else:
        row.first_name += f" {person.mark}"


def _phone_as_written(number: str, extension: str, of: Culture, draw: random.Random) -> str:
    if not number:
        return ""
    sign = draw.choice(("", " ", " ", "-", "."))
    parts = (number[:3], number[3:6], number[6:]) if draw.random() < 0.6 else (number[:2], number[2:])
    body = sign.join(part for part in parts if part)
    match draw.choices(range(4), (45, 30, 15, 10))[0]:
        case 0:
            text = f"+{of.calling_code} {body}"
        case 1:
            text = of.trunk + body
        case 2:
            text = f"+{of.calling_code}{number}"
        case _:
            text = f"+{of.calling_code} ({parts[0]}) {sign.join(parts[1:])}"
    return text + (draw.choice((" x", " ext. ", " ext ")) + extension if extension else "")


def _email_again(email: str, draw: random.Random) -> str:
    local, _, provider = email.partition("@")
    match draw.randrange(3):
        case 0:
            return email.upper()
        case 1:
            return f"{local}+{draw.choice(('offers', 'web', '2024'))}@{provider}"
        case _:
            if provider != "gmail.com" or len(local) < 5 or "." in local:
                return f" {email.capitalize()} "
            at = draw.randrange(2, len(local) - 1)
            return f"{local[:at]}.{local[at:]}@{provider}"


# What can happen to a row ---------------------------------------------------------------------


def _new_phone(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_phone():
        return False
    row.phone, row.extension, row.has_own_phone = new_number(of, draw), "", False
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
    row.email, row.has_own_email = new_address(person, of, draw), False
    return True


def _other_provider(row: WrittenRow, person: Person, of: Culture, draw: random.Random) -> bool:
    if not row.can_lose_email() or not row.email:
        return False
    local, _, provider = row.email.partition("@")
    others = [other for other in of.providers.split() if other != provider]
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
        row.first_name, row.last_name = row.first_name.translate(table), row.last_name.translate(table)
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """How people are repeated: shares of 0, 1, 2… repeats, of 1 to 3 changes, and of each change."""

    repeats: tuple[float, ...] = (0.7, 0.19, 0.08, 0.03)
    changes_a_row: tuple[float, float, float] = (0.4, 0.4, 0.2)
    changes: Mapping[str, float] = field(
        default_factory=lambda: {
            "nothing": 9, "new phone": 8, "no phone": 8, "phone slip": 5, "no extension": 2,
            "new email": 8, "other provider": 2, "no email": 8, "email slip": 4, "other form": 11,
            "other family spelling": 5, "half family name": 5, "marriage": 3, "no accents": 7,
            "first name slip": 7, "last name slip": 7, "initial": 4, "no first name": 2,
            "no last name": 3, "middle name": 4, "swapped": 5, "one field": 4, "capitals": 5,
            "title": 3,
        }  # fmt: skip
    )
    has_families: bool = True
    is_careless: bool = False


TIDY = Recipe(
    repeats=(0.62, 0.24, 0.09, 0.05),
    changes={
        "nothing": 20, "other provider": 14, "no email": 8, "email slip": 3, "no phone": 6,
        "phone slip": 3, "first name slip": 8, "last name slip": 8, "other form": 10, "swapped": 6,
        "capitals": 6, "initial": 4, "no first name": 2, "no last name": 2,
    },  # fmt: skip
    has_families=False,
    is_careless=True,
)
"""Leads without families: many repeats, few changes each."""

NOISY = Recipe(
    repeats=(0.7, 0.2, 0.07, 0.03),
    changes_a_row=(0.25, 0.4, 0.35),
    changes={
        "nothing": 8, "phone slip": 14, "email slip": 14, "masked email": 8, "no email": 4,
        "no phone": 4, "names cut": 14, "names mangled": 40, "capitals": 12,
        "first name slip": 8, "last name slip": 8,
    },  # fmt: skip
    has_families=False,
    is_careless=True,
)
"""Contacts that went through bad forms and scans: several letters of both names wrong, or cut."""


def _slip(text: str, draw: random.Random) -> str:
    """One letter missing, too many, wrong, or swapped with its neighbour; not the first."""
    if len(text) < 4 or not text.isascii() and not _is_alphabet(text):
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
