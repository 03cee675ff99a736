"""The files of a run, line by line, as `verify` reads them.

Guarantee: a line that cannot be read is passed to `add` as a sentence and left out; bad content
never raises. The files are read with the csv module and as bytes, with no code of their writer.
"""

import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from cxone_async.verification.csv_reading import OUR_COLUMNS, Form, parse

Add = Callable[[str], None]

_OUTCOME_COLUMNS: Final = [
    "row",
    "line",
    "outcome",
    "reason",
    "duplicate_of",
    "rule",
    "score",
    "contact_id",
    "import_id",
    "attempts",
    "segmented",
    "external_id",
    "repairs",
]
_COLUMNS_OF_0_1_0: Final = _OUTCOME_COLUMNS[:-2]
NOT_A_RECORD: Final = frozenset({"unterminated_quote", "malformed_quote", "field_too_large"})
"""The reasons of what no reader can read."""
_LARGEST_GAP_ROWS: Final = 1_000_000
_MOST_MISMATCHES: Final = 100
# Bytes that could not be decoded, as the run and as this module put them in UTF-8.
_UNDECODED: Final = (b"\xed\xb3\xbf", b"\xef\xbf\xbd")
_LEAST_KEPT_BYTES: Final = 1 << 20  # of a record too large to be read, that much at least
_OLD_CELLS_AT_MOST: Final = 64


class OutcomeRow(NamedTuple):
    """A line of outcomes.csv; numbers are 0 where the cell is empty."""

    row: int
    line: int
    outcome: str
    reason: str
    duplicate_of: int
    rule: str
    score: str
    contact_id: str
    import_id: str
    attempts: int
    segmented: str
    external_id: str
    repairs: str
    duplicate_of_run: str = ""


def read_outcomes(path: Path, add: Add) -> Iterator[OutcomeRow]:
    """Yield the lines of outcomes.csv; report where rows are not 1, 2, 3, ... in this order.

    The files of version 0.1.0 lack the last two columns.
    """
    row = line = 0
    for cells in cells_of(path, (_OUTCOME_COLUMNS, _COLUMNS_OF_0_1_0), add):
        one = _outcome_row(cells)
        if one is None or one.row > row + _LARGEST_GAP_ROWS:
            add(f"outcomes.csv: the line after row {row} is not readable")
            continue
        if one.row != row + 1:
            add(f"outcomes.csv: row {one.row} comes after row {row}")
        if one.row <= row:
            continue
        if one.line <= line:
            add(f"outcomes.csv: row {one.row} starts on line {one.line}, row {row} on {line}")
        row, line = one.row, one.line
        yield one


def _outcome_row(cells: list[str]) -> OutcomeRow | None:
    row, line, outcome, reason, duplicate_of, rule, score, contact_id, import_id, *rest = cells
    attempts, segmented, external_id, repairs = (*rest, "", "")[:4]
    run, _, duplicate_of = duplicate_of.rpartition("/")
    try:
        one = OutcomeRow(
            int(row),
            int(line),
            outcome,
            reason,
            int(duplicate_of or 0),
            rule,
            score,
            contact_id,
            import_id,
            int(attempts),
            segmented,
            external_id,
            repairs,
            run,
        )
        return one if 0 <= float(score or 0) <= 100 else None
    except ValueError:
        return None


