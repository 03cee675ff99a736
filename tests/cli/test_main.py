"""The commands as a person meets them: what they write, say and return."""

import csv
import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HEADER = "phone,email,first_name,last_name,country,dnc\n"
GOOD = "+12025550101,ada@example.com,Ada,Abbott,US,\n"

# Every way an input can be wrong, with the exit code and what is said about it.
BAD_INPUTS = {
    "no such file": (None, 66, "there is no such file"),
    "a directory": ("directory", 65, "is a directory"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00" * 50, 65, ""),
    "an empty file": (b"", 65, "no header"),
    "nothing but blank lines": (b"\n\r\n\n", 65, "no header"),
    "neither phone nor email": (b"name,city\nAda,Paris\n", 65, "'name', 'city'"),
    "no header": (GOOD.encode(), 65, "header"),
    "a header name twice": (b"phone,email,Phone\n1,2,3\n", 65, "'phone', 'Phone'"),
    "two columns for one field": (b"mobile,telephone,email\n1,2,3\n", 65, "--map phone="),
    "a phone beside a mobile": (b"phone,mobile,email\n1,2,3\n", 65, "'phone', 'mobile'"),
    "a consent": (b"phone,email,OK to call\n1,2,3\n", 65, "--map consent="),
    "a column that may be a flag": (b"phone,email,Blacklist\n1,2,3\n", 65, "--ignore-column"),
    "gzip that is cut off": (gzip.compress(HEADER.encode() * 999)[:60], 65, ""),
    "gzip that is none": (b"\x1f\x8b\x08 no gzip at all", 65, ""),
}


def write(path: Path, content: bytes | str | None) -> str:
    if content == "directory":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def target(tenant, run_dir="run"):
    return (
        "--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id",
        "demo-campaign", "--segment-id", "demo-segment", "--quota", "0", "--run-dir", run_dir,
    )  # fmt: skip


def table(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reconciliation(run_dir="run"):
    lines = Path(run_dir, "reconciliation.csv").read_text().splitlines()
    return dict(line.split(",") for line in lines)


@pytest.mark.parametrize("bad", BAD_INPUTS)
def test_an_input_that_cannot_be_read_is_refused_and_nothing_is_sent(
    command, shared_tenant, tmp_path, bad
):
    content, code, said = BAD_INPUTS[bad]
    before = shared_tenant.requests
    path = write(tmp_path / "input.csv", content)
    ended = command("import", path, *target(shared_tenant))
    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert shared_tenant.requests == before
    assert command("plan", path).code == code
    assert not Path("run/reconciliation.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--match", "fuzzy"], "corroborated"),
        (["--match", "fuzzy"], "any-field"),
        (["--phone-check", "maybe"], "possible"),
        (["--threshold", "eighty"], "threshold"),
        (["--threshold", "101"], "--threshold"),
        (["--chunk-size", "501"], "--chunk-size"),
        (["--quota", "-1"], "--quota"),
        (["--map", "shoe=phone"], "phone, email, first_name"),
        (["--map", "phone=Nowhere"], "'phone', 'email'"),
        (["--dnc", "never"], "campaign"),
        (["--encoding", "klingon"], "klingon"),
        (["--no-such-flag"], "--no-such-flag"),
        (["--default-country", "Narnia"], "--default-country"),
    ],
)
def test_usage_that_is_not_accepted_is_named_and_nothing_is_sent(
    command, shared_tenant, tmp_path, arguments, said
):
    before = shared_tenant.requests
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    for ended in [
        command("plan", path, *arguments),
        command("import", path, *target(shared_tenant), *arguments),
    ]:
        assert ended.code in (64, 65)
        assert said in ended.err
    assert shared_tenant.requests == before


