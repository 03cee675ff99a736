from pathlib import Path
from typing import Any

import msgspec
import pytest

from cxone_async.cli.summary import summary
from cxone_async.outcome import Outcome, Repair, Resemblance, RowOutcome
from cxone_async.prepare.decided_pairs import DecisionCounts
from cxone_async.report.reconciliation import (
    Forecast,
    QuotaFigures,
    ReasonCount,
    SinceLastRun,
    StartsTaken,
)
from cxone_async.report.rows_in_view import RowsOfReason
from cxone_async.report.wording import tone


def test_the_summary_of_an_import_is_short_and_says_where_the_files_are(write_run: Any) -> None:
    ends = [RowOutcome(row, row + 1, Outcome.IMPORTED, attempts=1) for row in range(1, 1201)]
    ends.append(RowOutcome(1201, 1202, Outcome.INVALID, "phone_missing", raw=b"x"))
    result = msgspec.structs.replace(
        write_run(ends, segmented=lambda _: True), quota=QuotaFigures(chunks=3, efficiency=0.974)
    )
    assert summary(result, Path("/runs/1")).splitlines() == [
        "IMPORTED 1,200 of 1,201",
        "      imported    1,200  1,200 of them in the segment",
        "      invalid         1",
        "why               1  phone_missing  row 1201",
        "accounting PASS",
        "took              1.2 s, 6 requests",
        "report.html       /runs/1/report.html",
        "rejects.csv       /runs/1/rejects.csv",
    ]


def test_the_workbook_is_named_where_it_is_there(run_directory: Path, write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.INVALID, "phone_missing", raw=b"x")])
    files = [line.split()[0] for line in summary(result, run_directory).splitlines()[-3:]]
    assert files == ["report.html", "rejects.csv", "rejects.xlsx"]
    (run_directory / "rejects.xlsx").unlink()
    assert "rejects.xlsx" not in summary(result, run_directory)


def test_the_summary_of_a_plan_says_what_an_import_would_cost(write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
    assert "took              1.2 s, nothing sent\n" in summary(result, Path())
    result = msgspec.structs.replace(result, forecast=Forecast(requests=4, duration_s=90.0))
    assert (
        "took              1.2 s, nothing sent\n"
        "an import         would take 4 requests, at least 1 min 30 s\n" in summary(result, Path())
    )
    result = msgspec.structs.replace(result, forecast=Forecast(requests=4))
    assert "would take 4 requests\n" in summary(result, Path())
    unknown = msgspec.structs.replace(result.run, quota_per_minute="auto")
    assert "would take 4 requests; how long depends on the quota it finds\n" in summary(
        msgspec.structs.replace(result, run=unknown), Path()
    )


def test_a_long_import_says_how_well_it_used_the_quota_or_what_it_found(write_run: Any) -> None:
    result = msgspec.structs.replace(
        write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1)]), duration_s=600.0
    )
    used = msgspec.structs.replace(result, quota=QuotaFigures(chunks=3, efficiency=0.974))
    assert ", 97.4% of the quota used\n" in summary(used, Path())
    found = msgspec.structs.replace(result, quota=QuotaFigures(chunks=3, found_per_minute=47.5))
    assert ", sent at 48 a minute in the end\n" in summary(found, Path())


def test_the_summary_says_what_people_decided_and_where_pairs_can_be_looked_through(
    write_run: Any,
) -> None:
    ends = [
        RowOutcome(1, 2, Outcome.READY),
        RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="decision", score=100.0),
    ]
    result = msgspec.structs.replace(
        write_run(ends, resemblances=[Resemblance(2, 1, "r", 1.0)], command="plan"),
        decisions=DecisionCounts(same=1, different=3, unused=2),
    )
    text = summary(result, Path("/d"))
    assert "      duplicate   1  1 by a person's decision; side by side in duplicates.csv\n" in text
    assert (
        "decisions         1 same, 3 different, 2 of them without effect, as a row is\n"
        "                  invalid or suppressed\n" in text
    )
    assert "review.csv        /d/review.csv" in text.splitlines()
    more = msgspec.structs.replace(
        result,
        fuzzy_deduplicated=30_001,
        possible_duplicates=12_345,
        possible_duplicates_left_out=2_345,
        duplicates_left_out=20_001,
    )
    text = summary(more, Path("/d"))
    assert (
        "      duplicate   30,001  1 by a person's decision;\n"
        "                          the 10,000 least certain in duplicates.csv\n" in text
    )
    assert "review.csv        /d/review.csv  (the likeliest 10,000 of 12,345)" in text.splitlines()


def of_a_ledger(result: Any) -> Any:
    run = msgspec.structs.replace(result.run, settings={"ledger": "a1/2"})
    return msgspec.structs.replace(result, run=run)


