"""What a person reads, and what a log holds, when a guard stops a run or would stop it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cxone_async.cli.guard_reasons import guard_lines
from cxone_async.contacts.masking import MASK
from cxone_async.contacts.normalise import RowFields
from cxone_async.errors import CommonReason
from cxone_async.outcome import Reason
from cxone_async.report.wording import REASON_MEANING

pytestmark = pytest.mark.slow

HEADER = "phone,email,first_name,last_name,country\n"
# Less than half of the countries are unknown: else the run ends with 65, for the column.
GOOD = "".join(f"+1202555{n + 1000},p{n}@example.com,P{n},Q{n},US\n" for n in range(123))
BAD = "".join(f"+1202555{n:04},secret{n}@example.com,P{n},Q{n},Freedonia\n" for n in range(120))


def half_bad() -> str:
    Path("in.csv").write_text(HEADER + BAD + GOOD)
    return "in.csv"


def arguments(tenant, *more):
    return (
        "--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id",
        "demo-campaign", "--quota", "0", "--run-dir", "run", *more,
    )  # fmt: skip


def submits(tenant) -> int:
    return int(tenant.statistics()["requests"]["by_kind"].get("submit", 0))


def stopped(err):
    (line,) = [line for line in err.splitlines() if '"run_stopped"' in line]
    return json.loads(line)


def test_a_list_of_which_too_much_is_invalid_sends_nothing_and_the_log_says_why(
    command, shared_tenant
):
    before = submits(shared_tenant)
    ended = command("import", half_bad(), *arguments(shared_tenant, "--max-invalid-rate", "0.4"))
    assert (ended.code, submits(shared_tenant)) == (4, before)
    said = stopped(ended.err)
    assert "--max-invalid-rate: 120 of 243 rows are invalid, 49.4%" in said["message"]
    assert "nothing was sent" in said["message"]
    (reason,) = said["reasons"]
    assert (
        reason.pop("way_out")
        == "correct the column, or name the right one with --map country=COLUMN"
    )
    assert reason == {
        "outcome": "invalid",
        "reason": "country_unknown",
        "rows": 120,
        "of_rows": 243,
        "first_rows": [1, 2],
    }
    assert "Freedonia" not in ended.err
    assert "secret" not in ended.err


def test_the_run_goes_on_under_a_higher_limit(command, shared_tenant):
    path = half_bad()
    assert command("import", path, *arguments(shared_tenant, "--max-invalid-rate", "0.4")).code == 4
    ended = command("import", path, *arguments(shared_tenant, "--max-invalid-rate", "1"))
    assert ended.code == 0, ended.err


def test_a_file_with_no_rows_is_stopped_unless_it_may_be_empty(command, shared_tenant):
    Path("in.csv").write_text(HEADER)
    ended = command("import", "in.csv", *arguments(shared_tenant))
    assert (ended.code, "--min-rows" in stopped(ended.err)["message"]) == (4, True)
    assert command("import", "in.csv", *arguments(shared_tenant, "--min-rows", "0")).code == 0


def test_a_plan_writes_its_files_and_ends_with_4_where_an_import_would_stop(command):
    ended = command("plan", half_bad(), "--run-dir", "run", "--max-invalid-rate", "0.4")
    assert ended.code == 4
    said = stopped(ended.err)
    assert said["message"].startswith("an import would be stopped by --max-invalid-rate")
    assert said["reasons"][0]["rows"] == 120
    assert len(Path("run/rejects.csv").read_text().splitlines()) == 121
    assert json.loads(Path("run/reconciliation.json").read_bytes())["guard"]
    assert command("plan", "in.csv", "--run-dir", "run", "--max-invalid-rate", "1").code == 0


def test_a_terminal_shows_what_the_cells_hold(tmp_path):
    (tmp_path / "in.csv").write_text(HEADER + BAD + GOOD)
    parent, child = pty.openpty()
    ended = subprocess.run(
        [
            sys.executable, "-m", "cxone_async", "plan", "in.csv", "--run-dir", "run",
            "--max-invalid-rate", "0.4",
        ],
        check=False, stderr=child, stdout=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    os.close(child)
    said = os.read(parent, 65_536).decode().replace("\r\n", "\n")
    os.close(parent)
    assert ended.returncode == 4
    assert "120 of 243: country 'Freedonia' (country_unknown, rows 1 and 2)\n" in said
    assert "      correct the column, or name the right one with --map country=COLUMN\n" in said


def told(reason, rows, **cells):
    one = CommonReason("invalid", reason, 9, 10, tuple(rows))
    filled = {"phone": "", "email": ""} | cells
    return guard_lines([one], dict.fromkeys(rows, RowFields(**filled)))[0]


def test_phones_emails_and_names_are_masked():
    assert "phone '+•••••••••43'" in told("phone_not_possible", [1], phone="+20255501443")
    assert "ada@" not in told("email_not_valid", [1], email="ada@@example.com")
    assert "Lovelace" not in told("first_name_missing", [1], first_name="Ada Lovelace")


CELLS = RowFields(
    phone="+20255501443", email="ada@@example.com", first_name="Ada", last_name="Lovelace",
    country="Freedonia", dnc_flag="perhaps",
)  # fmt: skip
SHOWN = {
    "phone": f"phone '+{MASK * 9}43'",
    "email": "email 'a",
    "first_name": "first_name 'A",
    "last_name": "last_name 'L",
    "country": "country 'Freedonia'",
    "dnc_flag": "dnc_flag 'p",
}
DOCUMENTED = dict(
    re.findall(
        r"^\| `(\w+)` \| ([^|]+) \|",
        (Path(__file__).parents[2] / "docs" / "reason-codes.md").read_text(),
        re.MULTILINE,
    )
)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_shown_with_the_cells_that_it_is_documented_to_be_about(reason):
    said = guard_lines([CommonReason("invalid", reason, 9, 10, (1,))], {1: CELLS})[0]
    about = {name for name in SHOWN if f"`{name}`" in DOCUMENTED[reason]}
    assert {name for name, shown in SHOWN.items() if shown in said} == about
    assert (REASON_MEANING[reason].rstrip(".") in said) is not bool(about)


def test_a_cell_that_is_empty_is_not_shown_and_the_first_of_several_phones_is():
    assert "The campaign needs a phone number" in told("phone_missing", [1], country="US")
    row = RowFields("", "", country="US", more_phones=("", "12", "34"))
    (said, _) = guard_lines([CommonReason("invalid", "phone_unreadable", 1, 1, (1,))], {1: row})
    assert "phone '12' (phone_unreadable, row 1)" in said


def test_a_country_is_shown_as_it_is_unless_it_may_be_a_phone_or_an_email():
    assert "country 'Deutschland'" in told("country_unknown", [1, 2], country="Deutschland")
    assert "0143" not in told("country_unknown", [1], country="202-555-0143")
    assert "ada@" not in told("country_unknown", [1], country="ada@example.com")


def test_what_would_move_the_cursor_is_not_shown():
    assert "\x1b" not in told("country_unknown", [1], country="\x1b[2JFreedonia")


def test_without_cells_the_reason_is_told_in_words():
    one = CommonReason("duplicate", "same_phone_and_name", 9, 10, (3,))
    assert guard_lines([one], {}) == [
        "  9 of 10: same_phone_and_name (row 3)",
        "      see whether a column is repeated, or choose a stricter --match",
    ]


def test_a_segment_that_the_tenant_does_not_know_stops_a_run_before_anything_is_sent(
    command, shared_tenant
):
    Path("in.csv").write_text(HEADER + GOOD)
    before = submits(shared_tenant)
    ended = command("import", "in.csv", *arguments(shared_tenant, "--segment-id", "nope"))
    assert (ended.code, submits(shared_tenant)) == (78, before)
    assert "the tenant knows no segment 'nope'" in ended.err


def test_a_segment_that_takes_nobody_is_named_with_its_reason(command, start_tenant):
    Path("in.csv").write_text(HEADER + GOOD)
    with start_tenant("--closed-segment-id", "closed") as tenant:
        ended = command("import", "in.csv", *arguments(tenant, "--segment-id", "closed"))
    assert ended.code == 3
    assert ended.out.startswith("IMPORTED 123 of 123, 123 NOT IN THE SEGMENT\n")
    assert "0 of them in the segment: CXone refuses them (status 400)\n" in ended.out
    assert "(CXone refuses them (status 400))" in Path("run/report.html").read_text()
