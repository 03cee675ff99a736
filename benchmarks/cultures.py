"""Cultures for the labelled lists of people: their names, and how they name, phone and write.

`names/cultures.toml` has their ways, `names/CODE.txt` their names, the commonest first. A name is
its usual spelling, then `/` and other spellings, `~` and short forms, `=` and the name in its own
script; `_` stands for a space. Names in Cyrillic and Greek are spelt by `romanise`. Beside whole
family names there are beginnings and ends, of which rare ones are put together, and for Chinese and
Korean the syllables of first names.
"""

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from romanise import System, romanised, table

_NAMES = Path(__file__).parent / "names"
_COMPOSED_SHARE = 0.35  # of the family names


@dataclass(frozen=True, slots=True)
class Name:
    """One name: Latin spellings, the usual one first; short forms; and its own script or ""."""

    spellings: tuple[str, ...]
    short_forms: tuple[str, ...] = ()
    own: str = ""
    own_short_forms: tuple[str, ...] = ()

    def is_like(self, other: "Name") -> bool:
        """Say whether both are forms of one name."""
        mine = {*self.spellings, *self.short_forms, self.own} - {""}
        return not mine.isdisjoint((*other.spellings, *other.short_forms, other.own))


@dataclass(frozen=True, slots=True)
class Culture:
    """How people of one culture are named and reached.

    `mobile` and `landline` are patterns of national numbers, `#` for a digit and `@` for one from 2
    to 9. `own_script` is the share of people who are written in it, `joins` stands between the
    names there where both are in one field. `family` is how family names are passed on: `shared`,
    `two` (the father's and the mother's), `patronymic` or `gendered`; `spouse_keeps` how often
    spouses have two, `doubles` whether they join both. The marks tell an elder and a younger
    namesake apart; without marks there are none. `look_alikes` is the share of siblings whose first
    names look alike.
    """

    code: str
    country: str
    calling_code: str
    mobile: str
    landline: str
    providers: tuple[str, ...]
    trunk: str = ""
    own_script: float = 0.0
    joins: str = " "
    family: str = "shared"
    spouse_keeps: float = 0.2
    doubles: bool = False
    is_family_first: bool = False
    elder_marks: tuple[str, ...] = ()
    younger_marks: tuple[str, ...] = ()
    mark_stands_first: bool = False
    look_alikes: float = 0.06
    womans_endings: Mapping[str, str] = field(default_factory=dict)
    genitives: Mapping[str, str] = field(default_factory=dict)
    systems: tuple[System, ...] = ()
    pools: dict[str, "Pool"] = field(default_factory=dict, compare=False)

    def first_name(self, sex: str, draw: random.Random) -> Name:
        if f"{sex}'s syllables" in self.pools:
            return self._of_syllables(self.pools[f"{sex}'s syllables"], draw)
        name = self.pools[sex].draw(draw)
        if f"{sex}'s middle" in self.pools:
            middle = self.pools[f"{sex}'s middle"].draw(draw).spellings[0]
            forms = (f"{middle} {name.spellings[0]}", name.spellings[0])
            if draw.random() < 0.35:
                return Name(forms[1:], forms[:1])
            return Name(forms[:1], forms[1:])
        return name

    def family_name(self, draw: random.Random) -> Name:
        starts = self.pools.get("family starts")
        if starts is None or draw.random() >= _COMPOSED_SHARE:
            return self.pools["family"].draw(draw)
        start, end = starts.draw(draw), self.pools["family ends"].draw(draw)
        if self.systems:
            own = start.own + end.own
            return Name(romanised(own, self.systems), own=own)
        spellings = [
            _joined(one, other)
            for one, other in zip((start.spellings * 2)[:2], (end.spellings * 2)[:2], strict=True)
        ]
        return Name(tuple(dict.fromkeys(spellings)), own=start.own + end.own)

    def sharing_a_syllable(self, name: Name, sex: str, draw: random.Random) -> Name | None:
        """Return another first name of the same first syllable, as siblings have; None if none."""
        syllables = self.pools.get(f"{sex}'s syllables")
        if syllables is None or len(name.own) != 2:
            return None
        first = next((one for one in syllables.names if one.own == name.own[0]), None)
        second = syllables.draw(draw)
        if first is None or second.own in name.own:
            return None
        return self._two_syllables(first, second)

    def _of_syllables(self, syllables: "Pool", draw: random.Random) -> Name:
        first, second = syllables.draw(draw), syllables.draw(draw)
        if self.code == "zh" and draw.random() < 0.2:
            return Name(first.spellings, own=first.own)
        return self._two_syllables(first, second)

    def _two_syllables(self, first: Name, second: Name) -> Name:
        one, other = first.spellings[-1], second.spellings[-1].lower()
        plain = first.spellings[0] + second.spellings[0].lower()
        if self.code == "zh":
            spellings = [one + other, f"{one} {other.capitalize()}", f"{one}-{other}"]
        else:
            spellings = [f"{one}-{other}", one + other, f"{one} {other.capitalize()}", plain]
        return Name(tuple(dict.fromkeys(spellings)), own=first.own + second.own)

    def for_sex(self, family: Name, sex: str) -> Name:
        """Return the form of a family name that a man or a woman bears."""
        if self.family == "patronymic":
            return self._patronymic(family, sex)
        if self.family != "gendered" or sex == "men":
            return family
        base = family.own or family.spellings[0]
        for ending, womans in self.womans_endings.items():
            if base.endswith(ending):
                hers = base.removesuffix(ending) + womans
                if self.systems:
                    return Name(romanised(hers, self.systems), own=hers)
                return Name((hers,))
        return family

    def _patronymic(self, father: Name, sex: str) -> Name:
        """Return the Icelandic name of a father's child: in the genitive, with son or dóttir."""
        name = father.spellings[0]
        if name in self.genitives:
            stem = self.genitives[name]
        elif name.endswith("ur"):
            stem = name[:-2] + "s"
        elif name.endswith(("inn", "ll", "nn")):
            stem = name[:-1] + "s"
        elif name.endswith("i"):
            stem = name[:-1] + "a"
        else:
            stem = name if name.endswith("s") else name + "s"
        return Name((stem + ("son" if sex == "men" else "dóttir"),))


