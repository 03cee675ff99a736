"""Commands are run on marked data with faults: the marks are where they belong, nowhere else.

Each cell of the input and each secret holds a mark of its own. What is emitted must hold none of
them: output, logs, metrics (scraped, in the file, pushed), traces, the live page, notifications in
both forms, the report, the files for machines, the termination log, process lists, and environments
of children. The files in which values belong are
listed, and nobody but their owner may read them.

Not looked at, since values are shown there to whoever asks for them: `explain --show-values`, and
the examples that a guard and the table of columns show on a terminal.
"""

import contextlib
import http.client
import os
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from cxone_async.cli.main import COMMANDS
from cxone_async.errors import EXIT_INTERNAL
from cxone_async.ledger.port import LedgerIdentity
from cxone_async.ledger.store import SqliteLedger

pytestmark = [
    pytest.mark.slow,
    # The watcher asks for pages until the end: a connection that comes as the page's loop ends is
    # closed with it, and asyncio warns.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CELLS = {
    "phone": "20255501", "email": "zqemail", "first name": "zqfirst", "last name": "zqlast",
    "country": "zqcountry", "custom column": "zqcustom", "external id": "zqexternal",
    "unused column": "zqunused", "malformed row": "zqmalformed",
}  # fmt: skip
SECRETS = {
    "client secret": "zqsecret", "notify url": "tok3n", "notify key": "enF6cXpxenF6",
    "header for the collector": "zqcollector",
}  # fmt: skip
MARKS = CELLS | SECRETS

HOLDS_VALUES = frozenset({
    "rejects.csv", "rejects.xlsx", "unresolved.csv", "outcomes.csv", "journal.db",
    "journal.db-wal", "journal.db-shm", "review.csv", "duplicates.csv",
})  # fmt: skip
"""Files of a run that hold what the input holds: rows to correct, your ids, what was sent."""

HEADER = "phone,email,first_name,last_name,country,Tier,Your Id,Notes"
ROWS = [
    *(
        f"+12025550{n},zqemail{n}@example.com,Zqfirst{n},Zqlast{n},US,zqcustom{n},zqexternal{n},"
        "zqunused"
        for n in range(140, 160)
    ),
    "12025550147x,zqemail-at-nowhere,Zqfirst,Zqlast,US,zqcustom,zqexternal-bad,zqunused",
    "+12025550147,zqemail147@example.com,Zqfirst147,Zqlast147,US,zqcustom,zqexternal-2,zqunused",
    "+12025550161,zqemail161@example.com,Zqfirst,Zqlast,Zqcountry,zqcustom,zqexternal-3,zqunused",
    '"zqmalformed" Zqfirst,zqemail,,,,,,,,,,,zqmalformed',
    "zqmalformed",
]  # fmt: skip
NO_SUCH_EMAIL, DUPLICATE, NO_SUCH_COUNTRY, MALFORMED, SHORT = range(21, 26)

FAULTS = {
    "throttled": {("submit", 1): 429, ("submit", 4): 503, ("poll", 2): 429, ("segment", 1): 429},
    "failing": {
        ("submit", 2): 500, ("poll", 1): 502, ("poll", 3): 400, ("segment", 1): 500,
    },
    "refused": {("submit", 1): 400, ("submit", 3): 422, ("segment", 1): 400},
    "locked out": {("submit", 2): 401, ("submit", 3): 403, ("submit", 4): 403},
}  # fmt: skip

EXEMPT = {
    "demo": "imports the sample of this project, into its own stand-in tenant",
    "mock-tenant": "is the other side: it reads no contact list, and takes in what it is sent",
    "completion": "reads neither settings nor contacts",
}


