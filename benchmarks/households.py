"""Who lives and works together, and what they share: the people behind a labelled list.

About half of the people live alone. The others are couples, parents with children, a parent and a
child of one name, siblings, a mother-in-law of the wife's first name, and flatmates. A third of
the households have one line for all, a fifth of the larger ones one mailbox. Some people work in an
office with a switchboard, some have a number that was another's before, some are companies.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from addresses import handle, new_address, new_number, plain, plain_letters
from cultures import Culture, Name
from rapidfuzz.fuzz import ratio

SEXES = ("men", "women")


@dataclass(slots=True)
class Person:
    """One person. `family` has two names where a culture gives two, none where nobody asked;
    `base` is what relatives form theirs from.

    `mark` tells namesakes of one family apart. `phone` is a national number without its trunk.
    """

    person: str
    household: str
    role: str
    sex: str
    first: Name | None
    family: tuple[Name, ...]
    base: tuple[Name, ...] = ()
    writes_own_script: bool = False
    mark: str = ""
    phone: str = ""
    extension: str = ""
    email: str = ""
    married_name: Name | None = None


@dataclass(slots=True)
class _Town:
    """What is taken already: mailboxes, and numbers that somebody may get again."""

    of: Culture
    draw: random.Random
    mailboxes: set[str] = field(default_factory=set)
    numbers: list[str] = field(default_factory=list)
    households: int = 0


def new_households(
    of_culture: Culture, draw: random.Random, has_families: bool = True
) -> Iterator[list[Person]]:
    """Yield households, offices and companies without end."""
    town = _Town(of_culture, draw)
    kinds, shares = zip(*(_KINDS if has_families else _KINDS[:1]), strict=True)
    while True:
        town.households += 1
        yield draw.choices(kinds, shares)[0](town)


# The members of a household ------------------------------------------------------------------


def _alone(town: _Town) -> list[Person]:
    person = _member(town, "alone", town.draw.choice(SEXES), _family(town))
    return _reachable(town, [person])


def _couple(town: _Town) -> list[Person]:
    return _reachable(town, _spouses(town))


def _parents(town: _Town) -> list[Person]:
    draw = town.draw
    members = [replace(one, role="parent") for one in _spouses(town)]
    for _ in range(draw.choice((1, 1, 2, 2, 3))):
        _add_child(town, members)
    return _reachable(town, members)


def _single_parent(town: _Town) -> list[Person]:
    parent = _member(town, "parent", town.draw.choice(SEXES), _family(town))
    members = [parent]
    for _ in range(town.draw.choice((1, 1, 2))):
        _add_child(town, members)
    return _reachable(town, members)


def _namesakes(town: _Town) -> list[Person]:
    """A father and a son, or a mother and a daughter, of one name; a third without any mark."""
    of, draw = town.of, town.draw
    if not of.younger_marks:
        return _couple(town)
    sex = "men" if draw.random() < 0.85 else "women"
    elder = _member(town, "elder", sex, _family(town))
    younger = replace(elder, person=f"{elder.household}.2", role="younger")
    if draw.random() < 0.67:
        elder.mark = draw.choice(of.elder_marks) if draw.random() < 0.5 else ""
        younger.mark = draw.choice(of.younger_marks)
    members = _reachable(town, [elder, younger])
    if not (elder.mark or younger.mark) and elder.email == younger.email:
        younger.email = _new_email(town, younger)  # else nobody could tell them apart
    return members


def _siblings(town: _Town) -> list[Person]:
    draw = town.draw
    elder = _member(town, "sibling", draw.choice(SEXES), _family(town))
    members = [elder]
    _add_sibling(town, members, elder, share_alike=0.4)
    return _reachable(town, members)


def _in_laws(town: _Town) -> list[Person]:
    """Mother-in-law and daughter-in-law of one first name, two family names, on one line."""
    mother = _member(town, "in-law", "women", _family(town))
    wife = _member(town, "in-law", "women", _family(town), place=2)
    wife.first = mother.first
    return _reachable(town, [mother, wife])


def _flatmates(town: _Town) -> list[Person]:
    count = town.draw.choice((2, 2, 3, 4))
    return _reachable(
        town,
        [
            _member(town, "flatmate", town.draw.choice(SEXES), _family(town), place)
            for place in range(1, count + 1)
        ],
    )


def _office(town: _Town) -> list[Person]:
    draw = town.draw
    domain = "".join(draw.choices("abcdefghiklmnoprstuvz", k=9)) + ".example"
    board, has_extensions = new_number(town.of.landline, town.draw), draw.random() < 0.5
    has_one_pattern = draw.random() < 0.7
    members = []
    for place in range(1, draw.randint(4, 24)):
        one = _member(town, "colleague", draw.choice(SEXES), _family(town), place)
        one.phone, one.extension = board, str(199 + place) if has_extensions else ""
        address = f"{handle(one.first)}.{handle(one.family[0] if one.family else None)}@{domain}"
        if has_one_pattern and address.strip(".") == address and address not in town.mailboxes:
            town.mailboxes.add(address)
            one.email = address
        else:
            one.email = f"info@{domain}" if draw.random() < 0.2 else _new_email(town, one)
        members.append(one)
    return members


def _company(town: _Town) -> list[Person]:
    """A company, its name in one field; one in seven has branches at one address."""
    draw = town.draw
    name = handle(_family(town)[0]).title() + draw.choice(
        (" Pipes", " & Co", " Foods", " Studio", " Logistics", " Dental", " Motors", " Bakery")
    )
    address = f"info@{plain_letters(name)}.example" if draw.random() < 0.7 else ""
    branches = (" North", " South") if draw.random() < 0.15 else ("",)
    members = []
    for place, branch in enumerate(branches, 1):
        company = Person(
            f"{town.households}.{place}", str(town.households), "company", "men", None,
            (Name((name + branch,)),),
        )  # fmt: skip
        company.phone, company.email = new_number(town.of.landline, town.draw), address
        members.append(company)
    return members


_KINDS: tuple[tuple[Callable[[_Town], list[Person]], float], ...] = (
    (_alone, 0.52),
    (_couple, 0.18),
    (_parents, 0.17),
    (_single_parent, 0.04),
    (_namesakes, 0.02),
    (_siblings, 0.03),
    (_in_laws, 0.004),
    (_flatmates, 0.013),
    (_office, 0.004),
    (_company, 0.013),
)


def _member(town: _Town, role: str, sex: str, family: tuple[Name, ...], place: int = 1) -> Person:
    of, draw = town.of, town.draw
    household = str(town.households)
    first = of.first_name(sex, draw)
    borne = tuple(of.for_sex(name, sex) for name in family)
    own_script = draw.random() < of.own_script
    return Person(f"{household}.{place}", household, role, sex, first, borne, family, own_script)


def _family(town: _Town) -> tuple[Name, ...]:
    """Return new family names: what a man's or a woman's is made from, as a father's first name."""
    of, draw = town.of, town.draw
    if of.family == "two":
        return of.family_name(draw), of.family_name(draw)
    if of.family == "patronymic":
        return (of.first_name("men", draw),)
    return (of.family_name(draw),)


