"""Measures the CPU side of a run, in passes of a bare `csv.DictReader`.

    python benchmarks/throughput.py [--rows N] [--large] [--only WORD] [--beside]
    python benchmarks/throughput.py --check        # the short form, for CI

The unit is one `csv.DictReader` pass over the same file, measured before and after the work, so
that results from different machines can be compared. There are two ratios:

- `wall`: the elapsed time, which a nightly load waits for;
- `cpu`: the CPU time of all processes of the service together, which is more stable on a busy
  machine. With two cores and the work well spread, wall is about half of cpu.

Memory is the sum of the proportional set sizes (PSS) of all processes of the service. It is read
five times a second from /proc/PID/smaps_rollup, where shared pages count once. Commands run as a
user runs them, in processes of their own. The stand-in tenant runs in one more process, which is
not counted. `pause` runs commands inside this program instead, with a task that asks to be woken
every 2 ms and records how late it was.

`--check` works on few rows and subtracts the time of a hundredth of them, so that starting up does
not count. Its unit is the mean of two passes at once, because a run keeps two cores busy too: on a
shared machine a pass alone took from 0.13 to 0.26 s, and one of two from 0.19 to 0.26 s. It
compares CPU ratios with `throughput.json` and exits with 1 if one is more than twice the recorded
ratio: the same code differed by up to 1.35 times between machines. Before it fails, it takes the
best of five runs. For any-field the time of compiling is included, because the subtracted rows are
too few to start it. So that figure only tells the compiled index from the one in Python.
"""

import argparse
import asyncio
import csv
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from contact_files import SHAPES

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.matching.policy import MatchPolicy
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.settings import ImportSettings, PlanSettings

