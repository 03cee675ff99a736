"""The tutorial, typed: a workbook with ten columns goes in, and all that was meant arrives."""

import datetime
import re
import shlex
from pathlib import Path

import pytest
import xlsxwriter

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs/first-list.md").read_text(encoding="utf-8")
CALLED_ON = datetime.datetime(2026, 4, 3)  # noqa: DTZ001  a workbook's dates have no zone
ROWS: list[list[str | float | datetime.datetime]] = [
    ["Kunden-Nr.", "Vorname", "Nachname", "Telefon", "Mobil", "E-Mail", "Land", "Saldo",
     "Letzter Kontakt", "Werbesperre"],
    ["00417", "Anna", "Berg", "030 23125 101", "0171 3920001", "anna@example.com", "Deutschland",
     1234.5, CALLED_ON, "nein"],
    ["00418", "José", "Núñez", "", 491713920002, "jose@example.com", "Deutschland", 0, "", "nein"],
    ["00419", "Carla", "Dorn", "030 23125 103", "", "carla@example.com", "Österreich",
     80, "", "ja"],
    ["00420", "Anna", "Berg", "030 23125 101", "0171 3920001", "anna@example.com", "Deutschland",
     5, "", "nein"],
    ["00421", "Dieter", "Eck", "1234", "", "dieter@example.com", "Deutschland",
     12, "", "nein"],
]  # fmt: skip


def write_workbook() -> None:
    book = xlsxwriter.Workbook("kunden.xlsx")
    sheet = book.add_worksheet("Kunden")
    as_date = book.add_format({"num_format": "dd.mm.yyyy"})
    as_money = book.add_format({"num_format": "#,##0.00"})
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            form = {datetime.datetime: as_date, float: as_money}.get(type(cell))
            sheet.write(row, column, cell, form)
    book.close()


def steps() -> list[tuple[list[str], list[str]]]:
    """Each command on the page, and the lines that it shows of what is printed."""
    blocks = re.findall(r"```console\n\$ cxone-async (.*)\n((?:.*\n)*?)```", PAGE)
    return [(shlex.split(typed), shown.splitlines()) for typed, shown in blocks]


def corrected(template: str) -> str:
    (lines,) = re.findall(r"```toml\n((?:.*\n)*?)```", PAGE)
    for line in lines.splitlines():
        key = line.split(" = ")[0]
        template, found = re.subn(rf"(?m)^(# )?{key} = .*", line, template)
        assert found == 1, key
    return template


def test_each_command_does_what_the_page_says(command, start_tenant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_workbook()
    with start_tenant("--dnc-enabled", "--allowed-countries", "DE,AT") as tenant:
        for words, shown in steps():
            typed = [tenant.base_url if word == "$TENANT" else word for word in words]
            if typed[0] == "columns":
                ended = command(*typed[:2])
                Path(typed[3]).write_text(corrected(ended.out), encoding="utf-8")
            elif "tonight/rejects.csv" in typed:
                rejects = Path(typed[1])
                lines = rejects.read_bytes().replace(b",1234,", b",030 23125 104,")
                rejects.write_bytes(lines)
                ended = command(*typed)
            else:
                ended = command(*typed)
            assert ended.code == 0, ended.err
            printed = [line.split() for line in (ended.out + ended.err).splitlines()]
            for line in shown:
                assert line.split() in printed, (typed[0], line)
        contacts = tenant.statistics(full=True)["contacts"].values()
    arrived = {one["fields"]["external_id"]: one["fields"] for one in contacts}
    assert arrived == {
        "00417": {
            "phone": "491713920001", "email": "anna@example.com", "first_name": "Anna",
            "last_name": "Berg", "country": "DE", "external_id": "00417", "saldo": "1234.5",
            "letzter_kontakt": "2026-04-03",
        },
        "00418": {
            "phone": "491713920002", "email": "jose@example.com", "first_name": "José",
            "last_name": "Núñez", "country": "DE", "external_id": "00418", "saldo": "0",
        },
        "00421": {
            "phone": "493023125104", "email": "dieter@example.com", "first_name": "Dieter",
            "last_name": "Eck", "country": "DE", "external_id": "00421", "saldo": "12",
        },
    }  # fmt: skip


def test_the_page_shows_every_step() -> None:
    assert [words[0] for words, _ in steps()] == ["columns", "plan", "import", "verify", "import"]
