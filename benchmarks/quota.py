"""Measures the throughput of different polling policies under a request quota, in virtual time.

    python benchmarks/quota.py [--quick] [--chunks N] [--only WORD ...] [--json FILE]

Each row of the table is one whole import through the service's own pipeline (`quota_simulation`).
All rows together take about a quarter of an hour of CPU. `--quick` takes half a minute: it uses a
quota of 50 only, and runs a tenth as long, so the start and end weigh ten times as much.

The columns:

- `efficiency`: what a run reports of itself: contacts sent / (chunk size x what the quota allowed
  in that time / (2 + segment calls a chunk)), including the start and the end of the run.
- `oracle`: the same when imports are polled exactly when they are done. No policy of polling can be
  better, except by chance.
- `places`: the cap on imports in flight.
- `bound`: shown where the cap binds (a place is needed again before 95 % of the imports of that age
  have ended). It is the share of the ceiling that this many places allow at the mean latency, by
  Little's law. A run at its bound waits for the tenant, not for its quota. A run near it has to
  choose between wasted polls and empty slots.
- `a minute`: contacts a minute at 500 a chunk.
- `over`: the 429s for exceeding the quota.
- `stray`: the 429s at random.
- `in 60 s`: the most requests that arrived at the tenant in any 60 s.

The other policies send through the same limiter with the same priorities, so only the polling
differs. They run with as many places in flight, where submits go first and all polls are late, and
with ten, as is usual elsewhere. `+auto` is a client that does not know the quota.

After the table, full-length runs are checked against the targets. The program exits with 1 if one
is missed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from quota_simulation import Figures, Latency, Scenario, simulate

from cxone_async.logs import configure
from cxone_async.tenant.rate_limit.sliding_window import NETWORK_JITTER_S

FULL_CHUNKS = 10_000
QUICK_CHUNKS = 1_000
CONTACTS_PER_CHUNK = 500
FEW_PLACES = 10
UNDISTURBED = 60.0 / (60.0 + NETWORK_JITTER_S)
HEAVY_TAIL = Latency(20.0, slow_share=0.05, slow_factor=20.0)


def scenarios(chunks: int) -> Iterator[Scenario]:
    """Every row of the table."""
    for latency, places, longer_at_600 in (
        (Latency(5.0), 200, 3),
        (Latency(20.0), 200, 3),
        (Latency(90.0), 200, 12),  # the start and end take the same time at any quota
        (Latency(300.0), 500, 0),
        (HEAVY_TAIL, 200, 0),
    ):
        run = Scenario("learned", 50, latency, places, chunks)
        yield run
        yield replace(run, policy="oracle")
        yield replace(run, window="fixed")
        if longer_at_600:
            many = replace(run, per_minute=600, places=12 * places, chunks=longer_at_600 * chunks)
            yield many
            if latency.median_s < 90.0:
                yield replace(many, window="fixed")
        capped = replace(run, per_minute=600)
        yield capped
        yield replace(capped, policy="oracle")
        for policy in ("fixed 2 s", "fixed 5 s", "exponential"):
            for per_minute in (50, 600):
                other = replace(run, policy=policy, per_minute=per_minute, chunks=chunks // 5)
                yield other
                yield replace(other, places=FEW_PLACES)
    for per_minute in (50, 600):
        run = Scenario("learned", per_minute, Latency(5.0), 200, chunks)
        yield replace(run, with_segment=True)
        for window in ("sliding", "fixed"):
            yield replace(run, window=window, is_auto=True)
            for share in (0.01, 0.05):
                yield replace(run, window=window, stray_429=share)


@dataclass(frozen=True, slots=True)
class Target:
    """A target for the rows that `concerns` selects."""

    claim: str
    concerns: Callable[[Scenario], bool]
    is_kept: Callable[[Figures], bool]
    figure: Callable[[Figures], float]


def _of_ours(scenario: Scenario) -> bool:
    return scenario.policy == "learned" and not scenario.stray_429 and not scenario.is_auto


def _at_medians(*medians_s: float) -> Callable[[Scenario], bool]:
    return lambda scenario: (
        _of_ours(scenario)
        and not scenario.with_segment
        and not scenario.latency.slow_share
        and scenario.latency.median_s in medians_s
        and not scenario.cap_binds
    )


def _efficiency(figures: Figures) -> float:
    return figures.quota.efficiency or 0.0


TARGETS = (
    Target(
        "efficiency >= 0.97 at medians of 5, 20 and 90 s",
        _at_medians(5.0, 20.0, 90.0),
        lambda f: _efficiency(f) >= 0.97,
        _efficiency,
    ),
    Target(
        "efficiency >= 0.95 at a median of 300 s",
        _at_medians(300.0),
        lambda f: _efficiency(f) >= 0.95,
        _efficiency,
    ),
    Target(
        "efficiency >= 0.97 with segment calls",
        lambda s: _of_ours(s) and s.with_segment,
        lambda f: _efficiency(f) >= 0.97,
        _efficiency,
    ),
    Target(
        "polls a chunk <= 1.05 while the cap does not bind",
        lambda s: _of_ours(s) and not s.cap_binds,
        lambda f: f.quota.polls_per_chunk <= 1.05,
        lambda f: f.quota.polls_per_chunk,
    ),
    Target(
        "no request over the quota",
        lambda s: s.policy == "learned" and not s.is_auto,
        lambda f: f.over_quota == 0,
        lambda f: f.over_quota,
    ),
    Target(
        f"stray 429s take no more than three times their share from {UNDISTURBED:.3f}",
        lambda s: s.stray_429 > 0,
        lambda f: _efficiency(f) >= UNDISTURBED - 3 * f.scenario.stray_429,
        _efficiency,
    ),
)

COLUMNS: tuple[tuple[str, int, Callable[[Figures], str]], ...] = (
    ("quota", 6, lambda f: f"{f.scenario.per_minute}"),
    ("window", 8, lambda f: f.scenario.window),
    ("latency", 16, lambda f: f"{f.scenario.latency}"),
    ("429", 4, lambda f: f"{f.scenario.stray_429:.0%}" if f.scenario.stray_429 else ""),
    ("policy", 16, lambda f: _policy(f.scenario)),
    ("places", 7, lambda f: f"{f.scenario.places}"),
    ("bound", 6, lambda f: f"{f.scenario.bound:.2f}" if f.scenario.cap_binds else ""),
    ("efficiency", 11, lambda f: f"{_efficiency(f):.3f}"),
    ("a minute", 9, lambda f: f"{f.chunks_per_minute * CONTACTS_PER_CHUNK:,.0f}"),
    ("polls/chunk", 12, lambda f: f"{f.quota.polls_per_chunk:.3f}"),
    ("over", 5, lambda f: f"{f.over_quota}"),
    ("stray", 6, lambda f: f"{f.stray}"),
    ("in 60 s", 8, lambda f: f"{f.most_in_a_minute}"),
    ("hours", 6, lambda f: f"{f.hours:.2f}"),
)


def _policy(scenario: Scenario) -> str:
    also = (" +segment" if scenario.with_segment else "") + (" +auto" if scenario.is_auto else "")
    return scenario.policy + also


def judge(rows: Sequence[Figures]) -> bool:
    """Print the worst figure for each target; return whether all are met."""
    kept_all = True
    for target in TARGETS:
        judged = [row for row in rows if target.concerns(row.scenario)]
        if not judged:
            continue
        kept = all(target.is_kept(row) for row in judged)
        kept_all &= kept
        figures = sorted(target.figure(row) for row in judged)
        print(
            f"{'kept' if kept else 'MISSED':>6}  {target.claim}: "
            f"{figures[0]:g} to {figures[-1]:g} in {len(judged)} runs"
        )
    return kept_all


def only_errors_are_logged() -> None:
    """Hide every pause after a stray 429."""
    configure(json=True, level="error")


def main() -> int:
    parser = argparse.ArgumentParser(description="What a quota yields, in virtual time.")
    parser.add_argument("--chunks", type=int, help="chunks of a run")
    parser.add_argument("--quick", action="store_true", help="short runs, a quota of 50 only")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help="run rows with one of these words"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    chunks = options.chunks or (QUICK_CHUNKS if options.quick else FULL_CHUNKS)
    wanted = [
        scenario
        for scenario in scenarios(chunks)
        if not options.only or any(word in f"{scenario}" for word in options.only)
        if scenario.per_minute == 50 or not options.quick
    ]
    print("".join(f"{name:>{width}} " for name, width, _ in COLUMNS))
    rows = []
    with ProcessPoolExecutor(initializer=only_errors_are_logged) as processes:
        for figures in processes.map(simulate, wanted):
            rows.append(figures)
            print("".join(f"{text(figures):>{width}} " for _, width, text in COLUMNS), flush=True)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")
    return int(chunks >= FULL_CHUNKS and not judge(rows))


if __name__ == "__main__":
    sys.exit(main())
