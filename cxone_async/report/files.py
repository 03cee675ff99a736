"""The files of a run.

Guarantee: reconciliation.csv gets its name last. Where it exists, all the other files are whole
and come from the same writing. When writing fails before the names are given, no file of the
directory has changed. What a person has edited is not replaced: it is kept beside the new file (see
`durable.checksums`).

The files are written in one pass over the outcomes, which are never all in memory.

rejects.csv and unresolved.csv are made to be corrected and imported. Each record is there byte
for byte as in the input, followed by four cells of this program. Three rules follow:

* The four cells are always the last of their record. So a record with too few fields looks
  shifted under the header; inventing fields would change it. Where this program reads the file
  again, a line that ends in the four cells ends its record.
* A record that could not be read, or has an odd number of quotes, can swallow the records after it
  in other readers. Such records come after all others, so that they spoil only each other.
* A file that already ends in these four columns (a rejects.csv, imported again) keeps its header,
  and in each record the four old cells are replaced by the new ones. The reader ignores these
  columns, because it does not know them.

rejects.xlsx is the same list as rejects.csv, for people (see `rejects_workbook`).

outcomes.csv, review.csv and duplicates.csv are made for spreadsheets: there, and only there, a cell
that a spreadsheet would take for a formula gets a leading apostrophe.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from cxone_async.durable.atomic_file import AtomicFile, files_together
from cxone_async.durable.checksums import (
    CHECKSUMS,
    KeptFile,
    Pieces,
    digests_with,
    forget_old_ones,
    keep_edited,
    lines_of,
)
from cxone_async.durable.writing import writing
from cxone_async.encoded import encoded
from cxone_async.errors import MissingInputError, UnreadableInputError, why_unreadable
from cxone_async.logs import log
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.page import render_page
from cxone_async.report.pair_tables import DUPLICATES_COLUMNS, REVIEW_COLUMNS, PairLine
from cxone_async.report.reconciliation import Reconciliation, Tally
from cxone_async.report.rejected_rows import RejectedRows
from cxone_async.report.rejects_workbook import Watched, has_extra, write_workbook
from cxone_async.source.encoding import encoding_name
from cxone_async.source.reject_cells import REJECT_COLUMNS
from cxone_async.source.scanner import NOT_READ, Grammar

OUTCOME_COLUMNS: Final = (
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
)
REPORT: Final = "report.html"
"""Holds no facts of its own: it is drawn from reconciliation.json."""

FILE_NAMES: Final = (
    "outcomes.csv",
    "rejects.csv",
    "unresolved.csv",
    "review.csv",
    "duplicates.csv",
    REPORT,
    "reconciliation.json",
    "reconciliation.csv",
)
"""In the order in which they get their names."""

WORKBOOK: Final = "rejects.xlsx"
"""Holds no facts of its own, and is not always there. It gets its name before all others."""
_NO_WORKBOOK: Final = (
    f"rejects.csv has no copy for spreadsheets, {WORKBOOK}: pip install 'cxone_async[excel]'"
)

FACT_NAMES: Final = tuple(name for name in FILE_NAMES if name != REPORT)
"""The files of facts: all but the report."""

FIGURES: Final = (CHECKSUMS, REPORT, "reconciliation.json", "reconciliation.csv")
"""The files that hold nothing of a contact, in the order in which they get their names."""

NEWER_FACT_NAMES: Final = frozenset({"duplicates.csv"})
"""Those that runs of earlier versions lack."""

_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  full-width forms count too
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/+-]*").fullmatch
_NAME: Final[Mapping[Outcome, str]] = {outcome: outcome.value for outcome in Outcome}
_LINES_A_WRITE = 1_024
_COPY_BYTES = 1 << 20


class RunFiles(msgspec.Struct, frozen=True):
    """What was written: the result of the run, and the SHA-256 in hex of each file, by name."""

    result: Reconciliation
    digests: dict[str, str]


def write_run_files(
    directory: Path,
    outcomes: Iterable[RowOutcome],
    resemblances: Iterable[PairLine],
    duplicates: Iterable[PairLine],
    *,
    header_raw: bytes,
    delimiter: str,
    segmented: Callable[[int], bool] | None,
    conclude: Callable[[Tally], Reconciliation],
    mark: bytes = b"",
    quote: str = '"',
    escape: str = "",
    encoding: str = "utf-8",
    watched: Watched = iter,
    watched_pieces: Pieces = iter,
    written_before: Mapping[str, str] | None = None,
) -> RunFiles:
    """Write every file of a run and return its result and their digests.

    `outcomes` come by row; those that are invalid, failed or unresolved carry `raw`.
    `resemblances` and `duplicates` are the lines of review.csv and duplicates.csv.
    `header_raw` is the input's header without its line end. It, `raw` and `delimiter` are in an
    encoding that agrees with ASCII (for UTF-16 input: UTF-8); with the byte order mark `mark` they
    are read so again. `quote` and `escape` are the input's; `encoding` is the one that was
    declared. `segmented` says whether an imported row is in the segment; it is None when the run
    has no segment. `conclude` makes the result from what was written, usually a partial
    `reconcile`. `watched` is that of `write_workbook`;
    `watched_pieces` gets the pieces of the files that are there already. `written_before` holds
    digests (SHA-256 in hex, by name) of files that an earlier start wrote.

    Synchronous, and long for a long input: call it from a thread. Raises
    CannotWriteError. Then no file has changed, unless the names themselves could not be given:
    in that case there is no reconciliation.csv.
    """
    written = Tally()
    *first, last = (WORKBOOK, *FILE_NAMES)
    names = (*first, CHECKSUMS, last)
    encoding = "utf-8" if mark else encoding_name(encoding)
    grammar = Grammar(delimiter, quote, escape)
    rows = RejectedRows(directory, header_raw, encoding, grammar) if has_extra() else None

    def keep(files: Sequence[AtomicFile]) -> None:
        _say_kept(keep_edited(directory, files, written_before or {}, watched_pieces))

    with rows or nullcontext(), files_together(directory, names, keep) as files:
        file = dict(zip(names, files, strict=True))
        signs = _Signs(delimiter, quote, escape)
        unresolved = _RejectFile(file["unresolved.csv"], mark, header_raw, signs)
        rejects = _RejectFile(file["rejects.csv"], mark, header_raw, signs, rows)
        reject_file = {
            Outcome.INVALID: rejects,
            Outcome.FAILED: rejects,
            Outcome.UNRESOLVED: unresolved,
        }
        with rejects, unresolved:
            _write_outcomes(file["outcomes.csv"], outcomes, reject_file, segmented, written)
        if rows is not None:
            write_workbook(file[WORKBOOK], rows, watched)
        else:
            file[WORKBOOK].leave_out()
            if written.outcomes[Outcome.INVALID] or written.outcomes[Outcome.FAILED]:
                log.info("extra_missing", extra="excel", what=_NO_WORKBOOK)
        written.review_lines = _write_pairs(file["review.csv"], REVIEW_COLUMNS, resemblances)
        written.duplicates_lines = _write_pairs(
            file["duplicates.csv"], DUPLICATES_COLUMNS, duplicates
        )
        result = conclude(written)
        file[REPORT].write(render_page(result).encode())
        file["reconciliation.json"].write(_json(result))
        file["reconciliation.csv"].write(_key_values(result))
        checksums = file.pop(CHECKSUMS)
        digests = {name: one.digest for name, one in file.items() if one.is_kept}
        checksums.write(lines_of(digests.items()))
    forget_old_ones(directory)
    return RunFiles(result, digests)


def read_result(directory: Path) -> Reconciliation:
    """Return the result of a finished run from its reconciliation.json.

    Raises MissingInputError when the run has not finished, UnreadableInputError when the
    file is not one that a run wrote.
    """
    path = directory / "reconciliation.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Reconciliation)
    except OSError as error:
        if not directory.is_dir():
            raise MissingInputError(f"no such run directory: {directory}") from error
        raise MissingInputError(
            f"no finished run in {directory}: its {path.name} {why_unreadable(error)}. A run that "
            "was stopped goes on when the command that began it is run again"
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableInputError(f"{path} was not written by a run: {error}") from error


def write_report(
    directory: Path, result: Reconciliation, written_before: Mapping[str, str] | None = None
) -> Path:
    """Write report.html of a result and return its path. An edited one is kept.

    `written_before` is that of `write_run_files`. Raises CannotWriteError.
    """
    path = directory / REPORT
    with files_together(
        directory,
        (CHECKSUMS, REPORT),
        lambda files: _say_kept(keep_edited(directory, files, written_before or {})),
    ) as (checksums, file):
        file.write(render_page(result).encode())
        checksums.write(digests_with(directory, REPORT, file.digest))
    forget_old_ones(directory)
    return path


def write_figures(directory: Path, result: Reconciliation) -> None:
    """Write the files that hold nothing of a contact anew. Edited ones are not kept.

    SHA256SUMS then holds their digests only. Raises CannotWriteError.
    """
    with files_together(directory, FIGURES) as (checksums, *files):
        for file, content in zip(
            files,
            (render_page(result).encode(), _json(result), _key_values(result)),
            strict=True,
        ):
            file.write(content)
        checksums.write(lines_of((file.path.name, file.digest) for file in files))


def _say_kept(kept: Iterable[KeptFile]) -> None:
    for one in kept:
        log.warning("edited_file_kept", file=one.name, kept_as=one.kept_as)


def _write_outcomes(
    file: AtomicFile,
    outcomes: Iterable[RowOutcome],
    reject_file: Mapping[Outcome, "_RejectFile"],
    segmented: Callable[[int], bool] | None,
    written: Tally,
) -> None:
    lines = _Lines(file, OUTCOME_COLUMNS)
    for outcome in outcomes:
        in_segment = ""
        if segmented is not None and outcome.outcome is Outcome.IMPORTED:
            in_segment = "yes" if segmented(outcome.row) else "no"
            written.segmented += in_segment == "yes"
        lines.add(outcome_line(outcome, in_segment))
        if rejected := reject_file.get(outcome.outcome):
            rejected.add(outcome)
        written.add(outcome)
    lines.flush()


def outcome_line(outcome: RowOutcome, in_segment: str) -> str:
    """Return a line of outcomes.csv, with its line end.

    Built by hand because that is four times as fast as the csv module, which matters at
    millions of lines. A test compares it with what the csv module reads.
    """
    return (
        f"{outcome.row},{outcome.line},{_NAME[outcome.outcome]},{_recurring_cell(outcome.reason)},"
        f"{_duplicate_of(outcome)},{_recurring_cell(outcome.rule)},{_score(outcome.score)},"
        f"{_sheet_cell(outcome.contact_id)},{_recurring_cell(outcome.import_id)},"
        f"{outcome.attempts},{in_segment},{_sheet_cell(outcome.external_id)},"
        f"{_recurring_cell(outcome.repairs)}\n"
    )


def _duplicate_of(outcome: RowOutcome) -> str:
    """Return the row that is repeated: `17`, of an earlier run `RUN/17`."""
    if outcome.duplicate_of_run:
        return _sheet_cell(f"{outcome.duplicate_of_run}/{outcome.duplicate_of}")
    return str(outcome.duplicate_of or "")


def _write_pairs(file: AtomicFile, columns: tuple[str, ...], pairs: Iterable[PairLine]) -> int:
    """Write a line for each pair and return how many there were."""
    lines = _Lines(file, columns)
    count = 0
    for one in pairs:
        cells = ",".join(map(_sheet_cell, (one.rule, _score(one.score), *one.cells)))
        lines.add(f"{one.row},{one.of_row},{cells}\n")
        count += 1
    lines.flush()
    return count


def _json(result: Reconciliation) -> bytes:
    return msgspec.json.format(encoded(msgspec.json.Encoder(), result), indent=2) + b"\n"


def _key_values(result: Reconciliation) -> bytes:
    return "".join(f"{key},{value}\n" for key, value in result.csv_lines()).encode()


class _Lines:
    """Lines gathered before they are encoded and written."""

    def __init__(self, file: AtomicFile, columns: tuple[str, ...]) -> None:
        self._file = file
        self._lines = [",".join(columns) + "\n"]

    def add(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) >= _LINES_A_WRITE:
            self.flush()

    def flush(self) -> None:
        self._file.write("".join(self._lines).encode())
        self._lines.clear()


class _RejectFile:
    """rejects.csv or unresolved.csv: the original records, each with four cells added."""

    def __init__(
        self,
        file: AtomicFile,
        mark: bytes,
        header_raw: bytes,
        signs: "_Signs",
        rows: RejectedRows | None = None,
    ) -> None:
        self._file = file
        self._rows = rows
        self._signs = signs
        self._imported_again = _header_pattern(signs).search(header_raw) is not None
        self._old_cells = _old_cells_pattern(signs)
        header = header_raw if self._imported_again else self._joined(header_raw, REJECT_COLUMNS)
        file.write(mark + header + b"\n")
        with writing(file.path):
            self._unsafe = tempfile.TemporaryFile(dir=file.path.parent)  # noqa: SIM115  __exit__

    def add(self, outcome: RowOutcome) -> None:
        raw = outcome.raw
        if self._imported_again and (old := self._old_cells.search(raw)):
            raw = raw[: old.start()]
        cells = (str(outcome.row), outcome.outcome, outcome.reason, outcome.detail)
        record = self._joined(raw, cells) + b"\n"
        is_unsafe = outcome.reason in NOT_READ or self._signs.may_stay_open(raw)
        if self._rows is not None:
            self._rows.add(outcome, raw, is_last=is_unsafe)
        if is_unsafe:
            with writing(self._file.path):
                self._unsafe.write(record)
        else:
            self._file.write(record)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._unsafe:
            if kind is None:
                with writing(self._file.path):
                    self._unsafe.seek(0)
                while block := self._unsafe.read(_COPY_BYTES):
                    self._file.write(block)

    def _joined(self, raw: bytes, cells: tuple[str, ...]) -> bytes:
        ours = "".join(self._signs.delimiter + _cell(cell, self._signs) for cell in cells)
        return raw + ours.encode("ascii", "backslashreplace")


class _Signs(NamedTuple):
    delimiter: str
    quote: str
    escape: str

    def may_stay_open(self, raw: bytes) -> bool:
        """Whether the cells after a record could become part of its last field."""
        return bool(
            raw.count(self.quote.encode()) % 2
            or (self.escape and raw.endswith(self.escape.encode()))
        )


def _cell(text: str, signs: _Signs) -> str:
    text = " ".join(text.splitlines())
    quote = signs.quote
    if signs.delimiter in text or quote in text:
        return quote + text.replace(quote, 2 * quote) + quote
    return text


def _header_pattern(signs: _Signs) -> re.Pattern[bytes]:
    before, quote = re.escape(signs.delimiter), re.escape(signs.quote)
    names = "".join(f"{before}{quote}?{name}{quote}?" for name in REJECT_COLUMNS)
    return re.compile(rf"{names}[ \t]*\Z".encode())


def _old_cells_pattern(signs: _Signs) -> re.Pattern[bytes]:
    """Match four last cells that this program wrote, or that were emptied since.

    Anything else stays: it is the user's.
    """
    before, q = re.escape(signs.delimiter), re.escape(signs.quote)
    outcome = "|".join((Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED))
    row = rf"{before}{q}?[0-9]*{q}?"
    words = rf"{before}{q}?(?:{outcome})?{q}?{before}{q}?[a-z_]*{q}?"
    detail = rf"{before}(?:{q}(?:[^{q}]|{q}{q})*{q}|[^{q}{before}\r\n]*)"
    return re.compile(rf"{row}{words}{detail}\Z".encode())


def _sheet_cell(text: str) -> str:
    if not text or _PLAIN(text):
        return text
    if text[0] in _FORMULA_STARTS:
        text = "'" + text
    return '"' + text.replace('"', '""') + '"'


_recurring_cell = lru_cache(maxsize=1_024)(_sheet_cell)


def _score(score: float | None) -> str:
    """At most two decimals, no trailing zeros: 100, 87.5, 91.67."""
    return "" if score is None else f"{round(score, 2):g}"
