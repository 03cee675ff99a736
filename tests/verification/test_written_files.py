"""An edit after the run is told from a run that is wrong, and every edited byte is found."""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.commands.verify import verify_run
from cxone_async.errors import RunError
from cxone_async.journal.database import Entry, entry_after
from cxone_async.journal.head import HeadFile, RunningDigest
from cxone_async.journal.lifecycle import Bounced
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.verification import verified, verify
from cxone_async.verification.written_files import (
    FOR_PEOPLE,
    Edits,
    HeadCheck,
    edited_files,
    in_order,
    kept_files,
    listed_digests,
)

FLIPS_A_FILE = 60
ROWS = (
    "+12025550101,ada@example.com,Ada,Abbott,US\n"
    "(202) 555-0101,ADA@Example.com,Ada,Abbott,US\n"
    "+12025550101,zed@example.com,Zed,Zorn,US\n"
    "12,short@example.com,S,Short,US\n"
    '+12025550102,"open@example.com,O,Open,US\n'
    "+12025550103,lost@example.com,Lost,Land,US\n"
) + "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n},US\n" for n in range(200, 210))


@pytest.fixture(scope="module")
def run_of_today(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished run with rows of several outcomes, and its input."""
    place = tmp_path_factory.mktemp("today")
    csv = place / "in.csv"
    csv.write_text("phone,email,first_name,last_name,country\n" + ROWS)
    settings = ImportSettings.model_validate(
        TARGET | {"run_dir": place / "run", "chunk_size": 4, "max_invalid_rate": 1.0}
    )
    tenant = InMemoryTenant(
        refuse=lambda fields, _: "INVALID_PHONE" if fields.first_name == "Lost" else None
    )
    asyncio.run(run_import(csv, settings, tenant=tenant, environment=IN_PLACE))
    return place / "run", csv


def sentences(check: HeadCheck, said: list[str], *, keeps_head: bool = True) -> list[str]:
    check.finish(keeps_head=keeps_head)
    return said


def digests(directory: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in directory.iterdir()}


def test_files_as_they_were_written_are_not_edited(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_bytes(b"row\n")
    (tmp_path / "empty.csv").touch()
    assert edited_files(tmp_path, digests(tmp_path)) == Edits({}, [])
    assert edited_files(tmp_path, {}) == Edits({}, [])


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("line ends", "was edited after the run: it is not, byte for byte, what the run wrote"),
        ("removed", "is not there: it was removed after the run"),
        ("pipe", "was replaced after the run by something that is no file"),
        ("directory", "was replaced after the run by something that is no file"),
        ("link", "cannot be read: Too many levels of symbolic links (errno 40)"),
    ],
)
def test_an_edit_is_named(tmp_path: Path, kind: str, said: str) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_bytes(b"row\n1\n")
    written = digests(tmp_path)
    path.unlink()
    match kind:
        case "line ends":
            path.write_bytes(b"row\r\n1\r\n")
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to("elsewhere.csv")
    edits = edited_files(tmp_path, written)
    (found,) = (*edits.edited.values(), *edits.gone)
    assert edits.edited.keys() == ({"outcomes.csv"} if kind == "line ends" else set())
    assert found.startswith(f"outcomes.csv {said}")


def test_what_a_command_writes_again_is_not_called_an_edit_for_certain(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(b"x")
    (said,) = edited_files(tmp_path, {"report.html": sha256(b"y").hexdigest()}).edited.values()
    assert said.startswith("report.html was edited after the run, or written again by")


def test_what_cannot_be_read_is_named_with_its_errno(unprivileged: Path) -> None:
    path = unprivileged / "outcomes.csv"
    path.write_bytes(b"row\n")
    path.chmod(0)
    (said,) = edited_files(unprivileged, {"outcomes.csv": ""}).gone
    assert said == "outcomes.csv cannot be read: Permission denied (errno 13)"


def test_the_sentences_say_whose_fault_it_is() -> None:
    known = {"is_known": True, "is_same_input": True}
    wrong, as_now = ("b is wrong",), "what follows is about the files as they are now:"
    in_run = "was edited after the run: what follows is wrong in the run itself"
    nothing, gone = Edits({}, []), Edits({}, ["a is gone"])
    fact, person = Edits({"outcomes.csv": "edited"}, []), Edits({"rejects.csv": "edited"}, [])
    for edits in (nothing, fact, person):
        assert in_order(edits, (), **known) == ()
    assert in_order(gone, (), **known) == ("a is gone",)
    assert in_order(gone, wrong, **known) == ("a is gone", as_now, *wrong)
    assert in_order(fact, wrong, **known) == (as_now, *wrong)
    assert in_order(person, wrong, **known) == (f"no file that was compared {in_run}", *wrong)
    assert in_order(nothing, wrong, **known) == (f"no file {in_run}", *wrong)
    assert in_order(nothing, wrong, is_known=False, is_same_input=True) == wrong
    assert in_order(nothing, wrong, is_known=True, is_same_input=False) == wrong


def entries(*names: str) -> list[Entry]:
    written: list[Entry] = []
    sequence = checksum = 0
    for name in names:
        entry = entry_after(sequence, checksum, Bounced(name))
        sequence, checksum = entry.sequence, entry.checksum
        written.append(entry)
    return written


def checked(directory: Path, written: list[Entry], *, keeps_head: bool = True) -> list[str]:
    said: list[str] = []
    check = HeadCheck(directory / "journal.db", said.append)
    for entry in written:
        check.see(entry.sequence, entry.kind.encode(), entry.subject.encode(), entry.payload)
    return sentences(check, said, keeps_head=keeps_head)


def test_a_head_is_compared_with_the_events_of_the_journal(tmp_path: Path) -> None:
    HeadFile(tmp_path / "journal.db", RunningDigest()).keep(entries("a", "b"), 0, 0)
    assert checked(tmp_path, entries("a", "b")) == []
    assert checked(tmp_path, entries("a", "b", "c")) == []
    (is_short,) = checked(tmp_path, entries("a"))
    assert is_short.startswith("journal.head: event 2, for which it was written, is not there")
    (is_other,) = checked(tmp_path, entries("a", "x"))
    assert is_other.startswith("journal.head: event 2, for which it was written, is another one")


@pytest.mark.parametrize("kind", ["empty", "pipe", "directory", "no object", "no json", "nested"])
def test_a_head_that_is_none_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "journal.head"
    match kind:
        case "empty":
            path.touch()
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "no object":
            path.write_bytes(b"[] %08x\n" % zlib.crc32(b"[]"))
        case "no json":
            path.write_bytes(b" 00000000\n")
        case "nested":
            path.write_bytes(b"%b %08x\n" % (b"[" * 3000, zlib.crc32(b"[" * 3000)))
    said = checked(tmp_path, entries("a"))
    assert len(said) == 1
    assert said[0].startswith("journal.head ")


def test_a_head_that_is_missing_is_missed_only_where_one_was_kept(tmp_path: Path) -> None:
    assert checked(tmp_path, entries("a"), keeps_head=False) == []
    (said,) = checked(tmp_path, entries("a"))
    assert said.startswith("journal.head is not there: it was removed after the run")


def test_a_link_is_no_head(tmp_path: Path) -> None:
    (tmp_path / "journal.head").symlink_to("elsewhere")
    said = checked(tmp_path, entries("a"), keeps_head=False)
    assert said == ["journal.head cannot be read: Too many levels of symbolic links (errno 40)"]


# Whole runs


@pytest.mark.parametrize(
    "name",
    [
        "outcomes.csv", "rejects.csv", "unresolved.csv", "review.csv", "duplicates.csv",
        "report.html", "reconciliation.json", "reconciliation.csv", "journal.head",
    ],
)  # fmt: skip
def test_every_edited_byte_of_a_finished_run_is_found_and_its_file_is_named(
    run_of_today: tuple[Path, Path], name: str
) -> None:
    run_dir, csv = run_of_today
    path, rng = run_dir / name, random.Random(name)
    written = path.read_bytes()
    positions = {0, len(written) - 1, *(rng.randrange(len(written)) for _ in range(FLIPS_A_FILE))}
    try:
        for position in positions:
            edited = bytearray(written)
            edited[position] ^= 1 << rng.randrange(8)
            path.write_bytes(edited)
            assert name in " ".join(verify(run_dir, csv)), f"byte {position} of {name}"
        for edited_whole in (written + b"\n", written[:-1], b"", written.replace(b"\n", b"\r\n")):
            path.write_bytes(edited_whole)
            assert name in " ".join(verify(run_dir, csv))
    finally:
        path.write_bytes(written)
    assert verify(run_dir, csv) == ()


MALFORMED = [
    b"",
    b"\x00" * 100,
    b"\xff\xfe" * 50,
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"9" * 10_000,
    b'"' * 9_999,
    b'"' + b"a" * 200_000 + b'"\n',
    b"," * 10_000 + b"\n",
    b"row,line,outcome\n1,2,imported\n",
    b'{"run":{"settings":{"encoding":"no such","quote":5,"skip_lines":"9"}}}',
    b'{"run":{"settings":{"quote":"ab","delimiter":"xyz"}},"requests_by_kind":{"poll":"x"}}',
    b'{"run":{"settings":{"encoding":"rot13","external_id":[1]}},"duplicates_left_out":1e999}',
    b"total_input," + b"9" * 200_000 + b"\n",
]


@pytest.mark.parametrize("name", ["outcomes.csv", "rejects.csv", "unresolved.csv", "review.csv",
                                  "duplicates.csv", "report.html", "reconciliation.json",
                                  "reconciliation.csv", "journal.head", "journal.db"])  # fmt: skip
def test_a_malformed_file_is_named_and_is_no_defect(
    run_of_today: tuple[Path, Path], name: str
) -> None:
    run_dir, csv = run_of_today
    path = run_dir / name
    written = path.read_bytes()
    try:
        for content in MALFORMED:
            path.write_bytes(content)
            try:
                said = " ".join(chain(*verify_run(run_dir, str(csv))))
            except RunError as error:
                said = str(error)
            assert name in said, content[:40]
    finally:
        path.write_bytes(written)


CELLS = ["-1", "9" * 30, "1e400", "nan", "-99999999999999999999", "\u0663", " 1", "=1", "1_0"]


@pytest.mark.parametrize("name", ["outcomes.csv", "review.csv", "duplicates.csv"])
def test_a_number_that_no_run_writes_is_no_defect(
    run_of_today: tuple[Path, Path], name: str
) -> None:
    run_dir, csv = run_of_today
    path = run_dir / name
    written = path.read_text(encoding="utf-8")
    lines = written.splitlines()
    try:
        for cell in CELLS:
            for column in range(min(10, lines[1].count(","))):
                cells = lines[1].split(",")
                cells[column] = cell
                path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:], ""]))
                assert verify(run_dir, csv)
    finally:
        path.write_text(written, encoding="utf-8")


def test_two_rules_that_are_exchanged_are_told_as_an_edit(
    run_of_today: tuple[Path, Path],
) -> None:
    run_dir, csv = run_of_today
    path = run_dir / "reconciliation.json"
    written = path.read_bytes()
    try:
        path.write_text(json.dumps(json.loads(written)))
        (said,) = verify(run_dir, csv)
    finally:
        path.write_bytes(written)
    assert said.startswith("reconciliation.json was edited after the run: ")


@pytest.fixture
def mine(run_of_today: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the run of today, to be edited."""
    run_dir, csv = run_of_today
    shutil.copytree(run_dir, tmp_path / "run")
    return tmp_path / "run", csv


BY_A_PERSON: dict[str, Callable[[bytes], bytes]] = {
    "corrected": lambda written: written.replace(b"12,short", b"2025550111,short"),
    "line ends": lambda written: written.replace(b"\n", b"\r\n"),
    "a mark and another delimiter": lambda written: b"\xef\xbb\xbf" + written.replace(b",", b";"),
    "decided": lambda written: written.replace(b",,1,", b",different,1,"),
    "a line gone": lambda written: written[: written.rstrip().rfind(b"\n") + 1],
    "a line more": lambda written: written + b"by hand\n",
    "all gone": lambda _: b"",
    "saved by another program": lambda written: written[::-1],
}


@pytest.mark.parametrize("edit", BY_A_PERSON.values(), ids=BY_A_PERSON)
def test_a_file_that_a_person_works_in_may_be_edited_and_the_run_is_whole(
    mine: tuple[Path, Path], edit: Callable[[bytes], bytes]
) -> None:
    run_dir, csv = mine
    edited = set()
    for name in FOR_PEOPLE:
        written = (run_dir / name).read_bytes()
        if (by_hand := edit(written)) != written:
            (run_dir / name).write_bytes(by_hand)
            edited.add(name)
    found = verified(run_dir, csv)
    assert found.contradictions == ()
    assert {said.split(" was edited after the run")[0] for said in found.edited} == edited
    assert edited


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("outcomes.csv", lambda written: written.replace(b",imported,", b",unresolved,", 1)),
        ("reconciliation.csv", lambda written: written.replace(b"invalid,2", b"invalid,1")),
        ("reconciliation.json", lambda written: written.replace(b'"invalid": 2', b'"invalid": 1')),
    ],
)
def test_a_fact_that_was_edited_into_another_is_a_contradiction(
    mine: tuple[Path, Path], name: str, edit: Callable[[bytes], bytes]
) -> None:
    run_dir, csv = mine
    path = run_dir / name
    path.write_bytes(edit(path.read_bytes()))
    (run_dir / "rejects.csv").write_text("corrected")
    found = verified(run_dir, csv)
    assert len(found.edited) == 2
    assert found.contradictions[0] == "what follows is about the files as they are now:"
    assert not any("rejects.csv" in said for said in found.contradictions)


