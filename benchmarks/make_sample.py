"""Writes the packaged sample: a calling list with realistic trouble.

    python benchmarks/make_sample.py cxone_async/sample/contacts.csv

All data is invented, from a fixed seed: phones from the ranges that numbering plans reserve for
fiction (NANP 555-01xx, Ofcom's drama numbers, the German 030 23125 block), emails at example.com,
.org and .net.
"""

import random
import sys
from pathlib import Path

SEED = 20_261_123
PEOPLE = 1_900

FIRST_NAMES = (
    "Ada Alejandro Amara Beatrice Benjamin Carlos Catherine Chloé Daniel Deborah Dmitri Edward "
    "Elizabeth Emeka Fatima Fiona François George Grace Hannah Henry Ingrid Isabella Jamal James "
    "Jennifer Jürgen Katherine Kenji Lakshmi Laura Lucía Margaret Mateo Mei Michael Mohammed "
    "Nadia Nicholas Olivia Omar Patricia Peter Priya Rachel Robert Rosa Samuel Siobhán Sofia "
    "Stephen Susan Tariq Theodore Thomas Victoria William Xiomara Yusuf Zoë"
).split()
LAST_NAMES = (
    "Abbott Adeyemi Anderson Bauer Bennett Brown Castillo Chen Clark Cohen Collins Costa Davies "
    "Delgado Diaz Dubois Edwards Evans Fernández Fischer Fitzgerald Foster García Green Haddad "
    "Hall Hansen Harris Hoffmann Ibrahim Ito Jackson Johnson Jones Kaplan Keller Khan Kim Kowalski "
    "Lee Lewis López MacDonald Martin Martínez Meyer Mitchell Moore Müller Nakamura Nguyen Novak "
    "O'Brien O'Neill Okafor Olsen Patel Pereira Peterson Quinn Ramírez Reid Roberts Rossi Santos "
    "Schmidt Schneider Scott Silva Singh Smith Sørensen Taylor Thompson Torres Turner Walker "
    "Watanabe Weber White Williams Wilson Wright Yamamoto Young Zhang Zimmermann"
).split()
NICKNAMES = {
    "Katherine": "Kate", "Catherine": "Cathy", "Robert": "Bob", "William": "Bill",
    "Elizabeth": "Liz", "Michael": "Mike", "James": "Jim", "Margaret": "Peggy",
    "Benjamin": "Ben", "Daniel": "Dan", "Jennifer": "Jen", "Nicholas": "Nick",
    "Samuel": "Sam", "Thomas": "Tom", "Theodore": "Ted", "Deborah": "Deb",
}  # fmt: skip
AREA_CODES = {
    "US": "201 202 206 212 213 214 215 216 303 305 310 312 313 314 404 408 412 415 503 512 "
    "602 612 614 615 617 619 702 703 713 716 718 801 804 813 816 858 901 904 916 919".split(),
    "CA": "204 250 306 403 416 418 438 506 514 519 604 613 647 705 778 780 902 905".split(),
}
ACCENTS = str.maketrans("éíóúáñüöäøëç", "eiouanuoaoec")


