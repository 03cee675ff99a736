from itertools import chain
from typing import Any

import msgspec
import pytest

from cxone_async.matching.name_order import NameOrder, NameOrderFinding
from cxone_async.outcome import Outcome, Reason, Repair, RowOutcome
from cxone_async.report.reconciliation import RunFacts, StartsTaken, TrippedGuard
from cxone_async.report.wording import (
    OUTCOME_MEANING,
    REASON_MEANING,
    REPAIR_MEANING,
    day_in_words,
    duration,
    headline,
    match_rule_in_words,
    name_order_in_words,
    next_steps,
    rules_in_words,
    segment_problem,
    starts_in_words,
    tone,
    way_out,
)


def test_every_outcome_reason_and_repair_has_its_sentence() -> None:
    assert set(OUTCOME_MEANING) == set(Outcome)
    assert set(REASON_MEANING) == set(Reason)
    assert set(REPAIR_MEANING) == set(Repair)
    meanings = (OUTCOME_MEANING, REASON_MEANING, REPAIR_MEANING)
    for sentence in chain.from_iterable(each.values() for each in meanings):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (261.3, "4 min 21 s"),
        (3599.7, "1 h 0 min"),
        (47_123, "13 h 5 min"),
    ],
)
def test_a_duration_is_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.fixture
def ended(write_run: Any) -> Any:
    """`ended(imported=3, invalid=1)`: the result of a run with so many rows of each outcome."""

    def run(command: str = "import", segmented: int | None = None, **rows: int) -> Any:
        outcomes = [Outcome(name) for name, count in rows.items() for _ in range(count)]
        ends = [
            RowOutcome(row, row + 1, outcome, raw=b"x", attempts=1)
            for row, outcome in enumerate(outcomes, start=1)
        ]
        in_segment = None if segmented is None else lambda row: row <= segmented
        return write_run(ends, command=command, segmented=in_segment)

    return run


@pytest.mark.parametrize(
    ("run", "said", "shown"),
    [
        ({"imported": 7}, "IMPORTED 7 of 7", "good"),
        ({"imported": 7, "invalid": 2}, "IMPORTED 7 of 9", "act"),
        ({"imported": 7, "failed": 2}, "IMPORTED 7 of 9, 2 FAILED", "act"),
        ({"imported": 7, "unresolved": 2}, "IMPORTED 7 of 9, 2 UNRESOLVED", "act"),
        ({"imported": 7, "segmented": 5}, "IMPORTED 7 of 7, 2 NOT IN THE SEGMENT", "act"),
        ({"invalid": 7}, "NOTHING IMPORTED", "bad"),
        ({"duplicate": 7}, "NOTHING IMPORTED", "bad"),
        ({"failed": 7}, "NOTHING IMPORTED, 7 FAILED", "bad"),
        ({}, "NOTHING IMPORTED: the file held no rows", "bad"),
        ({"command": "plan", "ready": 7, "invalid": 1}, "READY 7 of 8", "act"),
        ({"command": "plan", "invalid": 1}, "NOTHING READY", "bad"),
        ({"command": "plan"}, "NOTHING READY: the file held no rows", "bad"),
    ],
)
def test_the_first_words_and_the_colour_say_what_happened(
    ended: Any, run: Any, said: str, shown: str
) -> None:
    result = ended(**run)
    assert (headline(result), tone(result)) == (said, shown)


def test_sums_that_disagree_are_bad_whatever_went_in(ended: Any) -> None:
    result = msgspec.structs.replace(ended(imported=7), data_integrity_check="FAIL")
    assert tone(result) == "bad"


def test_a_plan_that_a_guard_would_stop_asks_for_somebody_to_act(ended: Any) -> None:
    guard = TrippedGuard(message="stopped by --max-invalid-rate")
    result = msgspec.structs.replace(ended(command="plan", ready=7), guard=guard)
    assert tone(result) == "act"
    assert [step.text for step in next_steps(result)] == [
        "An import would be stopped by --max-invalid-rate."
    ]


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        ("invalid", "country_unknown", "--map country=COLUMN"),
        ("invalid", "first_name_missing", "--map first_name=COLUMN"),
        ("invalid", "phone_not_possible", "--map phone=COLUMN"),
        ("invalid", "undecodable", "--encoding"),
        ("invalid", "field_too_large", "correct the rows"),
        ("duplicate", "exact-phone", "--match"),
        ("failed", "tenant_invalid_phone", "administrator"),
    ],
)
def test_every_kind_of_bad_row_has_its_way_out(outcome: str, reason: str, said: str) -> None:
    assert said in way_out(outcome, reason)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("segment_not_found", "CXone knows no such segment"),
        ("no_usable_answer", "CXone gave no usable answer"),
        ("status_400", "CXone refuses them (status 400)"),
        ("", ""),
    ],
)
def test_why_rows_are_not_in_the_segment_is_said(ended: Any, code: str, said: str) -> None:
    result = msgspec.structs.replace(ended(imported=3, segmented=1), segment_problem=code)
    assert segment_problem(result) == said
    (step,) = next_steps(result)
    assert said in step.text
    complete = msgspec.structs.replace(ended(imported=3, segmented=3), segment_problem=code)
    assert segment_problem(complete) == ""


