"""The file of a ledger: whose it is, what is refused, who may open it."""

import os
import sqlite3
import zlib
from pathlib import Path

import msgspec
import pytest
from ledger.conftest import OF_ACME, imported, keys_of, noted, run

from cxone_async.errors import CannotWriteError, ConfigurationError, RunDirectoryBusyError
from cxone_async.journal.events import JournalLossAccepted, RunFinished, RunStarted
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.store import SqliteJournal
from cxone_async.ledger.known_people import SqliteKnownPeople
from cxone_async.ledger.person import pack_person, unpack_person
from cxone_async.ledger.port import KnownPeopleAt, LedgerIdentity, LedgerRun
from cxone_async.ledger.store import SqliteLedger, events_of_run


def nothing_told(_run: object) -> None:
    return None


def a_night(path: Path, name: str = "monday", rows: int = 3) -> None:
    ledger = SqliteLedger.open(path, OF_ACME, "ledger-1")
    place = ledger.begin(run(name), nothing_told)
    people = [noted(row, f"120255501{row:02}", f"p{row}@example.com") for row in range(1, rows + 1)]
    ledger.note(people)
    ledger.end(place, imported(range(1, rows + 1)))
    ledger.close()


def test_the_file_is_made_for_its_owner_alone_and_can_be_copied_when_closed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    a_night(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert {one.name for one in tmp_path.iterdir()} == {"ledger.db", "ledger.db.lock"}
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    ledger = SqliteLedger.open(copy, OF_ACME, "another-id")
    place = ledger.begin(run("tuesday"), nothing_told)
    ledger.close()
    assert place.ledger_id == "ledger-1"
    known = SqliteKnownPeople(KnownPeopleAt(str(copy), OF_ACME, place.number, 0))
    assert len(known.find(keys_of("12025550102"))) == 1
    known.close()


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (LedgerIdentity("https://other.example", "list-1", "corroborated"), "another tenant"),
        (LedgerIdentity("https://acme.example", "list-2", "corroborated"), "another list"),
        (LedgerIdentity("https://acme.example", "list-1", "exact"), "another policy"),
    ],
)
def test_the_ledger_of_another_tenant_list_or_policy_is_refused(
    tmp_path: Path, other: LedgerIdentity, named: str
) -> None:
    path = tmp_path / "ledger.db"
    a_night(path)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match=named):
        SqliteLedger.open(path, other, "ledger-2")
    assert path.read_bytes() == before
    SqliteLedger.open(path, OF_ACME, "ledger-1").close()  # the lease was given up


def test_a_second_job_on_one_ledger_is_refused_while_the_first_has_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    first = SqliteLedger.open(path, OF_ACME, "ledger-1")
    with pytest.raises(RunDirectoryBusyError, match=r"ledger .*ledger\.db is in use by process"):
        SqliteLedger.open(path, OF_ACME, "ledger-1")
    first.close()
    first.close()
    SqliteLedger.open(path, OF_ACME, "ledger-1").close()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "all of it was cut off"),
        (b"phone,email\n" * 100, "it is no database"),
        (b"SQLite format 3\x00" + bytes(4080), "no database|damaged|another program"),
    ],
)
def test_what_is_no_ledger_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, named: str
) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=named):
        SqliteLedger.open(path, OF_ACME, "ledger-1")
    assert path.read_bytes() == content


def test_a_directory_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    a_night(tmp_path / "ledger.db")
    (tmp_path / "link").symlink_to(tmp_path / "ledger.db")
    for name in ("directory", "link"):
        with pytest.raises(ConfigurationError, match="it is no file"):
            SqliteLedger.open(tmp_path / name, OF_ACME, "ledger-1")


def test_a_journal_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE events (sequence INTEGER)")
    connection.close()
    with pytest.raises(ConfigurationError, match="another program's database"):
        SqliteLedger.open(path, OF_ACME, "ledger-1")


@pytest.mark.parametrize(("version", "named"), [(99, "a newer version"), (0, "no known version")])
def test_a_ledger_of_another_schema_is_refused(tmp_path: Path, version: int, named: str) -> None:
    path = tmp_path / "ledger.db"
    a_night(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(ConfigurationError, match=named):
        SqliteLedger.open(path, OF_ACME, "ledger-1")


def test_a_ledger_that_does_not_say_whose_it_is_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    a_night(path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM ledger")
    connection.close()
    with pytest.raises(ConfigurationError, match="whose it is"):
        SqliteLedger.open(path, OF_ACME, "ledger-1")


def test_a_broken_page_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    a_night(path, rows=60)
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="damaged"):
        SqliteLedger.open(path, OF_ACME, "ledger-1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_ledger_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    a_night(path)
    path.chmod(0o400)
    with pytest.raises(CannotWriteError, match="read-only"):
        SqliteLedger.open(path, OF_ACME, "ledger-1")


def test_a_ledger_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="No such file or directory"):
        SqliteLedger.open(tmp_path / "missing" / "ledger.db", OF_ACME, "ledger-1")


def test_a_full_disk_is_told_and_nothing_of_the_transaction_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqliteLedger.open(path, OF_ACME, "ledger-1")
    place = ledger.begin(run("monday"), nothing_told)
    (pages,) = ledger._connection.execute("PRAGMA page_count").fetchone()
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    people = [noted(row, "", f"someone{row}@example.com") for row in range(1, 2000)]
    with pytest.raises(CannotWriteError, match="the disk is full"):
        ledger.note(people)
    ledger._connection.execute("PRAGMA max_page_count = 1000000")
    ledger.note(people[:1])
    ledger.end(place, imported([1]))
    ledger.close()


def test_a_half_made_file_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "ledger.db.new").write_bytes(b"half")
    a_night(tmp_path / "ledger.db")
    assert not (tmp_path / "ledger.db.new").exists()


