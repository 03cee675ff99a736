import gzip
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.journal.events import RunFinished
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import SegmentAdded, SegmentIntended
from cxone_async.journal.store import SqliteJournal
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.source.csv_form import PLAIN_FORM, CsvForm
from cxone_async.source.encoding import Transcoder
from cxone_async.source.records import InputHeader, RecordCutter
from cxone_async.verification import verify
from cxone_async.verification.comparison import MOST_SENTENCES

INPUT = b"""\
phone,email
+12125550100,a@example.com

+12125550101,"b
@example.com"
+12125550100,A@example.com
nonsense,c@example.com
+12125550104,"d@example.com
+12125550105,=e@example.com
+12125550106,f@example.com,too many
"""
"""Rows 1 to 7; the blank line is none."""

IDENTITY = RunIdentity(
    run_id="r",
    command="import",
    base_url="https://t.example.com",
    list_id="L",
    campaign_id="C",
    segment_id="S",
    input_fingerprint=sha256(INPUT).hexdigest(),
    settings={"encoding": "utf-8"},
)


def outcomes() -> list[RowOutcome]:
    return [
        RowOutcome(1, 2, Outcome.IMPORTED, contact_id="c-1", import_id="i-1", attempts=1),
        RowOutcome(2, 4, Outcome.IMPORTED, contact_id="=c-2", import_id="i-2", attempts=2),
        RowOutcome(3, 6, Outcome.DUPLICATE, duplicate_of=1, rule="exact-phone", score=100.0),
        RowOutcome(4, 7, Outcome.INVALID, "phone_unreadable", raw=b"nonsense,c@example.com"),
        RowOutcome(5, 8, Outcome.INVALID, "unterminated_quote", raw=b'+12125550104,"d@example.com'),
        RowOutcome(
            6,
            9,
            Outcome.UNRESOLVED,
            "no_result",
            raw=b"+12125550105,=e@example.com",
            import_id="i-1",
            attempts=1,
        ),
        RowOutcome(
            7, 10, Outcome.INVALID, "too_many_fields", raw=b"+12125550106,f@example.com,too many"
        ),
    ]


async def write_journal(path: Path, totals: bytes, content: bytes = INPUT) -> None:
    read = sha256(content).hexdigest()
    identity = msgspec.structs.replace(IDENTITY, input_fingerprint=read)
    journal = await SqliteJournal.open(path, identity)
    await journal.record(Intended("k1", (RowAttempt(1, 1), RowAttempt(2, 1), RowAttempt(6, 1))))
    await journal.record(Accepted("k1", "i-1"))
    await journal.record(
        Settled(
            "k1",
            (
                RowSettlement(1, SettledAs.IMPORTED, contact_id="c-1"),
                RowSettlement(2, SettledAs.RETRY, detail="BUSY"),
                RowSettlement(6, SettledAs.UNRESOLVED, reason="no_result"),
            ),
        )
    )
    await journal.record(Intended("k2", (RowAttempt(2, 2),)))
    await journal.record(Accepted("k2", "i-2"))
    await journal.record(Settled("k2", (RowSettlement(2, SettledAs.IMPORTED, contact_id="=c-2"),)))
    await journal.record(SegmentIntended("b1", (2,)))
    await journal.record(SegmentAdded("b1"))
    written = path.with_name("outcomes.csv").read_bytes()
    await journal.finish(RunFinished(totals, {"outcomes.csv": sha256(written).hexdigest()}))
    await journal.close()


@pytest.fixture
async def finished(run_directory: Path, write_run: Any) -> Path:
    """A run directory in which everything agrees with INPUT, which lies beside it."""
    (run_directory.parent / "input.csv").write_bytes(INPUT)
    write_run(
        outcomes(), segmented=lambda row: row == 2, resemblances=[Resemblance(2, 1, "look", 50.0)]
    )
    totals = (run_directory / "reconciliation.json").read_bytes()
    await write_journal(run_directory / "journal.db", totals)
    return run_directory


def contradictions(directory: Path) -> str:
    return "\n".join(verify(directory, directory.parent / "input.csv"))