def _spouses(town: _Town) -> list[Person]:
    of, draw = town.of, town.draw
    sex, other = SEXES if draw.random() < 0.5 else SEXES[::-1]
    base = _family(town)
    one = _member(town, "spouse", sex, base)
    theirs = _family(town) if draw.random() < of.spouse_keeps else base
    spouse = _member(town, "spouse", other, theirs, place=2)
    if draw.random() < 0.04:
        spouse.first = look_alike(town, one.first, other) or spouse.first
    while spouse.first and one.first and spouse.first.is_like(one.first):
        spouse.first = of.first_name(other, draw)
    if of.doubles and theirs is base and draw.random() < 0.2:
        mine = of.for_sex(of.family_name(draw), other)
        spouse.family = (Name((f"{spouse.family[0].spellings[0]}-{mine.spellings[0]}",)),)
    spouse.writes_own_script = one.writes_own_script
    return [one, spouse]


def _add_child(town: _Town, members: list[Person]) -> None:
    of, draw = town.of, town.draw
    parents = [one for one in members if one.role == "parent"]
    siblings = [one for one in members if one.role in ("child", "twin")]
    if siblings and draw.random() < 0.5:
        _add_sibling(town, members, siblings[-1], of.look_alikes)
        return
    sex = draw.choice(SEXES)
    family = parents[0].base
    if of.family == "two" and len(parents) == 2:
        mine, theirs = parents[0].base, parents[1].base
        family = (mine[0], theirs[0]) if of.code == "es" else (theirs[-1], mine[-1])
    if of.family == "patronymic":
        fathers = [one.first for one in parents if one.sex == "men" and one.first]
        family = tuple(fathers) or (of.first_name("men", draw),)
    child = _member(town, "child", sex, family, place=len(members) + 1)
    if draw.random() < 0.02:  # Maria and her daughter Maria Luisa
        parent = next((one for one in parents if one.sex == sex), None)
        child.first = _longer(town, parent.first, sex) if parent else child.first
    child.writes_own_script = parents[0].writes_own_script
    _append_unless_named_like(members, child)


