import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from fixtures.report_states import STATES, result_of, run_facts

from cxone_async import __version__
from cxone_async.contacts.suppression import SuppressionSource
from cxone_async.outcome import Outcome, Reason, RowOutcome
from cxone_async.report.page import render_page, share
from cxone_async.report.reconciliation import (
    Forecast,
    QuotaFigures,
    ReasonCount,
    Reconciliation,
    RunFacts,
    StartsTaken,
    TrippedGuard,
)
from cxone_async.report.rows_in_view import AlongFile, OfCountry
from cxone_async.report.timeline import Timeline
from cxone_async.source.columns import ColumnUse, InputColumn, InputFormat

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def result(write_run: Any) -> Reconciliation:
    ends = [
        RowOutcome(row, row + 1, Outcome.IMPORTED, contact_id="c", import_id="i", attempts=1)
        for row in range(1, 18)
    ]
    ends += [
        RowOutcome(18, 19, Outcome.DUPLICATE, duplicate_of=1, rule="exact-phone", score=100),
        RowOutcome(19, 20, Outcome.INVALID, Reason.PHONE_MISSING, "phone: empty", raw=b"x"),
        RowOutcome(20, 21, Outcome.UNRESOLVED, Reason.NO_RESULT, raw=b"y", attempts=1),
    ]
    written: Reconciliation = write_run(ends, segmented=lambda row: row > 1)
    return written


