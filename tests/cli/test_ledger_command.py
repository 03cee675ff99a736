"""`ledger forget` as a person and a program read it."""

import json

from cxone_async.cli.forgotten_lines import forgotten_lines
from cxone_async.commands.forget import ForgottenByLedger
from cxone_async.ledger.person import pack_person
from cxone_async.ledger.port import LedgerIdentity, LedgerRun, NotedPerson
from cxone_async.ledger.store import SqliteLedger


def a_ledger(path):
    """Make a ledger of Zqfirst Zqlast, of a run whose directory is gone."""
    ledger = SqliteLedger.open(
        path, LedgerIdentity("https://acme.example", "list-1", "corroborated"), "id"
    )
    place = ledger.begin(LedgerRun("r", "monday", "/nowhere/monday", 0), lambda _run: None)
    values = b"12025550101\x1fzqbox@example.com\x1fzqfirst\x1fzqlast\x1f"
    ledger.note([NotedPerson(1, pack_person((1,), values))])
    ledger.end(place, None)
    ledger.close()


def test_what_was_removed_and_what_is_left_to_do_is_said_without_a_value(command, tmp_path):
    a_ledger(tmp_path / "ledger.db")
    (tmp_path / "requests.txt").write_text("zqbox@example.com\nzqother@example.com\n")
    ended = command("ledger", "forget", "ledger.db", "--from", "requests.txt")
    assert (ended.code, ended.out.splitlines()) == (0, [
        "FORGOTTEN  ledger.db: removed 1 entry of 1 run, for 2 values",
        "next  put them on a suppression list: a list that has them sends them again",
        "next  run directories may hold them too: `cxone-async purge RUN_DIR`",
    ])  # fmt: skip
    assert "zq" not in ended.out + ended.err
    again = command("ledger", "forget", "ledger.db", "--phone", "2025550101", "--email", "a@b.cd")
    assert (again.code, again.out) == (0, "NOBODY FOUND  ledger.db has none of 2 values\n")


def test_the_document_has_the_counts_and_a_run_that_is_not_told_ends_with_3(command, tmp_path):
    a_ledger(tmp_path / "ledger.db")
    ended = command("ledger", "forget", "ledger.db", "--external-id", "zq7", "--json")
    assert ended.out.count("\n") == 1
    document = json.loads(ended.out)
    assert (ended.code, document["command"], document["exit_code"]) == (3, "ledger", 3)
    assert document["result"] == {
        "ledger": "ledger.db", "values": 1, "people": 0, "runs": 0, "with_extension": 0,
        "untold": ["monday"],
    }  # fmt: skip
    assert "zq7" not in ended.out + ended.err


def test_refusals_have_their_codes_and_name_no_value(command, tmp_path):
    a_ledger(tmp_path / "ledger.db")
    (tmp_path / "list.csv").write_text("phone,email\n2025550101,zqbox@example.com\n")
    for words, code, said in (
        (("ledger.db",), 64, "nobody to forget"),
        (("ledger.db", "--phone", "zq"), 64, "--phone 1: this phone cannot be read"),
        (("ledger.db", "--from", "list.csv"), 64, "line 1: this phone cannot be read"),
        (("ledger.db", "--phone", "2025550101", "--default-country", "zq"), 64, "is no country"),
        (("none.db", "--phone", "2025550101"), 66, "there is no ledger none.db"),
        (("ledger.db", "--from", "none.txt"), 66, "none.txt does not exist"),
        (("list.csv", "--phone", "2025550101"), 78, "it is no database"),
    ):
        ended = command("ledger", "forget", *words)
        assert (ended.code, said in ended.err) == (code, True), (words, ended.err)
        assert "zq" not in ended.out + ended.err
    assert b"zqbox" in (tmp_path / "ledger.db").read_bytes()


def test_what_is_not_known_is_said_in_lines_that_a_terminal_does_not_act_on():
    forgotten = ForgottenByLedger("a\x1b[2J\n.db", 1_000, 1, 1, 2, ("mon\nday",))
    lines = forgotten_lines(forgotten)
    assert lines[-2:] == [
        "! kept 2 entries with one of these phones and an extension: ask for that too",
        "! ids are not known of the run mon\\nday: its outcomes.csv is gone or changed",
    ]
    assert lines[0].endswith("removed 1 entry of 1 run, for 1,000 values")
    assert "\x1b" not in "".join(lines)
