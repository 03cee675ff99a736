"""Measures how accurate and how fast the matching policies are, on labelled lists.

    python benchmarks/matching.py [--seeds 11 12 13 14 15] [--leadmatch 20000 200000 1000000]
                                  [--dupehell 10000] [--scan-rows 200000] [--quick]
                                  [--cultures en de es …] [--people-rows 20000]

For each list and policy it prints:

- precision, recall, F1 and people lost, as `matching.evaluation` defines them;
- rows a second of processor time: for deciding alone, which the matching process does, and
  including standardising, which the normalising process does. For Splink, which uses all cores, it
  is rows a second of elapsed time;
- bytes a kept row: the growth of the process divided by the rows kept, with the service's own
  memory settings.

One pass of a bare `csv.DictReader` shows how fast the machine is at the time. `leadmatch` and
`dupehell` are generators from PyPI, skipped if not installed. `households` and `few names` come
from `matching_data`. Contacts are normalised with all checks off, so that every row is matched.

The original rule is timed with its index, and as the plain scan at growing sizes. An exponent
fitted to the scan gives its time at the index's size. Splink on DuckDB (`matching_splink`) is
compared if it is installed: on every list of 20,000 rows, and on one of 200,000.

Last come the lists of people of many cultures, with people lost by script and by household role
(`matching_people`, which can be run by itself).

Seeds 1 to 5 were used for tuning; report results with others.
"""

import argparse
import csv
import gc
import importlib.util
import io
import math
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from cultures import CULTURES
from matching_data import LabelledContact, few_names, households
from matching_lists import name_reading, normalised
from matching_people import REPORTED_CULTURES, compare_people

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.matcher import AnyFieldMatcher, ScanMatcher
from cxone_async.matching.evaluation import Decided, Evaluation, evaluate
from cxone_async.matching.policy import Duplicate, Matcher, MatchPolicy
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome
from cxone_async.prepare.child_process import YOUNG_OBJECTS
from cxone_async.prepare.subprocesses import MEMORY_SETTINGS

FORK = multiprocessing.get_context("fork")
BLOCK_ROWS = 4_000
SCAN_SIZES = (1_000, 2_000, 4_000, 8_000)
SPLINK_ROWS = 200_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14, 15])
    parser.add_argument("--leadmatch", type=int, nargs="*", default=[20_000, 200_000, 1_000_000])
    parser.add_argument("--dupehell", type=int, nargs="*", default=[10_000])
    parser.add_argument("--own", type=int, default=20_000, help="rows of the lists made here")
    parser.add_argument("--scan-rows", type=int, default=200_000)
    parser.add_argument("--cultures", nargs="*", choices=CULTURES, default=REPORTED_CULTURES)
    parser.add_argument("--people-rows", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="small lists, one seed")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.leadmatch = options.seeds[:1], [20_000]
        options.own, options.scan_rows, options.people_rows = 5_000, 20_000, 2_000
    print(
        f"{'list':22} {'seed':>4}  {'policy':12} {'precision':>9} {'recall':>6} {'f1':>6}", end=""
    )
    print(
        f" {'dropped':>8} {'wrong':>6} {'lost':>6} {'decided/s':>9} {'all/s':>10}"
        f" {'bytes/kept':>10}"
    )
    for name, seed, make in lists(options):
        # One process for each list, so that one list's heap does not distort the next figures.
        of_one = FORK.Process(target=compare, args=(name, seed, make, seed == options.seeds[0]))
        of_one.start()
        of_one.join()
        if of_one.exitcode:
            sys.exit(f"{name}, seed {seed}: ended with {of_one.exitcode}")
    compare_scan(options.scan_rows, options.seeds[0])
    compare_people(options.cultures, options.people_rows, options.seeds)


def compare(
    name: str, seed: int, make: Callable[[], list[LabelledContact]], is_first: bool
) -> None:
    """Print the figures of every policy on one list."""
    labelled = make()
    print(f"one pass of csv.DictReader: {pass_us():.2f} us a row", flush=True)
    for policy in (MatchPolicy.CORROBORATED, MatchPolicy.EXACT):
        print_figures(name, seed, policy, *run(new_matcher(policy), labelled))
    if len(labelled) <= 20_000:
        policy = MatchPolicy.ANY_FIELD
        print_figures(name, seed, policy, *run(new_matcher(policy), labelled))
    if len(labelled) <= (SPLINK_ROWS if is_first else 20_000):
        compare_splink(name, seed, labelled)