def test_an_edit_hides_nothing_that_is_wrong_in_the_run_itself(mine: tuple[Path, Path]) -> None:
    run_dir, csv = mine
    (run_dir / "rejects.csv").write_text("corrected")
    with closing(sqlite3.connect(run_dir / "journal.db")) as connection, connection:
        connection.execute("UPDATE events SET subject = 'other' WHERE sequence = 3")
    assert any("journal.db" in said for said in verified(run_dir, csv).contradictions)


async def test_an_edited_file_of_a_plan_is_told_by_its_checksums(tmp_path: Path) -> None:
    csv = tmp_path / "in.csv"
    csv.write_text("phone,email,first_name,last_name,country\n" + ROWS)
    run_dir = tmp_path / "plan"
    await run_plan(csv, PlanSettings(run_dir=run_dir), environment=IN_PLACE)
    (run_dir / "rejects.csv").write_text("corrected")
    found = verified(run_dir, csv)
    assert (found.contradictions, len(found.edited)) == ((), 1)
    (run_dir / "SHA256SUMS").unlink()
    assert any("rejects.csv" in said for said in verified(run_dir, csv).contradictions)
    (run_dir / "SHA256SUMS").mkdir()
    assert listed_digests(run_dir) == {}
    (run_dir / "SHA256SUMS").rmdir()
    (run_dir / "SHA256SUMS").write_bytes(b"\xff  a\n" + b"0" * 64 + b"  ../../other\n")
    assert listed_digests(run_dir) == {}


