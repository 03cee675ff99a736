"""A ledger that is asked to forget people: who is removed, who stays, and what the file holds."""

import asyncio
import io
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET
from structlog.testing import capture_logs

from cxone_async.commands.forget import (
    EMAIL,
    EXTERNAL_ID,
    PHONE,
    Asked,
    asked_in,
    asked_in_file,
    exit_code_of,
    forget,
)
from cxone_async.commands.import_contacts import run_import
from cxone_async.errors import (
    CannotWriteError,
    ConfigurationError,
    CXoneError,
    MissingInputError,
    RunDirectoryBusyError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.ledger.database import identity_in
from cxone_async.ledger.store import SqliteLedger
from cxone_async.matching.policy import MatchPolicy
from cxone_async.matching.registry import new_ledger_matcher
from cxone_async.runs.purge import purge
from cxone_async.settings import ImportSettings
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.faults import Fault

HEADER = "id,phone,email,first_name,last_name\n"
ADA = "7,+12025550101,zqbox@zqhost.example,Zqfirst,Zqlast\n"
BEA = "8,+12025550102,bea@example.com,Bea,Berg\n"
CY = "9,+12025550103,cy@example.com,Cyrus,Clark\n"
LEDGER = Path("ledger.db")
DAY_S = 86_400


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tenant():
    return InMemoryTenant()


def write(*rows):
    Path("in.csv").write_text(HEADER + "".join(rows))


def night(name, tenant, *rows, day=0, **more):
    write(*rows)
    more = {"external_id": "id", "ledger": LEDGER, "max_invalid_rate": 1, **more}
    options = ImportSettings(run_dir=Path(name), **{**TARGET, **more})
    environment = replace(IN_PLACE, wall_clock_s=lambda: 1_800_000_000 + day * DAY_S)
    result = asyncio.run(run_import("in.csv", options, tenant=tenant, environment=environment))
    return result.reconciliation


class KilledError(CXoneError):
    """What a kill looks like from inside: nothing after it happens."""


def killed_night(name, tenant, *rows, day=0, **more):
    tenant.faults = lambda request: (
        Fault(KilledError, processed=True) if request.kind is RequestKind.SUBMIT else None
    )
    with pytest.raises(KilledError):
        night(name, tenant, *rows, day=day, **more)
    tenant.faults = lambda request: None


def by(kind, *values):
    return [Asked(kind, value, f"value {at}") for at, value in enumerate(values, start=1)]


def taken(tenant):
    return sorted(one.fields.phone for one in tenant.accepted.values())


def stored_of_ada(policy="corroborated"):
    """Return what a ledger stores of Ada, in each form in which it does so."""
    _, phone, email, first, last = ADA.strip().split(",")
    matcher = new_ledger_matcher(MatchPolicy(policy))
    with closing(sqlite3.connect(LEDGER)) as connection:
        people = connection.execute('SELECT "values", contact_id FROM people').fetchall()
    ((values, contact_id),) = [one for one in people if phone[1:].encode() in one[0]]
    keys = matcher.ledger_keys(matcher.from_ledger(0, values))
    stored = [(key - (1 << 31)).to_bytes(4, "big", signed=True) for key in keys]
    words = [phone[1:], email]
    if policy == "corroborated":  # the other keeps no name, and counts no provider
        words += [email.partition("@")[2], first.lower(), last.lower()]
    return [*(word.encode() for word in words), values, *stored, contact_id.encode()]


def held_beside_ledger():
    """Return all bytes of the ledger, of its log and of what else lies beside it, in lower case."""
    return b"".join(path.read_bytes() for path in sorted(Path().glob("ledger.db*")))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PHONE, "+1 (202) 555-0101"),
        (PHONE, "202.555.0101"),
        (PHONE, "001 202 555 0101"),
        (EMAIL, "ZqBox+news@ZQhost.example"),
        (EXTERNAL_ID, "7"),
    ],
)
def test_who_is_forgotten_is_in_the_ledger_in_no_form_and_nobody_else_goes(tenant, kind, value):
    night("monday", tenant, ADA, BEA)
    night("tuesday", tenant, ADA, CY, day=1)
    stored = stored_of_ada()
    before = held_beside_ledger()
    assert [one for one in stored if one not in before] == []
    forgotten = forget(LEDGER, by(kind, value), "US")
    after = held_beside_ledger()
    assert [one for one in stored if one in after] == []
    assert (forgotten.values, forgotten.people, forgotten.runs) == (1, 1, 1)
    assert exit_code_of(forgotten) == 0
    assert {one.name for one in Path().glob("ledger.db*")} == {"ledger.db", "ledger.db.lock"}
    night("wednesday", tenant, ADA, BEA, CY, day=2)
    assert taken(tenant) == ["12025550101", "12025550101", "12025550102", "12025550103"]


