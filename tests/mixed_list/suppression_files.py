"""Suppression files as they come: with and without a header, of several columns and codings."""

import csv
import gzip
import io
import random
from pathlib import Path

from mixed_list.people import Number, Person


class SuppressionFiles:
    """Lists people and numbers, each in one of five files and in one of its forms."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._plain = ["# as we write numbers ourselves", ""]
        self._register: list[list[str]] = [["Phone Number", "Date Added"]]
        self._apart: list[list[str]] = [["Area Code", "Number"]]
        self._crm: list[list[str]] = [["Name", "Email Address", "Mobile", "Expires"]]

    def list_number(self, number: Number) -> None:
        draw = self._draw
        # Ten digits may be a number of the default country as well; a careful list says `+`.
        digits = number.digits if len(number.digits) != 10 else f"+{number.digits}"
        places = ["plain", "register", "crm"] + (["apart", "apart"] if number.code == "1" else [])
        match draw.choice(places):
            case "plain":
                self._plain.append(
                    draw.choice((digits, f"+{number.digits}", f'"+{number.digits}"'))
                )
            case "register":
                forms = [digits, f"+{number.code} {number.national}"]
                if number.country == "US":  # the default country: no calling code needed
                    forms += [
                        number.national,
                        f"({number.national[:3]}) {number.national[3:6]}-{number.national[6:]}",
                    ]
                self._register.append([draw.choice(forms), "2026-01-31"])
            case "apart":
                line = draw.choice(
                    (number.national[3:], f"{number.national[3:6]}-{number.national[6:]}")
                )
                self._apart.append([number.national[:3], line])
            case _:
                self._crm.append(
                    [
                        "Dea, Ada",
                        "",
                        draw.choice((f"{digits}.0", f"+{number.digits}")),
                        "2099-12-31",
                    ]
                )

    def list_email(self, person: Person) -> None:
        draw, address = self._draw, person.email
        if draw.random() < 0.5:
            self._plain.append(draw.choice((address, address.upper(), f" {address} ")))
        else:
            self._crm.append(["", draw.choice((address, address.title())), "", ""])

    def write(self, directory: Path) -> list[Path]:
        """Write the files that list somebody."""
        contents = {
            "plain.txt": b"\xef\xbb\xbf" + "\r\n".join([*self._plain, ""]).encode(),
            "register.csv": _table(self._register, ";").encode("utf-16"),
            "apart.csv": _table(self._apart, ",").encode(),
            "crm.csv.gz": gzip.compress(_table(self._crm, ",", csv.QUOTE_ALL).encode(), mtime=0),
        }
        paths = []
        for name, content in contents.items():
            (directory / name).write_bytes(content)
            paths.append(directory / name)
        return paths


def _table(rows: list[list[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # csv's own constants
    return text.getvalue()
