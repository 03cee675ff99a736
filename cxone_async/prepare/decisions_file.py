"""Reads the files in which people say which rows are the same person, and which are not.

A file is a table with a header, as `review.csv` and `duplicates.csv` are: CSV in any form that an
input may have, or a workbook. Columns that have no meaning here are ignored, and so are lines whose
`decision` is empty.

Guarantee: the result is free of contradictions: no two rows are said, or follow, to be both the
same person and different ones. Messages name the file and the line, never an external id.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, NamedTuple

from cxone_async.errors import MissingInputError, RunError, UnreadableInputError
from cxone_async.outcome import Reason
from cxone_async.prepare.decided_pairs import PeopleByKey
from cxone_async.source.csv_form import PLAIN_FORM
from cxone_async.source.encoding import Transcoder
from cxone_async.source.input import Input, readable_input
from cxone_async.source.records import RecordCutter, Records

MOST_DECISIONS: Final = 1_000_000
"""More than a person can make: a file that holds more is another file."""

NamedBy = Literal["row", "external_id"]

_WORDS: Final[Mapping[str, bool]] = {"same": True, "different": False}
_DECISION: Final = "decision"
_INPUT: Final = "input"
_ROW_COLUMNS: Final = (("row",), ("of_row", "resembles_row"))
_ID_COLUMNS: Final = (("external_id",), ("of_external_id",))
_LARGEST_ROW: Final = 1 << 32
_FORMULA_STARTS: Final = tuple("=+-@")
_INPUT_PREFIX: Final = "sha256:"


class PairDecision(NamedTuple):
    """What a person has said of two rows, or of two external ids.

    `later` is the later row; of external ids, any of the two. `file` and `line` say where it
    stands. `input_sha256` is the beginning of the digest of the input whose rows are meant, or "".
    """

    later: str
    earlier: str
    is_same: bool
    file: str
    line: int
    input_sha256: str = ""

    def problem(self, what: str) -> UnreadableInputError:
        """Return the error that this decision cannot be used."""
        return UnreadableInputError(f"{self.file}, line {self.line}: {what}")


class PairDecisions(NamedTuple):
    """The decisions of all files, in the order of their keys. Each pair is there once."""

    named_by: NamedBy = "row"
    pairs: Sequence[PairDecision] = ()

    @property
    def sha256(self) -> str:
        """The digest of what they say, in hex; "" where they say nothing.

        It does not depend on the order of lines and files, nor on columns that are ignored.
        """
        if not self.pairs:
            return ""
        lines = (
            f"{self.named_by}\t{one.later}\t{one.earlier}\t{one.is_same}\n" for one in self.pairs
        )
        return sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


NO_DECISIONS: Final = PairDecisions()


async def read_decisions(paths: Sequence[Path]) -> PairDecisions:
    """Read files of decisions.

    Raises MissingInputError for a file that is not there. Raises UnreadableInputError for what is
    no such table, for a line that says no decision, and for decisions that contradict each other.
    """
    found: dict[tuple[str, str], PairDecision] = {}
    named_by: NamedBy | None = None
    for path in paths:
        file = await _read_file(path)
        if named_by not in (None, file.named_by) and file.decisions:
            raise UnreadableInputError(
                f"decisions file {path}: names rows in another way than the file before it; name "
                "all by row, or all by external_id"
            )
        named_by = file.named_by if file.decisions else named_by
        for one in file.decisions:
            before = found.setdefault((one.later, one.earlier), one)
            if before.is_same is not one.is_same:
                raise one.problem(
                    f"says {_word(one)} of two rows of which {_place(before, one)} says "
                    f"{_word(before)}"
                )
            if len(found) > MOST_DECISIONS:
                raise one.problem(f"there are more than {MOST_DECISIONS:,} decisions")
    decisions = PairDecisions(named_by or "row", [found[key] for key in sorted(found)])
    _refuse_contradictions(decisions.pairs)
    return decisions


def _refuse_contradictions(pairs: Sequence[PairDecision]) -> None:
    """Refuse that two rows are different although a chain of decisions makes them one person."""
    number_of: dict[str, int] = {}
    for one in pairs:
        number_of.setdefault(one.later, len(number_of))
        number_of.setdefault(one.earlier, len(number_of))
    people = PeopleByKey(
        (number_of[one.later], number_of[one.earlier]) for one in pairs if one.is_same
    )
    contradicting = [
        one
        for one in pairs
        if not one.is_same
        and people.person(number_of[one.later]) == people.person(number_of[one.earlier])
    ]
    if contradicting:
        first = min(contradicting, key=lambda one: (one.file, one.line))
        raise first.problem(
            "says different of two rows that are the same person by a chain of other decisions"
        )


def _word(decision: PairDecision) -> str:
    return "same" if decision.is_same else "different"


def _place(before: PairDecision, now: PairDecision) -> str:
    file = "" if before.file == now.file else f"{before.file}, "
    return f"{file}line {before.line}"


class _File(NamedTuple):
    named_by: NamedBy
    decisions: Sequence[PairDecision]


async def _read_file(path: Path) -> _File:
    name = f"decisions file {path}"
    location = _location(path)
    try:
        async with readable_input(location) as source:
            table = _Table(name)
            if not await _read_table(source, "utf-8", table):
                # A spreadsheet may save what it shows in the encoding of its country. What counts
                # is ASCII, and any bytes are text in this one.
                table = _Table(name)
                await _read_table(source, "latin-1", table)
    except MissingInputError:
        raise MissingInputError(f"no such decisions file: {path}") from None
    except _RefusedError as error:
        raise UnreadableInputError(str(error)) from None
    except RunError as error:
        cause = str(error).removeprefix(f"{location}: ")
        raise UnreadableInputError(f"{name}: {cause}") from error
    return _File(table.named_by, table.decisions)


def _location(path: Path) -> str:
    """Return the whole path: it is no URI and no "-"."""
    return str(path.absolute())


async def _read_table(source: Input, encoding: str, table: "_Table") -> bool:
    """Read a file as text in an encoding; return whether all of it is."""
    transcoder = Transcoder(encoding)
    cutter: RecordCutter | None = None
    async for block in source.blocks():
        text = transcoder.feed(block)
        if transcoder.encoding is not None:
            cutter = cutter or RecordCutter(transcoder.encoding, PLAIN_FORM)
            if not table.take(cutter.feed(text), cutter):
                return False
    text = transcoder.finish()
    cutter = cutter or RecordCutter(transcoder.encoding or encoding, PLAIN_FORM)
    if not source.size_bytes:
        raise table.refused("it is empty; it needs at least a header")
    return table.take(cutter.finish(text), cutter)


class _RefusedError(Exception):
    """A file of decisions that cannot be used; its message names the file."""


class _Table:
    """The decisions of one file, gathered block by block."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._columns: _Columns | None = None
        self.decisions: list[PairDecision] = []
        self.named_by: NamedBy = "row"

    def refused(self, what: str, line: int = 0) -> _RefusedError:
        """Return the error that the file, or a line of it, cannot be used."""
        return _RefusedError(f"{self._name}{f', line {line}' if line else ''}: {what}")

    def take(self, records: Records, cutter: RecordCutter) -> bool:
        """Take in records; return whether all of them are text."""
        if cutter.header is None:
            return True
        if self._columns is None:
            self._columns = self._read_header(cutter.header.names)
        for unreadable in records.unreadable:
            if unreadable.problem.reason is Reason.UNDECODABLE:
                return False
            raise self.refused(unreadable.problem.detail, unreadable.line)
        for line, fields in zip(records.lines, records.fields, strict=True):
            if word := fields[self._columns.decision].strip().casefold():
                self._add(self._columns, word, fields, line)
        return True

    def _read_header(self, header: Sequence[str]) -> "_Columns":
        names = [name.strip().casefold() for name in header]
        decision = self._find(names, (_DECISION,))
        by_row = [self._find(names, known) for known in _ROW_COLUMNS]
        by_id = [self._find(names, known) for known in _ID_COLUMNS]
        self.named_by = "external_id" if None in by_row else "row"
        later, earlier = by_row if self.named_by == "row" else by_id
        if decision is None or later is None or earlier is None:
            raise self.refused(
                "its header has not the columns row, of_row, decision, nor external_id, "
                "of_external_id, decision"
            )
        return _Columns(later, earlier, decision, self._find(names, (_INPUT,)))

    def _find(self, names: Sequence[str], known: tuple[str, ...]) -> int | None:
        found = [index for index, name in enumerate(names) if name in known]
        if len(found) > 1:
            raise self.refused(f"its header has two columns for {known[0]}")
        return found[0] if found else None

    def _add(self, columns: "_Columns", word: str, fields: Sequence[str], line: int) -> None:
        if word not in _WORDS:
            raise self.refused("the decision is neither same nor different", line)
        later, earlier = fields[columns.later].strip(), fields[columns.earlier].strip()
        meant = ""
        if self.named_by == "row":
            row, of_row = self._row(later, "row", line), self._row(earlier, "of_row", line)
            if of_row >= row:
                raise self.refused(
                    f"row {of_row} is not before row {row}; of_row names the earlier one", line
                )
            later, earlier = str(row), str(of_row)
            if columns.input is not None:
                meant = fields[columns.input].strip().lower().removeprefix(_INPUT_PREFIX)
        else:
            later, earlier = _without_apostrophe(later), _without_apostrophe(earlier)
            if not later or not earlier:
                raise self.refused("an external id is missing", line)
            if later == earlier:
                raise self.refused("both external ids are the same", line)
            later, earlier = max(later, earlier), min(later, earlier)
        self.decisions.append(PairDecision(later, earlier, _WORDS[word], self._name, line, meant))
        if len(self.decisions) > MOST_DECISIONS:
            raise self.refused(f"there are more than {MOST_DECISIONS:,} decisions", line)

    def _row(self, cell: str, column: str, line: int) -> int:
        if not (cell.isascii() and cell.isdecimal() and len(cell) <= 12):
            raise self.refused(f"{column} is not the number of a row", line)
        row = int(cell)
        if not 0 < row < _LARGEST_ROW:
            raise self.refused(f"{column} is not the number of a row", line)
        return row


def _without_apostrophe(cell: str) -> str:
    """Take away what keeps a spreadsheet from taking an id for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA_STARTS else cell


class _Columns(NamedTuple):
    later: int
    earlier: int
    decision: int
    input: int | None