def _add_sibling(town: _Town, members: list[Person], elder: Person, share_alike: float) -> None:
    draw = town.draw
    is_alike = draw.random() < share_alike
    sex = elder.sex if is_alike else draw.choice(SEXES)
    younger = _member(town, elder.role, sex, elder.base, place=len(members) + 1)
    if is_alike:
        younger.first = look_alike(town, elder.first, sex) or younger.first
        younger.role = "twin"
    younger.writes_own_script = elder.writes_own_script
    _append_unless_named_like(members, younger)


def _append_unless_named_like(members: list[Person], one: Person) -> None:
    """Keep two of a household from having one first name: only `_namesakes` have."""
    assert one.first is not None
    if not any(other.first and other.first.is_like(one.first) for other in members):
        members.append(one)


def look_alike(town: _Town, name: Name | None, sex: str) -> Name | None:
    """Return another name that looks like this one: a twin's; None where there is none."""
    of, draw = town.of, town.draw
    if name is None:
        return None
    if f"{sex}'s syllables" in of.pools:
        return of.sharing_a_syllable(name, sex, draw)
    if f"{sex}'s middle" in of.pools and " " in name.spellings[0] and draw.random() < 0.7:
        middle = name.spellings[0].split()[0]
        own = of.pools[sex].draw(draw).spellings[0]
        return Name((f"{middle} {own}",), (own,)) if own not in name.spellings[0] else None
    spelt = plain(name.spellings[0]).lower()
    alike = []
    for other in of.pools[sex].names:
        if not other.is_like(name):
            alike.append((_likeness(spelt, plain(other.spellings[0]).lower()), other))
    alike.sort(key=lambda one: -one[0])
    likely = [other for likeness, other in alike[:4] if likeness >= 60]
    return draw.choice(likely) if likely else None


def _likeness(one: str, other: str) -> float:
    """Return 0..100. A common first word, or a common beginning of four letters, looks alike."""
    begins_alike = one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0] or one[:4] == other[:4]
    return max(ratio(one, other), 75.0 if begins_alike else 0.0)


def _longer(town: _Town, name: Name | None, sex: str) -> Name:
    """Return the name with a second one behind it."""
    second = town.of.first_name(sex, town.draw)
    if name is None or town.of.own_script or f"{sex}'s middle" in town.of.pools:
        return second
    return Name((f"{name.spellings[0]} {second.spellings[0]}",))


# What they are reached by --------------------------------------------------------------------


def _reachable(town: _Town, members: list[Person]) -> list[Person]:
    """Give each member a phone and an email, shared or their own; a few lack one, or a name."""
    draw = town.draw
    line = new_number(town.of.landline, town.draw) if draw.random() < 0.35 else ""
    mailbox = ""
    if len(members) > 1 and draw.random() < 0.2:
        mailbox = _new_email(town, draw.choice(members))
    for one in members:
        one.phone = line if line and draw.random() < 0.85 else new_number(town.of.mobile, town.draw)
        if one.phone != line:
            if town.numbers and draw.random() < 0.015:
                one.phone = draw.choice(town.numbers)
                one.role = "recycled" if one.role == "alone" else one.role
            town.numbers.append(one.phone)
        one.email = mailbox if mailbox and draw.random() < 0.85 else _new_email(town, one)
        chance = draw.random()
        if chance < 0.04:
            one.email = ""
        elif chance < 0.08:
            one.phone = ""
        chance = draw.random()
        if one.role in ("elder", "younger") or one.first is None:
            continue
        if chance < 0.004:
            one.first = Name((one.first.spellings[0][0],), own=one.first.own[:1])
        elif chance < 0.03:
            one.family = ()
    return members


def _new_email(town: _Town, one: Person) -> str:
    """Return an address that nobody else has."""
    while True:
        address = new_address(one.first, one.family, town.of, town.draw)
        local, _, provider = address.partition("@")
        mailbox = f"{local.replace('.', '') if provider == 'gmail.com' else local}@{provider}"
        if mailbox not in town.mailboxes:
            town.mailboxes.add(mailbox)
            return address