def marks_in(text, marks=MARKS):
    """The names of the marks in a text, in any case; a phone's also between separators."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    lowered, digits = text.lower(), re.sub(r"[ ()+.\-\u2022]", "", text)
    return sorted(
        name for name, mark in marks.items()
        if mark.lower() in lowered or (mark.isdigit() and mark in digits)
    )  # fmt: skip


class Emitted:
    """All that was emitted, by where it came from."""

    def __init__(self):
        self.by_source = {}

    def keep(self, source, content):
        content = content.encode() if isinstance(content, str) else content
        self.by_source[source] = self.by_source.get(source, b"") + content

    def keep_files(self, directory, but=()):
        """Keep the files in which no values belong; see that all are closed to others."""
        kept = set()
        for path in directory.rglob("*"):
            mode, is_marked = path.stat().st_mode & 0o777, path.name in HOLDS_VALUES
            assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))
            if path.is_file():
                kept.add(path.name)
                if not is_marked and path.name not in but:
                    self.keep(f"file {path.name}", path.read_bytes())
        return kept

    def keep_what_others_were_told(self, hook, collector, metrics_file):
        """Keep notifications, metrics and traces; return how many notifications there were.

        A URL and a header that are secrets belong to those to whom they lead.
        """
        told = [one for one in hook[1] if not one[0].startswith("/gateway")]
        for _, headers, body in told:
            self.keep("notifications", repr(headers).encode() + body)
        for path, headers, body in hook[1]:
            if path.startswith("/gateway"):
                self.keep("pushgateway", path.encode() + repr(headers).encode() + body)
        for body in collector.bodies:  # not compressed, and texts in protobuf are as they are
            self.keep("traces and metrics", body)
        self.keep("metrics file", metrics_file.read_bytes())
        return len(told)

    def leaks(self, **further):
        return {
            source: found
            for source, text in self.by_source.items()
            if (found := marks_in(text, MARKS | further))
        }

    @contextlib.contextmanager
    def watching(self, pid, status_port):
        """Keep what a process's children and its status port show, while the block runs."""
        is_over = threading.Event()
        threads = [
            threading.Thread(target=watch, args=(is_over, argument))
            for watch, argument in ((self._children, pid), (self._pages, status_port))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def _children(self, is_over, pid):
        seen = set()
        while not is_over.wait(0.02):
            with contextlib.suppress(OSError):
                if pid != os.getpid() and pid not in seen:
                    self.keep("process list", Path(f"/proc/{pid}/cmdline").read_bytes())
                    seen.add(pid)
                for task in Path(f"/proc/{pid}/task").iterdir():
                    for child in set((task / "children").read_text().split()) - seen:
                        command = Path(f"/proc/{child}/cmdline").read_bytes()
                        if b"start_child" not in command:
                            continue  # not yet the program that it is to become
                        seen.add(child)
                        self.keep("children's process list", command)
                        self.keep(
                            "children's environment", Path(f"/proc/{child}/environ").read_bytes()
                        )

    def _pages(self, is_over, port):
        """Read the pages, and at last the events, which go on to the end of the run."""
        while not is_over.wait(0.02):
            with contextlib.suppress(OSError, http.client.HTTPException):
                for page in ("readyz", "", "metrics", "events"):
                    address = f"http://127.0.0.1:{port}/{page}"
                    with urllib.request.urlopen(address, timeout=20) as answer:
                        self.keep(f"page /{page}", answer.read())


@pytest.fixture
def marked(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n")
    return str(path)


@pytest.fixture
def environment(tmp_path, hook, collector, unused_tcp_port):
    """The secrets, and everywhere where a run is told of."""
    return {
        "CXONE_CLIENT_ID": "demo-client",
        "CXONE_CLIENT_SECRET": SECRETS["client secret"],
        "CXONE_NOTIFY": hook[0],
        "CXONE_NOTIFY_SECRET": "whsec_" + SECRETS["notify key"] * 3,
        "CXONE_STATUS_PORT": str(unused_tcp_port),
        "CXONE_METRICS_FILE": str(tmp_path / "cxone.prom"),
        "CXONE_PUSHGATEWAY": hook[0].replace("/tok3n", "/gateway"),
        "CXONE_OTLP": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={SECRETS['header for the collector']}",
        "CXONE_QUOTA": "0",
        "CXONE_CHUNK_SIZE": "5",
    }


@pytest.fixture
def emitting(command, monkeypatch, environment):
    """`emitting("plan", "x.csv")`: call the command line, keep what it writes; the exit code."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    return Emitting(command, environment["CXONE_STATUS_PORT"])


class Emitting:
    """The command line in this process; `emitted` has what it wrote and showed."""

    def __init__(self, command, status_port):
        self.emitted, self.commands = Emitted(), set()
        self._command, self._status_port = command, status_port

    def __call__(self, *arguments):
        with self.emitted.watching(os.getpid(), self._status_port):
            ended = self._command(*arguments)
        self.emitted.keep(f"{arguments[0]}: standard output", ended.out)
        self.emitted.keep(f"{arguments[0]}: standard error", ended.err)
        self.commands.add(arguments[0])
        assert ended.code != EXIT_INTERNAL, ended.err
        return ended.code


COLUMNS = ("--field", "Tier=Tier", "--external-id", "Your Id")


def target(tenant):
    return ("--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id",
            "demo-campaign", "--segment-id", "demo-segment")  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "level", "form", "code", "again"),
    [
        ("throttled", "debug", "slack", 3, 3),
        ("failing", "debug", "json", 3, 3),
        ("refused", "debug", "slack", 3, 3),
        ("refused", "info", "json", 3, 3),
        ("refused", "error", "slack", 3, 3),
        ("locked out", "debug", "slack", 77, 3),
        ("locked out", "warning", "json", 77, 3),
    ],
)
def test_an_import_shows_no_mark_whatever_the_tenant_says(
    emitting, marked, hook, collector, termination_log, indiscreet_tenant, tmp_path, fault, level,
    form, code, again,
):  # fmt: skip
    run_dir, faults = tmp_path / "run", FAULTS[fault]
    wanted = ("import", marked, *COLUMNS, "--run-dir", str(run_dir), "--log-level", level,
              "--notify-format", form)  # fmt: skip
    emitted = emitting.emitted
    with indiscreet_tenant(
        faults, client_secret=SECRETS["client secret"], permanent_share=0.2, transient_share=0.2
    ) as tenant:
        codes = [emitting(*wanted, *target(tenant))]
        emitted.keep("termination log", termination_log.read_bytes())
        emitted.keep("metrics file", (tmp_path / "cxone.prom").read_bytes())
        codes.append(emitting(*wanted, *target(tenant)))
        emitted.keep("termination log", termination_log.read_bytes())
    assert codes == [code, again]
    assert set(tenant.spoilt) == set(faults.values())
    assert emitted.keep_what_others_were_told(hook, collector, tmp_path / "cxone.prom") == 2
    assert emitted.by_source["notifications"].count(b'"text":') == (2 if form == "slack" else 0)
    assert (b"request_made" in emitted.by_source["import: standard error"]) is (level == "debug")
    assert {span.name for span in collector.spans} == {
        "run", "prepare block", "chunk", "request",
    }  # fmt: skip
    assert (tmp_path / "cxone.prom").stat().st_mode & 0o777 == 0o644
    files = emitted.keep_files(run_dir)
    assert files >= {"report.html", "reconciliation.json", "rejects.csv", "outcomes.csv"}
    assert {
        "page /", "page /metrics", "page /events", "metrics file", "termination log",
        "notifications", "pushgateway", "traces and metrics", "children's environment",
        "children's process list",
    } <= {source for source, text in emitted.by_source.items() if text}  # fmt: skip
    tokens = {f"access token {n}": token for n, token in enumerate(tenant.tokens)}
    assert emitted.leaks(**tokens) == {}


def test_no_other_command_shows_a_mark(
    emitting, marked, hook, collector, termination_log, indiscreet_tenant, tmp_path, monkeypatch
):
    emitted, run_dir = emitting.emitted, str(tmp_path / "run")
    monkeypatch.setenv("CXONE_LOG_LEVEL", "debug")
    truth = tmp_path / "truth.csv"
    truth.write_text("row,entity\n" + "".join(f"{row},{row}\n" for row in range(1, 26)))
    with indiscreet_tenant(client_secret=SECRETS["client secret"], permanent_share=0.2) as tenant:
        to = target(tenant)
        codes = [
            emitting("import", marked, *COLUMNS, *to, "--run-dir", run_dir),
            emitting("import", marked, *COLUMNS, *to, "--run-dir", str(tmp_path / "dry"),
                     "--dry-run"),
            emitting("plan", marked, *COLUMNS, "--run-dir", str(tmp_path / "plan"), "--json"),
            emitting("verify", run_dir, marked),
            emitting("report", run_dir),
            emitting("columns", marked),
            emitting("evaluate", marked, "--truth", str(truth)),
            emitting("doctor", *to[:-2]),
            emitting("config", "show"),
            emitting("runs", str(tmp_path)),
            emitting("runs", str(tmp_path), "--json"),
            emitting("status", run_dir),
            emitting("compare", run_dir, str(tmp_path / "plan")),
            # and where they refuse what they are given
            emitting("import", marked, *to, "--run-dir", str(tmp_path / "guard"),
                     "--max-invalid-rate", "0"),
            emitting("import", marked, *to, "--campaign-id", "none", "--run-dir", run_dir + "2"),
            emitting("plan", marked, "--quota", "many"),
            emitting("verify", run_dir, str(truth)),
        ]  # fmt: skip
        purged = [
            emitting("prune", str(tmp_path), "--older-than", "1h"),
            emitting("prune", str(tmp_path), "--older-than", "1h", "--json"),
            emitting("purge", str(tmp_path / "plan"), "--dry-run"),
            emitting("purge", str(tmp_path / "plan")),
            emitting("purge", str(tmp_path / "guard")),
        ]
        ledger, rows = tmp_path / "ledger.db", tmp_path / "rows.txt"
        SqliteLedger.open(ledger, LedgerIdentity("t", "l", "exact"), "id").close()
        rows.write_bytes(Path(marked).read_bytes().partition(b"\n")[2])
        forgotten = [
            emitting("ledger", "forget", str(ledger), "--from", str(rows)),
            emitting("ledger", "forget", str(ledger), "--external-id", MARKS["email"]),
        ]
        explained = [
            emitting("explain", run_dir, str(row), *as_json)
            for row in (1, NO_SUCH_EMAIL, DUPLICATE, NO_SUCH_COUNTRY, MALFORMED, SHORT)
            for as_json in ((), ("--json",))
        ]
    assert codes == [3, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 4, 78, 64, 65]
    assert purged == [0, 0, 0, 0, 78]
    assert forgotten == [64, 0]
    assert set(explained) == {0}
    with indiscreet_tenant({("token", n): 401 for n in range(9)}) as locked:
        assert emitting("doctor", *target(locked)) == 77
        assert emitting("import", marked, *target(locked), "--run-dir", run_dir + "3") == 77
    with indiscreet_tenant(
        {("campaign", 1): 403}, client_secret=SECRETS["client secret"]
    ) as refusing:
        assert emitting("doctor", *target(refusing)) == 77
    (tmp_path / "run" / "journal.db").write_bytes(b"damaged")
    assert emitting("import", marked, *COLUMNS, *to, "--run-dir", run_dir) == 78
    damaged = Path(marked)
    damaged.write_bytes(damaged.read_bytes()[:-30] + b'\xff"zqmalformed')
    emitting("plan", marked, "--run-dir", str(tmp_path / "cut"))
    emitted.keep("termination log", termination_log.read_bytes())
    emitted.keep_what_others_were_told(hook, collector, tmp_path / "cxone.prom")
    for directory in tmp_path.iterdir():
        if directory.is_dir():
            emitted.keep_files(directory)
    assert emitting.commands | EXEMPT.keys() == COMMANDS.keys()
    assert emitted.leaks() == {}


def test_a_process_and_its_children_show_no_mark_to_who_lists_processes(
    environment, marked, hook, collector, indiscreet_tenant, tmp_path
):
    emitted = Emitted()
    with (
        indiscreet_tenant(FAULTS["failing"], client_secret=SECRETS["client secret"]) as tenant,
        subprocess.Popen(
            [sys.executable, "-m", "cxone_async", "import", marked, *COLUMNS, *target(tenant),
             "--run-dir", "run", "--log-level", "debug"],
            cwd=tmp_path, env=os.environ | environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        emitted.watching(process.pid, environment["CXONE_STATUS_PORT"]),
    ):  # fmt: skip
        out, err = process.communicate(timeout=120)
    emitted.keep("standard output", out)
    emitted.keep("standard error", err)
    assert process.returncode == 3
    assert b"run_finished" in err
    assert b"request_made" in err
    assert emitted.keep_what_others_were_told(hook, collector, tmp_path / "cxone.prom") == 1
    emitted.keep_files(tmp_path / "run")
    assert b"cxone_async" in emitted.by_source["process list"]
    assert {"children's environment", "children's process list", "page /events"} <= set(
        emitted.by_source
    )
    assert emitted.leaks() == {}


def test_marks_are_found_where_they_belong(emitting, marked, tmp_path):
    emitting("plan", marked, *COLUMNS, "--run-dir", str(tmp_path / "run"))
    rejects = (tmp_path / "run" / "rejects.csv").read_bytes()
    assert set(marks_in(rejects)) == CELLS.keys()
    assert marks_in("(202) 555-0142") == ["phone"]
    assert emitting("explain", str(tmp_path / "run"), "1", "--show-values") == 0
    assert set(emitting.emitted.leaks()) == {"explain: standard output"}
