"""Labelled lists for the matching benchmark, each made from a seed.

`households`: families who share a landline, often a mailbox, and a last name, with one row a
person. Some rows repeat a person, with typing errors. A policy must not drop relatives.
`few_names`: people who share a handful of names and nothing else. Phones are in no real range,
emails at example domains.
"""

import random
from collections.abc import Iterator

from cxone_async.contacts.model import Contact

LabelledContact = tuple[Contact, str]


def _words(text: str) -> list[str]:
    return text.split()


_GIVEN = _words(
    """
    Mary John Susan Peter Anna Paul Laura Mark Julia Thomas Emma James Olivia Robert Sofia
    Daniel Daniela Paolo Paola Giulia Marco Luca Chiara Matteo Francesca Andrea Alessandro
    Jayden Hayden Kayden Aiden Brayden Aaliyah Nevaeh Priya Rohan Ananya Arjun Kavya Vikram Mei
    Wei Hao Ling Jun Yuki Haruto Sakura Kenji Aisha Omar Fatima Yusuf Layla Hassan Ingrid Lars
    Astrid Sven Freya Bjorn Marta Pawel Agnieszka Tomasz Zofia Ivan Olga Dmitri Natasha Mario
    Maria Jose Josefa Carlos Carla Luis Luisa Miguel Eric Erica Jean Joan Joanna Jan Jana
    Christian Christina Martin Martina Patrick Patricia Alan Elena Helena Tyler Taylor Kyle
    Kylie Ryan Bryan Brian Dean Sean Shaun Jon Ian Evan Ava Eva Mia Lia Noa Noah Leo Lea Theo
    Thea
    """
)
_FAMILY = _words(
    """
    Smith Johnson Nguyen Garcia Rossi Bianchi Patel Sharma Kim Lee Chen Wang Tanaka Sato Hassan
    Ali Jensen Larsen Kowalski Nowak Ivanov Petrov Silva Santos Muller Schmidt Dubois Lefevre
    Murphy Kelly Okafor Mensah Haddad Cohen Levi Fischer Weber Moreau Ricci Greco Fontana Novak
    Horvat Popescu Ionescu Papadakis Andersson Lindqvist Virtanen Korhonen OBrien McCarthy
    Fitzgerald Abernathy Blackwood Carmichael Dunleavy Eastwood Fairbanks Galloway Hathaway
    """
)
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")


def few_names(people: int, seed: int) -> Iterator[LabelledContact]:
    """Yield people of 25 first and 40 last names who share no phone and no email."""
    draw = random.Random(seed)
    phones = draw.sample(range(10**7), people)
    for row in range(1, people + 1):
        first, last = draw.choice(_GIVEN[:25]), draw.choice(_FAMILY[:40])
        email = f"{first}.{last}{row}@{draw.choice(_DOMAINS)}".lower()
        yield _contact(row, f"1999{phones[row - 1]:07}", email, first, last), f"p{row}"


def households(rows: int, seed: int) -> Iterator[LabelledContact]:
    """Yield families of one to five; about every eighth row repeats an earlier person."""
    draw = random.Random(seed)
    made: list[tuple[str, str, str, str, str]] = []
    household = 0
    while len(made) < rows:
        household += 1
        made += _household(household, draw)
    made = made[:rows]
    draw.shuffle(made)
    for row, (phone, email, first, last, person) in enumerate(made, 1):
        yield _contact(row, phone, email, first, last), person


def _household(number: int, draw: random.Random) -> list[tuple[str, str, str, str, str]]:
    family = draw.choice(_FAMILY)
    landline = f"1888{draw.randrange(10**7):07}"
    mailbox = f"{family.lower()}.family{draw.randrange(10**4)}@{draw.choice(_DOMAINS)}"
    shares_mailbox = draw.random() < 0.5
    members = draw.sample(_GIVEN, draw.choice((1, 2, 2, 3, 4, 5)))
    if len(members) > 1 and draw.random() < 0.05:
        members[0], members[1] = f"{members[0]} Sr.", f"{members[0]} Jr."
    made = []
    for place, first in enumerate(members):
        last = family if draw.random() < 0.9 else draw.choice(_FAMILY)
        own = f"{first.split()[0]}.{last}{draw.randrange(100)}@{draw.choice(_DOMAINS)}".lower()
        email = mailbox if shares_mailbox else draw.choice((own, own, ""))
        phone = landline if draw.random() < 0.9 else f"1877{draw.randrange(10**7):07}"
        person = f"h{number}.{place}"
        made.append((phone, email, first, last, person))
        if draw.random() < 0.15:
            made.append((*_mistyped(phone, email, first, last, draw), person))
    return made


def _mistyped(
    phone: str, email: str, first: str, last: str, draw: random.Random
) -> tuple[str, str, str, str]:
    match draw.randrange(6):
        case 0:
            return phone, email, _slip(first, draw), last
        case 1:
            return phone, email, first, _slip(last, draw)
        case 2:
            return phone, "", first.upper(), last
        case 3:
            return phone, email, last, first
        case 4:
            return (
                phone,
                f"{first.split(maxsplit=1)[0].lower()}{draw.randrange(10**5)}@example.org",
                first,
                last,
            )
        case _:
            return phone, email, first, last


def _slip(name: str, draw: random.Random) -> str:
    at = draw.randrange(1, max(2, len(name) - 1))
    match draw.randrange(3):
        case 0:
            return name[:at] + name[at + 1 :]
        case 1:
            return name[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + name[at:]
        case _:
            return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def _contact(row: int, phone: str, email: str, first: str, last: str) -> Contact:
    return Contact(row, phone, "", email, first, last, "US", phone, email)