def test_a_run_that_agrees_with_its_input_and_journal_has_no_contradictions(
    finished: Path,
) -> None:
    assert contradictions(finished) == ""


async def known_to_the_tenant(
    run_directory: Path, write_run: Any, said: RowOutcome, settlement: RowSettlement
) -> str:
    """What verify says of a run of one row that the tenant had already."""
    content = b"phone,email\n+12125550101,a@example.com\n"
    (run_directory.parent / "input.csv").write_bytes(content)
    write_run([said])
    identity = msgspec.structs.replace(
        IDENTITY, segment_id="", input_fingerprint=sha256(content).hexdigest()
    )
    journal = await SqliteJournal.open(run_directory / "journal.db", identity)
    await journal.record(Intended("k1", (RowAttempt(1, 1),)))
    await journal.record(Accepted("k1", "i-1"))
    await journal.record(Settled("k1", (settlement,)))
    totals = (run_directory / "reconciliation.json").read_bytes()
    await journal.finish(RunFinished(totals, {}))
    await journal.close()
    return contradictions(run_directory)


KNOWN = RowOutcome(1, 2, Outcome.DUPLICATE, rule="tenant", import_id="i-1", attempts=1)
SETTLED_AS_KNOWN = RowSettlement(1, SettledAs.DUPLICATE, detail="DUPLICATE_CONTACT")


async def test_a_duplicate_that_was_sent_agrees_with_the_journal(
    run_directory: Path, write_run: Any
) -> None:
    assert await known_to_the_tenant(run_directory, write_run, KNOWN, SETTLED_AS_KNOWN) == ""


@pytest.mark.parametrize(
    ("changes", "settlement", "said"),
    [
        ({"duplicate_of": 7}, SETTLED_AS_KNOWN, "names a row or a score"),
        ({"score": 100.0}, SETTLED_AS_KNOWN, "names a row or a score"),
        ({"attempts": 0}, SETTLED_AS_KNOWN, "after no attempt"),
        ({"import_id": "i-2"}, SETTLED_AS_KNOWN, "another contact, import or reason"),
        ({}, RowSettlement(1, SettledAs.FAILED, reason="x"), "is duplicate, but failed by"),
        ({"rule": "exact-phone", "score": 100.0}, SETTLED_AS_KNOWN, "but duplicate by journal"),
    ],
)
async def test_a_duplicate_that_was_sent_is_compared_with_the_journal(
    run_directory: Path, write_run: Any, changes: Any, settlement: RowSettlement, said: str
) -> None:
    row = msgspec.structs.replace(KNOWN, **changes)
    assert said in await known_to_the_tenant(run_directory, write_run, row, settlement)