def test_columns_are_mapped_and_ignored_by_flags_that_may_be_repeated(command, tmp_path):
    path = write(
        tmp_path / "input.csv",
        b"Mobile,Home Phone,email,Consent,Blacklist\n"
        b",+12025550101,ann@example.com,yes,1\n"
        b"+12025550102,,bob@example.com,no,1\n",
    )
    ended = command(
        "plan", path, "--run-dir", tmp_path / "run", "--map", "phone=Mobile,Home Phone",
        "--ignore-column", "Consent", "--ignore-column", "Blacklist", "--ignore-column", "name",
        "--default-country", "US",
    )  # fmt: skip
    assert ended.code == 0
    assert "READY 2 of 2" in ended.out
    ended = command(
        "plan", path, "--run-dir", tmp_path / "run2", "--map",
        "phone=Mobile,Home Phone,consent=Consent", "--ignore-column", "Blacklist",
    )  # fmt: skip
    assert "READY 1 of 2" in ended.out


def test_what_is_missing_on_the_command_line_is_named(command, tmp_path):
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    ended = command("import", path, "--campaign-id", "c", "--tenant", "t")
    assert (ended.code, "--list-id" in ended.err) == (64, True)
    ended = command("import", path, "--campaign-id", "c", "--list-id", "l")
    assert (ended.code, "--base-url" in ended.err) == (64, True)
    ended = command("import", "--list-id", "l")
    lacking = "missing CSV, --campaign-id, either --tenant or --base-url"
    assert (ended.code, lacking in ended.err) == (64, True)
    assert command("no-such-command").code == 64


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"--campaign-id": "nope"}, 78, "'nope'"),
        ({"--list-id": "nope"}, 78, "'nope'"),
        ({"--base-url": "http://tenant.example"}, 78, "https"),
        ({"--base-url": "ftp://127.0.0.1"}, 78, "https"),
        ({"--client-id": "stranger"}, 77, "client"),
        ({"--suppress": "nowhere.txt"}, 66, "nowhere.txt"),
        ({"--config": "nowhere.toml"}, 78, "nowhere.toml"),
        ({"--client-secret-file": "nowhere"}, 78, "nowhere"),
    ],
)
def test_what_the_tenant_or_the_disk_does_not_have_is_named_before_any_row_is_sent(
    command, shared_tenant, tmp_path, changes, code, said
):
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    submits = shared_tenant.statistics()["requests"]["by_kind"].get("submit", 0)
    arguments = [*target(shared_tenant), *[part for pair in changes.items() for part in pair]]
    ended = command("import", path, *arguments)
    assert (ended.code, said in ended.err) == (code, True), ended.err
    accepted = shared_tenant.statistics()["requests"]["by_kind"].get("submit", 0) - submits
    assert accepted <= (changes == {"--list-id": "nope"})


def test_a_wrong_secret_is_refused_before_any_row_is_sent(
    command, shared_tenant, tmp_path, monkeypatch
):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "wrong")
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    ended = command("import", path, *target(shared_tenant))
    assert ended.code == 77
    assert "wrong" not in ended.err


def test_a_missing_scope_is_named_before_any_row_is_sent(command, start_tenant, tmp_path):
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    with start_tenant("--scopes", "contact-list:write,campaign:read,segment:write") as tenant:
        ended = command("import", path, *target(tenant))
        assert (ended.code, "import:write" in ended.err) == (77, True)
        assert set(tenant.statistics()["requests"]["by_kind"]) <= {"token"}


def test_a_scope_for_segments_is_asked_for_only_with_a_segment(command, start_tenant, tmp_path):
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    with start_tenant("--scopes", "contact-list:write,import:write,campaign:read") as tenant:
        assert command("import", path, *target(tenant, "a")).code == 77
        arguments = list(target(tenant, "b"))
        at = arguments.index("--segment-id")
        del arguments[at : at + 2]
        assert command("import", path, *arguments).code == 0


def test_a_tenant_that_is_not_there_is_unreachable(command, tmp_path):
    path = write(tmp_path / "input.csv", HEADER + GOOD)
    ended = command(
        "import", path, "--base-url", "http://127.0.0.1:9", "--list-id", "l", "--campaign-id",
        "c", "--deadline", "2",
    )  # fmt: skip
    assert ended.code == 69


