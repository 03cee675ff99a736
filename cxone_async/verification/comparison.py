"""Whether input, journal and files say the same of every row.

Guarantee: every contradiction becomes a sentence, not only the first; after `MOST_SENTENCES` they
are only counted.

How the input is compared with the files:

* outcomes.csv names the physical line on which each row starts. So it cuts the input's lines into
  slices, and no line can be left out or count twice.
* Every slice must hold exactly one record, as `csv_reading` reads it, and what is no row. The
  record must have as many fields as the header, unless the row is reported for that, and no row of
  the file may be inside a quoted field.
* The slice of a row in rejects.csv or unresolved.csv must be exactly the bytes quoted there.
* A row that another one suppresses names a row that says itself not to call, or is invalid.
* The journal holds the SHA-256 of the input as it was read. So the lines of imported rows are
  those that were sent.
* The external id of a row is that of its cell, and no two rows were kept with one id.
* A file for people that was edited after the run is named and left out: it says nothing of the run.

Memory: one byte a row, eight for each external id, 16 for each row that another one suppresses, and
the facts of the journal (see `journal_facts`).
"""

import csv
import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from cxone_async.errors import MissingInputError, RunError
from cxone_async.verification.csv_reading import (
    OUR_COLUMNS,
    RECORD_COLUMN,
    Form,
    below_the_lines_above,
    delimiter_of,
    form_of,
    is_blank,
    lines_of_first,
    may_hold_rows,
    parse,
)
from cxone_async.verification.external_ids import ExternalIds
from cxone_async.verification.journal_facts import JournalFacts, journal_facts
from cxone_async.verification.pair_files import (
    MOST_LINES,
    DuplicatesReader,
    Pair,
    read_review,
)
from cxone_async.verification.physical_lines import (
    encoding_of_lines,
    mark_of_copies,
    physical_lines,
    sha256_of,
)
from cxone_async.verification.row_view import RowView
from cxone_async.verification.run_files import (
    NOT_A_RECORD,
    OutcomeRow,
    RejectsReader,
    read_outcomes,
    without_old_cells,
)
from cxone_async.verification.written_files import (
    FOR_PEOPLE,
    edited_files,
    in_order,
    kept_files,
    listed_digests,
)

MOST_SENTENCES: Final = 1000
_REVIEW: Final = "review.csv"
_REPORT: Final = "report.html"
_FILES: Final = (
    "outcomes.csv",
    "rejects.csv",
    "unresolved.csv",
    _REVIEW,
    _REPORT,
    "reconciliation.json",
    "reconciliation.csv",
)
_DUPLICATES: Final = "duplicates.csv"
"""Runs of earlier versions have none."""
_KEY_OF_OUTCOME: Final = {
    "duplicate": "fuzzy_deduplicated",
    "imported": "successfully_imported",
    "failed": "failed_after_retries",
    "invalid": "invalid",
    "suppressed": "suppressed",
    "unresolved": "unresolved",
    "ready": "ready",
}
_KEYS: Final = [
    "total_input",
    "fuzzy_deduplicated",
    "successfully_imported",
    "failed_after_retries",
    "data_integrity_check",
    "invalid",
    "suppressed",
    "unresolved",
    "ready",
    "segmented",
    "possible_duplicates",
    "requests",
    "polls",
    "duration_s",
]
_ANY_WIDTH: Final = {"undecodable", "nul_character"}
_WRONG_WIDTH: Final = {"too_few_fields": -1, "too_many_fields": 1}
_FILLED: Final = "cells_missing"
_GROWTH_ROWS: Final = 65_536
_SENT: Final = {"imported", "failed", "unresolved"}
_CODES: Final = {outcome: code for code, outcome in enumerate(_KEY_OF_OUTCOME, start=1)}
_TENANT_RULE: Final = "tenant"
_DECISION_RULE: Final = "decision"
_LEDGER_RULE: Final = "ledger"
_LEDGER: Final = "ledger"
"""The setting: the ledger, and the run's place in it."""
_DECISIONS: Final = "decisions"
"""The setting: a digest of what people have decided."""
_KNOWN_TO_TENANT: Final = len(_CODES) + 2
"""The code of a duplicate that was sent: the tenant had the contact already."""
_MARKED: Final = len(_CODES) + 1
"""The code of a suppressed row that says itself that its person is not to be called."""
_NAMES: Final = {code: outcome for outcome, code in _CODES.items()} | {
    _MARKED: "suppressed",
    _KNOWN_TO_TENANT: "duplicate",
}
_MARKS: Final = {"dnc_flag", "dnc_flag_unclear", "no_consent"}


