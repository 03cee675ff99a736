"""Finds which rows of which runs a ledger has of the ids of a file: it does not keep the ids.

Guarantee: only an outcomes.csv that is as it was written is believed; every other run that sent
somebody is named. A row that was dropped as a duplicate leads to the row that was sent for it, in
the same run or an earlier one.

Everything here blocks: call it from a thread.
"""

import csv
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.ledger.port import EarlierRun, LedgerRun
from cxone_async.runs.last_list import OUTCOMES, has_intact_outcomes


class RowsOfIds(msgspec.Struct, frozen=True):
    """The rows, as (run id, row), and the names of the runs whose outcomes.csv does not tell."""

    rows: frozenset[tuple[str, int]]
    untold: tuple[str, ...]


def rows_of_ids(ids: Collection[str], runs: Sequence[EarlierRun]) -> RowsOfIds:
    """Look ids up in the outcomes of the runs of a ledger, the latest of which comes first."""
    found: set[tuple[str, int]] = set()
    untold: list[str] = []
    for at, one in enumerate(runs):
        is_told = False
        with suppress(OSError, CannotWriteError, ConfigurationError):
            is_told = has_intact_outcomes(one.run)
            if is_told:
                found |= _rows_in(one.run, ids, runs[at + 1 :])
        if not is_told and one.people:
            untold.append(one.run.name)
    return RowsOfIds(frozenset(found), tuple(untold))


def _rows_in(
    run: LedgerRun, ids: Collection[str], before: Sequence[EarlierRun]
) -> set[tuple[str, int]]:
    cells = {*ids, *(f"'{one}" for one in ids)}  # so that no table takes one for a formula
    asked: list[str] = []
    duplicate_of: dict[str, str] = {}
    with (Path(run.directory) / OUTCOMES).open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            if line["duplicate_of"]:
                duplicate_of[line["row"]] = line["duplicate_of"]
            if line["external_id"] in cells:
                asked.append(line["row"])
    rows: set[tuple[str, int]] = set()
    for row in asked:
        was_sent = row
        while was_sent in duplicate_of:
            was_sent = duplicate_of[was_sent]
        name, is_earlier, number = was_sent.rpartition("/")
        of_run = _run_named(name, before) if is_earlier else run.run_id
        rows.add((of_run, int(number)))
    return rows


def _run_named(name: str, runs: Sequence[EarlierRun]) -> str:
    """Return the id of the latest run with this name; "" when there is none."""
    return next((one.run.run_id for one in runs if one.run.name == name), "")
