"""When a run is stopped because it goes wrong."""

from collections import Counter

import pytest

from cxone_async.errors import CommonReason, GuardTrippedError
from cxone_async.load.guards import (
    MINIMUM_ROWS,
    MOST_ROWS_HELD,
    REFUSALS_IN_A_ROW,
    Guards,
    InputCheck,
    ReasonCounts,
    RefusalStreak,
)
from cxone_async.outcome import Outcome, Reason, RowOutcome


@pytest.mark.parametrize(
    ("off", "on", "outcome"),
    [
        (Guards(max_failure_rate=0.0), Guards(max_duplicate_rate=0.0), Outcome.DUPLICATE),
        (Guards(max_duplicate_rate=0.0), Guards(max_failure_rate=0.0), Outcome.FAILED),
    ],
)
def test_a_guard_stops_a_run_only_when_it_is_on(off, on, outcome):
    counts = Counter({outcome: 10**6})
    off.check(counts, 10**6)
    off.check_answers(counts)
    with pytest.raises(GuardTrippedError):
        on.check(counts, 10**6)
        on.check_answers(counts)


def test_duplicates_are_taken_of_the_rows_read():
    guards = Guards(max_duplicate_rate=0.3)
    guards.check(Counter({Outcome.DUPLICATE: 300}), 1000)
    with pytest.raises(GuardTrippedError, match=r"--max-duplicate-rate: 301 of 1,000 .* 30\.1%"):
        guards.check(Counter({Outcome.DUPLICATE: 301}), 1000)


def test_failures_are_taken_of_the_rows_the_tenant_has_answered():
    guards = Guards(max_failure_rate=0.1)
    few_answers = Counter({Outcome.IMPORTED: 890, Outcome.FAILED: 50, Outcome.UNRESOLVED: 60})
    with pytest.raises(GuardTrippedError, match=r"--max-failure-rate: 110 of 1,000"):
        guards.check_answers(few_answers)
    guards.check_answers(Counter({Outcome.IMPORTED: 900, Outcome.FAILED: 100}))


def test_no_guard_judges_before_it_has_seen_enough_rows():
    guards = Guards(max_duplicate_rate=0.0, max_failure_rate=0.0)
    guards.check(Counter({Outcome.DUPLICATE: MINIMUM_ROWS - 1}), MINIMUM_ROWS - 1)
    guards.check_answers(Counter({Outcome.FAILED: MINIMUM_ROWS - 1}))
    with pytest.raises(GuardTrippedError):
        guards.check_answers(Counter({Outcome.FAILED: MINIMUM_ROWS}))


def ended(outcome, reason="", rows=range(1, 2), rule=""):
    return [RowOutcome(row, row + 1, outcome, reason, rule=rule) for row in rows]


def test_too_many_invalid_rows_stop_it_from_the_thousandth_row_on():
    guards = Guards(max_invalid_rate=0.5)
    guards.check(Counter({Outcome.INVALID: 999}), 999)
    guards.check(Counter({Outcome.INVALID: 500}), 1000)
    with pytest.raises(GuardTrippedError, match=r"--max-invalid-rate: 501 of 1,000 .* 50\.1%"):
        guards.check(Counter({Outcome.INVALID: 501}), 1000)


@pytest.mark.parametrize(
    ("guards", "counts", "rows", "said"),
    [
        (Guards(max_invalid_rate=0.5), {Outcome.INVALID: 2}, 3, "--max-invalid-rate: 2 of 3"),
        (Guards(max_duplicate_rate=0.5), {Outcome.DUPLICATE: 2}, 3, "--max-duplicate-rate: 2 of"),
        (Guards(min_rows=1), {}, 0, "--min-rows: the input has 0 rows, fewer than 1"),
        (Guards(min_rows=5000), {}, 1, "--min-rows: the input has 1 row, fewer than 5,000"),
    ],
)
def test_a_whole_input_is_judged_whatever_its_size(guards, counts, rows, said):
    with pytest.raises(GuardTrippedError, match=said):
        guards.check_whole(Counter(counts), rows)


@pytest.mark.parametrize(
    ("guards", "counts", "rows"),
    [
        (Guards(), {Outcome.INVALID: 3, Outcome.DUPLICATE: 3}, 6),
        (Guards(max_invalid_rate=1.0, min_rows=0), {Outcome.INVALID: 3}, 3),
        (Guards(max_invalid_rate=0.5, min_rows=4), {Outcome.INVALID: 2}, 4),
        (Guards(max_invalid_rate=0.0), {}, 0),
    ],
)
def test_a_whole_input_within_its_limits_passes(guards, counts, rows):
    guards.check_whole(Counter(counts), rows)


@pytest.mark.parametrize(
    ("guards", "rows"),
    [
        (Guards(), 0),
        (Guards(max_failure_rate=0.1), 0),
        (Guards(max_invalid_rate=1.0, max_duplicate_rate=1.0), 0),
        (Guards(max_invalid_rate=0.5), MINIMUM_ROWS),
        (Guards(max_duplicate_rate=0.5), MINIMUM_ROWS),
        (Guards(min_rows=1), MINIMUM_ROWS),
        (Guards(min_rows=5000), 5000),
        (Guards(min_rows=10**6), MOST_ROWS_HELD),
    ],
)
def test_nothing_may_go_out_before_the_guards_have_seen_enough(guards, rows):
    assert guards.rows_before_sending == rows
    check = InputCheck(guards)
    if rows:
        check.add([], rows - 1)
        assert not check.allows_sending
    check.add([], rows)
    assert check.allows_sending