class Findings:
    """Contradictions: the first `MOST_SENTENCES` in full, then their number."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._count = 0

    def add(self, sentence: str) -> None:
        self._count += 1
        if self._count <= MOST_SENTENCES:
            self._sentences.append(sentence)

    def sentences(self) -> tuple[str, ...]:
        more = self._count - len(self._sentences)
        return (*self._sentences, *([f"and {more:,} more contradictions"] if more else []))


class Verified(NamedTuple):
    """What a verification found, in sentences.

    `edited` names the files that a person has edited after the run, `kept` the edited ones that a
    later start has kept beside its own. Neither is wrong in itself. `contradictions` is empty when
    the run is whole.
    """

    edited: tuple[str, ...]
    contradictions: tuple[str, ...]
    kept: tuple[str, ...]


def verify(
    run_directory: Path,
    input_path: Path,
    encoding: str | None = None,
    text_path: Path | None = None,
) -> tuple[str, ...]:
    """Return what is not as the run left it: edits and contradictions of a `verified`.

    Empty when everything agrees.
    """
    found = verified(run_directory, input_path, encoding, text_path)
    return (*found.edited, *found.contradictions)


def verified(
    run_directory: Path,
    input_path: Path,
    encoding: str | None = None,
    text_path: Path | None = None,
) -> Verified:
    """Compare the input, the journal and the files of a run.

    `encoding` is the encoding that the run was given; by default
    the one in the journal, else UTF-8. `text_path` is the CSV that was made of an input of another
    format. Raises MissingInputError (the input or the run directory
    is not there) and UnreadableInputError (the input or the journal cannot be read at all).
    Synchronous, and as long as the input.
    """
    if not run_directory.is_dir():
        raise MissingInputError(f"no such run directory: {run_directory}")
    findings, about_input = Findings(), Findings()
    journal_path = run_directory / "journal.db"
    journal = journal_facts(journal_path, findings.add) if journal_path.exists() else None
    if journal and (found := sha256_of(input_path)) != (begun := journal.input_fingerprint):
        about_input.add(
            f"the input is not, byte for byte, the file that the run read: its SHA-256 is {found}, "
            f"by journal.db {begun or 'not told'}"
        )
    digests = (journal.file_digests if journal else {}) or listed_digests(run_directory)
    edits = edited_files(run_directory, digests)
    said = _said(run_directory)
    files = (*_FILES, *([_DUPLICATES] if _lists_duplicates(said) else []))
    missing = [name for name in files if not (run_directory / name).is_file()]
    for name in missing:
        if name not in digests:
            findings.add(f"{name} is not there: the run has not finished, or the file was removed")
    if not missing:
        settings, delimiter = _settings_and_delimiter(said)
        if journal:
            settings = journal.settings
        encoding = encoding or str(settings.get("encoding", "")) or "utf-8"
        lines = physical_lines(text_path or input_path, encoding)
        with _malformed(findings):
            comparison = _Verification(
                run_directory,
                journal,
                findings,
                has_duplicates=_lists_duplicates(said),
                has_decisions=bool(settings.get(_DECISIONS)),
                left_out=FOR_PEOPLE & edits.edited.keys(),
                has_ledger=bool(settings.get(_LEDGER)),
            )
            comparison.compare(
                lines,
                form_of(settings, delimiter),
                mark_of_copies(text_path or input_path, encoding),
                str(settings.get("external_id", "")),
                encoding_of_lines(text_path or input_path, encoding),
            )
    wrong = in_order(
        edits,
        findings.sentences(),
        is_known=bool(digests),
        is_same_input=not about_input.sentences(),
    )
    return Verified(
        tuple(edits.edited.values()),
        (*about_input.sentences(), *wrong),
        tuple(kept_files(run_directory, {*_FILES, *FOR_PEOPLE})),
    )


@contextmanager
def _malformed(findings: Findings) -> Iterator[None]:
    """Make what no reader foresaw in a malformed file a sentence: it is no defect of `verify`."""
    try:
        yield
    except RunError:
        raise
    except OSError as error:
        name = Path(str(error.filename or "a file")).name
        findings.add(f"{name} cannot be read: {error.strerror} (errno {error.errno})")
    except Exception as error:  # whatever stands in a file can raise anything
        findings.add(
            f"the files are malformed: the comparison ended early ({type(error).__name__})"
        )


def _said(run_directory: Path) -> object:
    """Return what reconciliation.json says; None if it is not there, or not whole."""
    try:
        return json.loads((run_directory / "reconciliation.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _lists_duplicates(said: object) -> bool:
    return isinstance(said, Mapping) and "duplicates_left_out" in said


def _settings_and_delimiter(said: object) -> tuple[Mapping[str, object], object]:
    """Return the settings of a run, and the delimiter, as far as reconciliation.json says them."""
    match said:
        case {"run": {"settings": dict(settings)}, "input_format": {"delimiter": delimiter}}:
            return settings, delimiter
        case {"run": {"settings": dict(settings)}}:
            return settings, ""
    return {}, ""


class _Verification:
    """One comparison of a finished run with its input."""

    def __init__(
        self,
        directory: Path,
        journal: JournalFacts | None,
        findings: Findings,
        *,
        has_duplicates: bool,
        has_decisions: bool,
        left_out: Set[str],
        has_ledger: bool,
    ) -> None:
        self._directory = directory
        self._has_ledger = has_ledger
        self._has_decisions = has_decisions
        self._left_out_files = left_out
        self._duplicates = (
            DuplicatesReader(directory / _DUPLICATES, findings.add)
            if has_duplicates and _DUPLICATES not in left_out
            else None
        )
        self._journal = journal
        self._add = findings.add
        self._totals = self._read_totals()
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[tuple[str, str]] = Counter()
        self._rules: Counter[str] = Counter()
        self._repairs: Counter[str] = Counter()
        self._outcome_of_row = bytearray(1)
        self._suppressed_by = array("Q")  # pairs: a row, and the one that marks its person
        self._segmented = 0
        self._view = RowView()
        self._names: list[str] = []
        self._form = Form()
        self._imported_again = False

    def compare(
        self, lines: Iterator[bytes], form: Form, mark: bytes, external_id: str, encoding: str
    ) -> None:
        """Compare input, journal and files with each other.

        `mark` is what a file of rejects begins with, `external_id` names the column of ids, and
        `encoding` is that of the lines.
        """
        outcomes = read_outcomes(self._directory / "outcomes.csv", self._add)
        slices = _Slices(lines)
        row = next(outcomes, None)
        header = slices.until(row.line if row else None)
        header = below_the_lines_above(header, form)
        self._form = form = form._replace(delimiter=delimiter_of(header, form))
        self._names = (parse(header[: lines_of_first(header, form)], form) or [[]])[0]
        header = self._record_of(header, "the input's lines before row 1 are not one header")
        ids = ExternalIds(external_id, self._names, encoding, self._add)
        rejects = {
            name: RejectsReader(
                self._directory / name,
                mark,
                b"".join(header),
                form,
                self._add if name not in self._left_out_files else _unheard,
            )
            for name in ("rejects.csv", "unresolved.csv")
        }
        self._imported_again = rejects["rejects.csv"].imported_again
        while row is not None:
            following = next(outcomes, None)
            own_lines = slices.until(following.line if following else None)
            own_lines = self._record_of(
                own_lines,
                f"row {row.row}: the lines from {row.line} on hold {{}} readable record(s) instead "
                "of one",
            )
            self._check_row(row)
            cells = self._check_slice(row, own_lines)
            is_kept = _was_sent(row) or row.outcome == "ready"
            ids.check(row.row, row.external_id, cells, is_kept=is_kept)
            if row.outcome in ("invalid", "failed"):
                rejects["rejects.csv"].expect(row, own_lines)
            elif row.outcome == "unresolved":
                rejects["unresolved.csv"].expect(row, own_lines)
            row = following
        for reader in rejects.values():
            reader.finish()
        ids.finish()
        self._check_marking_rows()
        self._check_rows_of_journal()
        if self._duplicates is not None:
            self._duplicates.finish()
        self._check_totals(self._check_review() if _REVIEW not in self._left_out_files else None)

    def _check_row(self, row: OutcomeRow) -> None:
        number = row.row
        if number >= len(self._outcome_of_row):
            self._outcome_of_row.extend(bytes(number - len(self._outcome_of_row) + _GROWTH_ROWS))
        is_marked = row.outcome == "suppressed" and row.reason in _MARKS
        code = _KNOWN_TO_TENANT if _is_known_to_tenant(row) else _CODES.get(row.outcome, 0)
        self._outcome_of_row[number] = _MARKED if is_marked else code
        self._counts[row.outcome] += 1
        self._view.see(number, row.outcome, row.reason)
        self._segmented += row.segmented == "yes"
        self._reasons[row.outcome, row.reason] += bool(row.reason)
        self._rules[row.rule] += bool(row.rule)
        self._repairs.update(filter(None, row.repairs.split(";")))
        if row.outcome not in _CODES:
            self._add(f"row {number} has the unknown outcome {row.outcome!r}")
        if _is_known_to_tenant(row):
            if row.duplicate_of or row.score:
                self._add(f"row {number} is known to the tenant but names a row or a score")
        elif row.outcome == "duplicate":
            self._check_duplicate(row)
        elif row.outcome == "suppressed" and row.reason == "suppressed_elsewhere":
            self._suppressed_by.extend((number, row.duplicate_of))
            if row.rule or row.score:
                self._add(f"row {number} is suppressed but names a rule or a score")
        elif row.duplicate_of or row.rule or row.score:
            self._add(f"row {number} is {row.outcome} but names a duplicate's row, rule or score")
        if row.outcome in ("invalid", "suppressed", "failed", "unresolved") and not row.reason:
            self._add(f"row {number} is {row.outcome} for no reason")
        self._check_sending(row)
        self._check_segment(row)
        if self._journal:
            self._check_against_journal(row, self._journal)

    def _check_duplicate(self, row: OutcomeRow) -> None:
        if row.rule == _LEDGER_RULE or row.duplicate_of_run:
            self._check_known(row)
            return
        if not 1 <= row.duplicate_of < row.row:
            self._add(f"row {row.row} repeats row {row.duplicate_of}, which is not before it")
        elif self._outcome_of_row[row.duplicate_of] == _CODES["invalid"]:
            self._add(f"row {row.row} repeats row {row.duplicate_of}, which is invalid")
        if not row.rule or not row.score:
            self._add(f"row {row.row} is a duplicate without a rule or a score")
        if row.rule == _DECISION_RULE and not (self._has_decisions and row.score == "100"):
            self._add(f"row {row.row} is a duplicate by a decision that the run was not given")
        if self._duplicates is not None:
            self._duplicates.see(Pair(row.row, row.duplicate_of, row.rule, row.score))

    def _check_known(self, row: OutcomeRow) -> None:
        """The row of the earlier run is not here to be looked at; how it is named is."""
        if not (row.rule == _LEDGER_RULE and row.duplicate_of_run and row.duplicate_of > 0):
            self._add(f"row {row.row} repeats an earlier run, but does not name its row")
        if not row.score:
            self._add(f"row {row.row} is a duplicate without a rule or a score")
        if not self._has_ledger:
            self._add(f"row {row.row} repeats an earlier run, but the run was given no ledger")

    def _check_marking_rows(self) -> None:
        """The row that marks a person may come later. It is suppressed for that, or invalid."""
        pairs, codes = self._suppressed_by, self._outcome_of_row
        for row, marked_by in zip(pairs[::2], pairs[1::2], strict=True):
            code = codes[marked_by] if 1 <= marked_by < len(codes) else 0
            marking = {_MARKED, _CODES["invalid"]}
            if self._has_decisions:  # a person may have said that both are the same
                marking.add(_CODES["suppressed"])
            if marked_by == row or code not in marking:
                self._add(
                    f"row {row} is suppressed because of row {marked_by}, which does not say that "
                    "its person is not to be called"
                )

    def _check_sending(self, row: OutcomeRow) -> None:
        if _was_sent(row):
            if row.attempts < 1:
                self._add(f"row {row.row} is {row.outcome} after no attempt")
            if row.outcome == "imported" and not row.import_id:
                self._add(f"row {row.row} is imported by no import")
        elif row.attempts or row.contact_id or row.import_id:
            self._add(f"row {row.row} is {row.outcome} but names attempts or ids of a sending")

    def _check_segment(self, row: OutcomeRow) -> None:
        wanted = bool(self._journal and self._journal.segment_id) and row.outcome == "imported"
        if row.segmented not in (("yes", "no") if wanted else ("",)):
            self._add(f"row {row.row} is {row.outcome} and has segmented = {row.segmented!r}")

    def _check_against_journal(self, row: OutcomeRow, journal: JournalFacts) -> None:
        settled = journal.outcome(row.row)
        if settled != (row.outcome if _was_sent(row) else ""):
            self._add(
                f"row {row.row} is {row.outcome}, but {settled or 'not settled'} by journal.db"
            )
        elif settled:
            if not journal.agrees(row.row, row.contact_id, row.import_id, row.reason):
                self._add(f"row {row.row} has another contact, import or reason in journal.db")
            if journal.attempts(row.row) != row.attempts:
                self._add(
                    f"row {row.row} was tried {row.attempts} time(s), "
                    f"{journal.attempts(row.row)} by journal.db"
                )
            if journal.is_segmented(row.row) != (row.segmented == "yes"):
                self._add(f"row {row.row} has segmented = {row.segmented!r}, not so by journal.db")

    def _record_of(self, lines: list[bytes], said_of_more: str) -> list[bytes]:
        """Return the lines of the first record. What follows it has to be no row.

        Otherwise `said_of_more` is said, with the number of records for `{}`.
        """
        count = lines_of_first(lines, self._form)
        rest = parse(lines[count:], self._form) if count < len(lines) else []
        if rest is None or any(not is_blank(one) and one != self._names for one in rest):
            found = sum(map(bool, rest or [])) + 1
            self._add(said_of_more.format("no" if rest is None else f"{found:,}"))
        return lines[:count]

    def _check_slice(self, row: OutcomeRow, lines: list[bytes]) -> list[str]:
        """Return the row's cells; none if the row is reported for what it is written like."""
        if not lines:
            self._add(f"row {row.row} starts on line {row.line}, which holds no record of its own")
            return []
        if row.reason in NOT_A_RECORD:
            return []
        form, own_width = self._form, len(self._names)
        if self._imported_again:
            own_width -= len(OUR_COLUMNS)
            ending = lines[-1][len(lines[-1].rstrip(b"\r\n")) :]
            lines = [without_old_cells(b"".join(lines).rstrip(b"\r\n"), form) + ending]
        records = parse(lines, form)
        if not records:
            self._add(f"row {row.row}: the lines from {row.line} on hold no readable record")
            return []
        if may_hold_rows(lines, own_width, form):
            self._add(f"row {row.row} holds other rows inside an open quote")
        if row.reason in _WRONG_WIDTH and self._is_only_text(records[0], own_width):
            return []
        self._check_width(row, records[0], own_width)
        return [] if row.reason in _WRONG_WIDTH or row.reason in _ANY_WIDTH else records[0]

    def _is_only_text(self, record: list[str], own_width: int) -> bool:
        """Whether a record is one of rejects.xlsx that has got no cells yet."""
        return (
            self._imported_again
            and self._names[own_width - 1 : own_width] == [RECORD_COLUMN]
            and len(record) == own_width
            and is_blank(record[:-1])
        )

    def _check_width(self, row: OutcomeRow, record: list[str], own_width: int) -> None:
        width = len(record)
        if row.reason in _ANY_WIDTH or (self._imported_again and width == len(self._names)):
            return
        named = own_width
        while named > 1 and not self._names[named - 1].strip():
            named -= 1
        if row.reason in _WRONG_WIDTH:
            is_right = (width > own_width) - (width < own_width) == _WRONG_WIDTH[row.reason]
        elif width < named and row.outcome != "invalid":
            is_right = _FILLED in row.repairs.split(";")
        else:
            is_right = is_blank(record[own_width:])
        if not is_right:
            self._add(
                f"row {row.row} has {width} fields and the header {own_width}, "
                f"and is {row.outcome} {row.reason}".rstrip()
            )

    def _check_rows_of_journal(self) -> None:
        sent = sum(self._counts[outcome] for outcome in _SENT) + self._rules[_TENANT_RULE]
        if self._journal is None:
            if sent:
                self._add(f"{sent:,} row(s) were sent but there is no journal.db")
            return
        for row in self._journal.settled_rows():
            if row >= len(self._outcome_of_row) or not self._outcome_of_row[row]:
                self._add(f"row {row} is settled in journal.db but not in outcomes.csv")

    def _check_review(self) -> int:
        kept = {_CODES[outcome] for outcome in ("imported", "failed", "unresolved", "ready")}
        kept.add(_KNOWN_TO_TENANT)
        lines = 0
        seen: set[tuple[int, int]] = set()
        for row, resembles_row, _, _ in read_review(self._directory / _REVIEW, self._add):
            lines += 1
            if (row, resembles_row) in seen:
                self._add(f"review.csv: row {row} and row {resembles_row} are there twice")
            if len(seen) < MOST_LINES:  # those of earlier versions may be any number
                seen.add((row, resembles_row))
            if row >= len(self._outcome_of_row) or self._outcome_of_row[row] not in kept:
                self._add(f"review.csv: row {row} was not kept")
            if not 1 <= resembles_row < row:
                self._add(f"review.csv: row {row} resembles row {resembles_row}, not before it")
        return lines

    def _read_totals(self) -> dict[str, str]:
        path = self._directory / "reconciliation.csv"
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            try:
                pairs = [tuple(line) for line in csv.reader(file)]
            except csv.Error:
                pairs = []
        if [pair[0] if len(pair) == 2 else "" for pair in pairs] != _KEYS:
            self._add("reconciliation.csv does not hold its fourteen keys in their order")
        return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}

    def _check_totals(self, review_lines: int | None) -> None:
        """Compare the totals; `review_lines` is None where review.csv is left out."""
        in_json = self._compare_totals(
            "reconciliation.json", (self._directory / "reconciliation.json").read_bytes()
        )
        rows = sum(self._counts.values())
        counted = {key: self._counts[outcome] for outcome, key in _KEY_OF_OUTCOME.items()}
        counted |= {"total_input": rows, "segmented": self._segmented}
        if review_lines is not None:
            left_out = self._left_out(in_json, "possible_duplicates_left_out", review_lines)
            counted["possible_duplicates"] = review_lines + left_out
        for key, number in counted.items():
            if self._totals.get(key) != str(number):
                self._add(
                    f"reconciliation.csv: {key} is {self._totals.get(key)}, "
                    f"but the files hold {number}"
                )
        if (check := self._totals.get("data_integrity_check")) != "PASS":
            self._add(f"reconciliation.csv: data_integrity_check is {check}")
        self._check_duplicates_shown(in_json)
        self._compare_breakdown(in_json)
        self._view.compare(
            in_json, self._counts, self._outcome_of_row[1 : rows + 1], _NAMES, self._add
        )
        if self._journal and self._journal.totals is not None:
            in_journal = self._compare_totals("journal.db", self._journal.totals)
            for key in sorted(in_json.keys() | in_journal.keys()):
                if in_json.get(key) != in_journal.get(key):
                    self._add(f"reconciliation.json: {key} is not as in journal.db")
        page = (self._directory / _REPORT).read_bytes().strip()
        if _REPORT not in self._left_out_files and not (
            page.startswith(b"<!doctype html>") and page.endswith(b"</html>")
        ):
            self._add("report.html is not a whole page")

    def _check_duplicates_shown(self, in_json: Mapping[str, object]) -> None:
        if self._duplicates is None:
            return
        lines = self._duplicates.lines
        shown = lines + self._left_out(in_json, "duplicates_left_out", lines)
        others = self._rules[_TENANT_RULE] + self._rules[_LEDGER_RULE]
        dropped = self._counts["duplicate"] - others
        if shown != dropped:
            self._add(
                f"duplicates.csv shows {lines:,} duplicates and leaves out {shown - lines:,}, but "
                f"outcomes.csv holds {dropped:,}"
            )

    def _left_out(self, in_json: Mapping[str, object], key: str, lines: int) -> int:
        """Return how many pairs a file leaves out; only a full one leaves out any."""
        left_out = in_json.get(key, 0)
        if not isinstance(left_out, int) or left_out < 0 or (left_out and lines != MOST_LINES):
            self._add(f"reconciliation.json: {key} is {left_out}, of a file of {lines:,} lines")
            return 0
        return left_out

    def _compare_breakdown(self, totals: Mapping[str, object]) -> None:
        """Count reasons and rules again: they say why rows were not imported."""
        reasons = [[*pair, rows] for pair, rows in self._reasons.items() if rows]
        rules = {rule: rows for rule, rows in self._rules.items() if rows}
        said = totals.get("reasons")
        if not isinstance(said, list) or sorted(map(str, said)) != sorted(map(str, reasons)):
            self._add("reconciliation.json: reasons are not those in outcomes.csv")
        if totals.get("duplicates_by_rule") != rules:
            self._add("reconciliation.json: duplicates_by_rule are not those in outcomes.csv")
        if totals.get("repairs", {}) != self._repairs:
            self._add("reconciliation.json: repairs are not those in outcomes.csv")

    def _compare_totals(self, source: str, said: bytes) -> Mapping[str, object]:
        try:
            totals = json.loads(said)
        except (ValueError, RecursionError):
            totals = None
        if not isinstance(totals, Mapping):
            self._add(f"{source} holds no totals")
            return {}
        for key in _KEYS:
            if str(totals.get(key)) != self._totals.get(key):
                self._add(
                    f"{key} is {totals.get(key)} in {source} and "
                    f"{self._totals.get(key)} in reconciliation.csv"
                )
        by_kind = totals.get("requests_by_kind")
        counts = list(by_kind.values()) if isinstance(by_kind, dict) else []
        if not all(type(count) is int for count in counts):
            self._add(f"{source}: the requests by kind are no numbers")
        elif isinstance(by_kind, dict) and sum(counts) != totals.get("requests"):
            self._add(f"{source}: the requests by kind do not add up to requests")
        elif self._journal and self._journal.starts:
            self._compare_starts(source, self._journal, by_kind, totals.get("starts"))
        return totals

    def _compare_starts(
        self, source: str, journal: JournalFacts, by_kind: object, starts: object
    ) -> None:
        """The figures are those of all starts: not fewer requests than the earlier ones noted."""
        noted = {
            "count": journal.starts,
            "cut_short": journal.starts_cut_short,
            "are_added_up": journal.knows_all_starts,
        }
        if starts != noted:
            self._add(f"{source}: the starts are not those of journal.db, {journal.starts:,}")
        said = by_kind if isinstance(by_kind, dict) else {}
        noted_before = journal.earlier_requests if journal.knows_all_starts else {}
        for kind, count in noted_before.items():
            if said.get(kind, 0) < count:
                self._add(
                    f"{source}: {said.get(kind, 0):,} requests of kind {kind}, but the starts "
                    f"before the last made {count:,} by journal.db"
                )


def _unheard(_sentence: str) -> None:
    """Take note of nothing: the file is not the run's any more."""


def _is_known_to_tenant(row: OutcomeRow) -> bool:
    return row.outcome == "duplicate" and row.rule == _TENANT_RULE


def _was_sent(row: OutcomeRow) -> bool:
    return row.outcome in _SENT or _is_known_to_tenant(row)


class _Slices:
    """The input's physical lines, taken piece by piece."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._next_line = 1

    def until(self, line: int | None) -> list[bytes]:
        """Return the lines before `line`, or all that are left; blank ones at the end apart."""
        taken: list[bytes] = []
        while line is None or self._next_line < line:
            one = next(self._lines, None)
            if one is None:
                break
            taken.append(one)
            self._next_line += 1
        while taken and not taken[-1].strip(b"\r\n"):
            taken.pop()
        return taken
