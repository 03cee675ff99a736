"""The table of columns on a terminal: names, uses, masked values, at most 80 columns wide."""

import io
import os
import pty
import re
import subprocess
import sys

import pytest
from rich.console import Console

from cxone_async.cli.column_table import ColumnTable
from cxone_async.matching.name_order import NameOrder, NameOrderFinding
from cxone_async.runs.observers import ColumnsRead
from cxone_async.source.columns import (
    ColumnUse,
    Drift,
    InputColumn,
    InputFormat,
    Understood,
)

STYLES = re.compile(r"\x1b\[[0-9;]*m")


def shown(columns, samples=(), *, terminal=True, drift=Drift(), names=None):  # noqa: B008  it is frozen
    written = io.StringIO()
    target = Console(file=written, force_terminal=terminal, width=80, no_color=True)
    understood = Understood(tuple(columns), InputFormat("utf-8", ";", lines_skipped=2), drift=drift)
    ColumnTable(target).columns_read(ColumnsRead(understood, tuple(samples), names))
    return STYLES.sub("", written.getvalue())


PHONE = InputColumn("Telefon", ColumnUse.FIELD, "phone")
COUNTRY = InputColumn("Land", ColumnUse.FIELD, "country")


def test_values_are_masked_and_countries_are_not():
    said = shown([PHONE, COUNTRY], [("0171 3920001",), ("Deutschland", "Berg", "x@example.com")])
    assert "•••• •••••01" in said
    assert "Deutschland, B•••, x@e••••••.c••" in said


def test_every_use_is_said_in_words():
    said = shown(
        [
            PHONE,
            InputColumn("Saldo", ColumnUse.CUSTOM_FIELD, "balance"),
            InputColumn("Nr.", ColumnUse.EXTERNAL_ID),
            InputColumn("DNC", ColumnUse.FIELD, "dnc_flag"),
            InputColumn("", ColumnUse.IGNORED),
        ]
    )
    for text in ("custom field balance", "external id", "do-not-call flag", "column 5", "not used"):
        assert text in said
    assert "utf-8, columns separated by semicolon, 2 lines above the header skipped" in said


def test_no_line_is_wider_than_the_terminal():
    wide = InputColumn("W" * 100, ColumnUse.CUSTOM_FIELD, "b" * 60)
    said = shown([wide, PHONE], [("v" * 300,) * 3, ()])
    assert max(map(len, said.splitlines())) <= 80
    assert "\x1b]" not in shown([InputColumn("a\x1b]0;x\x07", ColumnUse.IGNORED)])


def test_of_very_many_columns_those_in_use_are_shown():
    columns = [InputColumn(f"c{n}", ColumnUse.IGNORED) for n in range(1000)]
    said = shown([*columns, PHONE])
    assert "Telefon" in said
    assert "and 961 more columns, not used" in said
    assert len(said.splitlines()) < 60


def test_what_has_changed_is_named():
    said = shown([PHONE], drift=Drift(("Saldo",), ("Betrag",)))
    assert "gone since the mapping was written: Saldo" in said
    assert "new since the mapping was written: Betrag" in said


def test_the_order_of_names_is_said_below_the_columns():
    names = NameOrderFinding(
        columns=NameOrder.FAMILY_FIRST,
        one_field=NameOrder.UNKNOWN,
        rows=100,
        households_family_first=12,
    )
    said = " ".join(shown([PHONE], names=names).split())
    assert "first_name holds the family names 12 households for it, 0 against" in said


def test_without_a_terminal_nothing_is_shown():
    assert shown([PHONE], [("0171 3920001",)], terminal=False) == ""


@pytest.mark.slow
def test_a_plan_on_a_terminal_begins_with_the_table(tmp_path):
    (tmp_path / "in.csv").write_text("Telefon,Vorname,Land\n0171 3920001,Anna,DE\n")
    parent, child = pty.openpty()
    ended = subprocess.run(
        [sys.executable, "-m", "cxone_async", "plan", "in.csv", "--required-fields", "phone"],
        check=False, stderr=child, stdout=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    os.close(child)
    said = os.read(parent, 65_536).decode()
    os.close(parent)
    assert ended.returncode == 0
    assert STYLES.sub("", said).split()[:2] == ["column", "used"]
    assert "columns_read" not in said
    assert "3920001" not in said
    assert ended.stdout.startswith(b"READY 1 of 1")