class Elements(HTMLParser):
    """Every element that was opened, and whether each that needs it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


def test_the_page_is_one_small_file_that_loads_nothing_and_runs_nothing(
    result: Reconciliation,
) -> None:
    page = render_page(result)
    assert len(page) < 60_000
    seen = elements(page)
    assert {tag for tag, _ in seen} & {"script", "iframe", "img", "object", "embed"} == set()
    assert [attrs["href"] for tag, attrs in seen if tag == "link"] == ["data:,"]
    assert not any(name.startswith("on") or name == "src" for _, attrs in seen for name in attrs)
    assert "url(" not in page.replace("url(#hatch)", "")
    assert "@import" not in page


def test_the_page_has_what_a_screen_reader_needs(result: Reconciliation) -> None:
    seen = elements(render_page(result))
    assert ("html", {"lang": "en"}) in seen
    assert any(tag == "title" for tag, _ in seen)
    assert any(
        tag == "svg" and attrs.get("role") == "img" and attrs.get("aria-label")
        for tag, attrs in seen
    )
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in seen if tag == "th")
    labelled = [attrs["aria-labelledby"] for tag, attrs in seen if tag == "section"]
    assert set(labelled) <= {attrs.get("id") for _, attrs in seen}


def test_the_page_says_what_came_of_the_rows_and_what_to_do(result: Reconciliation) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", render_page(result)))
    assert "IMPORTED 17 of 20, 1 UNRESOLVED" in text
    assert "Every row is accounted for" in text
    assert "In the segment: 16, missing: 1." in text
    assert "unresolved.csv Look up 1 row in CXone before importing again" in text
    assert "rejects.csv Correct 1 row and import the file as it is" in text
    assert "a rejects.xlsx beside it, it is the same list for a spreadsheet" in text
    assert "exact-phone" in text
    assert "The campaign needs a phone number and there is none." in text


@pytest.mark.parametrize(
    ("quota", "said"),
    [(50, "Quota 50 requests a minute"), ("auto", "Quota not given: found out while importing")],
)
def test_the_page_says_what_quota_was_given(result: Reconciliation, quota: Any, said: str) -> None:
    run = msgspec.structs.replace(result.run, quota_per_minute=quota)
    page = render_page(msgspec.structs.replace(result, run=run))
    assert said in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_failed_check_is_the_first_thing_said(result: Reconciliation) -> None:
    failed = msgspec.structs.replace(
        result, data_integrity_check="FAIL", contradictions=("one sentence", HOSTILE)
    )
    page = render_page(failed)
    assert '<main class="bad">' in page
    assert "one sentence" in page
    assert "Every row is accounted for" not in page


def test_a_plan_says_that_nothing_was_sent_and_what_an_import_would_cost(write_run: Any) -> None:
    plan = write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
    plan = msgspec.structs.replace(plan, forecast=Forecast(requests=77, duration_s=3700.0))
    page = render_page(plan)
    assert "nothing was sent" in page
    assert "<h1>READY 1 of 1</h1>" in page
    assert "77 requests" in page
    assert "1 h 1 min" in page


def test_a_run_without_rows_has_a_page(write_run: Any) -> None:
    assert "NOTHING IMPORTED: the file held no rows" in render_page(write_run([]))


def test_the_page_says_how_the_file_was_read(result: Reconciliation) -> None:
    ignored = [InputColumn(f"c{number}", ColumnUse.IGNORED) for number in range(100)]
    page = render_page(
        msgspec.structs.replace(
            result,
            columns=(
                InputColumn("Telefon", ColumnUse.FIELD, "phone"),
                InputColumn("Saldo", ColumnUse.CUSTOM_FIELD, "balance"),
                InputColumn("", ColumnUse.FIELD, "last_name"),
                InputColumn(HOSTILE, ColumnUse.IGNORED),
                *ignored,
            ),
            input_format=InputFormat("cp1252", "\t", lines_skipped=1),
        )
    )
    assert '<th scope="row">Telefon</th><td>phone</td>' in page
    assert '<th scope="row">Saldo</th><td>custom field balance</td>' in page
    assert '<th scope="row">column 3</th><td>last name</td>' in page
    assert "<q>and 41 more</q>" not in page
    assert "and 41 more" in page
    assert HOSTILE not in page
    assert "cp1252, columns separated by tab, 1 line above" in page
    elements(page)


def test_of_a_workbook_the_page_names_the_sheet_and_not_how_its_copy_is_written(
    result: Reconciliation,
) -> None:
    read = InputFormat("utf-8", ",", sheet="Kunden")
    columns = (InputColumn("Telefon", ColumnUse.FIELD, "phone"),)
    page = render_page(msgspec.structs.replace(result, columns=columns, input_format=read))
    assert "Read as a workbook, sheet &#39;Kunden&#39;, no line above the header" in page
    assert "utf-8, columns" not in page


def test_records_that_are_no_rows_are_told_where_the_reading_is(result: Reconciliation) -> None:
    columns = (InputColumn("Telefon", ColumnUse.FIELD, "phone"),)
    read = msgspec.structs.replace(
        result, columns=columns, input_format=InputFormat("utf-8", ","), blank_rows=2
    )
    page = render_page(msgspec.structs.replace(read, repeated_headers=1))
    assert "the file holds 2 blank rows and 1 repeat of the header; they are no rows" in page
    assert "no rows and were passed over" not in render_page(
        msgspec.structs.replace(read, blank_rows=0)
    )


def test_a_result_of_an_older_version_has_a_page_without_it(result: Reconciliation) -> None:
    assert "How the file was read" not in render_page(result)


def test_every_text_is_escaped(result: Reconciliation) -> None:
    hostile = msgspec.structs.replace(
        result,
        contradictions=(HOSTILE,),
        reasons=(ReasonCount(Outcome.INVALID, HOSTILE, 1),),
        duplicates_by_rule={HOSTILE: 1},
        requests_by_kind={HOSTILE: 1},
        run=RunFacts(
            command="import",
            run_id=HOSTILE,
            started_at=HOSTILE,
            input_name=HOSTILE,
            tenant=HOSTILE,
            list_id=HOSTILE,
            campaign_id=HOSTILE,
            segment_id=HOSTILE,
            match=HOSTILE,
        ),
    )
    page = render_page(hostile)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 11


def test_details_of_rows_are_not_on_the_page(write_run: Any) -> None:
    result = write_run(
        [
            RowOutcome(
                1,
                2,
                Outcome.INVALID,
                Reason.EMAIL_NOT_VALID,
                "email: a detail",
                raw=b"+1 212 555 0123,ada@example.com",
            )
        ]
    )
    page = render_page(result)
    assert "555" not in page
    assert "ada" not in page
    assert "a detail" not in page


def test_quota_figures_are_shown_when_there_are_any(result: Reconciliation) -> None:
    quota = QuotaFigures(chunks=98, polls_per_chunk=1.0102, early_polls=1, efficiency=0.974)
    page = render_page(msgspec.structs.replace(result, quota=quota))
    assert "97.4 % of what the quota allows" in page
    assert "1.01" in page
    assert "what the quota allows" not in render_page(result)
    found = QuotaFigures(chunks=98, found_per_minute=571.4)
    run = msgspec.structs.replace(result.run, quota_per_minute="auto")
    page = render_page(msgspec.structs.replace(result, run=run, quota=found))
    assert "not given: found out while importing" in page
    assert "571 requests a minute" in page
    nothing_sent = msgspec.structs.replace(result, quota=QuotaFigures(chunks=0))
    assert "Polls a chunk" not in render_page(nothing_sent)


def test_the_facts_of_the_run_are_shown_as_far_as_they_are_known(result: Reconciliation) -> None:
    known = RunFacts(command="import", match="corroborated", threshold=85.0, quota_per_minute=50)
    page = render_page(msgspec.structs.replace(result, run=known))
    assert "corroborated, from a similarity of 85" in page
    assert "50 requests a minute" in page
    assert "<dt>Campaign</dt>" not in page
    exact = RunFacts(command="import", match="exact", campaign_id="C-7")
    page = render_page(msgspec.structs.replace(result, run=exact, forecast=Forecast(requests=9)))
    assert "<dd>exact</dd>" in page
    assert "<dd>C-7</dd>" in page
    assert "At that quota" not in page


def test_the_page_says_of_how_many_starts_its_figures_are(result: Reconciliation) -> None:
    resumed = msgspec.structs.replace(result, starts=StartsTaken(count=3))
    assert "<dt>Figures of</dt><dd>3 starts</dd>" in render_page(resumed)
    assert "Figures of" not in render_page(result)


def test_many_reasons_are_cut_and_it_is_said(result: Reconciliation) -> None:
    reasons = tuple(ReasonCount(Outcome.FAILED, f"code_{number}", 1) for number in range(40))
    page = render_page(msgspec.structs.replace(result, reasons=reasons))
    assert "And 25 more, in reconciliation.json." in page


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 3, "33.3 %"),
        (1, 10**7, "< 0.1 %"),
        (10**7 - 1, 10**7, "> 99.9 %"),
        (5, 0, "100 %"),
        (6, 5, "120.0 %"),
    ],
)
def test_a_share_never_rounds_to_nothing_or_to_all(part: int, whole: int, shown: str) -> None:
    assert share(part, whole) == shown


LIMIT_BYTES = 150_000
LONG = "Spalte <&\"'> " * 40


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_one_whole_page_without_script(state: str) -> None:
    page = render_page(STATES[state]())
    assert len(page.encode()) < LIMIT_BYTES
    tags = {tag for tag, _ in elements(page)}
    assert not tags & {"script", "iframe", "img", "object", "embed", "form"}


def test_the_page_stays_small_for_any_list() -> None:
    most = 10**9
    columns = [InputColumn(f"{LONG}{at}", ColumnUse.CUSTOM_FIELD, LONG) for at in range(1_000)]
    columns += [InputColumn(f"{LONG}{at}", ColumnUse.IGNORED) for at in range(1_000)]
    reasons = {(Outcome.INVALID, f"{LONG}{at}"): most for at in range(1_000)}
    counts = tuple(most - at for at in range(80))
    result = result_of(
        dict.fromkeys(Outcome, 80 * most),
        reasons,
        contradictions=(LONG,) * 1_000,
        duplicates_by_rule={f"{LONG}{at}": most for at in range(1_000)},
        repairs={f"{LONG}{at}": most for at in range(1_000)},
        requests_by_kind={f"{LONG}{at}": most for at in range(1_000)},
        match_statistics={f"{LONG}{at}": most for at in range(1_000)},
        columns=tuple(columns),
        along_file=AlongFile(most, dict.fromkeys(Outcome, counts)),
        by_country=tuple(OfCountry(f"{at}", dict.fromkeys(Outcome, most)) for at in range(300)),
        timeline=Timeline(
            seconds_each=3600,
            requests=counts,
            throttled=counts,
            imported=counts,
            paused_s=(3600.0,) * 80,
        ),
        run=run_facts(
            input_name=LONG * 9,
            list_id=LONG * 9,
            campaign_id=LONG * 9,
            segment_id=LONG * 9,
            match=LONG * 9,
            run_id=LONG * 9,
            suppression=tuple(SuppressionSource(name=LONG, phones=1, emails=1) for _ in range(999)),
        ),
    )
    page = render_page(result)
    elements(page)
    assert len(page.encode()) < LIMIT_BYTES


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("green", ("good", "All is well")),
        ("amber", ("act", "Somebody has to act")),
        ("red", ("bad", "The sums disagree")),
        ("empty", ("bad", "Nothing went in")),
        ("refused", ("bad", "Nothing can go in")),
        ("interrupted", ("act", "Somebody has to act")),
        ("planned", ("good", "All is well")),
    ],
)
def test_the_colour_is_said_in_words_too(state: str, said: tuple[str, str]) -> None:
    page = render_page(STATES[state]())
    assert f'<main class="{said[0]}">' in page
    assert f'<p class="band">{said[1]}</p>' in page


def test_the_header_names_where_to_and_the_title_the_file() -> None:
    page = render_page(STATES["amber"]())
    assert "<title>autumn-leads.csv: IMPORTED 9,980 of 12,000" in page
    for name, value in (
        ("Contact list", "90412"),
        ("Campaign", "C-7701"),
        ("Segment", "S-31"),
        ("Tenant", "https://api-acme.example.com"),
        ("Date", "28 November 2026, 11:32 UTC"),
    ):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page
    assert f"Written by cxone-async {__version__}." in page


def text_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(r"(?<=>)\n|\n\s*", " ", body)))


def test_the_main_cause_stands_before_all_else_and_says_its_flag() -> None:
    page = render_page(STATES["amber"]())
    assert page.index('id="cause"') < page.index('id="next"')
    assert "One cause explains 1,400 of the 1,660 rows that need attention" in text_of(page)
    assert '<code class="flag">--map phone=COLUMN</code>' in page
    assert 'id="cause"' not in render_page(STATES["green"]())


def test_each_reason_says_how_to_mend_it_and_names_rows() -> None:
    text = text_of(render_page(STATES["amber"]()))
    assert "To mend it: correct the number; where most are refused" in text
    assert "rows 7, 38, 69, 100, 131 and 1,395 more" in text
    assert "Nothing to mend: the person has asked not to be called." in text
    one = result_of(
        {Outcome.IMPORTED: 1, Outcome.INVALID: 3},
        {(Outcome.INVALID, Reason.PHONE_MISSING): 1, (Outcome.INVALID, Reason.EMAIL_NOT_VALID): 2},
    )
    text = text_of(render_page(one))
    assert "row 7" in text
    assert "rows 7 and 38" in text
    assert " more" not in text[text.index("row 7") - 80 : text.index("row 7") + 80]


def test_flags_are_kept_whole_and_what_surrounds_them_escaped() -> None:
    page = render_page(STATES["amber"]())
    assert '<span class="whole">--default-country</span>' in page
    guard = TrippedGuard(message=f"stopped by --max-invalid-rate {HOSTILE}")
    page = render_page(msgspec.structs.replace(STATES["refused"](), guard=guard))
    assert '<span class="whole">--max-invalid-rate</span> &lt;script&gt;' in page


def test_duplicates_are_told_by_rule_in_sentences() -> None:
    text = text_of(render_page(STATES["amber"]()))
    assert "The phone is the same, and the first name is a second witness. phone+name" in text
    assert "CXone had the contact on the list already. tenant" in text


def test_a_damaged_stretch_is_told_with_its_rows() -> None:
    text = text_of(render_page(STATES["amber"]()))
    assert "Rows 4,501 to 5,700 hold 1,064 of the 1,660 rows that need attention." in text
    assert "No part of the file stands out." in text_of(render_page(STATES["green"]()))


def test_pictures_can_be_read_as_tables() -> None:
    amber = STATES["amber"]()
    page = render_page(amber)
    along, timeline = amber.along_file, amber.timeline
    assert along is not None
    assert timeline is not None
    assert page.count("The same as a table") == 2
    assert '<tr><th scope="row">4,501 to 4,650</th><td class="number">132</td>' in page
    assert (
        '<tr><th scope="row">44 s</th><td class="number">0</td><td class="number">0</td>'
        '<td class="number">0</td><td class="number">2.0</td></tr>'
    ) in page
    assert 'aria-label="12,000 rows were read, 10,120 of them were sent: 9,940 imported' in page


def test_over_time_pauses_throttling_and_resumption_are_said() -> None:
    text = text_of(render_page(STATES["amber"]()))
    assert "CXone answered 4 of them with “too many requests” (429)." in text
    assert "All requests were held for 16 s in all." in text
    assert "Each bar is 2 seconds." in text
    text = text_of(render_page(STATES["interrupted"]()))
    assert "The run was stopped before; this is its last start only." in text
    assert "Requests were never held." in text
    second = Timeline(seconds_each=1, requests=(1,), throttled=(0,), imported=(0,), paused_s=(0.0,))
    quick = msgspec.structs.replace(STATES["green"](), timeline=second)
    assert "Each bar is a second." in text_of(render_page(quick))
    unsent = msgspec.structs.replace(second, requests=(0,))
    page = render_page(msgspec.structs.replace(quick, timeline=unsent))
    assert "How the run went over time" not in page


def test_a_list_without_rows_says_what_to_look_at() -> None:
    assert "See how the file was made" in render_page(STATES["empty"]())
    assert "Nothing is left to do." in render_page(STATES["green"]())
