"""Reads a generated suppression file and prints the time, the memory and the file's size.

    python benchmarks/suppression_list.py 5000000
    python benchmarks/suppression_list.py 100000000 --directory /var/tmp

The numbers are drawn from a seed, in no order, from the whole plan of the United States. Files
are made in `--directory` and removed. The peak is the highest resident memory of this process,
which reads the file and maps the result as the preparing process does. Pages of the mapped file
that the look-ups touch are in it.
"""

import argparse
import asyncio
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cxone_async.suppression.files import reading_suppression

AT_ONCE = 1_000_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("lines", type=int)
    arguments.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()))
    arguments.add_argument("--lookups", type=int, default=1_000_000)
    arguments.add_argument("--write", type=Path, help="only write the lines to this file")
    given = arguments.parse_args()
    if given.write:
        generate(given.write, given.lines)
        return
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        path = Path(directory, "suppress.txt")
        # In another process, since its memory is not what is measured.
        command = [sys.executable, __file__, str(given.lines), "--write", path]
        subprocess.run(command, check=True)  # noqa: S603
        print(f"{given.lines:,} lines, {path.stat().st_size / 2**20:,.0f} MiB")
        asyncio.run(measure(path, given.lines, given.lookups))


def generate(path: Path, lines: int) -> None:
    rng = random.Random(14)
    with path.open("w") as file:
        for start in range(0, lines, AT_ONCE):
            count = min(AT_ONCE, lines - start)
            numbers = rng.choices(range(2_000_000_000, 10_000_000_000), k=count)
            file.write("\n".join(map(str, numbers)) + "\n")


async def measure(path: Path, lines: int, lookups: int) -> None:
    before_mib, begun_s = peak_mib(), time.process_time()
    started = time.perf_counter()
    async with reading_suppression([path], "US", "2026-01-01", path.parent) as suppression:
        took, cpu = time.perf_counter() - started, time.process_time() - begun_s
        peak = f"peak {peak_mib():.0f} MiB ({before_mib:.0f} before)"
        print(f"read in {took:.1f} s ({cpu:.1f} s of CPU), {peak}")
        assert suppression.sources[0].phones == lines
        rng = random.Random(14)
        listed = rng.choices(range(2_000_000_000, 10_000_000_000), k=min(AT_ONCE, lines))[:lookups]
        started = time.perf_counter()
        has_phone = suppression.listed.has_phone
        found = sum(has_phone(f"1{number}") for number in listed)
        took = time.perf_counter() - started
        print(f"{len(listed):,} look-ups in {took:.2f} s, peak {peak_mib():.0f} MiB")
        assert found == len(listed)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