def compare_splink(name: str, seed: int, labelled: list[LabelledContact]) -> None:
    if importlib.util.find_spec("splink") is None:
        return
    from matching_splink import decide  # noqa: PLC0415  an optional guest

    began_s = time.perf_counter()
    decisions = decide(labelled)
    rows_per_s = len(labelled) / (time.perf_counter() - began_s)  # with training
    if decisions is None:
        print(f"{name:22} {seed:4}  {'splink':12} cannot be trained on it")
    else:
        figures = evaluate(decisions, {contact.row: person for contact, person in labelled})
        print_figures(name, seed, "splink", figures, rows_per_s, rows_per_s, 0.0)


def lists(
    options: argparse.Namespace,
) -> Iterator[tuple[str, int, Callable[[], list[LabelledContact]]]]:
    """Yield the name, seed and generator of each list."""
    for rows in options.leadmatch:
        for seed in options.seeds if importlib.util.find_spec("leadmatch") else ():
            yield f"leadmatch {rows:,}", seed, partial(leadmatch, rows, seed)
    for rows in options.dupehell:
        for seed in options.seeds if importlib.util.find_spec("dupehell") else ():
            yield f"dupehell {rows:,}", seed, partial(dupehell, rows, seed)
    for seed in options.seeds:
        for name, make in (("few names", few_names), ("households", households)):
            yield f"{name} {options.own:,}", seed, partial(_listed, make, options.own, seed)


def _listed(
    make: Callable[[int, int], Iterator[LabelledContact]], rows: int, seed: int
) -> list[LabelledContact]:
    return list(make(rows, seed))


def leadmatch(rows: int, seed: int) -> list[LabelledContact]:
    """Return leadmatch's leads at its own settings: 30 % repeats, in its own order."""
    from leadmatch.generate import GenConfig, generate_leads  # noqa: PLC0415  optional

    made = generate_leads(GenConfig(n=rows, seed=seed))
    columns = (made.phone, made.email, made.first_name, made.last_name)
    return normalised(zip(*columns, strict=True), made.entity_id)


def dupehell(rows: int, seed: int) -> list[LabelledContact]:
    """Return dupehell's medium CRM contacts, shuffled.

    dupehell adds rows to the requested size, so this searches for the smallest size that is enough.
    """
    low, high = max(10, int(rows / 1.03)), rows
    best = _dupehell_table(high, seed)
    while low <= high:
        size = (low + high) // 2
        made = _dupehell_table(size, seed)
        if len(made["master_id"]) >= rows:
            best, high = made, size - 1
        else:
            low = size + 1
    names = ("phone", "email", "first_name", "last_name", "master_id")
    made_rows = list(zip(*(best[name] for name in names), strict=True))[:rows]
    random.Random(seed).shuffle(made_rows)
    return normalised((row[:4] for row in made_rows), (row[4] for row in made_rows))


def _dupehell_table(size: int, seed: int) -> dict[str, list[str | None]]:
    import dupehell as generator  # noqa: PLC0415  optional
    from pyarrow import parquet  # noqa: PLC0415  optional

    folder = tempfile.mkdtemp(prefix="dupehell_")
    try:
        made = generator.generate(
            "crm",
            size,
            seed=seed,
            difficulty="medium",
            only_entity="contact",
            output_dir=folder,
        )
        table: dict[str, list[str | None]] = parquet.read_table(made.dataset).to_pydict()
    finally:
        shutil.rmtree(folder)
    return table


def pass_us() -> float:
    """Return the microseconds a row of a bare reader pass over a list in memory."""
    rows = 100_000
    text = "phone,email,first_name,last_name,country,dnc_flag\n" + "".join(
        f"+1292555{row % 10_000:04},person.{row}@example.com,Ada,Abbott{row},US,\n"
        for row in range(rows)
    )
    started_s = time.process_time()
    for _ in csv.DictReader(io.StringIO(text)):
        pass
    return (time.process_time() - started_s) / rows * 1e6