PROGRAM = (sys.executable, "-P", "-m", "cxone_async")
SAMPLE_S = 0.2
PROBE_S = 0.002
CHECKED_ROWS = 60_000
MOST_ROUNDS = 5
CHECKED_REGRESSION = 2.0
CHECKED_FIGURES = Path(__file__).with_name("throughput.json")
MIB = 1 << 20
TARGETS = (
    *("--list-id", "demo-list", "--campaign-id", "demo-campaign"),
    *("--client-id", "demo-client", "--quota", "0"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a command: the peak of its memory, and the CPU time of all its processes."""

    wall_s: float
    cpu_s: float
    memory_bytes: int = 0


class Bench:
    """Runs commands on generated files in a folder that goes away with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0

    def file(self, shape: str, rows: int) -> Path:
        """Return a file of that shape, which is written once."""
        path = self._folder / f"{shape}-{rows}.csv"
        if not path.exists():
            SHAPES[shape](path, rows, 1)
        return path

    def run_dir(self) -> Path:
        """Return a new run directory."""
        self._runs += 1
        return self._folder / f"run-{self._runs}"

    def plan(self, path: Path, run_dir: Path, *options: str) -> Cost:
        return measured([*PROGRAM, "plan", str(path), "--run-dir", str(run_dir), *options])

    def any_field(self, path: Path, run_dir: Path) -> Cost:
        return self.plan(path, run_dir, "--match", MatchPolicy.ANY_FIELD)

    def import_(self, path: Path, run_dir: Path, url: str) -> Cost:
        return measured(
            [*PROGRAM, "import", str(path), "--run-dir", str(run_dir), "--base-url", url, *TARGETS]
        )


def measured(command: Sequence[str]) -> Cost:
    """Run a command to its end. Raises CalledProcessError when it fails."""
    environment = {**os.environ, "CXONE_CLIENT_SECRET": "demo-secret"}
    started_s = time.perf_counter()
    peak_bytes = 0
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603  ours
        ended = os.pidfd_open(child.pid)
        while os.waitid(os.P_PIDFD, ended, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            peak_bytes = max(peak_bytes, proportional_bytes(child.pid))
            time.sleep(SAMPLE_S)
        os.close(ended)
        wall_s = time.perf_counter() - started_s
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            raise subprocess.CalledProcessError(child.returncode, command, output.read()[-2000:])
    # The usage includes all child processes, because the command has waited for them.
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, peak_bytes)


def proportional_bytes(pid: int) -> int:
    """Return the proportional set size of a process and all its descendants."""
    total = 0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        for found in re.finditer(r"^Pss: +(\d+) kB", rollup, re.MULTILINE):
            total += int(found[1]) * 1024
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, ProcessLookupError):  # it has just ended
        return total
    return total + sum(proportional_bytes(int(child)) for child in children)


def one_pass(path: Path) -> Cost:
    """Return what one bare `csv.DictReader` pass takes."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        delimiter = ";" if ";" in file.readline() else ","
        file.seek(0)
        for _ in csv.DictReader(file, delimiter=delimiter):
            pass
    return Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s)


def two_passes_at_once(path: Path) -> Cost:
    """Return what one of two bare `csv.DictReader` passes takes while the other runs."""
    with ProcessPoolExecutor(2) as pool:
        costs = list(pool.map(one_pass, (path, path)))
    return Cost(
        sum(cost.wall_s for cost in costs) / len(costs),
        sum(cost.cpu_s for cost in costs) / len(costs),
    )


@contextmanager
def tenant() -> Iterator[str]:
    """Run a stand-in tenant in a process of its own; yields its URL."""
    command = [*PROGRAM, "mock-tenant"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  ours
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def print_row(work: str, goal: str, figures: str) -> None:
    print(f"{work:52} {goal:>16}   {figures}", flush=True)


def print_cost(work: str, goal: str, path: Path, do: Callable[[], Cost]) -> Cost:
    """Do the work between two reader passes, and print its ratios to their mean."""
    before = one_pass(path)
    cost = do()
    after = one_pass(path)
    unit_wall_s = (before.wall_s + after.wall_s) / 2
    unit_cpu_s = (before.cpu_s + after.cpu_s) / 2
    print_row(
        work,
        goal,
        f"wall {cost.wall_s / unit_wall_s:5.1f} passes ({cost.wall_s:6.1f} s)   "
        f"cpu {cost.cpu_s / unit_cpu_s:5.1f} ({cost.cpu_s:6.1f} s)   "
        f"{cost.memory_bytes / MIB:4.0f} MiB   1 pass {unit_wall_s:.2f} s",
    )
    return cost


def bench_plan(bench: Bench, shape: str, rows: int) -> None:
    path = bench.file(shape, rows)
    print_cost(
        f"plan, {rows:,} rows, {shape}",
        "10, 350 MiB",
        path,
        lambda: bench.plan(path, bench.run_dir()),
    )


def bench_growth(bench: Bench, shape: str, sizes: Sequence[int]) -> None:
    costs, kept = [], []
    for rows in sizes:
        run_dir = bench.run_dir()
        path = bench.file(shape, rows)
        costs.append(print_cost(f"  plan, {rows:,} rows, {shape}", "", path,
                                lambda p=path, d=run_dir: bench.plan(p, d)))  # fmt: skip
        kept.append(json.loads((run_dir / "reconciliation.json").read_bytes())["ready"])
    ratio = math.log(sizes[-1] / sizes[0])
    print_row(
        f"growth of plan, {sizes[0]:,} to {sizes[-1]:,} rows, {shape}",
        "1.05, 150 bytes",
        f"exponent {math.log(costs[-1].cpu_s / costs[0].cpu_s) / ratio:.3f} of cpu, "
        f"{math.log(costs[-1].wall_s / costs[0].wall_s) / ratio:.3f} of wall   "
        f"{(costs[-1].memory_bytes - costs[0].memory_bytes) / (kept[-1] - kept[0]):.0f} bytes "
        "a distinct contact",
    )


def bench_import(bench: Bench, shape: str, rows: int) -> None:
    path, run_dir = bench.file(shape, rows), bench.run_dir()
    with tenant() as url:
        for work, goal, missing in (
            ("import", "20", ""),
            ("resume of a finished run", "10", ""),
            ("the same, a file missing", "10", "outcomes.csv"),
        ):
            if missing:
                (run_dir / missing).unlink()
            print_cost(
                f"{work}, {rows:,} rows, {shape}",
                goal,
                path,
                lambda: bench.import_(path, run_dir, url),
            )


def bench_any_field(bench: Bench, shape: str, rows: int) -> None:
    """Measure the original rule; without the extra `any-field` this takes most of an hour."""
    path = bench.file(shape, rows)
    print_cost(
        f"plan --match any-field at 85, {rows:,} rows, {shape}",
        "60",
        path,
        lambda: bench.any_field(path, bench.run_dir()),
    )


def bench_pauses(bench: Bench, shape: str, rows: int) -> None:
    path = str(bench.file(shape, rows))
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    late_s: list[float] = []

    asyncio.run(
        run_plan(path, PlanSettings(run_dir=bench.run_dir()), observers=[LatenessProbe(late_s)])
    )
    print_pauses(f"pause of the event loop, plan, {rows:,} rows, {shape}", late_s)
    late_s.clear()
    with tenant() as url:
        settings = ImportSettings(
            base_url=url,
            list_id="demo-list",
            campaign_id="demo-campaign",
            client_id="demo-client",
            client_secret="demo-secret",  # noqa: S106  the stand-in's
            quota=0,
            run_dir=bench.run_dir(),
        )
        asyncio.run(run_import(path, settings, observers=[LatenessProbe(late_s)]))
    print_pauses(f"pause of the event loop, import, {rows:,} rows, {shape}", late_s)


class LatenessProbe(RunObserver):
    """Records how late the event loop serves its timers during a run."""

    def __init__(self, late_s: list[float]) -> None:
        self._late_s = late_s

    def run_started(self, event: RunStarted) -> None:
        self._task = asyncio.create_task(_note_lateness(self._late_s))

    def run_ended(self, event: RunEnded) -> None:
        self._task.cancel()


async def _note_lateness(late_s: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + PROBE_S
        await asyncio.sleep(PROBE_S)
        late_s.append(loop.time() - due_s)


def print_pauses(work: str, late_s: list[float]) -> None:
    late_ms = sorted(1000 * late for late in late_s)
    print_row(
        work,
        "p99.9 50 ms",
        f"p99.9 {late_ms[int(len(late_ms) * 0.999)]:.1f} ms   median "
        f"{late_ms[len(late_ms) // 2]:.1f} ms   longest {late_ms[-1]:.0f} ms   "
        f"of {len(late_ms):,}",
    )


def bench_beside() -> None:
    """Print the plain scan (extrapolated) and Splink, by the program that compares them."""
    import matching  # noqa: PLC0415  a program of its own, with guests of its own

    matching.compare_scan(200_000, 11)
    labelled = list(matching.households(20_000, 11))
    ours = matching.run(matching.new_matcher(MatchPolicy.CORROBORATED), labelled)
    rows_per_s = {"corroborated": ours[2]}
    if matching.importlib.util.find_spec("splink"):
        from matching_splink import run_splink  # noqa: PLC0415  an optional guest

        figures = run_splink(labelled)
        assert figures is not None, "families share phones, so Splink can be trained"
        rows_per_s["Splink 5, both cores"] = figures[2]
    for name, speed in rows_per_s.items():
        passes = 1e6 / speed / matching.pass_us()
        print_row(f"matching alone, 20,000 rows of households, {name}", "", f"{passes:.1f} passes")


def check() -> int:
    """Compare the short form with the recorded figures; return 1 if anything is slower."""
    kept: dict[str, float] = json.loads(CHECKED_FIGURES.read_text())
    ratios: dict[str, float] = {}
    for rounds, ratios in enumerate(short_ratios(), start=1):
        slower = [work for work in ratios if ratios[work] > CHECKED_REGRESSION * kept[work]]
        if rounds == MOST_ROUNDS or not slower:
            break
    for work, ratio in ratios.items():
        judgement = "SLOWER" if work in slower else "ok"
        print(f"{work:16} {ratio:6.1f} passes of cpu, {kept[work]:6.1f} kept   {judgement}")
    return 1 if slower else 0


def short_ratios() -> Iterator[dict[str, float]]:
    """Yield the passes of CPU that each checked work takes, once for each round.

    The least of all rounds counts for each part, because disturbances only add time.
    """
    least_s: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as name, tenant() as url:
        bench = Bench(Path(name))

        def import_(path: Path, run_dir: Path) -> Cost:
            return bench.import_(path, run_dir, url)

        def resume(path: Path, run_dir: Path) -> Cost:
            """Measure a start that sends nothing but writes all files again."""
            bench.import_(path, run_dir, url)
            (run_dir / "outcomes.csv").unlink()
            return bench.import_(path, run_dir, url)

        works = {f"plan, {shape}": (shape, bench.plan) for shape in SHAPES}
        works["import, plain"] = ("plain", import_)
        works["resume, plain"] = ("plain", resume)
        works["any-field, plain"] = ("plain", bench.any_field)
        while True:
            for work, (shape, do) in works.items():
                large = bench.file(shape, CHECKED_ROWS)
                small = bench.file(shape, CHECKED_ROWS // 100)
                for part, cost in (
                    ("unit", two_passes_at_once(large)),
                    ("large", do(large, bench.run_dir())),
                    ("small", do(small, bench.run_dir())),
                ):
                    key = work, part
                    least_s[key] = min(cost.cpu_s, least_s.get(key, math.inf))
            yield {
                work: (least_s[work, "large"] - least_s[work, "small"])
                / (0.99 * least_s[work, "unit"])
                for work in works
            }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", action="store_true", help="growth to five times the rows")
    parser.add_argument("--only", default="", help="a word of the works to do")
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--beside", action="store_true", help="the plain scan and Splink too")
    parser.add_argument("--check", action="store_true", help="the short form, for CI")
    options = parser.parse_args()
    if options.check:
        return check()
    rows = options.rows
    print_row("work", "goal", f"measured on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        sizes = [rows // 10, rows * (5 if options.large else 1)]
        for shape in options.shapes:
            works: dict[str, Callable[[], None]] = {
                "plan": lambda s=shape: bench_plan(bench, s, rows),
                "growth": lambda s=shape: bench_growth(bench, s, sizes),
                "import": lambda s=shape: bench_import(bench, s, rows),
                "any-field": lambda s=shape: bench_any_field(bench, s, rows),
                "pause": lambda s=shape: bench_pauses(bench, s, rows),
            }
            for word, work in works.items():
                if options.only in word:
                    work()
    if options.beside:
        bench_beside()
    return 0


if __name__ == "__main__":
    sys.exit(main())
