"""Measures what it costs a run to be watched.

    python benchmarks/watching.py [--rows N] [--pairs N] [--scrape-s S] [--only WORD]

`plan` and `import` are run bare and watched in turn, in pairs, each in a process of its own:

- `page`: `--status-port`, with a reader of the live page, which is sent figures every second, and
  `/metrics` scraped as often as the PodMonitor of `deploy/prometheus` has it;
- `otlp`: `--otlp`, with a collector that takes everything in. Needs the extra `otel`.

The stand-in tenant, the reader and the collector are in other processes, or in this one, and do not
count. What is compared is the CPU time of all processes of the command, which other work on the
machine disturbs less than the elapsed time; both are printed. A page and a scraper cost by the
second, though, so on a machine on which a run takes longer they cost more of it. The goal is less
than 2 % for `page`, as the median of the pairs.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from contact_files import SHAPES
from throughput import PROGRAM, TARGETS, Cost, tenant

SCRAPE_INTERVAL_S = 15.0
READ_FOR_S = 600.0


class Sink(BaseHTTPRequestHandler):
    """A collector that takes everything in and looks at nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collector() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Watchers:
    """A reader of the live page and a scraper, from when the port is open until it is closed."""

    def __init__(self, scrape_interval_s: float) -> None:
        self._scrape_interval_s = scrape_interval_s
        self.bytes_read = 0
        self.scrapes = 0
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, url: str) -> None:
        for watch in (self._read, self._scrape):
            self._threads.append(threading.Thread(target=watch, args=(url,)))
            self._threads[-1].start()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, url: str) -> None:
        with (
            suppress(OSError, HTTPException),
            urllib.request.urlopen(f"{url}events", timeout=READ_FOR_S) as events,  # noqa: S310  loopback
        ):
            for line in events:
                self.bytes_read += len(line)

    def _scrape(self, url: str) -> None:
        while not self._is_over.is_set():
            with (
                suppress(OSError, HTTPException),
                urllib.request.urlopen(f"{url}metrics", timeout=10) as answer,  # noqa: S310  loopback
            ):
                self.scrapes += bool(answer.read())
            self._is_over.wait(self._scrape_interval_s)


def cost_of(arguments: list[str], folder: Path, watchers: Watchers | None) -> Cost:
    """Run the command in a new directory; its children count, too."""
    environment = os.environ | {"CXONE_CLIENT_SECRET": "demo-secret"}
    began_s = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  ours
        [*PROGRAM, *arguments, "--run-dir", tempfile.mkdtemp(dir=folder)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        log: list[str] = []
        for line in process.stderr:
            log.append(line)
            opened = re.search(r'"url":"([^"]+)"', line)
            if opened and watchers is not None:
                watchers.begin(opened[1])
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began_s
    if watchers is not None:
        watchers.end()
        assert watchers.bytes_read, "nobody read the live page"
    if process.returncode != 0 or "not_delivered" in "".join(log):
        raise SystemExit("".join(log))
    return Cost(wall_s, used.ru_utime + used.ru_stime)


def pairs(name: str, count: int, bare: Callable[[], Cost], watched: Callable[[], Cost]) -> None:
    """Print what being watched adds: of each pair, and the median."""
    added_cpu, added_cpu_s, added_wall, bare_cpu_s, bare_wall_s = [], [], [], [], []
    for n in range(count):
        # Whichever comes first finds other caches, so they take turns.
        costs = [do() for do in ((bare, watched) if n % 2 == 0 else (watched, bare))]
        one, other = costs if n % 2 == 0 else costs[::-1]
        added_cpu.append(other.cpu_s / one.cpu_s - 1)
        added_cpu_s.append(other.cpu_s - one.cpu_s)
        added_wall.append(other.wall_s / one.wall_s - 1)
        bare_cpu_s.append(one.cpu_s)
        bare_wall_s.append(one.wall_s)
    print(
        f"{name:14} bare {statistics.median(bare_cpu_s):6.2f} s of CPU in "
        f"{statistics.median(bare_wall_s):.1f} s   "
        f"added: CPU {statistics.median(added_cpu_s):+.2f} s, {statistics.median(added_cpu):+.1%} "
        f"({', '.join(f'{one:+.1%}' for one in added_cpu)})   "
        f"wall {statistics.median(added_wall):+6.1%}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--scrape-s", type=float, default=SCRAPE_INTERVAL_S)
    parser.add_argument("--only", default="", help="of `plan page`, `import otlp`, and so on")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, tenant() as base_url, collector() as collector_url:
        folder = Path(name)
        path = folder / "leads.csv"
        SHAPES["plain"](path, options.rows, 1)
        quiet = ["--no-progress", "--log-format", "json"]
        commands = {
            "plan": ["plan", str(path), *quiet],
            "import": ["import", str(path), "--base-url", base_url, *TARGETS, *quiet],
        }
        ways: dict[str, tuple[list[str], Callable[[], Watchers | None]]] = {
            "page": (["--status-port", "0"], lambda: Watchers(options.scrape_s)),
            "otlp": (["--otlp", collector_url], lambda: None),
        }
        for command, arguments in commands.items():
            for way, (flags, watchers) in ways.items():
                if options.only not in f"{command} {way}":
                    continue

                def reset(command: str = command) -> None:
                    if command == "import":
                        request = urllib.request.Request(f"{base_url}/_reset", method="POST")  # noqa: S310
                        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310  loopback

                def bare(arguments: list[str] = arguments) -> Cost:
                    reset()
                    return cost_of(arguments, folder, None)

                def watched(
                    arguments: list[str] = arguments,
                    flags: list[str] = flags,
                    watchers: Callable[[], Watchers | None] = watchers,
                ) -> Cost:
                    reset()
                    return cost_of([*arguments, *flags], folder, watchers())

                pairs(f"{command} {way}", options.pairs, bare, watched)


if __name__ == "__main__":
    sys.exit(main())
