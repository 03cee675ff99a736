"""What a run says of itself to Prometheus: the right numbers, by the rules of its formats."""

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from cxone_async.errors import TenantUnreachableError
from cxone_async.load.events import ImportFinished, JournalCommitted
from cxone_async.monitoring.metric_families import FAMILIES, LABELS
from cxone_async.outcome import Outcome
from cxone_async.runs.observers import RunEnded, SendingNow
from cxone_async.tenant.events import Paused, RequestMade, Throttled

NAMED_BY_THE_ISSUE = {
    "cxone_rows": {"outcome"},
    "cxone_requests": {"kind", "status"},
    "cxone_import_duration_seconds": set(),
    "cxone_quota_per_minute": set(),
    "cxone_quota_used_ratio": set(),
    "cxone_pause_seconds": set(),
    "cxone_circuit_open": {"kind"},
    "cxone_chunks_in_flight": set(),
    "cxone_queue_chunks": set(),
    "cxone_journal_commit_seconds": set(),
    "cxone_resident_memory_bytes": {"process"},
    "cxone_last_progress_timestamp_seconds": set(),
}


def families(metrics):
    return {one.name: one for one in text_string_to_metric_families(metrics.openmetrics().decode())}


def values(metrics, name):
    """The samples of one name, by the values of their labels."""
    found = families(metrics).values()
    return {
        tuple(sample.labels.values()): sample.value
        for family in found
        for sample in family.samples
        if sample.name == name
    }


def test_openmetrics_is_what_its_own_parser_reads_with_help_for_each_metric(tell, metrics, started):
    tell(started)
    found = families(metrics)
    assert NAMED_BY_THE_ISSUE.keys() <= found.keys()
    for name, family in found.items():
        assert family.documentation.endswith("."), name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels == NAMED_BY_THE_ISSUE.get(name, labels)
    assert not [name for name in found if name.endswith("_created")]


def test_the_plain_format_tells_the_same(tell, metrics, started):
    tell(started)
    plain = {one.name for one in plain_families(metrics.text().decode())}
    assert plain == families(metrics).keys()


def test_a_run_exposes_the_metrics_that_are_documented_and_no_others(
    tell, metrics, progress, started, sending
):
    """`tools/metrics.py` makes the page of the same families."""
    tell(msgspec.structs.replace(started, time_left_s=lambda: 42.0))
    sending["now"] = SendingNow(quota_per_minute=40, open_circuits=frozenset(), chunks_queued=0)
    for status in (202, 302, 429, 503, 0):
        tell(RequestMade("submit", status, 0.1))
    counters = progress.started.counters
    counters.reasons = {(Outcome.INVALID, "phone_missing"): 2}
    before = families(metrics)
    tell(RunEnded(None, TenantUnreachableError("gone")))
    after = families(metrics)
    exposed = {}
    for found in (before, after):
        for name, family in found.items():
            full = f"{name}_total" if family.type == "counter" else name
            exposed[full] = (family.type, family.documentation)
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            assert labels == set(FAMILIES[full].labels), full
            for sample in family.samples:
                for label in sample.labels.keys() & LABELS.keys():
                    assert sample.labels[label] in LABELS[label]
            bounds = {sample.labels["le"] for sample in family.samples if "le" in sample.labels}
            assert {float(bound) for bound in bounds} - {float("inf")} == set(
                FAMILIES[full].bucket_bounds
            )
    assert exposed == {name: (family.kind, family.meaning) for name, family in FAMILIES.items()}


def test_rows_are_counted_by_outcome_and_by_reason(tell, metrics, started, counters):
    tell(started)
    counters.rows_read = 9
    counters.show({Outcome.IMPORTED: 4, Outcome.INVALID: 2, Outcome.SUPPRESSED: 1})
    counters.reasons = {(Outcome.INVALID, "phone_missing"): 2, (Outcome.SUPPRESSED, "dnc"): 1}
    assert values(metrics, "cxone_rows_total") == {
        ("imported",): 4, ("invalid",): 2, ("suppressed",): 1,
        ("duplicate",): 0, ("failed",): 0, ("unresolved",): 0, ("ready",): 0,
    }  # fmt: skip
    assert values(metrics, "cxone_rows_by_reason_total") == {
        ("invalid", "phone_missing"): 2,
        ("suppressed", "dnc"): 1,
    }
    assert values(metrics, "cxone_rows_read_total") == {(): 9}


def test_a_policy_with_endless_rules_does_not_make_endless_series(tell, metrics, started, counters):
    tell(started)
    counters.reasons = {(Outcome.DUPLICATE, f"rule_{n}"): n for n in range(1000)}
    kept = values(metrics, "cxone_rows_by_reason_total")
    assert len(kept) == 100
    assert min(kept.values()) == 900