def run(
    matching: Matcher, labelled: list[LabelledContact]
) -> tuple[Evaluation, float, float, float]:
    """Return the figures and the costs of one policy.

    The costs are the rows a second of deciding, the rows a second of standardising and
    deciding, and the bytes a kept row.
    """
    contacts = [contact for contact, _ in labelled]
    rules = [""] * len(contacts)  # imported here, so that its memory is not counted as the policy's
    gc.collect()
    gc.freeze()
    bytes_before = resident_bytes()
    names = name_reading(labelled)
    standardising_s = deciding_s = 0.0
    for first in range(0, len(contacts), BLOCK_ROWS):
        began_s = time.process_time()
        block = contacts[first : first + BLOCK_ROWS]
        inputs = [matching.standardise(contact, names) for contact in block]
        standardised_s = time.process_time()
        for place, decision in enumerate(matching.decide_all(inputs), first):
            if isinstance(decision, Duplicate):
                rules[place] = decision.rule
        standardising_s += standardised_s - began_s
        deciding_s += time.process_time() - standardised_s
    grown_bytes = resident_bytes() - bytes_before
    gc.unfreeze()
    kept = rules.count("")
    decisions = (
        Decided(contact.row, Outcome.DUPLICATE if rule else Outcome.READY, rule)
        for contact, rule in zip(contacts, rules, strict=True)
    )
    evaluation = evaluate(decisions, {contact.row: person for contact, person in labelled})
    rows = len(contacts)
    return (
        evaluation,
        rows / deciding_s,
        rows / (standardising_s + deciding_s),
        grown_bytes / max(kept, 1),
    )


def resident_bytes() -> int:
    """Return the process's resident memory in bytes; 0 where the system does not report it."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 if statm.exists() else 0


def print_figures(
    name: str,
    seed: int,
    policy: str,
    figures: Evaluation,
    decided_per_s: float,
    rows_per_s: float,
    bytes_per_kept: float,
) -> None:
    print(
        f"{name:22} {seed:4}  {policy:12} {figures.precision:9.4f} {figures.recall:6.4f} "
        f"{figures.f1:6.4f} {figures.dropped:8,} {figures.dropped - figures.correct:6,} "
        f"{figures.lost:6,} {decided_per_s:9,.0f} {rows_per_s:10,.0f} {bytes_per_kept:10.0f}",
        flush=True,
    )


def compare_scan(rows: int, seed: int) -> None:
    """Print the time of the original rule with its index, and of the plain scan."""
    contacts = [contact for contact, _ in few_names(rows, seed)]
    draw = random.Random(seed)
    times_s = []
    for size in SCAN_SIZES:
        sample = draw.sample(contacts, size)
        times_s.append(seconds_of(ScanMatcher(85), sample))
        print(f"plain scan   {size:8,} rows {times_s[-1]:10.2f} s")
    exponent = _slope([math.log(size) for size in SCAN_SIZES], [math.log(s) for s in times_s])
    scan_s = times_s[-1] * (rows / SCAN_SIZES[-1]) ** exponent
    print(f"plain scan   {rows:8,} rows {scan_s:10,.0f} s  extrapolated, exponent {exponent:.2f}")
    index_s = seconds_of(AnyFieldMatcher(85), contacts)
    print(f"any-field    {rows:8,} rows {index_s:10.2f} s  {scan_s / index_s:,.0f} times faster")


def seconds_of(matching: Matcher, contacts: list[Contact]) -> float:
    started_s = time.process_time()
    for first in range(0, len(contacts), BLOCK_ROWS):
        block = contacts[first : first + BLOCK_ROWS]
        matching.decide_all([matching.standardise(contact) for contact in block])
    return time.process_time() - started_s


def _slope(xs: list[float], ys: list[float]) -> float:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - mean_x) ** 2 for x in xs)


if __name__ == "__main__":
    if not MEMORY_SETTINGS.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MEMORY_SETTINGS})  # noqa: S606  itself
    gc.set_threshold(YOUNG_OBJECTS)
    main()
