"""Contact files of any length for the benchmarks, made from a seed.

`plain` is a tidy export: six columns, phones in E.164, nothing to repair and no duplicates.
`untidy` comes from another program: more columns in another order, semicolons, quoted text, CRLF.
30 % of its rows need normalising (phones as people write them; capitals and white space in
emails, names and countries), 10 % repeat an earlier person, and 1 % cannot be imported.

Phones have area codes N9X, which the North American plan reserves for its expansion. Nobody has
them, and there are 640 million. Emails are at example domains.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

_ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ee")
_CODAS = ("", "", "l", "n", "r", "s", "nd", "tt")
_DOMAINS = ("example.com", "example.com", "example.org", "example.net", "mail.example.com")
_FIRST_NAMES = 600
_LAST_NAMES = 8_000
_RECENT = 50_000

Row = tuple[str, str, str, str]  # ten digits of phone, email, first name, last name


def write_plain(path: Path, rows: int, seed: int = 1) -> None:
    """Write `rows` tidy contacts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("phone,email,first_name,last_name,country,dnc_flag\n")
        file.writelines(
            f"+1{phone},{email},{first},{last},US,\n"
            for phone, email, first, last in _people(rows, random.Random(seed))
        )


def write_untidy(path: Path, rows: int, seed: int = 1) -> None:
    """Write `rows` records; 30 % need normalising and 10 % repeat a person."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Id;Last Name;First Name;E-Mail;Company;Mobile;Country;Do Not Call\r\n")
        recent: list[Row] = []
        for number, person in enumerate(_people(rows, draw), start=1):
            row = person
            if recent and draw.random() < 0.10:
                row = _seen_again(draw.choice(recent), draw)
            if len(recent) < _RECENT:
                recent.append(row)
            else:
                recent[draw.randrange(_RECENT)] = row
            file.write(_untidy_record(number, row, draw))


SHAPES: dict[str, Callable[[Path, int, int], None]] = {
    "plain": write_plain,
    "untidy": write_untidy,
}


def _people(rows: int, draw: random.Random) -> Iterator[Row]:
    """Yield people, each with a phone and an email of their own."""
    firsts, lasts = _names(_FIRST_NAMES, draw), _names(_LAST_NAMES, draw)
    pick, uniform = draw.random, draw.randrange
    # A step without a common factor with the size visits every number once, in a scattered order.
    size, step = 8 * 10 * 8 * 10**6, 394_772_189
    at = uniform(size)
    for number in range(rows):
        at = (at + step) % size
        rest, line = divmod(at, 8 * 10**6)
        lead, tens = divmod(rest, 10)
        phone = f"{lead + 2}9{tens}{line + 2 * 10**6}"
        # Some names are common: squaring favours the first of the list.
        first = firsts[int(pick() ** 2 * _FIRST_NAMES)]
        last = lasts[int(pick() ** 2 * _LAST_NAMES)]
        email = f"{first}.{last}{number}@{_DOMAINS[number % 5]}".lower()
        yield phone, email, first, last


def _names(count: int, draw: random.Random) -> list[str]:
    """Return different, pronounceable names."""
    names: dict[str, None] = {}
    while len(names) < count:
        syllables = (
            draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS)
            for _ in range(draw.choice((2, 2, 3)))
        )
        names["".join(syllables).capitalize()] = None
    return list(names)


def _seen_again(person: Row, draw: random.Random) -> Row:
    """Return the person as another system would have them."""
    phone, email, first, last = person
    match draw.randrange(4):
        case 0:
            return person
        case 1:
            return phone, email, f"{first[0]}.", last
        case 2:
            return phone, f"{first}{draw.randrange(10**6)}@example.org".lower(), first, last
        case _:
            return phone, email, first, last[:2] + last[3:]


def _untidy_record(number: int, person: Row, draw: random.Random) -> str:
    phone, email, first, last = person
    country = "US"
    if draw.random() < 0.30:
        area, exchange, line = phone[:3], phone[3:6], phone[6:]
        match draw.randrange(5):
            case 0:
                phone = f"({area}) {exchange}-{line}"
            case 1:
                phone = f"{area}-{exchange}-{line}"
            case 2:
                phone, first = f"1 {area} {exchange} {line}", f" {first.upper()} "
            case 3:
                phone, country = f"+1 ({area}) {exchange}.{line}", "usa"
            case _:
                phone, email = f"{area}.{exchange}.{line}", f" {email.upper()}"
    else:
        phone = f"+1{phone}"
    if draw.random() < 0.01:
        phone, email = draw.choice((("n/a", email), (phone, "unknown"), (phone[:6], email)))
    return (
        f'{number};"{last}";"{first}";"{email}";"Company ""{number % 97}""";'
        f'"{phone}";"{country}";"no"\r\n'
    )