def test_a_short_input_may_go_out_once_its_end_was_judged():
    check = InputCheck(Guards(min_rows=1))
    check.add([], 3)
    assert not check.allows_sending
    check.end()
    assert check.allows_sending


@pytest.mark.parametrize(
    ("rows_sent", "read_before", "said"),
    [(0, 0, "nothing was sent"), (7, 0, "what was sent stays"), (0, 1000, "what was sent stays")],
)
def test_it_says_whether_anything_has_gone_out(rows_sent, read_before, said):
    check = InputCheck(Guards(max_invalid_rate=0.5), rows_sent)
    check.add([], read_before)
    with pytest.raises(GuardTrippedError, match=said):
        check.add(ended(Outcome.INVALID, "phone_missing", range(1001, 3001)), 3000)


@pytest.mark.parametrize("block", [1, 7, 999, 1000, 1001, 5000])
@pytest.mark.parametrize(
    ("bad", "stops_at"),
    [
        (range(1, 502), 1000),  # half and one of the first thousand, and none after
        (range(1, 501), None),  # half of them is within the limit
        (range(500, 1001), 1000),
        (range(501, 1001), None),
        (range(501, 1002), 1001),
        ([*range(1, 500), 1001, 1002, 1003], 1003),  # 502 of 1,003
        (range(1000, 3000), 1999),  # 1,000 of 1,999
        (range(4000, 5001), None),
    ],
)
def test_it_does_not_depend_on_how_many_rows_come_together_what_is_stopped(block, bad, stops_at):
    check = InputCheck(Guards(max_invalid_rate=0.5))
    stopped = ""
    try:
        for start in range(1, 5001, block):
            end = min(start + block, 5001)
            rows = [row for row in bad if start <= row < end]
            check.add(ended(Outcome.INVALID, "phone_missing", reversed(rows)), end - 1)
    except GuardTrippedError as error:
        stopped = str(error)
    assert bool(stopped) is (stops_at is not None)
    assert stops_at is None or f" of {stops_at:,} rows" in stopped


def test_the_three_commonest_reasons_are_told_with_their_first_two_rows():
    reasons = ReasonCounts()
    for number, reason in enumerate(("a", "b", "c", "d"), start=1):
        reasons.add(ended(Outcome.INVALID, reason, range(10 * number, 10 * number + number)))
    reasons.add(ended(Outcome.DUPLICATE, rule="same_phone", rows=range(100, 109)))
    assert reasons.commonest((Outcome.INVALID,), 50) == (
        CommonReason("invalid", "d", 4, 50, (40, 41)),
        CommonReason("invalid", "c", 3, 50, (30, 31)),
        CommonReason("invalid", "b", 2, 50, (20, 21)),
    )
    assert reasons.commonest((Outcome.DUPLICATE,), 50) == (
        CommonReason("duplicate", "same_phone", 9, 50, (100, 101)),
    )


def test_the_reasons_of_the_rows_that_tripped_it_come_with_the_error():
    check = InputCheck(Guards(max_invalid_rate=0.5))
    check.add(ended(Outcome.INVALID, "country_unknown", range(1, 4)), 4)
    with pytest.raises(GuardTrippedError) as stopped:
        check.end()
    assert stopped.value.reasons == (CommonReason("invalid", "country_unknown", 3, 4, (1, 2)),)


def refused(count, reason=Reason.TENANT_INVALID_PHONE, start=1):
    return ended(Outcome.FAILED, reason, range(start, start + count))


def test_refusals_for_one_reason_in_a_row_stop_the_run_and_name_it():
    streak = RefusalStreak()
    streak.add(refused(REFUSALS_IN_A_ROW - 1))
    with pytest.raises(GuardTrippedError, match=r"500 contacts in a row.*tenant_invalid_phone"):
        streak.add(refused(1))


@pytest.mark.parametrize(
    "between",
    [
        ended(Outcome.IMPORTED),
        ended(Outcome.DUPLICATE, rule="tenant"),
        ended(Outcome.UNRESOLVED, Reason.NO_RESULT),
        ended(Outcome.FAILED, Reason.RETRIES_EXHAUSTED),
        refused(1, Reason.TENANT_INVALID_EMAIL),
    ],
    ids=lambda one: str(one[0].outcome),
)
def test_any_other_answer_between_them_starts_the_count_again(between):
    streak = RefusalStreak()
    streak.add(refused(REFUSALS_IN_A_ROW - 1))
    streak.add(between)
    streak.add(refused(REFUSALS_IN_A_ROW - 1))


@pytest.mark.parametrize(
    "answers",
    [
        ended(Outcome.DUPLICATE, rule="tenant", rows=range(1, 2001)),
        ended(Outcome.FAILED, Reason.RETRIES_EXHAUSTED, range(1, 2001)),
        ended(Outcome.IMPORTED, rows=range(1, 2001)),
    ],
    ids=["on the list already", "retried in vain", "imported"],
)
def test_answers_that_are_no_final_refusal_never_stop_it(answers):
    RefusalStreak().add(answers)