async def test_a_packed_input_is_read(run_directory: Path, write_run: Any) -> None:
    packed = run_directory.parent / "input.csv.gz"
    packed.write_bytes(gzip.compress(INPUT))
    write_run(outcomes(), segmented=lambda row: row == 2)
    totals = (run_directory / "reconciliation.json").read_bytes()
    await write_journal(run_directory / "journal.db", totals, packed.read_bytes())
    assert verify(run_directory, packed) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("outcomes.csv", "1,2,imported", "1,2,failed", "row 1 is failed, but imported by journal"),
        ("outcomes.csv", ",c-1,", ",c-9,", "row 1 has another contact, import or reason"),
        ("outcomes.csv", "i-2,2,yes", "i-2,1,yes", "row 2 was tried 1 time(s), 2 by journal.db"),
        ("outcomes.csv", "i-2,2,yes", "i-2,2,no", "row 2 has segmented = 'no', not so by journal"),
        ("outcomes.csv", "i-2,2,yes", "i-2,2,", "row 2 is imported and has segmented = ''"),
        ("outcomes.csv", "3,6,duplicate,,1,", "3,6,duplicate,,3,", "row 3 repeats row 3"),
        ("outcomes.csv", "3,6,duplicate,,1,", "3,6,invalid,,1,", "row 3 is invalid for no reason"),
        ("outcomes.csv", "exact-phone,100", "exact-phone,", "duplicate without a rule or a score"),
        ("outcomes.csv", "exact-phone,100", "exact-phone,101", "the line after row 2 is not"),
        (
            "outcomes.csv",
            "3,6,duplicate,,1,exact-phone,100,,,0,,,\n",
            "",
            "row 4 comes after row 2",
        ),
        ("outcomes.csv", "3,6,duplicate", "3,5,duplicate", "row 3: the lines from 5 on hold 2"),
        ("outcomes.csv", "3,6,duplicate", "3,4,duplicate", "row 3 starts on line 4, row 2 on 4"),
        ("outcomes.csv", "4,7,invalid", "4,7,lost", "row 4 has the unknown outcome 'lost'"),
        ("outcomes.csv", "phone_unreadable,,,,,,0", "phone_unreadable,,,,c,,0", "ids of a sending"),
        (
            "outcomes.csv",
            "too_many_fields",
            "too_few_fields",
            "row 7 has 3 fields and the header 2",
        ),
        ("outcomes.csv", "1,2,imp", "1,3,imp", "the input's lines before row 1 are not one header"),
        (
            "outcomes.csv",
            "6,9,unresolved,no_result,,,,,i-1,1,,,\n",
            "",
            "row 5: the lines from 8 on hold 2",
        ),
        ("outcomes.csv", "3,6,duplicate,,1,", "3,6,duplicate,,0,", "row 3 repeats row 0"),
        ("outcomes.csv", "i-1,1,no", "i-1,0,no", "row 1 is imported after no attempt"),
        ("outcomes.csv", ",i-1,1,no", ",,1,no", "row 1 is imported by no import"),
        ("outcomes.csv", "\n2,4", "\n1,2\n2,4", "outcomes.csv: line 3 has 2 cells"),
        ("outcomes.csv", "\n2,4", "\ntwo,4", "the line after row 1 is not readable"),
        ("outcomes.csv", "\n2,4", "\n99999999999,4", "the line after row 1 is not readable"),
        ("outcomes.csv", "\n3,6", "\n2,6", "row 2 comes after row 2"),
        ("outcomes.csv", "c-1", 'c"-1', "row 1 has another contact"),
        ("outcomes.csv", "c-1", '"c"-1', "outcomes.csv cannot be read after line"),
        ("review.csv", "2,1,look", "2,x,look", "review.csv: line 1 after the header"),
        ("review.csv", "2,1,look", "2,1,", "review.csv: line 1 after the header"),
        ("review.csv", "look,50,,1", "look,50,,2", "review.csv: group 2 comes after group 0"),
        ("duplicates.csv", "3,1,", "3,2,", "row 3 repeats row 2 by exact-phone with 100, not so"),
        ("duplicates.csv", "exact-phone,100", "name,100", "row 3 repeats row 1 by name with 100"),
        ("duplicates.csv", "exact-phone,100", "exact-phone,99", "by exact-phone with 99, not so"),
        ("duplicates.csv", "\n3,1,", "\n2,1,", "duplicates.csv: row 2 is no duplicate"),
        ("duplicates.csv", "row,of_row", "of_row,row", "does not begin with its columns"),
        ("duplicates.csv", "\n3,1,", '\n"3,1,', "duplicates.csv cannot be read after line"),
        (
            "reconciliation.json",
            '"duplicates_left_out": 0',
            '"duplicates_left_out": 1',
            "duplicates_left_out is 1, of a file of 1 lines",
        ),
        (
            "reconciliation.json",
            '"possible_duplicates_left_out": 0',
            '"possible_duplicates_left_out": "x"',
            "possible_duplicates_left_out is x",
        ),
        ("outcomes.csv", "row,line", "line,row", "does not begin with its columns"),
        ("rejects.csv", "nonsense", "nonsens", "rejects.csv: row 4 is not there, or not byte"),
        ("rejects.csv", "nonsense,c@example.com,4,invalid", "x,4,invalid", "row 4 is not there"),
        ("rejects.csv", "\n+12125550106", "\nx,y\n+12125550106", "row 7 is not there"),
        ("rejects.csv", "7,invalid,too_many_fields,\n", "", "row 7 is not there"),
        ("rejects.csv", "phone,email,", "email,phone,", "does not begin with the input's header"),
        ("unresolved.csv", "6,unresolved", "7,unresolved", "unresolved.csv: row 6 is not there"),
        ("unresolved.csv", "no_result,\n", "no_result,\nx,y\n", "unresolved.csv holds 1 line(s)"),
        ("review.csv", "2,1,look", "2,2,look", "review.csv: row 2 resembles row 2"),
        ("review.csv", "2,1,look", "3,1,look", "review.csv: row 3 was not kept"),
        ("reconciliation.csv", "total_input,7", "total_input,8", "total_input is 8, but the files"),
        ("reconciliation.csv", "invalid,3", "invalid,2", "invalid is 3 in reconciliation.json and"),
        ("reconciliation.csv", "PASS", "FAIL", "data_integrity_check is FAIL"),
        ("reconciliation.csv", "segmented,1\n", "", "its fourteen keys in their order"),
        ("reconciliation.json", '"polls": 3', '"polls": 4', "polls is 4 in reconciliation.json"),
        ("reconciliation.json", '"submit": 2', '"submit": 1', "requests by kind do not add up"),
        ("reconciliation.json", "{", "", "reconciliation.json holds no totals"),
        ("reconciliation.json", '"no_result"', '"x"', "reasons are not those in outcomes.csv"),
        ("reconciliation.json", '"exact-phone": 1', '"exact-phone": 2', "duplicates_by_rule are"),
        ("reconciliation.json", '"input_name": "', '"input_name": "x', "run is not as in journal"),
        ("outcomes.csv", "i-1,1,no,,\n", "i-1,1,no,,x\n", "repairs are not those in outcomes"),
        ("outcomes.csv", "1,exact-phone,", "1,exact-email,", "duplicates_by_rule are not those"),
        ("outcomes.csv", "exact-phone,100,,,0,", "exact-phone,100,,,0,x", "segmented = 'x'"),
        (
            "outcomes.csv",
            "6,duplicate,,",
            "6,duplicate,x,",
            "reasons are not those in outcomes.csv",
        ),
        ("reconciliation.json", "[\n        6\n", "[\n        7\n", "rows_of_reasons are not"),
        ("reconciliation.json", '"rows_each": 1', '"rows_each": 2', "along_file is not what"),
        ("reconciliation.json", '"rows_each": 1', '"rows_each": 0', "along_file is not what"),
        (
            "reconciliation.json",
            '"by_country": []',
            '"by_country": [["US", {}]]',
            "by_country does",
        ),
        ("reconciliation.json", '"by_country": []', '"by_country": 1', "by_country does not"),
        ("report.html", "</html>", "", "report.html is not a whole page"),
    ],
)
def test_a_change_to_any_file_is_named(
    finished: Path, file: str, old: str, new: str, said: str
) -> None:
    path = finished / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said in contradictions(finished)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"\nnonsense,c@example.com", b"", "row 5"),
        (b"nonsense", b"nonsens", "rejects.csv: row 4 is not there"),
        (b"phone,email\n", b"phone,email\nnew,row\n", "row 1: the lines from 2 on hold 2"),
        (b"too many\n", b"too many\nnew,row\n", "row 7: the lines from 10 on hold 2"),
        (b"\n\n", b"\nlost,row\n", "row 1: the lines from 2 on hold 2"),
        (b"=e@example", b"=E@example", "unresolved.csv: row 6 is not there"),
        (b"phone,", b"Phone,", "does not begin with the input's header"),
        (b"phone,email", b"phone,email,more", "row 1 has 2 fields and the header 3"),
    ],
)
def test_a_change_to_the_input_is_named(finished: Path, old: bytes, new: bytes, said: str) -> None:
    path = finished.parent / "input.csv"
    path.write_bytes(INPUT.replace(old, new, 1))
    assert said in contradictions(finished)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a@example.com", b"z@example.com"),  # of a row that was imported
        (b"A@example.com", b"B@example.com"),  # of a duplicate
        (b"too many\n", b"too many\n\n"),
        (b"email\n", b"email\r\n"),
    ],
)
def test_another_input_of_the_same_shape_is_named(finished: Path, old: bytes, new: bytes) -> None:
    path = finished.parent / "input.csv"
    assert old in INPUT
    path.write_bytes(INPUT.replace(old, new, 1))
    (said,) = verify(finished, path)
    assert said.startswith("the input is not, byte for byte, the file that the run read")
    assert sha256(INPUT).hexdigest() in said