def test_what_a_later_start_has_kept_is_named_as_an_edit(
    mine: tuple[Path, Path],
) -> None:
    run_dir, csv = mine
    for number in (1, 2):
        (run_dir / f"rejects.edited-{number}.csv").write_text("corrected")
        (run_dir / f"theirs.edited-{number}.csv").write_text("of a person")
    found = verified(run_dir, csv)
    assert (found.edited, found.contradictions, len(found.kept)) == ((), (), 2)
    said = "is kept: rejects.csv was edited after the run"
    assert [one.partition(" ")[2][: len(said)] for one in found.kept] == [said, said]


def test_where_nobody_may_look_nothing_is_kept(unprivileged: Path) -> None:
    (unprivileged / "rejects.edited-1.csv").touch()
    assert len(kept_files(unprivileged, {"rejects.csv"})) == 1
    unprivileged.chmod(0o300)
    assert kept_files(unprivileged, {"rejects.csv"}) == []


def test_a_run_that_is_wrong_is_not_called_edited(
    run_of_today: tuple[Path, Path], tmp_path: Path
) -> None:
    run_dir, csv = run_of_today
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    for file in run_dir.iterdir():
        if file.is_file():
            (wrong / file.name).write_bytes(file.read_bytes())
    with closing(sqlite3.connect(wrong / "journal.db")) as connection, connection:
        connection.execute("DELETE FROM events WHERE sequence = 3")
    said = verify(wrong, csv)
    assert any("journal.db" in sentence for sentence in said)


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, 5, [1], {"a": 1}, None, "rot13", "ab"])
def test_settings_that_no_run_writes_are_no_defect(
    run_of_today: tuple[Path, Path], value: object
) -> None:
    run_dir, csv = run_of_today
    path = run_dir / "reconciliation.json"
    written = path.read_bytes()
    try:
        for name in json.loads(written)["run"]["settings"]:
            said = json.loads(written)
            said["run"]["settings"][name] = value
            path.write_text(json.dumps(said))
            assert "reconciliation.json was edited" in " ".join(
                chain(*verify_run(run_dir, str(csv)))
            )
    finally:
        path.write_bytes(written)