def test_nothing_is_left_of_whom_the_file_held_without_that_they_became_known(tenant):
    night("monday", tenant, ADA, BEA)
    stored = stored_of_ada()
    with closing(sqlite3.connect(LEDGER)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM people WHERE id = 1")
        connection.execute("DELETE FROM person_keys WHERE person = 1")
    assert stored[0] in held_beside_ledger()
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 0
    after = held_beside_ledger()
    assert [one for one in (*stored[:2], *stored[5:]) if one in after] == []


def test_everybody_with_the_number_goes_and_each_run_that_sent_them_counts(tenant):
    rows = [ADA, "70,+12025550101,dora@example.com,Dora,Dahl\n", BEA]
    night("monday", tenant, *rows)
    night("tuesday", tenant, *rows, day=1, again=True)
    forgotten = forget(LEDGER, by(PHONE, "2025550101", "2025550101"), "US")
    assert (forgotten.people, forgotten.runs) == (4, 2)


def test_the_country_says_how_a_national_number_is_read(tenant):
    night("monday", tenant, "1,+447700900123,a@example.com,Ann,Ash\n", ADA)
    assert forget(LEDGER, by(PHONE, "07700 900123"), "united kingdom").people == 1
    with pytest.raises(UsageError, match="value 1: this phone cannot be read"):
        forget(LEDGER, by(PHONE, "07700 900124"), "US")


def test_a_number_with_an_extension_may_be_another_s_and_is_kept_and_said(tenant):
    night("monday", tenant, "1,+12025550101 ext. 12,a@example.com,Ann,Ash\n", ADA)
    forgotten = forget(LEDGER, by(PHONE, "+12025550101"), "US")
    assert (forgotten.people, forgotten.with_extension) == (1, 1)
    assert exit_code_of(forgotten) == 3
    assert forget(LEDGER, by(PHONE, "+12025550101x12"), "US").people == 1


def test_the_exact_policy_forgets_too(tenant):
    result = night("monday", tenant, ADA, BEA, match="exact")
    assert result.successfully_imported == 2, (result, taken(tenant))
    stored = stored_of_ada(policy="exact")
    assert forget(LEDGER, by(EMAIL, "zqbox@zqhost.example"), "US").people == 1
    after = held_beside_ledger()
    assert [one for one in stored if one in after] == []


def test_an_id_leads_to_the_row_that_was_sent_for_it_in_its_run_or_an_earlier_one(tenant):
    again = "=7,+12025550101,zqbox@zqhost.example,Zqfirst,Zqlast\n"
    night("monday", tenant, BEA, ADA, again)
    night("tuesday", tenant, "77" + ADA[1:], CY, day=1)
    night("wednesday", tenant, "777" + ADA[1:], again.replace("=7", "7777"), day=2)
    shutil.copy(LEDGER, "before.db")
    for value in ("7", "=7", "77", "777", "7777"):
        shutil.copy("before.db", LEDGER)
        assert forget(LEDGER, by(EXTERNAL_ID, value), "US").people == 1
        assert b"12025550101" not in held_beside_ledger()
    assert forget(LEDGER, by(EXTERNAL_ID, "70"), "US").people == 0


def test_a_run_whose_outcomes_are_gone_or_changed_is_named_when_ids_are_asked_for(tenant):
    night("monday", tenant, ADA)
    night("tuesday", tenant, BEA, day=1)
    night("wednesday", tenant, CY, day=2)
    night("thursday", tenant, CY, day=3)
    shutil.rmtree("monday")
    path = Path("tuesday/outcomes.csv")
    path.write_text(path.read_text().replace(",8,", ",7,"))
    shutil.rmtree("thursday")  # it sent nobody
    forgotten = forget(LEDGER, by(EXTERNAL_ID, "7"), "US")
    assert (forgotten.people, forgotten.untold) == (0, ("tuesday", "monday"))
    assert exit_code_of(forgotten) == 3


def test_a_person_of_a_run_that_the_ledger_knows_no_more_by_that_name_is_not_guessed(tenant):
    night("monday", tenant, ADA)
    night("tuesday", tenant, ADA, day=1)
    with closing(sqlite3.connect(LEDGER)) as connection, connection:
        connection.execute("UPDATE runs SET name = 'sunday' WHERE number = 1")
    shutil.rmtree("monday")
    assert forget(LEDGER, by(EXTERNAL_ID, "7"), "US").people == 0


def test_what_other_runs_find_stays_and_no_number_is_used_twice(tenant):
    night("monday", tenant, BEA)
    night("tuesday", tenant, ADA, day=20)
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1
    night("wednesday", tenant, CY, day=21)
    night("day-52", tenant, BEA, ADA, CY, day=41)
    assert taken(tenant) == [
        "12025550101", "12025550101", "12025550102", "12025550102", "12025550103",
    ]  # fmt: skip


def test_a_run_that_may_go_on_is_not_made_to_find_for_new_whom_it_found(tenant):
    night("monday", tenant, ADA)
    killed_night("tuesday", tenant, ADA, BEA, day=1)
    with pytest.raises(ConfigurationError, match=r"tuesday has not finished.*purge --unfinished"):
        forget(LEDGER, by(PHONE, "+12025550101"), "US")
    night("tuesday", tenant, ADA, BEA, day=1)
    assert taken(tenant) == ["12025550101", "12025550102"]
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1


def test_a_run_that_was_purged_unfinished_can_never_go_on_so_that_its_people_can_be_forgotten(
    tenant,
):
    killed_night("monday", tenant, ADA, BEA)
    purge(Path("monday"), datetime(2026, 11, 30, tzinfo=UTC), unfinished=True)
    with capture_logs() as logged:
        assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1
    assert [one["event"] for one in logged] == ["ledger_run_untold"]
    assert b"12025550101" not in held_beside_ledger()
    assert b"12025550102" in held_beside_ledger()


def test_a_run_that_finished_before_its_ledger_heard_of_it_is_ended_first(tenant):
    write(ADA)
    night("monday", tenant, ADA)
    with closing(sqlite3.connect(LEDGER)) as connection, connection:
        values = connection.execute('SELECT "values" FROM people').fetchone()[0]
        connection.execute("INSERT INTO in_flight VALUES (1, ?)", (b"\x00" + values,))
        connection.execute("UPDATE runs SET last_person = NULL")
        connection.execute("DELETE FROM people")
        connection.execute("DELETE FROM person_keys")
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1
    assert b"12025550101" not in held_beside_ledger()


def test_a_run_whose_journal_is_damaged_may_go_on_and_is_named(tenant):
    killed_night("monday", tenant, ADA)
    with closing(sqlite3.connect("monday/journal.db")) as connection, connection:
        connection.execute("DELETE FROM events WHERE sequence > 1")
    with pytest.raises(ConfigurationError, match="monday cannot be read"):
        forget(LEDGER, by(PHONE, "+12025550101"), "US")


def test_a_finished_run_that_is_started_again_after_a_person_was_forgotten_sends_nobody(tenant):
    night("monday", tenant, ADA)
    before = night("tuesday", tenant, ADA, BEA, day=1)
    forget(LEDGER, by(PHONE, "+12025550101"), "US")
    assert night("tuesday", tenant, ADA, BEA, day=2) == before
    Path("tuesday/outcomes.csv").unlink()
    with pytest.raises(ConfigurationError, match="has forgotten people since this run began"):
        night("tuesday", tenant, ADA, BEA, day=2)
    assert taken(tenant) == ["12025550101", "12025550102"]
    assert b"12025550101" not in held_beside_ledger()
    Path("monday/outcomes.csv").unlink()
    night("monday", tenant, ADA)  # it knew nobody who was forgotten


def test_a_ledger_that_another_process_has_is_left_alone(tenant):
    night("monday", tenant, ADA)
    other = SqliteLedger.open(LEDGER, identity_in(LEDGER), "")
    with pytest.raises(RunDirectoryBusyError, match=r"ledger ledger\.db is in use by process"):
        forget(LEDGER, by(PHONE, "+12025550101"), "US")
    other.close()
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1


def test_where_another_process_reads_it_is_said_that_the_disk_may_still_hold_them(tenant):
    night("monday", tenant, ADA, BEA)
    identity = identity_in(LEDGER)
    SqliteLedger.open(LEDGER, identity, "").close()
    with closing(sqlite3.connect(LEDGER, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM people").fetchone()
        with pytest.raises(CannotWriteError, match="1 people were removed, but what the file held"):
            forget(LEDGER, by(PHONE, "+12025550101"), "US")
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 0
    assert b"12025550101" not in held_beside_ledger()


def test_a_ledger_that_is_not_there_is_not_made():
    with pytest.raises(MissingInputError, match=r"there is no ledger ledger\.db"):
        forget(LEDGER, by(PHONE, "+12025550101"), "US")
    assert list(Path().iterdir()) == []


def changed_ledger(statement):
    with closing(sqlite3.connect(LEDGER)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("PRAGMA user_version = 99", "a newer version"),
        ("PRAGMA application_id = 7", "another program's database"),
        ("UPDATE ledger SET policy = 'any-field'", "names no policy that is known"),
        ("DELETE FROM ledger", "does not say whose it is"),
    ],
)
def test_what_is_no_ledger_of_this_version_is_refused_and_left_as_it_is(tenant, statement, said):
    night("monday", tenant, ADA)
    changed_ledger(statement)
    before = LEDGER.read_bytes()
    with pytest.raises(ConfigurationError, match=said):
        forget(LEDGER, by(PHONE, "+12025550101"), "US")
    assert LEDGER.read_bytes() == before


def test_a_journal_is_no_ledger(tenant):
    night("monday", tenant, ADA)
    with pytest.raises(ConfigurationError, match="another program's database"):
        forget(Path("monday/journal.db"), by(PHONE, "+12025550101"), "US")


def test_a_log_that_a_killed_process_left_is_forgotten_too(tenant):
    night("monday", tenant, ADA, BEA)
    stored = stored_of_ada()
    with closing(sqlite3.connect(LEDGER, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE people SET contact_id = contact_id || 'x'")
        for end in ("", "-wal"):
            shutil.copy(f"ledger.db{end}", f"killed.db{end}")
    for end in ("", "-wal"):
        Path(f"killed.db{end}").rename(f"ledger.db{end}")
    assert stored[0] in Path("ledger.db-wal").read_bytes()
    assert forget(LEDGER, by(PHONE, "+12025550101"), "US").people == 1
    assert [one for one in stored if one in held_beside_ledger()] == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PHONE, "zq"), (PHONE, ""), (PHONE, "12"), (PHONE, "+12025550101 / +12025550102"),
        (EMAIL, "zq"), (EMAIL, ""), (EMAIL, "zq@b@c"), (EXTERNAL_ID, ""),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_stops_before_anybody_is_forgotten(tenant, kind, value):
    night("monday", tenant, ADA)
    before = LEDGER.read_bytes()
    asked = [*by(PHONE, "+12025550101"), Asked(kind, value, "line 9")]
    with pytest.raises(UsageError, match=rf"^line 9: this {kind} cannot be read: ") as refused:
        forget(LEDGER, asked, "US")
    assert "zq" not in str(refused.value)
    assert LEDGER.read_bytes() == before


@pytest.mark.parametrize("country", ["", "Atlantis"])
def test_a_country_that_is_none_is_refused(tenant, country):
    night("monday", tenant, ADA)
    with pytest.raises(UsageError, match="--default-country is no country"):
        forget(LEDGER, by(PHONE, "+12025550101"), country)


def test_to_forget_nobody_is_refused(tenant):
    night("monday", tenant, ADA)
    with pytest.raises(UsageError, match="nobody to forget"):
        forget(LEDGER, [], "US")


def test_a_role_mailbox_and_a_placeholder_are_in_no_ledger_and_find_nobody(tenant):
    night("monday", tenant, "1,+12025550101,info@example.com,Ann,Ash\n")
    assert forget(LEDGER, by(EMAIL, "info@example.com"), "US").people == 0


def test_lines_are_emails_phones_or_what_they_say():
    lines = [
        "# asked on Monday", "", " +1 202 555 0101 ", "ada@example.com", "external-id a@b 7",
        "phone 2025550102", "email ada", "external-id",
    ]  # fmt: skip
    assert [(one.kind, one.value, one.place) for one in asked_in(lines)] == [
        (PHONE, "+1 202 555 0101", "line 3"),
        (EMAIL, "ada@example.com", "line 4"),
        (EXTERNAL_ID, "a@b 7", "line 5"),
        (PHONE, "2025550102", "line 6"),
        (EMAIL, "ada", "line 7"),
        (EXTERNAL_ID, "", "line 8"),
    ]


def test_values_come_from_a_file_or_from_standard_input(monkeypatch):
    content = "\ufeffada@example.com\r\n2025550102".encode()
    Path("requests.txt").write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    told = [asked_in_file(name) for name in ("requests.txt", "-")]
    assert told[0] == told[1] == [
        Asked(EMAIL, "ada@example.com", "line 1"), Asked(PHONE, "2025550102", "line 2"),
    ]  # fmt: skip
    with pytest.raises(MissingInputError, match=r"gone\.txt does not exist"):
        asked_in_file("gone.txt")
    with pytest.raises(UnreadableInputError, match="is a directory"):
        asked_in_file(".")
    Path("requests.txt").write_bytes("zé@example.com".encode("latin-1"))
    with pytest.raises(UnreadableInputError, match=r"requests\.txt is not text in UTF-8"):
        asked_in_file("requests.txt")