@pytest.mark.parametrize(
    "name",
    [
        "outcomes.csv",
        "rejects.csv",
        "unresolved.csv",
        "review.csv",
        "duplicates.csv",
        "report.html",
        "reconciliation.json",
        "reconciliation.csv",
    ],
)
def test_a_file_that_is_not_there_is_named(finished: Path, name: str) -> None:
    (finished / name).unlink()
    assert f"{name} is not there" in contradictions(finished)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("review.csv", "possible_duplicates is 1, but the files hold 0"),
        ("duplicates.csv", "shows 0 duplicates and leaves out 0, but outcomes.csv holds 1"),
    ],
)
def test_a_pair_that_is_not_shown_is_missed(finished: Path, name: str, said: str) -> None:
    path = finished / name
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert said in contradictions(finished)


@pytest.mark.parametrize("name", ["review.csv", "duplicates.csv"])
def test_a_pair_that_is_shown_twice_is_named(finished: Path, name: str) -> None:
    path = finished / name
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert "there twice" in contradictions(finished)


def test_a_list_of_pairs_that_is_too_long_is_read_no_further(finished: Path) -> None:
    path = finished / "duplicates.csv"
    line = path.read_text().splitlines()[1]
    path.write_text(path.read_text() + "".join(f"{row}{line[1:]}\n" for row in range(4, 10_004)))
    assert "duplicates.csv has more than 10,000 lines" in contradictions(finished)