def test_a_run_that_is_not_in_the_ledger_finds_nothing_and_says_so(tmp_path: Path) -> None:
    a_night(tmp_path / "ledger.db")
    with pytest.raises(ConfigurationError, match="does not know run 9"):
        SqliteKnownPeople(KnownPeopleAt(str(tmp_path / "ledger.db"), OF_ACME, 9, 0))


def test_contact_ids_are_kept_and_a_uuid_takes_sixteen_bytes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    uuid = "01234567-89ab-cdef-0123-456789abcdef"
    ledger = SqliteLedger.open(path, OF_ACME, "ledger-1")
    place = ledger.begin(run("monday"), nothing_told)
    ledger.note([noted(row, f"120255501{row:02}", "") for row in (1, 2)])
    with_a_uuid = Settled("two", (RowSettlement(2, SettledAs.IMPORTED, contact_id=uuid),))
    ledger.end(place, [*imported([1]), Intended("two", (RowAttempt(2, 1),)), with_a_uuid])
    ledger.close()
    with sqlite3.connect(path) as connection:
        ids = connection.execute("SELECT contact_id FROM people ORDER BY row").fetchall()
    connection.close()
    assert ids == [("contact-1",), (bytes.fromhex(uuid.replace("-", "")),)]


async def test_the_journal_of_another_run_or_none_does_not_tell_of_a_run(tmp_path: Path) -> None:
    identity = RunIdentity("id-of-monday", "import", "u", "l", "c", "", "f", {})
    journal = await SqliteJournal.open(tmp_path / "journal.db", identity)
    await journal.close()
    of_it = LedgerRun("id-of-monday", "monday", str(tmp_path), 0)
    of_another = LedgerRun("id-of-tuesday", "tuesday", str(tmp_path), 0)
    of_none = LedgerRun("id-of-monday", "monday", str(tmp_path / "gone"), 0)
    events = events_of_run(of_it)
    assert events is not None
    assert [type(event) for event in events] == [RunStarted]
    with pytest.raises(ConfigurationError, match="another run"):
        list(events_of_run(of_another) or ())
    assert events_of_run(of_none) is None
    assert events_of_run(LedgerRun("i", "n", "/" + "x" * 5000, 0)) is None


@pytest.mark.parametrize("lost", ["head", "end", "another end", "all but the first event"])
async def test_a_journal_that_has_lost_its_end_does_not_tell_of_a_run(
    tmp_path: Path, lost: str
) -> None:
    identity = RunIdentity("id-of-monday", "import", "u", "l", "c", "", "f", {})
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path, identity)
    first_of_it, first_head = path.read_bytes(), (tmp_path / "journal.head").read_bytes()
    await journal.record(Intended("one", (RowAttempt(1, 1),)))
    await journal.close()
    of_it = LedgerRun("id-of-monday", "monday", str(tmp_path), 0)
    assert len(list(events_of_run(of_it) or ())) == 2
    head = msgspec.json.decode((tmp_path / "journal.head").read_bytes().rpartition(b" ")[0])
    match lost:
        case "head":
            (tmp_path / "journal.head").unlink()
        case "end":
            path.write_bytes(first_of_it)
        case "another end":
            _write_head(tmp_path, {**head, "digest": "0" * 64})
        case _:
            path.write_bytes(first_of_it)
            began_again = msgspec.json.decode(first_head.rpartition(b" ")[0])
            _write_head(tmp_path, {**began_again, "submissions": 1, "highest_row": 1})
    with pytest.raises(ConfigurationError, match="has lost its end"):
        list(events_of_run(of_it) or ())


def _write_head(directory: Path, head: dict[str, object]) -> None:
    said = msgspec.json.encode(head)
    (directory / "journal.head").write_bytes(b"%b %08x\n" % (said, zlib.crc32(said)))


@pytest.mark.parametrize("rows", [(), (1,)])
async def test_a_finished_journal_and_one_whose_loss_was_accepted_tell_of_a_run_without_a_head(
    tmp_path: Path, rows: tuple[int, ...]
) -> None:
    identity = RunIdentity("id-of-monday", "import", "u", "l", "c", "", "f", {})
    of_it = LedgerRun("id-of-monday", "monday", str(tmp_path), 0)
    journal = await SqliteJournal.open(tmp_path / "journal.db", identity)
    for row in rows:
        await journal.record(Intended("one", (RowAttempt(row, 1),)))
        await journal.record(Settled("one", (RowSettlement(row, SettledAs.UNRESOLVED),)))
    await journal.close()
    (tmp_path / "journal.head").unlink()
    journal = await SqliteJournal.open(tmp_path / "journal.db", identity, accepts_loss=True)
    events = [type(event) for event in events_of_run(of_it) or ()]
    assert events[-1] is JournalLossAccepted
    await journal.finish(RunFinished(b"{}"))
    await journal.close()
    (tmp_path / "journal.head").unlink()
    assert [type(event) for event in events_of_run(of_it) or ()] == [*events, RunFinished]


def test_a_damaged_entry_is_refused() -> None:
    assert unpack_person(pack_person((1, 2), b"values"))[1] == b"values"
    for broken in (b"", pack_person((1, 2), b"")[:-1]):
        with pytest.raises(ConfigurationError, match="damaged"):
            unpack_person(broken)