@dataclass(frozen=True, slots=True)
class Pool:
    """Names, the commonest first, drawn with shares that fall with their place."""

    names: tuple[Name, ...]
    cumulative: tuple[float, ...]

    def draw(self, draw: random.Random) -> Name:
        return draw.choices(self.names, cum_weights=self.cumulative)[0]


def _pool(names: list[Name], flatness: float) -> Pool:
    weights = accumulate(1 / (place + flatness) for place in range(len(names)))
    return Pool(tuple(names), tuple(weights))


def _joined(start: str, end: str) -> str:
    """Join the parts of a family name, no letter three times in a row."""
    return re.sub(r"(.)\1\1", r"\1\1", start + end)


def _name(text: str, systems: tuple[System, ...]) -> Name:
    text, _, own = text.replace("_", " ").partition("=")
    first, *short_forms = text.split("~")
    spellings = first.split("/")
    if not systems:
        return Name(tuple(spellings), tuple(short_forms), own)
    latin = dict.fromkeys(latin for name in spellings for latin in romanised(name, systems))
    latin_short = tuple(romanised(name, systems)[0] for name in short_forms)
    return Name(tuple(latin), latin_short, spellings[0], tuple(short_forms))


@cache
def _ways() -> dict[str, dict[str, Any]]:
    return tomllib.loads((_NAMES / "cultures.toml").read_text(encoding="utf-8"))


@cache
def culture(code: str) -> Culture:
    """Return a culture with its names. Raises KeyError for one that is not known."""
    ways = dict(_ways()[code])
    for key in ("womans_endings", "genitives"):
        ways[key] = table(ways.get(key, ""))
    systems: tuple[System, ...] = ()
    if "letters" in ways:
        passport, own = ways.pop("letters"), ways.pop("letters_again")
        one, pairs = table(passport["one"]), table(passport["pairs"])
        systems = ((one, pairs), (one | table(own["one"]), pairs | table(own["pairs"])))
    lists = {key: tuple(value) for key, value in ways.items() if isinstance(value, list)}
    made = Culture(code=code, systems=systems, **(ways | lists))
    text = (_NAMES / f"{code}.txt").read_text(encoding="utf-8")
    for section in text.split("[")[1:]:
        title, _, words = section.partition("]")
        names = [_name(word, systems) for word in words.split()]
        made.pools[title] = _pool(names, 60.0 if title.startswith("family ") else 8.0)
    return made


CULTURES = tuple(_ways())