def test_a_duplicate_by_a_decision_needs_a_decision_that_the_run_was_given(
    run_directory: Path, write_run: Any
) -> None:
    (run_directory.parent / "input.csv").write_text(
        "phone\n+12125550101\n+12125550102\n+12125550103\n"
    )
    by_decision = RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="decision", score=100.0)
    ends = [RowOutcome(1, 2, Outcome.READY), by_decision, RowOutcome(3, 4, Outcome.READY)]
    said = "row 2 is a duplicate by a decision that the run was not given"
    write_run(ends, command="plan", header=b"phone")
    assert said in contradictions(run_directory)
    write_run(ends, command="plan", header=b"phone", decisions="0" * 64)
    assert contradictions(run_directory) == ""
    ends[1] = msgspec.structs.replace(by_decision, score=90.0)
    write_run(ends, command="plan", header=b"phone", decisions="0" * 64)
    assert said in contradictions(run_directory)


def test_the_lists_of_an_earlier_version_are_accepted(run_directory: Path, write_run: Any) -> None:
    (run_directory.parent / "input.csv").write_text("phone\n+1212555010\n+12125550102\n+123\n")
    ends = [RowOutcome(row, row + 1, Outcome.READY) for row in (1, 2, 3)]
    alike = [Resemblance(row, 1, "a", 9.0) for row in (2, 3)]
    write_run(ends, command="plan", header=b"phone", resemblances=alike)
    (run_directory / "duplicates.csv").unlink()
    (run_directory / "SHA256SUMS").unlink()
    written = (run_directory / "reconciliation.json").read_text()
    (run_directory / "reconciliation.json").write_text(
        written.replace('"duplicates_left_out"', '"other"')
    )
    review = run_directory / "review.csv"
    review.write_text("row,resembles_row,rule,score\n2,1,a,9\n3,1,a,9\n")
    assert contradictions(run_directory) == ""
    review.write_text("row,resembles_row,rule,score\n3,1,a,9\n2,1,a,9\n")
    assert "review.csv: row 2 comes after row 3" in contradictions(run_directory)


def test_rows_that_were_sent_without_a_journal_are_named(finished: Path) -> None:
    (finished / "journal.db").unlink()
    assert "3 row(s) were sent but there is no journal.db" in contradictions(finished)