@pytest.mark.parametrize(
    ("status", "told_as"), [(202, "2xx"), (302, "3xx"), (429, "4xx"), (503, "5xx"), (0, "none")]
)
def test_requests_are_counted_by_kind_and_class_of_status(tell, metrics, status, told_as):
    tell(RequestMade("submit", status, 0.2))
    tell(RequestMade("submit", status, 0.2))
    counted = values(metrics, "cxone_requests_total")
    assert counted["submit", told_as] == 2
    assert sum(counted.values()) == 2
    assert values(metrics, "cxone_request_duration_seconds_sum") == {("submit",): 0.4}


def test_what_has_not_happened_yet_is_there_as_nothing(metrics):
    counted = values(metrics, "cxone_requests_total")
    assert counted["segment", "5xx"] == 0
    assert values(metrics, "cxone_throttled_total")["poll",] == 0


def test_pauses_and_refusals_for_haste_are_added_up(tell, metrics):
    tell(Throttled("poll", 429, 1.5))
    tell(Paused(1.5))
    tell(Paused(2.0))
    assert values(metrics, "cxone_pause_seconds_total") == {(): 3.5}
    assert values(metrics, "cxone_throttled_total")["poll",] == 1


def test_imports_and_commits_fall_into_their_buckets(tell, metrics):
    tell(ImportFinished("c1", "i1", 7.0, 5, 0, 0))
    tell(JournalCommitted(0.02))
    buckets = values(metrics, "cxone_import_duration_seconds_bucket")
    assert (buckets["5.0",], buckets["10.0",]) == (0, 1)
    assert values(metrics, "cxone_import_duration_seconds_sum") == {(): 7.0}
    assert values(metrics, "cxone_journal_commit_seconds_sum") == {(): 0.02}


def test_the_quota_its_use_the_queue_and_open_circuits_are_those_of_the_moment(
    tell, metrics, started, counters, sending
):
    tell(started)
    counters.chunks_in_flight = 3
    sending["now"] = SendingNow(
        quota_per_minute=40, open_circuits=frozenset({"submit"}), chunks_queued=7
    )
    assert values(metrics, "cxone_quota_per_minute") == {(): 40}
    assert values(metrics, "cxone_quota_used_ratio") == {(): 0.5}
    assert values(metrics, "cxone_queue_chunks") == {(): 7}
    assert values(metrics, "cxone_chunks_in_flight") == {(): 3}
    circuits = values(metrics, "cxone_circuit_open")
    assert {kind for (kind,), is_open in circuits.items() if is_open} == {"submit"}
    assert len(circuits) == 5


def test_without_a_quota_there_is_none_of_which_a_share_is_used(tell, metrics, started, sending):
    sending["now"] = SendingNow(quota_per_minute=0, open_circuits=frozenset(), chunks_queued=0)
    tell(started)
    assert "cxone_quota_per_minute" not in families(metrics)
    assert "cxone_quota_used_ratio" not in families(metrics)


def test_a_plan_sends_nothing_and_says_nothing_of_sending(tell, metrics, started):
    tell(msgspec.structs.replace(started, command="plan", sending_now=None))
    assert "cxone_circuit_open" not in families(metrics)


def test_memory_is_that_of_this_process(metrics):
    assert values(metrics, "cxone_resident_memory_bytes")["run",] > 1 << 20


def test_how_a_run_ended_is_there_once_it_has(tell, metrics, started):
    tell(started)
    assert "cxone_run_exit_code" not in families(metrics)
    tell(RunEnded(None, TenantUnreachableError("gone")))
    assert values(metrics, "cxone_run_exit_code") == {(): 69}


def test_when_it_last_got_on_does_not_move_while_requests_only_fail(started, progress):
    from cxone_async.monitoring.metrics import RunMetrics

    now_s = [100.0]
    metrics = RunMetrics(progress, wall_clock_s=lambda: now_s[0])
    now_s[0] = 160.0
    metrics.request_made(RequestMade("submit", 503, 0.1))
    assert values(metrics, "cxone_last_progress_timestamp_seconds") == {(): 100.0}
    metrics.import_finished(ImportFinished("c1", "i1", 7.0, 5, 0, 0))
    assert values(metrics, "cxone_last_progress_timestamp_seconds") == {(): 160.0}


def test_the_time_left_is_what_the_run_says_of_itself(started, progress, metrics):
    progress.run_started(msgspec.structs.replace(started, time_left_s=lambda: 42.0))

    assert b"\ncxone_time_left_seconds 42.0\n" in metrics.text()