BAD_ROWS = {
    "too few fields": (b"+12025550102,b@example.com", "too_few_fields"),
    "too many fields": (b"+12025550102,b@example.com,B,B,US,,x", "too_many_fields"),
    "an undecodable byte": (b"+12025550102,b@example.com,B\xff,B,US,", "undecodable"),
    "a NUL": (b"+12025550102,b@example.com,B\x00,B,US,", "nul_character"),
    "an unterminated quote": (b'+12025550102,b@example.com,"B,B,US,', "unterminated_quote"),
    "a field over the cap": (
        b"+12025550102,b@example.com," + b"B" * (1 << 21) + b",B,US,",
        "field_too_large",
    ),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_row_that_cannot_be_read_is_invalid_and_those_after_it_are_read(command, tmp_path, bad):
    record, reason = BAD_ROWS[bad]
    after = b"+12025550103,c@example.com,C,Cole,US,\n"
    path = write(tmp_path / "in.csv", HEADER.encode() + GOOD.encode() + record + b"\n" + after)
    assert command("plan", path, "--run-dir", "run").code == 0
    rows = table("run/outcomes.csv")
    assert [(row["row"], row["line"], row["outcome"], row["reason"]) for row in rows] == [
        ("1", "2", "ready", ""),
        ("2", "3", "invalid", reason),
        ("3", "4", "ready", ""),
    ]
    if len(record) < 100:
        assert record in Path("run/rejects.csv").read_bytes()


def test_the_main_job_accounts_for_every_row_and_fills_the_segment(command, start_tenant, tmp_path):
    records = [
        GOOD,
        GOOD,
        "(202) 555-0102,BOB@Example.com,Bob,Brown,,\n",
        "12,c@example.com,C,C,US,\n",
        "+12025550104,d@example.com,D,D,US,yes\n",
        "+442079460101,e@example.com,E,E,GB,\n",
    ]
    path = write(tmp_path / "in.csv", HEADER + "".join(records))
    with start_tenant("--dnc-enabled") as tenant:
        ended = command("import", path, *target(tenant))
        truth = tenant.statistics(full=True)
        sent_again = command("import", path, *target(tenant))
        truth_after = tenant.statistics(full=True)
    assert ended.code == 0, ended.err
    assert reconciliation() | {"duration_s": "", "requests": "", "polls": ""} == {
        "total_input": "6",
        "fuzzy_deduplicated": "1",
        "successfully_imported": "2",
        "failed_after_retries": "0",
        "data_integrity_check": "PASS",
        "invalid": "2",
        "suppressed": "1",
        "unresolved": "0",
        "ready": "0",
        "segmented": "2",
        "possible_duplicates": "0",
        "requests": "",
        "polls": "",
        "duration_s": "",
    }
    imported = {row["contact_id"] for row in table("run/outcomes.csv") if row["contact_id"]}
    assert imported == set(truth["segments"]["demo-segment"]["contact_ids"])
    assert Path("run/report.html").read_text().startswith("<!doctype html>")
    assert {path.stat().st_mode & 0o777 for path in Path("run").iterdir()} == {0o600}
    assert (sent_again.code, truth_after["requests"]) == (0, truth["requests"])
    assert command("verify", "run", path).code == 0
    assert command("report", "run").code == 0


def test_corrections_in_a_run_directory_survive_a_second_start_and_both_say_edited(
    command, shared_tenant, tmp_path
):
    path = write(tmp_path / "in.csv", HEADER + GOOD + "12,c@example.com,C,Cole,US,\n")
    assert command("import", path, *target(shared_tenant)).code == 0
    rejects = Path("run/rejects.csv")
    corrected = rejects.read_text().replace("12,", "+12025550107,")
    rejects.write_text(corrected)
    verified = command("verify", "run", path)
    assert verified.code == 0
    assert "rejects.csv was edited after the run" in verified.out
    assert "\nPASS  the run itself is whole" in verified.out
    again = command("import", path, *target(shared_tenant))
    assert (again.code, "edited" in again.err) == (0, True)
    assert Path("run/rejects.edited-1.csv").read_text() == corrected
    verified = command("verify", "run", path)
    assert verified.code == 0
    assert "rejects.edited-1.csv is kept: rejects.csv was edited after the run" in verified.out
    assert "\nPASS  input, journal and files" in verified.out


def test_rejects_can_be_corrected_and_imported_as_they_are(command, shared_tenant, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD + '12,"x ""y"" @ z",C,"C, D",US,\n')
    command("import", path, *target(shared_tenant))
    rejects = Path("run/rejects.csv").read_text()
    assert '12,"x ""y"" @ z",C,"C, D",US,' in rejects
    corrected = rejects.replace("12,", "+12025550107,").replace('"x ""y"" @ z"', "c@example.com")
    path = write(tmp_path / "corrected.csv", corrected)
    ended = command("import", path, *target(shared_tenant, "second"))
    assert ended.code == 0
    assert reconciliation("second")["successfully_imported"] == "1"


def test_a_run_directory_of_another_input_is_refused(command, shared_tenant, tmp_path):
    first = write(tmp_path / "a.csv", HEADER + GOOD)
    other = write(tmp_path / "b.csv", HEADER + GOOD.replace("ada", "eve"))
    assert command("import", first, *target(shared_tenant)).code == 0
    ended = command("import", other, *target(shared_tenant))
    assert (ended.code, "input" in ended.err) == (78, True)
    ended = command("import", first, *target(shared_tenant), "--match", "off")
    assert (ended.code, "match" in ended.err) == (78, True)


def test_without_a_run_directory_the_same_command_resumes(command, shared_tenant, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD)
    arguments = target(shared_tenant)[:-2]
    assert command("import", path, *arguments).code == 0
    before = shared_tenant.requests
    assert command("import", path, *arguments).code == 0
    assert shared_tenant.requests == before
    assert len(list(tmp_path.glob("cxone-run-*"))) == 1


def test_a_run_that_a_guard_has_stopped_sends_nothing_more_until_the_limit_is_raised(
    command, start_tenant, tmp_path
):
    rows = "".join(
        f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com,P{n},Q{n},US,\n" for n in range(3000)
    )
    path = write(tmp_path / "in.csv", HEADER + rows)
    options = ["--chunk-size", "50", "--concurrency", "4", "--max-failure-rate"]
    trouble = ("--permanent-share", "0.5", "--seed", "1", "--import-latency-s", "0.1")
    with start_tenant(*trouble) as tenant:
        arguments = ["import", path, *target(tenant), *options]
        first = command(*arguments, "0.2")
        sent = tenant.statistics()["requests"]["by_kind"]["submit"]
        again = command(*arguments, "0.2")
        assert (first.code, again.code) == (4, 4), again.err
        assert "stopped by --max-failure-rate" in again.err
        assert tenant.statistics()["requests"]["by_kind"]["submit"] == sent < 60
        assert {one.name for one in (tmp_path / "run").iterdir()} == {
            "journal.db",
            "journal.head",
            "lock",
        }
        assert command(*arguments, "0.9", "--concurrency", "50").code == 3
        assert tenant.statistics()["contacts_accepted"] > 1000


def test_a_guard_does_not_judge_a_finished_run_again(command, shared_tenant, tmp_path):
    repeated = GOOD + "".join(
        f"+1{201 + n % 1500 // 100}55501{n % 100:02},p{n % 1500}@example.com,P{n % 1500},Q,US,\n"
        for n in range(3000)
    )
    path = write(tmp_path / "in.csv", HEADER + repeated)
    arguments = [path, *target(shared_tenant), "--match", "exact"]
    assert command("import", *arguments).code == 0
    before = shared_tenant.requests
    for missing in ("report.html", "outcomes.csv"):
        Path("run", missing).unlink()
        ended = command("import", *arguments, "--max-duplicate-rate", "0.1")
        assert (ended.code, shared_tenant.requests) == (0, before)
    other = target(shared_tenant, "watched")
    arguments = [path, *other, "--match", "exact", "--max-duplicate-rate", "0.1"]
    assert command("import", *arguments).code == 4


def test_a_run_directory_that_cannot_be_made_is_refused(command, shared_tenant, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD)
    write(tmp_path / "in-the-way", "x")
    assert command("import", path, *target(shared_tenant, "in-the-way")).code == 73
    assert command("plan", path, "--run-dir", "in-the-way/deeper").code == 73


def test_a_pipe_a_gzip_and_utf_16_are_read_as_they_are(command, tmp_path, monkeypatch):
    text = HEADER + GOOD + "+12025550102,bo@example.com,Bö,Brown,US,\n"
    expected = {"total_input": "2", "ready": "2", "data_integrity_check": "PASS"}
    write(tmp_path / "in.csv.gz", gzip.compress(text.encode()))
    write(tmp_path / "in16.csv", text.encode("utf-16"))
    write(tmp_path / "bom.csv", text.encode("utf-8-sig"))
    for name in ["in.csv.gz", "in16.csv", "bom.csv"]:
        assert command("plan", name, "--run-dir", name + ".run").code == 0
        assert reconciliation(name + ".run").items() >= expected.items()
    ended = subprocess.run(
        [sys.executable, "-m", "cxone_async", "plan", "-", "--run-dir", "piped"],
        input=text.encode(), capture_output=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert reconciliation("piped").items() >= expected.items()
    assert not Path("piped/input").exists()


def test_plan_says_what_an_import_would_cost_and_sends_nothing(command, tmp_path):
    rows = "".join(
        f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com,P{n},Q{n},US,\n" for n in range(1200)
    )
    path = write(tmp_path / "in.csv", HEADER + rows)
    ended = command("plan", path, "--match", "off", "--run-dir", "run")
    assert ended.code == 0
    assert "8 requests" in ended.out
    assert reconciliation()["ready"] == "1200"
    assert json.loads(Path("run/reconciliation.json").read_text())["forecast"]["requests"] == 8
    ended = command("plan", path, "--match", "off", "--run-dir", "auto", "--quota", "auto")
    assert "8 requests; how long depends on the quota it finds" in ended.out
    written = json.loads(Path("auto/reconciliation.json").read_text())
    assert written["forecast"]["duration_s"] is None
    assert written["run"]["quota_per_minute"] == "auto"


def test_plan_is_told_the_constraints_of_the_campaign(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD.replace(",US,", ",US,yes") + "5,,X,Y,FR,\n")
    arguments = ["--allowed-countries", "any", "--required-fields", "", "--phone-check", "off"]
    assert command("plan", path, "--run-dir", "a", *arguments).code == 0
    assert reconciliation("a")["ready"] == "2"
    arguments = ["--allowed-countries", "US", "--dnc-enabled", "--phone-check", "off"]
    assert command("plan", path, "--run-dir", "b", *arguments).code == 0
    assert [row["reason"] for row in table("b/outcomes.csv")] == ["dnc_flag", "email_missing"]


def test_a_suppression_file_keeps_its_people_out(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD + "+12025550109,z@example.com,Z,Z,US,\n")
    write(tmp_path / "stop.txt", "# asked not to be called\nADA@example.com\n\n")
    assert command("plan", path, "--suppress", "stop.txt", "--run-dir", "run").code == 0
    assert [row["reason"] for row in table("run/outcomes.csv")] == ["suppression_file", ""]
    write(tmp_path / "bad.txt", "ada@example.com\nwho is this\n")
    ended = command("plan", path, "--suppress", "bad.txt", "--run-dir", "bad")
    assert (ended.code, "line 2" in ended.err) == (65, True)
    assert "who is this" not in ended.err


LIKE = (
    GOOD
    + "(202) 555-0101,ADA@Example.com,Ada,Abbott,US,\n"
    + "+12025550103,bob@example.com,Bob,Brown,US,\n"
    + "+12025550101,zed@example.com,Zed,Zorn,US,\n"
)


def test_explain_shows_both_rows_masked_unless_told_otherwise(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + LIKE)
    assert command("plan", path, "--run-dir", "run").code == 0
    (duplicate,) = [row for row in table("run/outcomes.csv") if row["outcome"] == "duplicate"]
    assert (duplicate["row"], duplicate["duplicate_of"]) == ("2", "1")
    ended = command("explain", "run", "2")
    assert ended.code == 0, ended.err
    assert duplicate["rule"] in ended.out
    for private in ["Abbott", "ada@", "ADA@", "0101", "555"]:
        assert private not in ended.out
    assert "ADA@Example.com" in command("explain", "run", "2", "--show-values").out


@pytest.mark.parametrize("flags", [[], ["--show-values"]])
def test_explain_shows_markup_control_characters_and_huge_fields_as_text(command, tmp_path, flags):
    hostile = "[/b][red]Ada \N{RIGHT-TO-LEFT OVERRIDE}\x1b]0;own\x07"
    row = f"+12025550101,[/x]ada@example.com,{hostile},{'A[b]' * 25_000},US,\n"
    path = write(tmp_path / "in.csv", HEADER + row + row)
    assert command("plan", path, "--run-dir", "run", "--email-check", "off").code == 0
    ended = command("explain", "run", "2", *flags)
    assert ended.code == 0, ended.err
    assert "[/b][" in ended.out
    assert not any(one in ended.out for one in "\x1b\x07\N{RIGHT-TO-LEFT OVERRIDE}")
    assert len(ended.out) < 8_000


def test_what_the_caps_of_matching_cut_is_counted_in_the_report(command, tmp_path):
    rows = "".join(
        f"+1{201 + n // 100}55501{n % 100:02},john.smith{n}@example.com,John,Smith,US,\n"
        for n in range(300)
    )
    path = write(tmp_path / "in.csv", HEADER + rows)
    assert command("plan", path, "--run-dir", "run").code == 0
    counted = json.loads(Path("run/reconciliation.json").read_bytes())["match_statistics"]
    assert counted["shared_values_cut"] == 0
    assert counted["same_names_cut"] > 200


def test_explain_shows_what_a_kept_row_resembles(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + LIKE)
    command("plan", path, "--run-dir", "run")
    (kept,) = table("run/review.csv")
    assert (kept["row"], kept["resembles_row"]) == ("4", "1")
    ended = command("explain", "run", "4")
    assert (ended.code, "kept" in ended.out) == (0, True), ended.err


def test_explain_says_what_it_cannot_explain(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + LIKE)
    command("plan", path, "--run-dir", "run")
    for row, code, said in [("99", 64, "no row 99"), ("x", 64, "")]:
        ended = command("explain", "run", row)
        assert (ended.code, said in ended.err) == (code, True)
    assert command("explain", "nowhere", "1").code == 66
    moved = Path(path).rename(tmp_path / "elsewhere.csv")
    assert command("explain", "run", "2").code == 66
    assert command("explain", "run", "2", "--input", str(moved)).code == 0
    moved.write_text(HEADER + GOOD)
    assert command("explain", "run", "2", "--input", str(moved)).code == 78


def test_evaluate_compares_policies_on_rows_whose_people_are_known(command, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + LIKE)
    truth = write(tmp_path / "truth.csv", "row,entity\n1,ada\n2,ada\n3,bob\n4,zed\n")
    ended = command("evaluate", path, "--truth", truth)
    assert ended.code == 0, ended.err
    shown = ended.out.split("What each rule")[0].splitlines()
    lines = {line.split("│")[1].strip(): line for line in shown if "│" in line}
    assert {"corroborated", "any-field", "exact", "off"} <= set(lines)
    figures = [cell.strip() for cell in lines["corroborated"].split("│")[2:-1]]
    assert figures == ["4", "3", "1", "1", "1.0000", "1.0000", "1.0000", "0"]
    only = command("evaluate", path, "--truth", truth, "--match", "off").out
    assert "corroborated" not in only


def test_evaluate_wants_a_file_that_it_can_read_again(command, tmp_path):
    truth = write(tmp_path / "truth.csv", "row,entity\n1,ada\n")
    for name, code, said in [("-", 64, "give it a file"), ("nowhere.csv", 66, "no such file")]:
        ended = command("evaluate", name, "--truth", truth)
        assert (ended.code, said in ended.err) == (code, True), ended.err


def test_evaluate_offers_no_flag_that_it_has_no_use_for(command):
    help_text = command("evaluate", "--help").out
    assert "--truth" in help_text
    for flag in ("--run-dir", "--quota", "--chunk-size"):
        assert flag not in help_text
        assert flag in command("plan", "--help").out


@pytest.mark.parametrize(
    ("truth", "code", "said"),
    [
        (None, 66, "no such file"),
        ("a,b\n", 65, "row and entity"),
        ("row,entity\n1,a\n1,b\n", 65, "line 3"),
        ("row,entity\nx,a\n", 65, "line 2"),
        ("row,entity\n1,a\n", 65, "does not fit"),
        (b"\xff\xfe\xff", 65, "truth.csv"),
    ],
)
def test_a_truth_that_cannot_be_used_is_refused(command, tmp_path, truth, code, said):
    path = write(tmp_path / "in.csv", HEADER + LIKE)
    name = write(tmp_path / "truth.csv", truth)
    ended = command("evaluate", path, "--truth", name, "--match", "exact")
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_a_terminated_import_exits_75_and_the_next_one_goes_on(start_tenant, command, tmp_path):
    rows = "".join(
        f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com,P{n},Q{n},US,\n" for n in range(1200)
    )
    path = write(tmp_path / "in.csv", HEADER + rows)
    with start_tenant("--import-latency-s", "2") as tenant:
        arguments = ["import", path, *target(tenant), "--chunk-size", "50", "--concurrency", "8"]
        program = subprocess.Popen(
            [sys.executable, "-m", "cxone_async", *arguments], cwd=tmp_path, stderr=subprocess.PIPE
        )
        until = time.monotonic() + 30
        while tenant.statistics()["contacts_accepted"] < 300 and time.monotonic() < until:
            time.sleep(0.1)  # a real process is waited for: there is no virtual time
        busy = command(*arguments)
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate(timeout=30)
        assert (busy.code, program.returncode) == (75, 75), (busy.err, said)
        assert not Path("run/reconciliation.csv").exists()
        assert command(*arguments, "--concurrency", "50").code == 0
        truth = tenant.statistics(full=True)
    assert reconciliation()["successfully_imported"] == "1200"
    assert truth["contacts_accepted"] == 1200
    imported = {row["contact_id"] for row in table("run/outcomes.csv")}
    assert imported == set(truth["segments"]["demo-segment"]["contact_ids"])


def test_the_report_and_the_log_tell_how_the_quota_was_used(command, start_tenant, tmp_path):
    people = "".join(f"+12025550{n},p{n}@example.com,P{n},Q,US,\n" for n in range(100, 160))
    path = write(tmp_path / "in.csv", HEADER + people)
    quota = ("--chunk-size", "10", "--quota", "3000", "--log-format", "json")
    trouble = ("--throttle-share", "0.1", "--import-latency-s", "0.5", "--seed", "7")
    with start_tenant(*trouble, "--import-latency-sigma", "1") as tenant:
        ended = command("import", path, *target(tenant), *quota)
        truth = tenant.statistics()
    assert ended.code == 0, ended.err
    told = json.loads(Path("run/reconciliation.json").read_text())
    by_kind = told["requests_by_kind"]
    assert by_kind == truth["requests"]["by_kind"]
    assert told["quota"]["throttled"] == truth["requests"]["throttled"] > 0
    assert told["quota"]["early_polls"] == truth["polls"]["early"] > 0
    assert told["quota"]["polls_per_chunk"] == round(by_kind["poll"] / 6, 3)
    allowed = 3000 * told["duration_s"] / 60
    ceiling = 10 * allowed / (2 + by_kind["segment"] / 6)
    assert told["quota"]["efficiency"] == pytest.approx(60 / ceiling, rel=0.01)
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    (logged,) = [line for line in lines if line["event"] == "run_finished"]
    assert logged["requests_by_kind"] == by_kind
    assert logged["quota_efficiency"] == told["quota"]["efficiency"]
    for key in ("polls_per_chunk", "early_polls", "throttled"):
        assert logged[key] == told["quota"][key]


def test_no_contact_and_no_secret_is_ever_said(command, start_tenant, tmp_path):
    path = write(tmp_path / "in.csv", HEADER + GOOD + "nonsense,broken at mail,Zacharias,Q,US,\n")
    with start_tenant("--permanent-share", "1") as tenant:
        ended = command("import", path, *target(tenant), "--log-level", "debug")
    assert ended.code == 3
    said = (ended.out + ended.err).lower().replace("phone_unreadable", "")  # a name is in it
    for private in ["ada", "abbott", "2025550101", "zacharias", "broken at"]:
        assert private not in said


def test_demo_takes_no_notice_of_credentials_in_the_environment(command, monkeypatch):
    monkeypatch.setenv("CXONE_TENANT", "stranger")
    monkeypatch.setenv("CXONE_QUOTA", "1")
    ended = command("demo", "--run-dir", "demo")
    assert ended.code == 0
    assert reconciliation("demo")["data_integrity_check"] == "PASS"
    assert int(reconciliation("demo")["total_input"]) >= 2000
    assert "report.html" in ended.out


def test_help_lists_every_command_and_flag(command):
    overview = command("--help")
    assert overview.code == 0
    for name in ["import", "plan", "columns", "verify", "report", "demo", "mock-tenant"]:
        assert name in overview.out
    flags = command("import", "--help").out
    for name in [
        "--list-id",
        "--campaign-id",
        "--segment-id",
        "--tenant",
        "--base-url",
        "--map",
        "--submit-semantics",
        "--concurrency",
        "--threshold",
        "--config",
        "--deadline",
    ]:
        assert name in flags
    assert "--client-secret " not in flags


def test_the_stand_in_tenant_is_started_by_its_command(tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-m", "cxone_async", "mock-tenant", "--port", "0"],
        stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline().startswith("mock tenant listening on http://127.0.0.1:")
    program.terminate()
    assert program.wait(timeout=10) == 0
    program.stdout.close()


def test_quiet_shows_no_progress_and_logs_what_goes_wrong_only(command, tmp_path):
    csv = tmp_path / "two.csv"
    csv.write_text("phone,email\n+12025550101,a@example.com\n+12025550102,b@example.com\n")
    seen = {}
    for flag in ("--no-progress", "--quiet"):
        ended = command("plan", str(csv), flag, "--run-dir", flag.strip("-"))
        assert (ended.code, ended.out.splitlines()[0]) == (0, "READY 2 of 2")
        seen[flag] = {json.loads(line)["event"] for line in ended.err.splitlines()}
    assert seen["--quiet"] == set()
    assert {"columns_read", "run_finished"} <= seen["--no-progress"]
    assert "progress" not in seen["--no-progress"]
    assert command("plan", str(csv), "--quiet", "--log-level", "error", "--run-dir", "e").err == ""