def test_a_damaged_journal_is_named_where_it_is_damaged(finished: Path) -> None:
    with sqlite3.connect(finished / "journal.db") as connection:
        connection.execute("UPDATE events SET payload = x'80' WHERE sequence = 6")
    connection.close()
    said = contradictions(finished)
    assert "journal.db: event 6 is not as it was written" in said
    assert "does not say that the run has finished" in said
    assert "1 chunk(s) were never settled" in said


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET payload = 'p7@example.com' WHERE sequence = 6",
        "UPDATE events SET payload = CAST(x'ff' || 'p7@example.com' AS TEXT) WHERE sequence = 6",
        "UPDATE events SET payload = 7 WHERE sequence = 6",
        "UPDATE events SET kind = x'ff00' WHERE sequence = 6",
        "UPDATE events SET checksum = 'x' WHERE sequence = 6",
    ],
)
def test_what_nobody_would_write_there_is_named_and_not_quoted(finished: Path, change: str) -> None:
    with sqlite3.connect(finished / "journal.db") as connection:
        connection.execute(change)
    connection.close()
    said = contradictions(finished)
    assert "journal.db: event 6 is not as it was written" in said
    assert "p7" not in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("PRAGMA user_version = 9", "its schema is 9, this reads 1"),
        ("PRAGMA application_id = 0", "another program's database"),
    ],
)
def test_a_journal_of_another_kind_is_refused(finished: Path, change: str, said: str) -> None:
    with sqlite3.connect(finished / "journal.db") as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(UnreadableInputError, match=said):
        contradictions(finished)


def test_what_is_no_journal_is_refused(finished: Path) -> None:
    (finished / "journal.db").write_bytes(b"not a database, and long enough to be seen as none" * 9)
    with pytest.raises(UnreadableInputError, match=r"journal\.db cannot be read"):
        contradictions(finished)


async def test_a_journal_that_knows_more_than_the_files_is_named(
    run_directory: Path, write_run: Any
) -> None:
    (run_directory.parent / "input.csv").write_bytes(INPUT)
    write_run(outcomes()[:1])
    totals = (run_directory / "reconciliation.json").read_bytes()
    await write_journal(run_directory / "journal.db", totals)
    said = contradictions(run_directory)
    assert "row 2 is settled in journal.db but not in outcomes.csv" in said
    assert "row 6 is settled in journal.db but not in outcomes.csv" in said


def test_every_contradiction_is_counted_but_not_all_are_told(
    run_directory: Path, write_run: Any
) -> None:
    rows = 3_000
    (run_directory.parent / "input.csv").write_bytes(b"phone,email\n" + b"1\n" * rows)
    write_run([RowOutcome(row, row + 1, Outcome.READY) for row in range(1, rows + 1)])
    (run_directory / "SHA256SUMS").unlink()
    said = verify(run_directory, run_directory.parent / "input.csv")
    assert len(said) == MOST_SENTENCES + 1
    # each row has too few fields, and `ready` is impossible in an import: check is FAIL
    assert said[-1] == f"and {rows + 1 - MOST_SENTENCES:,} more contradictions"


def test_a_file_in_which_most_is_wrong_is_not_searched_for_ever(
    run_directory: Path, write_run: Any
) -> None:
    path = run_directory.parent / "input.csv"
    path.write_bytes(b"a\n" + b"x\n" * 500)
    write_run(
        [RowOutcome(row, row + 1, Outcome.INVALID, "why", raw=b"y") for row in range(1, 501)],
        header=b"a",
    )
    said = verify(run_directory, path)
    assert len(said) == 102
    assert said[0].startswith("no file was edited after the run")
    assert said[-1] == "rejects.csv: too much of it is wrong; the rest was not compared"


def test_a_duplicate_of_an_invalid_row_is_named(run_directory: Path, write_run: Any) -> None:
    path = run_directory.parent / "input.csv"
    path.write_bytes(b"a\nx\ny\n")
    write_run(
        [
            RowOutcome(1, 2, Outcome.INVALID, "why", raw=b"x"),
            RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="r", score=90.0),
        ],
        header=b"a",
    )
    assert verify(run_directory, path)[1:] == ("row 2 repeats row 1, which is invalid",)


