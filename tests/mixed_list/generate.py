"""Writes a list of rows of all kinds, mixed by a seed, and keeps the right end of every one.

Most rows are people of their own. Some belong together, and one of them decides the other's end:

* a pair under one phone or email, of whom one is flagged, before or after the other;
* a person of a suppression file, by phone, by email, as the second number of a cell;
* a second row of the same person;
* people who share a placeholder or a role mailbox with somebody flagged.
"""

import csv
import random
from collections.abc import Callable
from pathlib import Path

from mixed_list.other_cells import (
    country_cell,
    email_cell,
    empty_flag,
    first_name_cell,
    flag_cell,
    last_name_cell,
    plain_email,
    plain_name,
)
from mixed_list.people import NoNumberLeftError, People, Person
from mixed_list.phone_cells import Pen, phone_cell, plain_phone, vanity_cells
from mixed_list.suppression_files import SuppressionFiles
from mixed_list.truth import ANY_REPAIR, Campaign, Cell, Row, read

_NO_FLAG = read("plain", "", "no")
_BY_A_NEIGHBOUR = {"suppressed_elsewhere", "suppressed_earlier"}
_SHARED = ("none@example.com", "info@firm.example.com", "noreply@example.org")


class MixedList:
    """`rows`, and the files that `write` makes of them."""

    def __init__(self, campaign: Campaign, size: int, seed: int) -> None:
        self._draw = random.Random(seed)
        self._campaign = campaign
        self._people = People(self._draw)
        self._pen = Pen(self._draw, campaign, self._people.number)
        self._suppression = SuppressionFiles(self._draw)
        self.rows: list[Row] = []
        links: list[tuple[float, Callable[[], list[Row]]]] = [
            (60, self._one_person),
            (3, self._flagged),
            (2, self._unclear),
            (2, self._flagged_elsewhere),
            (1, self._flagged_and_invalid),
            (2, self._listed),
            (1, self._listed_by_second_number),
            (1, self._after_a_listed_row),
            (2, self._second_row_of_a_person),
            (1, self._placeholder_shared),
        ]
        groups = [[self._row_of_cell(country, cell)] for country, cell in vanity_cells(self._pen)]
        made = len(groups)
        while made < size:
            (link,) = self._draw.choices([one for _, one in links], [weight for weight, _ in links])
            try:
                groups.append(link())
            except NoNumberLeftError as none_left:
                if not none_left.country:
                    raise
                continue  # who has the last number of a country has no second one
            made += len(groups[-1])
        # Rows of one group keep their order; where they stand is drawn.
        places = sorted(
            (self._draw.random(), group, position)
            for group, rows in enumerate(groups)
            for position in range(len(rows))
        )
        order = {group: iter(rows) for group, rows in enumerate(groups)}
        for number, (_, group, _) in enumerate(places, start=1):
            row = next(order[group])
            row.number = number
            self.rows.append(row)
        for rows in groups:
            for row in rows:
                row.repeats = {rows[0].number} if row.is_repeat else set()
        self._settle()

    def write(self, directory: Path) -> tuple[Path, list[Path]]:
        """Write the list, and its suppression files."""
        path = directory / "mixed.csv"
        several = len(self._campaign.phone_columns) > 1
        header = [
            *self._campaign.phone_columns,
            "E-Mail",
            "First Name",
            "Last Name",
            "Country",
            "DNC",
            "Note",
        ]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in self.rows:
                phones = row.phones if several else row.phones[:1]
                cells = (*phones, row.email, row.first_name, row.last_name, row.country, row.flag)
                writer.writerow([*(cell.text for cell in cells), "a note"])
        return path, self._suppression.write(directory)

    # --- one row ---------------------------------------------------------------------------------

    def _row(self, person: Person, **cells: Cell) -> Row:
        """A row that is plain but for `cells`."""
        phone = cells.get("phone") or plain_phone(person.number, self._pen)
        phones = [phone]
        if len(self._campaign.phone_columns) > 1:
            phones.append(cells.get("second_phone") or read("plain", "", ""))
        return Row(
            0,
            phones,
            cells.get("email") or plain_email(person, self._draw),
            cells.get("first_name") or plain_name(person.first_name),
            cells.get("last_name") or plain_name(person.last_name),
            cells.get("country") or read("plain", person.country, person.country),
            cells.get("flag") or _NO_FLAG,
        )

    def _row_of_cell(self, country: str, phone: Cell) -> Row:
        return self._row(self._people.person(country), phone=phone)

    def _one_person(self) -> list[Row]:
        person, draw = self._people.person(), self._draw
        cells: dict[str, Cell] = {}
        if draw.random() < 0.6:
            cells["phone"] = phone_cell(person.number, self._pen)
        if draw.random() < 0.3:
            cells["second_phone"] = self._second_phone(person)
        if draw.random() < 0.25:
            cells["email"] = email_cell(person, draw)
        if draw.random() < 0.4:
            cells["country"] = country_cell(person, draw)
        if draw.random() < 0.4:
            cells["first_name"] = first_name_cell(person, draw)
            cells["last_name"] = last_name_cell(person, draw)
        if draw.random() < 0.3:
            cells["flag"] = empty_flag(draw) if draw.random() < 0.1 else flag_cell("no", draw)
        return [self._row(person, **cells)]

    def _second_phone(self, person: Person) -> Cell:
        number = self._people.number(person.country)
        return self._draw.choice((plain_phone, phone_cell))(number, self._pen)

    # --- rows that belong together ---------------------------------------------------------------

    def _flagged(self) -> list[Row]:
        person = self._people.person()
        return [self._row(person, flag=flag_cell("yes", self._draw))]

    def _unclear(self) -> list[Row]:
        person = self._people.person()
        return [self._row(person, flag=flag_cell("unclear", self._draw))]

    def _sharing(self, person: Person) -> tuple[Person, str]:
        """Another person under the same phone or the same email."""
        other = self._people.person(person.country)
        while other.first_name == person.first_name:  # on a shared phone the first name decides
            other = self._people.person(person.country)
        if self._draw.random() < 0.5:
            return Person(person.number, other.email, other.first_name, other.last_name), "phone"
        return Person(other.number, person.email, other.first_name, other.last_name), "email"

    def _flagged_elsewhere(self) -> list[Row]:
        person = self._people.person()
        other, what = self._sharing(person)
        flagged = self._row(person, flag=flag_cell("yes", self._draw))
        asked = self._row(other)
        asked.link = f"flagged elsewhere, by {what}"
        if self._campaign.honours_flags:
            asked.must_not_call |= _BY_A_NEIGHBOUR
        return [flagged, asked] if self._draw.random() < 0.5 else [asked, flagged]

    def _flagged_and_invalid(self) -> list[Row]:
        person = self._people.person()
        other = self._people.person()
        flagged = self._row(
            person,
            flag=flag_cell("yes", self._draw),
            country=read("country not allowed", "JP", "JP"),
            phone=read("plain", f"+{person.number.digits}", person.number.digits),
        )
        asked = self._row(Person(other.number, person.email, other.first_name, other.last_name))
        asked.link = "flagged elsewhere, in an invalid row"
        if self._campaign.honours_flags:
            asked.must_not_call |= _BY_A_NEIGHBOUR
        return [flagged, asked] if self._draw.random() < 0.5 else [asked, flagged]

    def _listed(self) -> list[Row]:
        person = self._people.person()
        row = self._row(person)
        row.must_not_call.add("suppression_file")
        if self._draw.random() < 0.7:
            self._suppression.list_number(person.number)
            row.link = "listed by phone"
        else:
            self._suppression.list_email(person)
            row.link = "listed by email"
        return [row]

    def _listed_by_second_number(self) -> list[Row]:
        person = self._people.person()
        second = self._people.number(person.country)
        self._suppression.list_number(second)
        if len(self._campaign.phone_columns) > 1 and self._draw.random() < 0.5:
            row = self._row(person, second_phone=plain_phone(second, self._pen))
            row.link = "listed by the second column"
        else:
            mark = self._draw.choice((";", ",", "; "))
            text = f"+{person.number.digits}{mark}+{second.digits}"
            cell = read(
                "two numbers", text, person.number.digits, told=ANY_REPAIR, also=(second.digits,)
            )
            row = self._row(person, phone=cell)
            row.link = "listed by the second number"
        row.must_not_call.add("suppression_file")
        return [row]

    def _after_a_listed_row(self) -> list[Row]:
        first = self._listed()[0]
        person = self._people.person()
        later = self._row(person, email=first.email)
        later.must_not_call |= {*_BY_A_NEIGHBOUR, "suppression_file"}
        later.link = "under the email of an earlier suppressed row"
        return [first, later]

    def _second_row_of_a_person(self) -> list[Row]:
        person = self._people.person()
        first, second = self._row(person), self._row(person)
        second.link = "a person's second row"
        second.is_repeat = self._campaign.match != "off"
        return [first, second]

    def _placeholder_shared(self) -> list[Row]:
        address = self._draw.choice(_SHARED)
        rows = []
        for wish in ("yes", "no"):
            person = self._people.person()
            cell = read("plain", address, address)
            rows.append(self._row(person, email=cell, flag=flag_cell(wish, self._draw)))
            rows[-1].link = "a placeholder or role mailbox"
        if self._campaign.match == "exact":  # it knows no placeholders: one of them is enough
            rows[1].may_not_call |= _BY_A_NEIGHBOUR
            rows[1].may_repeat = rows[0].may_repeat = True
        return rows

    # --- ends ------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Add what a row's own flag says, where the campaign honours it."""
        for row in self.rows:
            if not self._campaign.honours_flags:
                continue
            if row.flag.rights == {"yes"}:
                row.must_not_call.add("dnc_flag")
            elif row.flag.rights == {"unclear"}:
                row.must_not_call.add("dnc_flag_unclear")
            elif "unclear" in row.flag.rights:
                row.may_not_call.add("dnc_flag_unclear")
        if self._campaign.honours_flags:
            self._settle_unusable_phones()

    def _settle_unusable_phones(self) -> None:
        """Who has the unusable phone of a flagged row may be that person, and is not called."""
        flagged = {
            digits
            for row in self.rows
            if row.flag.rights & {"yes", "unclear"}
            for digits in _unusable_phones(row)
        }
        for row in self.rows:
            if flagged & _unusable_phones(row):
                row.may_not_call.add("suppressed_elsewhere")


def _unusable_phones(row: Row) -> set[str]:
    """Return the digits of the row's phones that need not be read; a placeholder is nobody's."""
    digits = {"".join(filter(str.isdigit, cell.text)) for cell in row.phones if cell.problem}
    return {one for one in digits if len(set(one)) > 1}
