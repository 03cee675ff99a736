"""People of a mixed list: numbers that nobody has, names that differ, addresses of example.com."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

# Ranges that the regulators keep for fiction, or (AT, BE, ES, IT) numbers so round that nobody has
# them: country, calling code, trunk prefix, beginning of the national number, digits that follow.
_RANGES = (
    ("GB", "44", "0", "7700900", 3),
    ("GB", "44", "0", "2079460", 3),
    ("GB", "44", "0", "1134960", 3),
    ("GB", "44", "0", "1214960", 3),
    ("GB", "44", "0", "1614960", 3),
    ("GB", "44", "0", "1632960", 3),
    ("DE", "49", "0", "3023125", 3),
    ("DE", "49", "0", "6990009", 3),
    ("DE", "49", "0", "4066969", 3),
    ("DE", "49", "0", "22147100", 3),
    ("DE", "49", "0", "8999998", 3),
    ("DE", "49", "0", "171392000", 1),
    ("DE", "49", "0", "17604069", 3),
    ("FR", "33", "0", "19900", 4),
    ("FR", "33", "0", "26191", 4),
    ("FR", "33", "0", "35301", 4),
    ("FR", "33", "0", "46571", 4),
    ("FR", "33", "0", "53649", 4),
    ("FR", "33", "0", "63998", 4),
    ("AU", "61", "0", "25550", 4),
    ("AU", "61", "0", "27010", 4),
    ("AU", "61", "0", "35550", 4),
    ("AU", "61", "0", "37010", 4),
    ("AU", "61", "0", "75550", 4),
    ("AU", "61", "0", "85550", 4),
    ("IE", "353", "0", "2091", 5),
    ("HU", "36", "06", "55", 6),
    ("AT", "43", "0", "10000", 4),
    ("BE", "32", "0", "47000", 4),
    ("ES", "34", "", "60000", 4),
    ("IT", "39", "", "060000", 4),
)
_CANADIAN = (
    "204",
    "250",
    "306",
    "403",
    "416",
    "418",
    "506",
    "514",
    "604",
    "613",
    "647",
    "709",
    "780",
    "902",
)
_FIRST_NAMES = (
    "Ada", "Bruno", "Chioma", "Dmitri", "Eleanor", "Farouk", "Gwendolyn", "Hiroshi", "Ingrid",
    "Joaquim", "Kwabena", "Ludmila", "Marguerite", "Nnamdi", "Octavia", "Przemysław", "Quentin",
    "Rosalind", "Siobhán", "Thorsten", "Ulrike", "Vasilis", "Winifred", "Xiomara", "Yusuf",
    "Zbigniew", "Aurélie", "Björn", "Çağlar", "Édouard", "Fionnuala", "Günther", "Hélène", "Íñigo",
)  # fmt: skip
_SYLLABLES = ("bar", "cel", "dom", "fir", "gul", "hav", "jop", "kem", "lin", "mur", "nax",
    "pol", "quen", "rist", "sov", "tam", "vik", "wen", "yar", "zet")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A phone number. `national` is what follows the calling code."""

    country: str
    code: str
    trunk: str
    national: str

    @property
    def digits(self) -> str:
        """As it goes out."""
        return self.code + self.national

    @property
    def domestic(self) -> str:
        """As it is dialled at home."""
        return self.trunk + self.national


@dataclass(frozen=True, slots=True)
class Person:
    number: Number
    email: str
    first_name: str
    last_name: str

    @property
    def country(self) -> str:
        return self.number.country


class NoNumberLeftError(Exception):
    """All fictional numbers of `country` have been given to somebody; "" is all countries."""

    def __init__(self, country: str) -> None:
        super().__init__(country)
        self.country = country


class People:
    """Draws people, no two of whom share a phone or an email."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._sources = [
            ("US", 2200.0, _american(draw, "US", _american_areas())),
            ("CA", 200.0, _american(draw, "CA", _CANADIAN)),
            *((one[0], 3.0 * 10 ** ((one[4] - 1) / 2), _of_range(draw, *one)) for one in _RANGES),
        ]
        self._serial = count(1)

    def number(self, country: str = "") -> Number:
        """A number that nobody had yet, of `country` if one is named.

        Raises NoNumberLeftError when that country has none left.
        """
        while sources := [source for source in self._sources if country in ("", source[0])]:
            source = self._draw.choices(sources, [weight for _, weight, _ in sources])[0]
            for number in source[2]:
                return number
            self._sources.remove(source)
        raise NoNumberLeftError(country)

    def person(self, country: str = "") -> Person:
        draw, serial = self._draw, next(self._serial)
        last = _syllables(serial * 77_777).capitalize()
        word = "".join(draw.sample(_SYLLABLES, 2))
        domain = draw.choice(("example.com", "mail.example.com", "example.org", "example.net"))
        return Person(
            self.number(country), f"{word}.{serial}@{domain}", draw.choice(_FIRST_NAMES), last
        )


def _syllables(number: int) -> str:
    """Four syllables, which are another four for each number below 160,000."""
    count = len(_SYLLABLES)
    return "".join(_SYLLABLES[number // count**place % count] for place in range(4))


def _american_areas() -> tuple[str, ...]:
    """Area codes that are assigned, or may be one day."""
    return tuple(
        area
        for area in map(str, range(201, 990))
        if area not in _CANADIAN
        and area[1] != "9"
        and not area.endswith("11")
        and len(set(area)) > 1
    )


def _american(draw: random.Random, country: str, areas: tuple[str, ...]) -> Iterator[Number]:
    """Numbers 555-0100 to 555-0199 of these area codes."""
    order = list(range(100 * len(areas)))
    draw.shuffle(order)
    for place in order:
        yield Number(country, "1", "", f"{areas[place // 100]}55501{place % 100:02}")


def _of_range(
    draw: random.Random, country: str, code: str, trunk: str, beginning: str, width: int
) -> Iterator[Number]:
    # A national number that ends in seven zeros is a placeholder.
    order = [place for place in range(10**width) if width < 4 or place % 1000]
    draw.shuffle(order)
    for place in order:
        yield Number(country, code, trunk, f"{beginning}{place:0{width}}")