def test_the_encoding_that_the_journal_names_is_used(run_directory: Path, write_run: Any) -> None:
    path = run_directory.parent / "input.csv"
    text = "電話,b\nポ,x\n"  # in Shift-JIS the second byte of this letter is a bar
    path.write_bytes(text.encode("shift_jis"))
    header, ends = planned(path.read_bytes(), "shift_jis") or pytest.fail("was not read")
    write_run(ends, header=header, command="plan")
    assert verify(run_directory, path, "shift_jis") == ()
    with pytest.raises(UnreadableInputError, match="unknown encoding 'klingon'"):
        verify(run_directory, path, "klingon")


@pytest.mark.slow
def test_only_the_kept_part_of_an_overlong_line_is_compared(
    run_directory: Path, write_run: Any
) -> None:
    long = b"x" * (5 << 20)
    content = b"\n\na,b\n" + long + b',1\n2,3\n"' + long + b'",4\n5,6\n7\n'
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    header, ends = planned(content, "utf-8") or pytest.fail("was not read")
    assert [one.reason for one in ends].count("field_too_large") == 2
    write_run(ends, header=header, command="plan")
    assert verify(run_directory, path) == ()
    path.write_bytes(content.replace(b"\nxxx", b"\nyyy"))
    assert "rejects.csv: row 1 is not there" in contradictions(run_directory)


async def test_a_write_ahead_log_that_a_kill_left_is_read_and_left_alone(
    run_directory: Path, write_run: Any
) -> None:
    (run_directory.parent / "input.csv").write_bytes(INPUT)
    write_run(outcomes(), segmented=lambda row: row == 2)
    journal = await SqliteJournal.open(run_directory / "journal.db", IDENTITY)
    await journal.record(Intended("k1", (RowAttempt(1, 1),)))
    log = run_directory / "journal.db-wal"
    before = log.read_bytes()
    said = contradictions(run_directory)
    assert "1 chunk(s) were never settled" in said
    assert log.read_bytes() == before != b""
    await journal.close()


def test_what_is_not_there_is_said(finished: Path) -> None:
    with pytest.raises(MissingInputError, match=r"gone\.csv"):
        verify(finished, finished.parent / "gone.csv")
    with pytest.raises(MissingInputError, match="gone"):
        verify(finished.parent / "gone", finished.parent / "input.csv")
    with pytest.raises(UnreadableInputError):
        verify(finished, finished.parent)


class Planned(NamedTuple):
    """What reading an input gives: what its header says, and an end for every row."""

    header: InputHeader
    ends: list[RowOutcome]


def planned(content: bytes, encoding: str, form: CsvForm = PLAIN_FORM) -> Planned | None:
    transcoder = Transcoder(encoding)
    body = transcoder.feed(content) + transcoder.finish()
    cutter = RecordCutter(transcoder.encoding or "utf-8", form, transcoder.mark_of_copies)
    try:
        parts = [cutter.feed(body), cutter.finish()]
    except UnreadableInputError:
        return None
    assert cutter.header is not None
    ends = []
    for part in parts:
        for row, line, raw in zip(part.rows, part.lines, part.raws, strict=True):
            if row % 3:
                repairs = "cells_missing" if row in part.filled else ""
                ends.append(RowOutcome(row, line, Outcome.READY, repairs=repairs))
            else:
                ends.append(RowOutcome(row, line, Outcome.INVALID, "phone_missing", raw=raw))
        ends += [
            RowOutcome(row, line, Outcome.INVALID, problem.reason, problem.detail, raw=raw)
            for row, line, raw, problem in part.unreadable
        ]
    return Planned(cutter.header, ends)


cells = st.sampled_from(
    [
        "",
        "a",
        "é",
        '"q"',
        '"a,b"',
        '"x\ny"',
        '"x\r\ny"',
        'a"b',
        '"',
        '""',
        ' "z"',
        '"z" ',
        '"x\ny" ',
    ]
)
documents = st.lists(st.lists(cells, min_size=1, max_size=4).map(",".join), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)