@pytest.mark.parametrize(
    "repairs",
    [
        {Repair.DNC_FLAG_NOT_HONOURED: 1},
        {Repair.COUNTRY_NA_IS_NAMIBIA: 2, Repair.EMPTY_WORD: 1},
    ],
)
def test_what_somebody_has_to_check_is_not_shown_as_well(ended: Any, repairs: Any) -> None:
    result = msgspec.structs.replace(ended(imported=7), repairs=repairs)
    assert tone(result) == "act"
    (step,) = next_steps(result)
    assert step.text.startswith("Check ")
    harmless = msgspec.structs.replace(result, repairs={Repair.COUNTRY_NA_IS_NAMIBIA: 2})
    assert tone(harmless) == "good"
    assert next_steps(harmless) == []


@pytest.mark.parametrize(
    ("command", "campaign_id", "said"),
    [
        ("import", "campaign-1", "the campaign does not honour the mark"),
        ("plan", "campaign-1", "the campaign does not honour the mark"),
        ("plan", "", "no campaign was asked, and the mark is assumed not to count"),
    ],
)
def test_whose_rules_leave_do_not_call_marks_out_is_said(
    ended: Any, command: Any, campaign_id: str, said: str
) -> None:
    result = msgspec.structs.replace(ended(), repairs={Repair.DNC_FLAG_NOT_HONOURED: 2})
    run = msgspec.structs.replace(result.run, command=command, campaign_id=campaign_id)
    (step,) = [
        one
        for one in next_steps(msgspec.structs.replace(result, run=run))
        if "do-not-call" in one.text
    ]
    assert f"Check 2 rows marked do-not-call: {said}. With --dnc always" in step.text


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-28T11:32:07Z", "28 November 2026, 11:32 UTC"),
        ("2026-01-02T03:04:05.678901+00:00", "2 January 2026, 03:04 UTC"),
        ("2026-12-31T23:59+05:30", "31 December 2026, 23:59 (+05:30)"),
        ("2026-13-01T00:00Z", "2026-13-01T00:00Z"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_a_moment_is_said_as_people_do(moment: str, said: str) -> None:
    assert day_in_words(moment) == said


@pytest.mark.parametrize(
    ("match", "rule", "said"),
    [
        ("corroborated", "tenant", "CXone had the contact on the list already"),
        ("corroborated", "phone+name", "the phone is the same, and the first name"),
        ("of-another-version", "phone+name", ""),
    ],
)
def test_rules_are_said_as_far_as_they_are_known(match: str, rule: str, said: str) -> None:
    found = match_rule_in_words(match, rule)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_the_rules_of_a_campaign_are_said() -> None:
    known = {"campaign allowed_countries": "US,CA", "campaign required_fields": "phone"}
    run = RunFacts(command="plan", settings={**known, "campaign dnc_enabled": "True"})
    assert rules_in_words(run) == "CA, US; do-not-call flags count; phone required"
    assert rules_in_words(RunFacts(command="plan")) == (
        "any country; do-not-call flags do not count; no field required"
    )


def test_the_order_of_names_is_said_with_what_speaks_for_it_and_against() -> None:
    finding = NameOrderFinding(
        columns=NameOrder.FAMILY_FIRST,
        one_field=NameOrder.UNKNOWN,
        rows=1900,
        one_field_rows=40,
        households_given_first=2,
        households_family_first=1104,
        known_given_first=49,
        known_family_first=1178,
    )
    assert list(name_order_in_words(finding)) == [
        "names: the columns are exchanged, first_name holds the family names",
        "  1,104 households for it, 2 against; 1,178 known names for it, 49 against",
        "whole names in one cell: not clear which name comes first",
        "  nothing in the list shows it",
    ]


def test_of_names_that_are_not_there_nothing_is_said() -> None:
    finding = NameOrderFinding(columns=NameOrder.GIVEN_FIRST, one_field=NameOrder.UNKNOWN)
    assert list(name_order_in_words(finding)) == []


def test_every_order_has_its_words() -> None:
    said = {
        sentence
        for order in NameOrder
        for sentence in name_order_in_words(
            NameOrderFinding(columns=order, one_field=order, rows=1, one_field_rows=1)
        )
    }
    assert len(said) == 2 * len(NameOrder) + 1


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        (None, ""),
        (StartsTaken(count=1), ""),
        (StartsTaken(count=2), "2 starts"),
        (
            StartsTaken(count=3, cut_short=1),
            "3 starts, 1 of them killed: what it used last is not counted",
        ),
        (
            StartsTaken(count=1_200, cut_short=2),
            "1,200 starts, 2 of them killed: what they used last is not counted",
        ),
        (
            StartsTaken(count=2, are_added_up=False),
            "this start only: the run was begun by a version that did not note what a start used",
        ),
    ],
)
def test_of_how_many_starts_the_figures_are_is_said(
    write_run: Any, starts: StartsTaken | None, said: str
) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1)])
    assert starts_in_words(msgspec.structs.replace(result, starts=starts)) == said