class RejectsReader:
    """Compares rejects.csv or unresolved.csv with the input and outcomes.csv.

    The records are sorted by row, except that those that could not be read, or have an odd number
    of quotes, come after all others. Each must be the input's bytes and four cells. The file begins
    with `mark`.
    """

    def __init__(self, path: Path, mark: bytes, header: bytes, form: Form, add: Add) -> None:
        self._name = path.name
        self._add = add
        self._form = form
        self._delimiter = form.delimiter.encode()
        self._file = path.open("rb")
        self._held_back = tempfile.TemporaryFile()  # noqa: SIM115  closed by finish()
        self.imported_again = has_our_columns((parse([header], form) or [[]])[0])
        header = header.rstrip(b"\r\n")
        if not self.imported_again:
            header = self._delimiter.join((header, *map(self._cell, OUR_COLUMNS)))
        found = self._file.read(len(mark + header) + 1)
        if found != mark + header + b"\n":
            add(f"{self._name} does not begin with the input's header and the four columns")
        self._at = len(found)
        self._mismatches = 0

    def expect(self, row: OutcomeRow, lines: list[bytes]) -> None:
        """Compare the record of a row, given by its physical lines, with the file."""
        raw = b"".join(lines)
        ending = len(lines[-1]) - len(lines[-1].rstrip(b"\r\n")) if lines else 0
        raw = raw[: len(raw) - ending]
        if self.imported_again:
            raw = without_old_cells(raw, self._form)
        ours = map(self._cell, ("", str(row.row), row.outcome, row.reason, ""))
        cells = self._delimiter.join(ours)
        whole = row.reason != "field_too_large"
        is_open = raw.count(self._form.quote.encode()) % 2
        is_escaping = self._form.escape and raw.endswith(self._form.escape.encode())
        if row.reason in NOT_A_RECORD or is_open or is_escaping:
            sizes = b"%d %d %d %d\n" % (row.row, len(raw), len(cells), whole)
            self._held_back.write(sizes + raw + cells)
        else:
            self._compare(row.row, raw, cells, whole=whole)

    def finish(self) -> None:
        """Compare what was held back. Nothing may be left in the file afterwards."""
        with self._file, self._held_back:
            self._held_back.seek(0)
            while head := self._held_back.readline():
                row, raw_size, cells_size, whole = map(int, head.split())
                raw = self._held_back.read(raw_size)
                self._compare(row, raw, self._held_back.read(cells_size), whole=bool(whole))
            self._file.seek(self._at)
            left = sum(1 for _ in self._file)
            if left and self._mismatches < _MOST_MISMATCHES:
                self._add(f"{self._name} holds {left:,} line(s) that belong to no such row")

    def _compare(self, row: int, raw: bytes, cells: bytes, *, whole: bool) -> None:
        if self._mismatches == _MOST_MISMATCHES:
            return
        if self._is_next(raw, cells, whole=whole):
            self._file.readline()
            self._at = self._file.tell()
            return
        self._add(f"{self._name}: row {row} is not there, or not byte for byte as in the input")
        self._mismatches += 1
        if self._mismatches == _MOST_MISMATCHES:
            self._add(f"{self._name}: too much of it is wrong; the rest was not compared")
        self._go_on_after(cells)

    def _is_next(self, raw: bytes, cells: bytes, *, whole: bool) -> bool:
        """Whether this record comes next.

        Of a record that was too large to be read, the beginning is enough.
        """
        self._file.seek(self._at)
        found = self._file.read(len(raw) + len(cells))
        if not whole:
            kept = found.find(cells, _LEAST_KEPT_BYTES)
            raw, found = raw[:kept], found[: kept + len(cells)]
            self._file.seek(self._at + len(found))
        return raw + cells in (found, found.replace(*_UNDECODED))

    def _go_on_after(self, cells: bytes) -> None:
        """Go on after the line that holds these cells, or stay if there is none."""
        self._file.seek(self._at)
        for line in iter(self._file.readline, b""):
            if cells in line:
                self._at = self._file.tell()
                return

    def _cell(self, text: str) -> bytes:
        quote = self._form.quote
        has_sign = self._form.delimiter in text or quote in text
        return f"{quote}{text}{quote}".encode() if has_sign else text.encode()


def has_our_columns(names: list[str]) -> bool:
    """Whether a header is that of rejects.csv or unresolved.csv."""
    return [name.strip() for name in names[-4:]] == OUR_COLUMNS


def without_old_cells(raw: bytes, form: Form) -> bytes:
    """Remove the four last cells if an earlier run wrote them, or if they were emptied."""
    cut, delimiter = len(raw), form.delimiter.encode()
    for _ in range(_OLD_CELLS_AT_MOST):
        cut = raw.rfind(delimiter, 0, cut)
        if cut < 0:
            break
        records = parse([raw[cut + 1 :]], form)
        if raw[cut + 1 :] and records and len(records[0]) == 4:
            row, outcome, reason, _ = records[0]
            known = outcome in ("", "invalid", "failed", "unresolved")
            words = reason.replace("_", "a").islower() or not reason
            return raw[:cut] if known and words and (not row or row.isdigit()) else raw
    return raw


def cells_of(path: Path, known: tuple[list[str], ...], add: Add) -> Iterator[list[str]]:
    """Yield the cells of each line below a header that has to be one of those known."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            columns = next(reader, [])
            if columns not in known:
                add(f"{path.name} does not begin with its columns")
                columns = known[0]
            for cells in reader:
                if len(cells) == len(columns):
                    yield cells
                else:
                    add(f"{path.name}: line {reader.line_num} has {len(cells)} cells")
        except csv.Error as error:
            add(f"{path.name} cannot be read after line {reader.line_num}: {error}")
