"""Run seeds.

    python tests/simulation --seeds 0:2000 [--processes 2] [--verbose] [--go-on] [--json FILE]
                            [--nights]

With --nights, a seed is several nights with one ledger (`nights.py`), otherwise one run.

Exits with 1 at the first seed that breaks an invariant, and prints the command that replays it.
From 1,000 seeds on, it also exits with 1 when a fault never hit a phase that it can hit; with
--nights, from 150 seeds on, when something never happened.
"""

import argparse
import gc
import json
import logging
import os
import sys
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from record import Record

HERE = Path(__file__).parent
SEEDS_A_TASK = 20
SEEDS_A_COLLECTION = 10
SEEDS_THAT_HIT_ALL = 1000
"""From this number of seeds on, an empty cell of the table is a failure."""
SEEDS_OF_ALL_NIGHTS = 150
"""From this number of seeds on, what never happened over nights is a failure."""


@dataclass
class Block:
    """The result of a block of seeds."""

    seeds: int = 0
    requests: int = 0
    steps: int = 0
    starts: int = 0
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    digests: list[str] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Block") -> None:
        for name in ("seeds", "requests", "steps", "starts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.hits += other.hits
        self.exits += other.exits
        self.outcomes += other.outcomes
        self.digests += other.digests
        self.failures += other.failures


def run_block(first: int, end: int, stop_at_first: bool, verbose: bool, nights: bool) -> Block:
    from nights import simulate_nights
    from record import ViolationError
    from simulation import simulate

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # The coroutines of a killed process are closed, some before they have started.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    gc.disable()
    gc.collect()
    gc.freeze()  # what is left are modules, which each collection would look through again
    block = Block()
    for seed in range(first, end):
        if block.failures and stop_at_first:
            break
        block.seeds += 1
        if block.seeds % SEEDS_A_COLLECTION == 0:
            gc.collect()
        try:
            record = simulate_nights(seed) if nights else simulate(seed)
        except ViolationError as violation:
            block.failures.append((seed, str(violation)))
            if verbose and violation.record is not None:
                show(violation.record)
            continue
        except Exception:
            block.failures.append((seed, "the simulation itself broke\n" + traceback.format_exc()))
            continue
        if verbose:
            show(record)
        block.requests += len(record.requests)
        block.steps += record.steps
        block.starts += len(record.exits)
        block.hits += record.hits
        block.exits.update(record.exits)
        block.outcomes.update(each["outcome"] for each in record.outcomes)
        block.digests.append(f"{seed} {record.digest}")
    return block


def show(record: "Record") -> None:
    for line in record.history:
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"exits {record.exits}, trace {record.digest}\n")


def table_of(block: Block) -> str:
    """Return how often each kind of fault hit each phase; `.` where it cannot hit."""
    from faults import IMPOSSIBLE, KINDS, PHASES

    width = max(map(len, KINDS))
    lines = [" " * width + "".join(f"{phase:>10}" for phase in PHASES)]
    for kind in KINDS:
        cells = [
            "." if (kind, phase) in IMPOSSIBLE else str(block.hits[kind, phase]) for phase in PHASES
        ]
        lines.append(kind.ljust(width) + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)


def empty_cells(block: Block) -> list[str]:
    from faults import IMPOSSIBLE, KINDS, PHASES

    return [
        f"{kind} x {phase}"
        for kind in KINDS
        for phase in PHASES
        if (kind, phase) not in IMPOSSIBLE and not block.hits[kind, phase]
    ]


def impossible_hits(block: Block) -> list[str]:
    from faults import IMPOSSIBLE

    return [f"{kind} x {phase}" for kind, phase in IMPOSSIBLE if block.hits[kind, phase]]


def happenings_of(block: Block) -> str:
    """Return how often each thing that happens over nights did."""
    from nights import HAPPENINGS, NIGHTS

    return ", ".join(f"{what} {block.hits[what, NIGHTS]}" for what in HAPPENINGS)


def never_happened(block: Block) -> list[str]:
    from nights import HAPPENINGS, NIGHTS

    return [what for what in HAPPENINGS if not block.hits[what, NIGHTS]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:200")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--go-on", action="store_true", help="do not stop at the first failure")
    parser.add_argument("--nights", action="store_true", help="several nights with one ledger")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    arguments = parser.parse_args()
    first, _, end = arguments.seeds.partition(":")
    if os.environ.get("PYTHONHASHSEED") != "0":  # so that sets of strings have one order
        program = [sys.executable, str(HERE), *sys.argv[1:]]
        os.execve(sys.executable, program, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606  itself
    total, began_s = Block(), time.perf_counter()
    seeds = range(int(first), int(end))
    parts = [
        (part[0], part[-1] + 1)
        for part in (seeds[n : n + SEEDS_A_TASK] for n in range(0, len(seeds), SEEDS_A_TASK))
    ]
    if arguments.processes > 1:
        with ProcessPoolExecutor(arguments.processes) as pool:
            blocks = pool.map(
                partial(
                    run_block,
                    stop_at_first=not arguments.go_on,
                    verbose=False,
                    nights=arguments.nights,
                ),
                *zip(*parts, strict=True),
            )
            for block in blocks:
                total.add(block)
                if total.failures and not arguments.go_on:
                    pool.shutdown(cancel_futures=True)
                    break
    else:
        for part in parts:
            total.add(run_block(*part, not arguments.go_on, arguments.verbose, arguments.nights))
            if total.failures and not arguments.go_on:
                break
    return report(total, time.perf_counter() - began_s, arguments)


def report(total: Block, took_s: float, arguments: argparse.Namespace) -> int:
    import cxone_async

    say = sys.stdout.write
    for seed, text in total.failures[:20]:
        say(f"seed {seed} broke {text}\n")
        mode = " --nights" if arguments.nights else ""
        say(f"  replay: python tests/simulation{mode} --seeds {seed}:{seed + 1} --verbose\n")
    say((happenings_of(total) if arguments.nights else table_of(total)) + "\n")
    say(
        f"{total.seeds} seeds, {len(total.failures)} failing; {total.starts} starts, "
        f"{total.requests} requests, {total.steps} steps of the loop\n"
        f"exits {dict(sorted(total.exits.items()))}, rows {dict(sorted(total.outcomes.items()))}\n"
        f"{took_s:.0f} s, {1000 * took_s / max(1, total.seeds):.0f} ms a seed; "
        f"{Path(cxone_async.__file__).parent}\n"
    )
    misses = []
    if arguments.nights:
        if total.seeds >= SEEDS_OF_ALL_NIGHTS:
            misses = [f"never: {what}" for what in never_happened(total)]
    elif total.seeds >= SEEDS_THAT_HIT_ALL:
        misses = [f"never: {cell}" for cell in empty_cells(total)]
        misses += [f"struck, though it cannot: {cell}" for cell in impossible_hits(total)]
    for miss in misses:
        say(miss + "\n")
    if arguments.json:
        arguments.json.write_text(
            json.dumps(
                {
                    "package": str(Path(cxone_async.__file__).parent),
                    "seeds": total.seeds,
                    "failures": total.failures,
                    "empty": never_happened(total) if arguments.nights else empty_cells(total),
                    "hits_of_impossible_cells": impossible_hits(total),
                    "digests": total.digests,
                }
            )
        )
    return 1 if total.failures or misses else 0


if __name__ == "__main__":
    sys.exit(main())