def test_with_a_ledger_the_summary_says_how_many_are_new_and_how_many_known(
    write_run: Any,
) -> None:
    known = RowOutcome(
        1, 2, Outcome.DUPLICATE, duplicate_of=7, rule="ledger", score=100.0, duplicate_of_run="a"
    )
    of_tenant = RowOutcome(2, 3, Outcome.DUPLICATE, rule="tenant", attempts=1)
    ends = [known, of_tenant, RowOutcome(3, 4, Outcome.IMPORTED), RowOutcome(4, 5, Outcome.INVALID)]
    result = of_a_ledger(write_run(ends))
    text = summary(result, Path())
    assert "ledger            new 2 · known 1\n" in text
    assert "1 of them sent by earlier runs" in text
    assert "new 2" not in summary(write_run(ends), Path())


def test_a_night_on_which_everybody_is_known_is_no_failure(write_run: Any) -> None:
    known = RowOutcome(
        1, 2, Outcome.DUPLICATE, duplicate_of=7, rule="ledger", score=100.0, duplicate_of_run="a"
    )
    result = of_a_ledger(write_run([known]))
    assert summary(result, Path()).startswith("NOTHING NEW: 1 of 1 were sent by earlier runs\n")
    assert result.exit_code == 0
    assert tone(result) == "good"


def test_what_has_changed_since_the_last_run_is_said(write_run: Any) -> None:
    since = SinceLastRun(run="run-2026-11-29", people=1_000, gone=3, new=5)
    result = write_run([RowOutcome(1, 2, Outcome.IMPORTED)])
    text = summary(msgspec.structs.replace(result, since_last_run=since), Path())
    said = "since last run    of the 1,000 people of run-2026-11-29, 3 are gone; 5 are new\n"
    assert said in text
    assert len(said) <= 81
    assert "since last run" not in summary(result, Path())


def test_the_same_file_again_is_said_at_once(write_run: Any) -> None:
    known = RowOutcome(
        1, 2, Outcome.DUPLICATE, duplicate_of=7, rule="ledger", score=100.0, duplicate_of_run="a"
    )
    result = of_a_ledger(write_run([known]))
    run = msgspec.structs.replace(result.run, same_input_as="run-2026-11-29")
    text = summary(msgspec.structs.replace(result, run=run), Path())
    assert text.startswith(
        "NOTHING NEW: 1 of 1 were sent by earlier runs, and this is the file of run-2026-11-29 "
        "again\n"
    )
    assert "ledger            new 0 · known 1 · the same file as in run-2026-11-29\n" in text


def test_the_summary_of_an_earlier_version_s_run_names_no_file_that_is_not_there(
    write_run: Any,
) -> None:
    ends = [
        RowOutcome(1, 2, Outcome.READY),
        RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="name", score=100.0),
    ]
    result = msgspec.structs.replace(write_run(ends, command="plan"), duplicates_left_out=None)
    assert "duplicates.csv" not in summary(result, Path())


def test_the_summary_never_exceeds_fifteen_lines(write_run: Any) -> None:
    ends = [
        RowOutcome(row, row + 1, outcome, raw=b"x") for row, outcome in enumerate(Outcome, start=1)
    ]
    ends[1] = RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="name", score=90.0)
    result = write_run(
        ends, segmented=lambda _: False, resemblances=[Resemblance(2, 1, "r", 1.0)], total_input=9
    )
    lines = summary(result, Path("d")).splitlines()
    assert len(lines) == 15
    assert lines[0] == "IMPORTED 1 of 9, 1 FAILED, 1 UNRESOLVED, 1 NOT IN THE SEGMENT"
    assert lines[8] == (
        "accounting FAIL   2 row(s) have no outcome: 8, 9 (and 2 more, in the report)"
    )