@pytest.mark.slow
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    content=documents.map(lambda text: f"a,b\n{text}".encode())
    | st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b"x", b"\xff", b"\0", b"\n\n"]))
    .map(b"".join)
    .map(lambda body: b"h,i\n" + body),
    encode=st.sampled_from(
        [
            bytes,
            lambda one: b"\xef\xbb\xbf" + one,
            lambda one: ("\ufeff" + one.decode("latin-1")).encode("utf-16-le"),
        ]
    ),
)
def test_whatever_the_reader_makes_of_an_input_the_verifier_agrees(
    run_directory: Path,
    write_run: Any,
    content: bytes,
    encode: Callable[[bytes], bytes],
) -> None:
    content = encode(content)
    reading = planned(content, "utf-8")
    if reading is None:
        return
    header, ends = reading
    write_run(ends, header=header, command="plan")
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    assert verify(run_directory, path) == ()


@pytest.mark.parametrize(
    "content",
    [
        b'"",""\n,\na,b\n1,2\n3,4\n',
        b"a,b\n1,2\n3,4,\n5,6\n7,8\n",  # one row alone that ends in an empty cell too many
        b"a,b\n1,2,\n3,4,\n5,6\n7,8,,\n",
    ],
)
def test_what_is_above_the_header_or_behind_a_row_is_read_alike(
    run_directory: Path, write_run: Any, content: bytes
) -> None:
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    header, ends = planned(content, "utf-8") or pytest.fail("was not read")
    assert header.names == ("a", "b")
    write_run(ends, header=header, command="plan")
    assert verify(run_directory, path) == ()


def test_rejects_that_are_imported_again_are_verified_too(
    run_directory: Path, write_run: Any
) -> None:
    content = (
        b"phone,email,_row,_outcome,_reason,_detail\n"
        b'a,b,5,invalid,phone_missing,"x, y"\n'
        b"c,d,,,,\n"
        b"e,f,mine,own,cells,here\n"
        b'g,"h,7,invalid,unterminated_quote,\n'
    )
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    header, ends = planned(content, "utf-8") or pytest.fail("was not read")
    ends = [
        RowOutcome(one.row, one.line, Outcome.INVALID, one.reason or "phone_missing", raw=raw)
        for one, raw in zip(ends, content.splitlines()[1:], strict=True)
    ]
    write_run(ends, header=header)
    assert verify(run_directory, path) == ()


def test_records_that_still_have_no_cells_are_verified_too(
    run_directory: Path, write_run: Any
) -> None:
    content = (
        b"phone,email,_record,_row,_outcome,_reason,_detail\n"
        b",,only,1,invalid,too_few_fields,x\n"
        b',,"1,2,3",2,invalid,too_many_fields,x\n'
        b',,"1,""2",3,invalid,unterminated_quote,x\n'
        b'1,a,"1,2,3",4,invalid,too_many_fields,x\n'
    )
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    header, ends = planned(content, "utf-8") or pytest.fail("was not read")
    assert [one.reason for one in sorted(ends, key=lambda one: one.row)] == [
        "too_few_fields", "too_many_fields", "unterminated_quote", "",
    ]  # fmt: skip
    write_run(ends, header=header, command="plan")
    assert verify(run_directory, path) == ()
    for old, new in ((b",,only", b"3,,only"), (b"_record", b"_Record")):
        path.write_bytes(content.replace(old, new))
        assert "row 1 has 3 fields and the header 3" in contradictions(run_directory)


@pytest.mark.slow
def test_a_million_line_breaks_in_one_field_or_none_are_no_trouble(
    run_directory: Path, write_run: Any
) -> None:
    content = b'a,b\n"' + b"\n" * 100_000 + b'",x\n'
    header, ends = planned(content, "utf-8") or pytest.fail("was not read")
    write_run(ends, header=header, command="plan")
    path = run_directory.parent / "input.csv"
    path.write_bytes(content)
    assert verify(run_directory, path) == ()
