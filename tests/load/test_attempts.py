"""What follows a request that did not succeed."""

import inspect
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async import errors
from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RequestError,
    RetryRule,
    RunError,
)
from cxone_async.load.attempts import (
    CALLS_PER_BATCH,
    LONGEST_ASKED_S,
    LONGEST_BACKOFF_S,
    QUESTION,
    SEGMENT_CALL,
    SENDS_PER_AMBIGUOUS_CHUNK,
    SUBMISSION,
    NextStep,
    SubmitSemantics,
    backoff_s,
    next_step,
)

ONCE, IDEMPOTENT = (
    SUBMISSION[SubmitSemantics.AT_MOST_ONCE],
    SUBMISSION[SubmitSemantics.IDEMPOTENT],
)
REQUESTS = (QUESTION, SEGMENT_CALL, ONCE, IDEMPOTENT)
ANYTIME = range(10)

REFUSED = ContentRefusedError("no", status=400)
AMBIGUOUS = AmbiguousError("what?")


def leaves(of):
    below = of.__subclasses__()
    return {leaf for each in below for leaf in leaves(each)} if below else {of}


LEAVES = sorted(leaves(RequestError) | leaves(RunError), key=lambda leaf: leaf.__name__)


def made(leaf):
    return leaf("planned", status=400) if leaf is ContentRefusedError else leaf("planned")


DECISION_OF = {
    NotSentError: {NextStep.SEND_AFTER_WAIT},
    RateLimitedError: {NextStep.SEND_WHEN_ALLOWED},
    AmbiguousError: {NextStep.REPEAT_AFTER_WAIT, NextStep.LEAVE_UNRESOLVED},
    NotFoundError: {NextStep.GIVE_UP},
    ContentRefusedError: {NextStep.SPLIT, NextStep.REPEAT_AFTER_WAIT, NextStep.LEAVE_UNRESOLVED},
    **{leaf: {NextStep.STOP_RUN} for leaf in leaves(RunError)},
}
"""Each leaf, and what may follow it. A new leaf has to be entered here."""


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_of_the_exception_tree_has_a_decision(leaf):
    steps = {
        next_step(made(leaf), request, before)
        for request, before in itertools.product(REQUESTS, ANYTIME)
    }
    assert steps == DECISION_OF[leaf]


def test_the_leaves_are_all_there_are_and_use_every_rule():
    named = {
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, RequestError | RunError) and each not in (RequestError, RunError)
    }
    assert set(LEAVES) == named
    assert {leaf.retry for leaf in LEAVES} == set(RetryRule)


def test_a_submission_in_doubt_is_not_repeated_under_at_most_once():
    assert next_step(AMBIGUOUS, ONCE) is NextStep.LEAVE_UNRESOLVED


def test_a_submission_in_doubt_is_repeated_for_so_long_under_idempotent():
    steps = [next_step(AMBIGUOUS, IDEMPOTENT, before) for before in ANYTIME]
    assert steps.index(NextStep.LEAVE_UNRESOLVED) == SENDS_PER_AMBIGUOUS_CHUNK - 1
    assert set(steps[: SENDS_PER_AMBIGUOUS_CHUNK - 1]) == {NextStep.REPEAT_AFTER_WAIT}


@pytest.mark.parametrize("request_", [ONCE, IDEMPOTENT])
def test_a_refusal_is_believed_only_when_no_earlier_send_is_in_doubt(request_):
    assert next_step(REFUSED, request_) is NextStep.SPLIT
    assert next_step(REFUSED, request_, 1) is not NextStep.SPLIT


def test_what_harms_nobody_twice_is_split_whatever_happened_before():
    assert {next_step(REFUSED, SEGMENT_CALL, before) for before in ANYTIME} == {NextStep.SPLIT}


def test_a_question_is_asked_without_end_and_a_segment_call_is_not():
    assert {next_step(AMBIGUOUS, QUESTION, 10**before) for before in ANYTIME} == {
        NextStep.REPEAT_AFTER_WAIT
    }
    assert next_step(AMBIGUOUS, SEGMENT_CALL, CALLS_PER_BATCH - 2) is NextStep.REPEAT_AFTER_WAIT
    assert next_step(AMBIGUOUS, SEGMENT_CALL, CALLS_PER_BATCH - 1) is NextStep.LEAVE_UNRESOLVED


def test_a_run_stops_whatever_request_it_was():
    refused = AccessRefusedError("no")
    assert {next_step(refused, request) for request in REQUESTS} == {NextStep.STOP_RUN}


@given(
    failures=st.integers(1, 10**6),
    asked_s=st.none() | st.floats(0, 10**6),
    seed=st.integers(0, 999),
)
def test_a_wait_is_short_unless_the_tenant_asked_for_more(failures, asked_s, seed):
    wait_s = backoff_s(failures, random.Random(seed), asked_s)
    least_s = max(0.1, min(asked_s or 0.0, LONGEST_ASKED_S))
    assert least_s <= wait_s <= max(LONGEST_BACKOFF_S, least_s)


def test_waits_grow_with_the_failures_and_differ_between_workers():
    def longest_s(failures):
        return max(backoff_s(failures, random.Random(seed)) for seed in range(200))

    assert longest_s(1) < longest_s(2) < longest_s(3) <= LONGEST_BACKOFF_S
    assert len({backoff_s(1, random.Random(seed)) for seed in range(20)}) == 20