def test_records_that_are_no_rows_are_told_beside_the_accounting(write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
    told = [
        summary(msgspec.structs.replace(result, blank_rows=blank, repeated_headers=headers), Path())
        for blank, headers in ((1, 0), (1_200, 1), (0, 2))
    ]
    for text, others in zip(
        told,
        ("1 blank row", "1,200 blank rows and 1 repeat of the header", "2 repeats of the header"),
        strict=True,
    ):
        assert f"accounting PASS   besides the rows: {others}\n" in text


def test_a_run_without_rows_has_a_summary(write_run: Any) -> None:
    assert summary(write_run([]), Path("d")).splitlines()[:3] == [
        "NOTHING IMPORTED: the file held no rows",
        "      rows        0",
        "accounting PASS",
    ]


def test_a_plan_says_which_rules_it_assumed_and_a_dry_run_whose_they_are(write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
    assumed = summary(result, Path("run"))
    assert "rules assumed     any country; do-not-call flags do not count; no field required" in (
        assumed
    )
    assert "import --dry-run asks the campaign" in assumed
    run = msgspec.structs.replace(
        result.run,
        campaign_id="spring",
        settings={
            "campaign allowed_countries": "US,CA",
            "campaign required_fields": "phone",
            "dnc": "always",
        },
    )
    asked = summary(msgspec.structs.replace(result, run=run, requests=2), Path("run"))
    assert (
        "rules             CA, US; do-not-call flags count;\n"
        "                  phone required (campaign spring)\n" in asked
    )
    assert "nothing sent but 2 questions" in asked
    assert "assumed" not in asked


def test_a_plan_that_asked_no_campaign_does_not_say_what_a_campaign_honours(write_run: Any) -> None:
    repairs = {Repair.DNC_FLAG_NOT_HONOURED: 1}
    result = write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
    result = msgspec.structs.replace(result, repairs=repairs)
    assert "  1 marked do-not-call, which is assumed not to count\n" in summary(result, Path())
    run = msgspec.structs.replace(result.run, campaign_id="spring")
    asked = summary(msgspec.structs.replace(result, run=run), Path())
    assert "  1 marked do-not-call, which the campaign does not honour\n" in asked


def test_the_commonest_reasons_are_told_with_their_first_rows(write_run: Any) -> None:
    reasons = ["phone_missing"] * 7 + ["email_missing"] * 5 + ["phone_unreadable"] * 4
    reasons += ["country_unknown"] * 3 + ["phone_local_only"] * 2 + ["email_not_valid"]
    ends = [
        RowOutcome(row, row + 1, Outcome.INVALID, reason, raw=b"x")
        for row, reason in enumerate(reasons, start=1)
    ]
    ends.append(RowOutcome(23, 24, Outcome.IMPORTED, attempts=1))
    lines = summary(write_run(ends), Path("d")).splitlines()
    assert lines[3:8] == [
        "why               7  phone_missing     rows 1, 2, 3, 4, 5 ...",
        "                  5  email_missing     rows 8, 9, 10, 11, 12",
        "                  4  phone_unreadable  rows 13, 14, 15, 16",
        "                  3  country_unknown   rows 17, 18, 19",
        "                  2  phone_local_only  rows 20, 21",
    ]


def test_no_line_of_a_reason_is_wider_than_a_terminal(write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.INVALID, "phone_missing", raw=b"x")])
    rows = tuple(range(123_456_789, 123_456_794))
    code = "phone_conflicts_with_country"
    result = msgspec.structs.replace(
        result,
        reasons=(ReasonCount(Outcome.INVALID, code, 100_000_000),),
        rows_of_reasons=(RowsOfReason(Outcome.INVALID, code, rows),),
    )
    (line,) = [line for line in summary(result, Path("d")).splitlines() if code in line]
    assert line.endswith("  rows 123456789 ...")
    assert len(line) <= 80


def test_files_are_links_where_a_terminal_shows_links(write_run: Any) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1)])
    text = summary(result, Path("/runs/to night"), with_links=True)
    assert text.splitlines()[-1] == (
        "report.html       \x1b]8;;file:///runs/to%20night/report.html\x1b\\"
        "/runs/to night/report.html\x1b]8;;\x1b\\"
    )


def test_the_summary_of_a_resumed_run_says_of_how_many_starts_its_figures_are(
    write_run: Any,
) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1)])
    told = msgspec.structs.replace(result, starts=StartsTaken(count=2))
    assert "took              1.2 s, 6 requests; 2 starts\n" in summary(told, Path())


@pytest.mark.parametrize("command", ["plan", "import"])
@pytest.mark.parametrize("quota", [50, "auto"])
def test_below_the_first_line_none_is_wider_than_a_terminal(
    write_run: Any, command: Any, quota: Any
) -> None:
    went_in = Outcome.READY if command == "plan" else Outcome.IMPORTED
    ends = [
        RowOutcome(1, 2, went_in),
        RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="decision", score=100.0),
        RowOutcome(3, 4, Outcome.DUPLICATE, rule="tenant", attempts=1),
        RowOutcome(4, 5, Outcome.INVALID, "phone_country_mismatch", raw=b"x"),
    ]
    result = write_run(ends, command=command, segmented=lambda _: False, total_input=1_000_009)
    run = msgspec.structs.replace(
        result.run,
        campaign_id="autumn-2026-north-and-south",
        quota_per_minute=quota,
        settings={
            "campaign allowed_countries": "AT,BE,CA,CH,DE,DK,ES,FI,FR,GB,IE,IT,NL,NO,PL,PT,SE,US",
            "campaign required_fields": "phone,email,first_name,last_name",
            "ledger": "a1/2",
        },
        same_input_as="run-2026-11-29-of-the-north-and-the-south",
    )
    long = msgspec.structs.replace(
        result,
        run=run,
        requests=1_234_567,
        duration_s=98_765.0,
        decisions=DecisionCounts(same=1_200, different=34_000, unused=5_600),
        repairs={Repair.DNC_FLAG_NOT_HONOURED: 12_345},
        blank_rows=1_234,
        repeated_headers=56,
        fuzzy_deduplicated=123_456,
        duplicates_left_out=113_456,
        segment_problem="all_refused",
        since_last_run=SinceLastRun(
            run="run-2026-11-29-of-the-north", people=1_000_009, gone=345_678, new=456_789
        ),
        quota=QuotaFigures(chunks=3, efficiency=0.974),
        starts=StartsTaken(count=12, cut_short=10),
        forecast=Forecast(requests=1_234_567, duration_s=None if quota == "auto" else 1_234_567.0),
    )
    lines = summary(long, Path("d")).splitlines()
    assert [line for line in lines[1:] if len(line) > 80] == []
    assert all(line == line.rstrip() for line in lines)
