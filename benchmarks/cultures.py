"""Cultures for the labelled lists of people: their names, and how they name, phone and write.

`names/CODE.txt` holds a culture's pool of names, the commonest first. A name is its usual spelling,
then `/` and other spellings, `~` and short forms, `=` and the name in its own script; `_` stands for
a space. Names of Cyrillic and Greek letters have only these; `romanise` spells them. Beside whole
family names there are beginnings and ends, of which rare ones are put together, and for Chinese and
Korean the syllables of first names.
"""

import random
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path

from romanise import romanised

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
    to 9. `own_script` is the share of people who are written in it. `spouse_keeps` is how often
    spouses have two family names, `family` how it passes on: `shared`, `two` (father's and
    mother's), `patronymic`, or `gendered`. `marks` are those of an elder and a younger namesake.
    """

    code: str
    country: str
    calling_code: str
    trunk: str
    mobile: str
    landline: str
    providers: str
    own_script: float = 0.0
    family: str = "shared"
    spouse_keeps: float = 0.2
    is_family_first: bool = False
    joins: str = " "  # between the names where both are in one field, in the own script
    marks: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    look_alikes: float = 0.06  # share of siblings with names that look alike
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
        if self.code in ("ru", "el"):
            own = start.own + end.own
            return Name(romanised(own, self.code), own=own)
        spellings = [
            _joined(one, other)
            for one, other in zip(
                (start.spellings * 2)[:2], (end.spellings * 2)[:2], strict=True
            )
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
            spellings = (one + other, f"{one} {other.capitalize()}", f"{one}-{other}")
        else:
            spellings = (f"{one}-{other}", one + other, f"{one} {other.capitalize()}", plain)
        return Name(tuple(dict.fromkeys(spellings)), own=first.own + second.own)

    def for_sex(self, family: Name, sex: str) -> Name:
        """Return the form of a family name that a man or a woman bears."""
        if self.family == "patronymic":
            return _patronymic(family, sex)
        if self.family != "gendered" or sex == "men":
            return family
        base = family.own or family.spellings[0]
        for ending, womans in _WOMANS_ENDINGS[self.code]:
            if base.endswith(ending):
                own = base[: len(base) - len(ending)] + womans
                if family.own:
                    return Name(romanised(own, self.code), own=own)
                return Name((own,))
        return family


def _patronymic(father: Name, sex: str) -> Name:
    """Return the Icelandic name of a father's child: in the genitive, with son or dóttir."""
    name = father.spellings[0]
    if name in _GENITIVES:
        stem = _GENITIVES[name]
    elif name.endswith("ur"):
        stem = name[:-2] + "s"
    elif name.endswith(("inn", "ll", "nn")):
        stem = name[:-1] + "s"
    elif name.endswith("i"):
        stem = name[:-1] + "a"
    else:
        stem = name if name.endswith("s") else name + "s"
    return Name((stem + ("son" if sex == "men" else "dóttir"),))


_GENITIVES = {
    "Björn": "Bjarnar", "Örn": "Arnar", "Sigurður": "Sigurðar", "Hörður": "Harðar",
    "Þórður": "Þórðar", "Guðmundur": "Guðmundar",
}  # fmt: skip
_WOMANS_ENDINGS = {
    "ru": (("ский", "ская"), ("цкий", "цкая"), ("ой", "ая"), ("ий", "ая"), ("ов", "ова"),
           ("ев", "ева"), ("ёв", "ёва"), ("ин", "ина"), ("ын", "ына")),
    "pl": (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka")),
    "el": (("όπουλος", "οπούλου"), ("ος", "ου"), ("ης", "η"), ("ής", "ή"), ("ας", "α"), ("άς", "ά")),
}  # fmt: skip


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


def _name(text: str, code: str) -> Name:
    text = text.replace("_", " ")
    text, _, own = text.partition("=")
    first, *short_forms = text.split("~")
    spellings = first.split("/")
    if code in ("ru", "el"):
        latin = tuple(dict.fromkeys(form for name in spellings for form in romanised(name, code)))
        latin_short = tuple(romanised(name, code)[0] for name in short_forms)
        return Name(latin, latin_short, spellings[0], tuple(short_forms))
    return Name(tuple(spellings), tuple(short_forms), own)


@cache
def culture(code: str) -> Culture:
    """Return a culture with its names. Raises KeyError for one that is not known."""
    made = _BY_CODE[code]
    text = (Path(__file__).parent / "names" / f"{code}.txt").read_text(encoding="utf-8")
    for section in text.split("[")[1:]:
        title, _, words = section.partition("]")
        names = [_name(word, code) for word in words.split()]
        made.pools[title] = _pool(names, 60.0 if " " in title else 8.0)
    return made


_JUNIOR = (("Sr.", "Sr", "I"), ("Jr.", "Jr", "II"))
_BY_CODE = {
    made.code: made
    for made in (
        Culture("en", "US", "1", "", "@1@@######", "@0@@######", "gmail.com aspen.example birch.example cedar.example dogwood.example", marks=(("Sr.", "Sr", ""), ("Jr.", "Jr", "II", "III"))),
        Culture("de", "DE", "49", "0", "15########", "89#######", "gmail.com ahorn.example buche.example eiche.example linde.example ulme.example", marks=(("sen.", "senior", ""), ("jun.", "junior", "jr."))),
        Culture("es", "ES", "34", "", "6########", "9########", "gmail.com roble.example pino.example olmo.example sauce.example", family="two", spouse_keeps=0.95, marks=(("(padre)", "Sr.", ""), ("(hijo)", "hijo", "II"))),
        Culture("pt", "BR", "55", "0", "2199#######", "213#######", "gmail.com ipe.example cedro.example jacaranda.example pau.example", family="two", spouse_keeps=0.5, marks=(("", ""), ("Filho", "Júnior", "Jr.", "Neto"))),
        Culture("nl", "NL", "31", "0", "6########", "10#######", "gmail.com beuk.example eik.example iep.example linde.example", marks=(("sr.", ""), ("jr.", "junior"))),
        Culture("is", "IS", "354", "", "8######", "5######", "gmail.com birki.example reynir.example", family="patronymic", spouse_keeps=1.0),
        Culture("tr", "TR", "90", "0", "5#########", "312#######", "gmail.com cinar.example mese.example selvi.example", look_alikes=0.1),
        Culture("vi", "VN", "84", "0", "9########", "28########", "gmail.com tre.example sen.example bang.example", is_family_first=True, spouse_keeps=0.95, look_alikes=0.1),
        Culture("id", "ID", "62", "0", "812########", "21#######", "gmail.com jati.example beringin.example waru.example", spouse_keeps=0.6, look_alikes=0.1),
        Culture("it", "IT", "39", "", "3#########", "06########", "gmail.com quercia.example tiglio.example olmo.example", spouse_keeps=0.9),
        Culture("hu", "HU", "36", "06", "20#######", "1#######", "gmail.com tolgy.example hars.example fuz.example", is_family_first=True, marks=(("id.", ""), ("ifj.", "ifj"))),
        Culture("sw", "KE", "254", "0", "7########", "20#######", "gmail.com baobab.example mvule.example", spouse_keeps=0.5),
        Culture("yo", "NG", "234", "0", "803#######", "1#######", "gmail.com iroko.example ope.example", spouse_keeps=0.3, look_alikes=0.15, marks=_JUNIOR),
        Culture("pl", "PL", "48", "", "6########", "22#######", "gmail.com dab.example lipa.example wierzba.example", family="gendered", marks=(("sen.", ""), ("jun.", "junior"))),
        Culture("ru", "RU", "7", "8", "9#########", "812#######", "dub.example gmail.com bereza.example klen.example yasen.example", own_script=0.35, family="gendered", marks=(("ст.", ""), ("мл.", "мл"))),
        Culture("el", "GR", "30", "", "69########", "210#######", "gmail.com elia.example pefko.example", own_script=0.35, family="gendered"),
        Culture("ja", "JP", "81", "0", "90########", "3########", "matsu.example gmail.com sugi.example take.example ume.example", own_script=0.35, is_family_first=True),
        Culture("zh", "CN", "86", "0", "13#########", "21########", "song.example zhu.example mei.example gmail.com liu.example", own_script=0.35, is_family_first=True, joins="", spouse_keeps=0.97, look_alikes=0.25),
        Culture("ko", "KR", "82", "0", "10########", "2########", "sonamu.example gmail.com maehwa.example beodeul.example", own_script=0.35, is_family_first=True, joins="", spouse_keeps=0.97, look_alikes=0.25),
        Culture("hi", "IN", "91", "0", "9#########", "22########", "gmail.com banyan.example neem.example pipal.example", own_script=0.25, look_alikes=0.12),
        Culture("ar", "AE", "971", "0", "50#######", "4#######", "gmail.com nakhla.example sidr.example ghaf.example", own_script=0.3, spouse_keeps=0.7, look_alikes=0.12),
        Culture("he", "IL", "972", "0", "50#######", "3#######", "gmail.com alon.example zayit.example erez.example", own_script=0.35),
        Culture("th", "TH", "66", "0", "8########", "2#######", "gmail.com bua.example sak.example", own_script=0.35),
    )
}  # fmt: skip
CULTURES = tuple(_BY_CODE)
