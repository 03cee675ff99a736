"""How a person is written, the first time and again: other years, other forms, other clerks.

`Recipe` says how many repeats there are and what happens to them. Whatever happens, a repeat keeps
the person's phone or email as it was, so that somebody careful could find it; only a recipe that
`is_careless` does not see to that.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cultures import Culture, Name
from households import Person
from row_changes import CHANGES, WrittenRow


@dataclass(frozen=True, slots=True)
class Recipe:
    """How people are repeated: shares of 0, 1, 2… repeats, of 1, 2, 3 changes, of each change."""

    repeats: tuple[float, ...] = (0.7, 0.19, 0.08, 0.03)
    changes_a_row: tuple[float, float, float] = (0.4, 0.4, 0.2)
    changes: Mapping[str, float] = field(
        default_factory=lambda: {
            "nothing": 9,
            "new phone": 8,
            "no phone": 8,
            "phone slip": 5,
            "no extension": 2,
            "new email": 8,
            "other provider": 2,
            "no email": 8,
            "email slip": 4,
            "other form": 11,
            "other family spelling": 5,
            "half family name": 5,
            "marriage": 3,
            "no accents": 7,
            "first name slip": 7,
            "last name slip": 7,
            "initial": 4,
            "no first name": 2,
            "no last name": 3,
            "middle name": 4,
            "swapped": 5,
            "one field": 4,
            "capitals": 5,
            "title": 3,
        }
    )
    has_families: bool = True
    is_careless: bool = False


TIDY = Recipe(
    repeats=(0.62, 0.24, 0.09, 0.05),
    changes={
        "nothing": 20,
        "other provider": 14,
        "no email": 8,
        "email slip": 3,
        "no phone": 6,
        "phone slip": 3,
        "first name slip": 8,
        "last name slip": 8,
        "other form": 10,
        "swapped": 6,
        "capitals": 6,
        "initial": 4,
        "no first name": 2,
        "no last name": 2,
    },
    has_families=False,
    is_careless=True,
)
"""Leads without families: many repeats, few changes each."""

NOISY = Recipe(
    repeats=(0.7, 0.2, 0.07, 0.03),
    changes_a_row=(0.25, 0.4, 0.35),
    changes={
        "nothing": 8,
        "phone slip": 14,
        "email slip": 14,
        "masked email": 8,
        "no email": 4,
        "no phone": 4,
        "names cut": 14,
        "names mangled": 40,
        "capitals": 12,
        "first name slip": 8,
        "last name slip": 8,
    },
    has_families=False,
    is_careless=True,
)
"""Contacts that went through bad forms and scans: several letters of both names wrong, or cut."""


def first_row(person: Person, of: Culture, draw: random.Random) -> WrittenRow:
    """Return a person's row as it was first written."""
    row = _as_known(person, person.writes_own_script, of)
    _mark(row, person, of, draw, share=1.0)
    row.phone = _phone_as_written(row.phone, row.extension, of, draw)
    return row


def repeated_row(person: Person, of: Culture, draw: random.Random, recipe: "Recipe") -> WrittenRow:
    """Return another row of the person: one to three things are other than on the first."""
    own_script = person.writes_own_script
    changes: list[str] = []
    if of.own_script and draw.random() < 0.12:
        own_script = not own_script
        changes = ["other script"]
    row = replace(_as_known(person, own_script, of), changes=changes)
    shares = recipe.changes
    wanted = draw.choices(
        list(shares), list(shares.values()), k=draw.choices((1, 2, 3), recipe.changes_a_row)[0]
    )
    for name in dict.fromkeys(wanted):
        if recipe.is_careless:
            row.has_own_phone, row.has_own_email = bool(row.phone), bool(row.email)
        if CHANGES[name](row, person, of, draw):
            row.changes.append(name)
    _mark(row, person, of, draw, share=0.95)
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


def _mark(row: WrittenRow, person: Person, of: Culture, draw: random.Random, share: float) -> None:
    if not person.mark or draw.random() >= share:
        return
    if of.mark_stands_first:
        row.last_name = f"{person.mark} {row.last_name}"
    elif row.last_name and draw.random() < 0.75:
        row.last_name += f" {person.mark}"
    else:
        row.first_name += f" {person.mark}"


def _phone_as_written(number: str, extension: str, of: Culture, draw: random.Random) -> str:
    if not number:
        return ""
    sign = draw.choice(("", " ", " ", "-", "."))
    parts = (
        (number[:3], number[3:6], number[6:]) if draw.random() < 0.6 else (number[:2], number[2:])
    )
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