class Sample:
    """Draws people and writes their rows, each number and address used for one person."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.taken: set[str] = set()
        self.records: list[bytes] = []

    def person(self) -> dict[str, str]:
        """Return a person with a phone and an email of their own."""
        first, last = self.draw.choice(FIRST_NAMES), self.draw.choice(LAST_NAMES)
        country = self.draw.choices(["US", "CA", "GB", "DE", "FR"], [78, 10, 6, 4, 2])[0]
        return {
            "phone": self.unused(lambda: self.number(country)),
            "email": self.unused(lambda: self.address(first, last)),
            "first": first,
            "last": last,
            "country": country,
            "dnc": self.draw.choices(["", "no", "yes", "TRUE", "1"], [85, 10, 3, 1, 1])[0],
        }

    def unused(self, make) -> str:
        """Call `make` until it returns something new."""
        while (value := make()) in self.taken:
            pass
        self.taken.add(value)
        return value

    def number(self, country: str) -> str:
        """Return an E.164 number from a range reserved for fiction."""
        if country in AREA_CODES:
            area = self.draw.choice(AREA_CODES[country])
            return f"+1{area}55501{self.draw.randrange(100):02}"
        last = f"{self.draw.randrange(1000):03}"
        return {
            "GB": f"+447700900{last}",
            "DE": f"+493023125{last}",
            "FR": f"+331990012{last[:2]}",
        }[country]

    def address(self, first: str, last: str) -> str:
        """Return an address in one of the usual forms."""
        given, family = (name.lower().translate(ACCENTS).replace("'", "") for name in (first, last))
        local = self.draw.choice(
            [f"{given}.{family}", f"{given[0]}{family}", f"{family}.{given}", f"{given}_{family}"]
        ) + self.draw.choice(["", "", str(self.draw.randrange(1, 99))])
        return f"{local}@example.{self.draw.choice(['com', 'com', 'org', 'net'])}"

    def written(self, number: str, country: str) -> str:
        """Return the number as people write it."""
        if country not in AREA_CODES:
            return self.draw.choice([number, number.replace("+", "00"), number])
        area, rest = number[2:5], number[8:]
        return self.draw.choice(
            [
                number, number[1:], number[2:], f"({area}) 555-{rest}", f"{area}-555-{rest}",
                f"{area}.555.{rest}", f"1 {area} 555 {rest}", f"+1 ({area}) 555-{rest}",
                f"{area} 555 {rest} x{self.draw.randrange(10, 99)}",
            ]
        )  # fmt: skip

    def add(self, person: dict[str, str], **changes: str) -> None:
        """Write a row for the person, with some fields changed."""
        row = {**person, "phone": self.written(person["phone"], person["country"]), **changes}
        cells = [row["phone"], row["email"], row["first"], row["last"], row["country"], row["dnc"]]
        self.records.append(",".join(map(quoted, cells)).encode())

    def again(self, person: dict[str, str]) -> None:
        """Write a later row of the same person, as another system would have it."""
        first, last, email = person["first"], person["last"], person["email"]
        local, domain = email.split("@")
        kind = self.draw.randrange(6)
        if kind == 0:
            self.add(person, email=email.upper())
        elif kind == 1:
            self.add(person, first=NICKNAMES.get(first, first[0] + "."))
        elif kind == 2:
            self.add(person, first=last, last=first)
        elif kind == 3:
            self.add(person, email=f"{local}+news@{domain}", first=first.upper())
        elif kind == 4:
            cut = self.draw.randrange(1, len(last) - 1)
            self.add(person, last=last[:cut] + last[cut + 1 :])
        else:
            self.add(person, phone="", last=f"  {last} ")

    def trouble(self, person: dict[str, str]) -> None:
        """Write a row that cannot be imported as it is."""
        email = person["email"]
        changes = self.draw.choice(
            [
                {"phone": "n/a"}, {"phone": "555-0142"}, {"phone": "12"}, {"phone": ""},
                {"email": email.replace("@", " at ")}, {"email": email.replace("@", "@@")},
                {"email": ""}, {"email": f"{email},"}, {"country": "Narnia"}, {"country": "ZZ"},
                {"phone": "ask for Bob"}, {"email": "unknown"},
            ]
        )  # fmt: skip
        self.add(person, **changes)


def quoted(cell: str) -> str:
    """Return the cell in CSV form."""
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


def main(path: Path) -> None:
    """Write the sample to `path`."""
    sample = Sample(SEED)
    people = [sample.person() for _ in range(PEOPLE)]
    for number, person in enumerate(people):
        sample.add(person)
        chance = sample.draw.random()
        if chance < 0.20:
            sample.again(people[sample.draw.randrange(number + 1)])
        elif chance < 0.26:
            sample.trouble(sample.person())
        elif chance < 0.28:
            household = sample.person()
            sample.add({**household, "phone": person["phone"], "last": person["last"]})
        if number % 400 == 399:
            office = sample.person()
            sample.add(office, email="info@example.com", phone="000-000-0000")
    odd = sample.person()
    sample.add(odd, first='Robert "Bob"', last="Smith, Jr.")
    sample.add(sample.person(), last="Line\nBreak")
    sample.records += [
        b"+12025550100,only.two@example.com",
        b"+12025550101,too.many@example.com,Too,Many,US,,extra,cells",
        "+12025550102,latin1@example.com,Ren\u00e9,Latin,US,".encode("latin-1"),
        b'+12025550103,open.quote@example.com,"Never,Closed,US,',
        b"",
        b"+12025550104,after.the.trouble@example.org,Still,Read,US,",
        "\uff0b1 202 555 0105,full.width@example.org,\u5c71\u7530,\u592a\u90ce,US,".encode(),
        b"+12025550106,=cmd@example.org,=SUM(A1),+Formula,US,",
    ]
    header = b"Mobile,E-mail,First Name,Last Name,Country Code,Do Not Call"
    path.write_bytes(b"\r\n".join([header, *sample.records]) + b"\r\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
