"""The main figures of `benchmarks/quota.py`, at a size that takes seconds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent.parent / "benchmarks" / "quota.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All runs with the learned policy at a quota of 50, 400 chunks each."""
    path = tmp_path_factory.mktemp("benchmark") / "figures.json"
    subprocess.run(
        [
            *[sys.executable, str(PROGRAM), "--quick", "--chunks", "400"],
            *["--only", "'learned'", "--json", str(path)],
        ],
        check=True,
        timeout=240,
        stdout=subprocess.DEVNULL,
    )
    return json.loads(path.read_text())


def is_of(latency, median_s):
    return latency["median_s"] == median_s and not latency["slow_share"]


def at(runs, **wanted):
    """The runs of the scenarios that have these values."""
    plain = {"stray_429": 0.0, "is_auto": False, "with_segment": False, **wanted}
    median_s = plain.pop("median_s", None)
    found = [
        run
        for run in runs
        if all(run["scenario"][name] == value for name, value in plain.items())
        if median_s is None or is_of(run["scenario"]["latency"], median_s)
    ]
    assert found
    return found


@pytest.mark.parametrize(("median_s", "least"), [(5.0, 0.985), (20.0, 0.98), (90.0, 0.75)])
def test_the_ceiling_is_reached_but_for_the_start_and_the_end(runs, median_s, least):
    for run in at(runs, median_s=median_s):
        assert run["quota"]["efficiency"] >= least
        assert run["quota"]["polls_per_chunk"] <= 1.05


def test_segment_calls_are_in_the_ceiling(runs):
    (run,) = at(runs, with_segment=True)
    assert run["quota"]["efficiency"] >= 0.985
    assert run["requests_per_chunk"] == pytest.approx(2.1, abs=0.02)


def test_no_window_of_the_tenant_ever_holds_more_than_the_quota(runs):
    told = [run for run in runs if not run["scenario"]["is_auto"]]
    assert {run["scenario"]["window"] for run in told} == {"sliding", "fixed"}
    assert {run["over_quota"] for run in told} == {0}
    assert max(run["most_in_a_minute"] for run in told) <= 50


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_stray_429s_cost_no_more_than_three_times_their_share(runs, share):
    for run in at(runs, stray_429=share):
        assert run["stray"] > 0
        # 400 chunks draw few of them: the share that was drawn counts.
        drawn = run["stray"] / (run["requests_per_chunk"] * 400)
        assert run["quota"]["efficiency"] >= 0.98 - 3 * drawn


def test_a_client_that_is_not_told_the_quota_finds_it(runs):
    for run in at(runs, is_auto=True):
        assert run["quota"]["efficiency"] >= 0.93
        assert run["over_quota"] <= 0.05 * 400 * run["requests_per_chunk"]
