"""What readers of CSV make of polluted contact lists (tests/polluted).

    python benchmarks/polluted_files.py [--seed 15] [--large-rows 200000] [--why]

`make bench-polluted` runs it; it takes a few minutes with 200,000 rows in the large files.
`polluted_readers` says how each library is used, tests/polluted/judging.py what is right.

* `right`: all cells of all rows, and nothing else
* `refused`: the file was refused with a reason, or all that did not come out right was reported
* `WRONG`: a row that came out otherwise, is missing or is too many, and nothing was said of it
* `CRASH`: an exception that is not among the reader's own, or no answer in SECONDS

Each reader is a process of its own.
"""

import argparse
import multiprocessing
import sys
import tempfile
import textwrap
from collections import Counter
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from polluted.files import MANY_ROWS, polluted_files
from polluted.judging import Judgement, Reading, judge
from polluted.table import PollutedFile
from polluted_readers import READERS, is_installed

SECONDS = 120
_MARKS = {
    Judgement.RIGHT: "right",
    Judgement.REFUSED: "refused",
    Judgement.SILENT: "WRONG",
    Judgement.CRASH: "CRASH",
}


class ReaderProcess:
    """One reader in a process that can be ended."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start()

    def read(self, path: Path) -> Reading | str:
        """Return what it read, or how it crashed."""
        try:
            self._pipe.send(path)
            if self._pipe.poll(SECONDS):
                return self._pipe.recv()
            what = f"no answer in {SECONDS} s"
        except (EOFError, BrokenPipeError):
            what = "its process died"
        self.stop()
        self._start()
        return what

    def stop(self) -> None:
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._name, theirs), daemon=True)
        self._process.start()
        theirs.close()


def _serve(name: str, pipe: Connection) -> None:
    read = READERS[name][1]
    while True:
        path = pipe.recv()
        try:
            answer: Reading | str = read(path)
        except BaseException as error:  # a panic of polars is no Exception
            answer = f"{type(error).__name__}: {error}"
        pipe.send(answer)


def judged(file: PollutedFile, answer: Reading | str) -> tuple[Judgement, str]:
    return (Judgement.CRASH, answer) if isinstance(answer, str) else judge(file, answer)


def compare(seed: int, large_rows: int, *, why: bool) -> None:
    present = [name for name in READERS if is_installed(name)]
    for name in READERS.keys() - present:
        print(f"{READERS[name][0]} is not installed: pip install -r benchmarks/requirements.txt")
    print(", ".join(
        f"{module} {version(module)}"
        for module in dict.fromkeys(READERS[name][0] for name in present)
        if module not in ("csv", "cxone_async")
    ), f"Python {sys.version.split()[0]}", sep="; ")  # fmt: skip
    print(f"{'':28}" + "".join(f"{name:>8}" for name in present))
    processes = {name: ReaderProcess(name) for name in present}
    totals: dict[str, Counter[Judgement]] = {name: Counter() for name in present}
    group = ""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "list.csv")
        for file in polluted_files(seed, large_rows=large_rows):
            path.write_bytes(file.content)
            judgements = {
                name: judged(file, process.read(path)) for name, process in processes.items()
            }
            for name, (judgement, _) in judgements.items():
                totals[name][judgement] += 1
            if file.group != group:
                group = file.group
                print(f"-- {group}")
            line = "".join(f"{_MARKS[judgements[name][0]]:>8}" for name in present)
            print(f"{textwrap.shorten(file.name, 28, placeholder='...'):28}{line}", flush=True)
            if why:
                for name, (judgement, reason) in judgements.items():
                    if judgement is not Judgement.RIGHT:
                        print(f"      {name}: {reason[:200]!r}")
    for process in processes.values():
        process.stop()
    print(f"-- in all {sum(totals[present[0]].values())}")
    for judgement in Judgement:
        counts = "".join(f"{totals[name][judgement]:>8}" for name in present)
        print(f"{_MARKS[judgement]:28}{counts}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--large-rows", type=int, default=MANY_ROWS)
    parser.add_argument("--why", action="store_true", help="say what is wrong or refused")
    options = parser.parse_args()
    compare(options.seed, options.large_rows, why=options.why)


if __name__ == "__main__":
    main()
