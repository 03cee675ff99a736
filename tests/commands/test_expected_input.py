"""Inputs that change during a run or are not the expected ones: what was sent can be explained."""

import asyncio
import gzip
import hashlib
import os
from pathlib import Path

import pytest
import structlog.testing

from cxone_async.commands.environment import Environment
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    TenantUnreachableError,
    UnreadableInputError,
)
from cxone_async.load.events import ChunkSubmitted
from cxone_async.matching.policy import MatchPolicy
from cxone_async.runs.observers import RunObserver
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.source.file_input import BLOCK_BYTES
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = pytest.mark.virtual_time

HEADER = "phone,email,first_name,last_name,country,remark\n"
REMARK = "r" * 200
IN_PLACE = Environment(preparation=InlinePreparation)


def phone(n):
    return f"1{201 + n // 100}55501{n % 100:02}"


def rows(first, last):
    return "".join(
        f"+{phone(n)},p{n}@example.com,Person{n:05},Of The {n:05}th,US,{REMARK}\n"
        for n in range(first, last)
    )


LONG = (HEADER + rows(0, 9_000)).encode()
assert len(LONG) > 8 * BLOCK_BYTES
PACKED = gzip.compress(LONG, 0)
SHORT = (HEADER + rows(0, 3)).encode()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(SHORT)


def settings(**changes):
    return ImportSettings(
        base_url="https://tenant.example.com",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="client",
        client_secret="secret",
        quota=0,
        concurrency=1,
        chunk_size=100,
        run_dir=Path("run"),
        match=MatchPolicy.EXACT,
        min_rows=0,
        **changes,
    )


async def import_(tenant, *observers, source="in.csv", **changes):
    run = await run_import(
        source, settings(**changes), tenant=tenant, observers=observers, environment=IN_PLACE
    )
    return run.reconciliation


class AtFirstChunk(RunObserver):
    """Changes the file when the first chunk has gone out."""

    def __init__(self, change):
        self._change = change

    def chunk_submitted(self, event: ChunkSubmitted):
        change, self._change = self._change, None
        if change:
            change(Path("in.csv"))


def overwrite_the_end(path):
    """Like `rsync --inplace`: the same size, the times put back."""
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(len(LONG) - 2_000)
        file.write(b"x" * 1_000)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def overwrite_the_beginning(path):
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(len(HEADER) + 10)
        file.write(b"9")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def append(path):
    with path.open("a") as file:
        file.write(rows(9_000, 9_010))


def cut(path):
    os.truncate(path, len(LONG) - 1_000)


def replace(path):
    Path("new").write_bytes(LONG.replace(b"Person", b"People"))
    Path("new").replace(path)


CHANGES = [
    overwrite_the_end, overwrite_the_beginning, append, cut, replace, Path.unlink,
]  # fmt: skip


def sent(tenant):
    """Everybody who was sent, once for each time."""
    return sorted(
        (contact.fields.phone, contact.fields.email) for contact in tenant.accepted.values()
    )


EVERYBODY = [(phone(n), f"p{n}@example.com") for n in range(9_000)]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
async def test_what_was_sent_of_an_input_that_changed_is_resumed_and_verified(change):
    write("in.csv", LONG)
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match="has changed") as raised:
        await import_(tenant, AtFirstChunk(change))
    assert raised.value.exit_code == 65
    assert hashlib.sha256(LONG).hexdigest() in str(raised.value)
    assert 0 < len(sent(tenant)) < 9_000
    assert set(sent(tenant)) < set(EVERYBODY)
    assert not exists("run/reconciliation.json")

    write("in.csv", LONG)
    result = await import_(tenant)
    assert result.total_input == result.successfully_imported == 9_000
    assert sent(tenant) == sorted(EVERYBODY)
    assert verify(Path("run"), Path("in.csv")) == ()


@pytest.mark.slow
@pytest.mark.parametrize("change", [overwrite_the_end, append, cut, replace])
async def test_with_other_bytes_a_run_that_was_stopped_is_not_resumed(change):
    write("in.csv", LONG)
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError):
        await import_(tenant, AtFirstChunk(change))
    before = sent(tenant)
    with pytest.raises(ConfigurationError, match="input"):
        await import_(tenant)
    assert sent(tenant) == before


@pytest.mark.slow
async def test_a_gzip_file_that_is_cut_while_it_is_read_sends_only_what_the_whole_one_said():
    write("in.csv", PACKED)
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match="has changed"):
        await import_(tenant, AtFirstChunk(lambda path: os.truncate(path, len(PACKED) - 8)))
    assert set(sent(tenant)) <= set(EVERYBODY)
    write("in.csv", PACKED)
    await import_(tenant)
    assert sent(tenant) == sorted(EVERYBODY)
    assert verify(Path("run"), Path("in.csv")) == ()


async def test_an_input_that_changes_between_two_passes_sends_nothing():
    write("in.csv", LONG)

    class AtTheStart(RunObserver):
        def run_started(self, event):
            append(Path("in.csv"))

    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match="has changed"):
        await import_(tenant, AtTheStart())
    assert sent(tenant) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "expected", "is_met"),
    [
        (SHORT, 3, True),
        (SHORT, 2, False),
        (SHORT, 4, False),
        (SHORT, 0, False),
        (HEADER.encode(), 0, True),
        (SHORT.rstrip(), 3, True),
        (SHORT + b"\n\n", 3, True),
        (SHORT.replace(b"\n", b"\r\n"), 3, True),
        (gzip.compress(SHORT), 3, True),
        (gzip.compress(SHORT), 2, False),
        (SHORT.decode().encode("utf-16"), 3, True),
        (
            SHORT + b'+12025550104,"open@example.com,O,Open,US,\n',
            4,
            True,
        ),  # its end is not readable
        (SHORT.replace(b"Person00001", b'"Per\nson"'), 3, True),
        (LONG, 9_000, True),
        (LONG[: len(LONG) // 2], 9_000, False),
    ],
)
async def test_the_number_of_rows_is_compared_before_the_tenant_is_asked(content, expected, is_met):
    write("in.csv", content)
    tenant = InMemoryTenant()
    if is_met:
        assert (await import_(tenant, expect_rows=expected)).total_input == expected
        return
    with pytest.raises(UnreadableInputError, match="not the expected input") as raised:
        await import_(tenant, expect_rows=expected)
    assert raised.value.exit_code == 65
    assert tenant.requests == []


async def test_the_digest_is_compared_before_the_tenant_is_asked():
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match="not the expected input") as raised:
        await import_(tenant, expect_sha256="0" * 64)
    assert raised.value.exit_code == 65
    assert hashlib.sha256(SHORT).hexdigest() in str(raised.value)
    assert tenant.requests == []


@pytest.mark.parametrize("form", [str, str.upper, "sha256:{}".format, " {} ".format])
async def test_the_digest_is_that_of_the_bytes_as_stored(form):
    stored = gzip.compress(SHORT)
    write("in.csv", stored)
    digest = hashlib.sha256(stored).hexdigest()
    assert (await import_(InMemoryTenant(), expect_sha256=form(digest))).total_input == 3


async def test_without_its_marker_an_input_is_not_read_and_the_tenant_not_asked():
    tenant = InMemoryTenant()
    with pytest.raises(MissingInputError, match=r"in\.done: there is no such marker") as raised:
        await import_(tenant, marker=Path("in.done"))
    assert raised.value.exit_code == 66
    assert tenant.requests == []
    assert not exists("run")


async def test_a_marker_that_is_there_is_not_waited_for():
    write("in.done", b"")
    started_s = now_s()
    assert (await import_(InMemoryTenant(), marker=Path("in.done"), wait=3600)).total_input == 3
    assert now_s() - started_s < 60


async def test_the_marker_is_waited_for_no_longer_than_told():
    started_s = now_s()
    with structlog.testing.capture_logs() as logged, pytest.raises(MissingInputError, match="90 s"):
        await import_(InMemoryTenant(), marker=Path("in.done"), wait=90)
    assert now_s() - started_s == pytest.approx(90)
    waiting = [line for line in logged if line["event"] == "waiting_for_marker"]
    assert [line["wait_s"] for line in waiting] == [90]


async def test_what_is_written_while_the_marker_is_waited_for_is_the_input():
    remove("in.csv")

    async def deliver():
        await asyncio.sleep(100)
        write("in.csv", SHORT[:-20])
        await asyncio.sleep(100)
        write("in.csv", SHORT)
        write("in.done", b"")

    delivering = asyncio.create_task(deliver())
    result = await import_(InMemoryTenant(), marker=Path("in.done"), wait=3600)
    await delivering
    assert result.total_input == 3
    assert verify(Path("run"), Path("in.csv")) == ()


async def test_the_deadline_counts_while_the_marker_is_waited_for():
    started_s = now_s()
    with pytest.raises(TenantUnreachableError, match="deadline"):
        await import_(InMemoryTenant(), marker=Path("in.done"), wait=3600, deadline=30)
    assert now_s() - started_s == pytest.approx(30, abs=1)


def write(name, content):
    Path(name).write_bytes(content)


def remove(name):
    Path(name).unlink()


def exists(name):
    return Path(name).exists()


def now_s():
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    "changes", [{"expect_rows": 4}, {"expect_sha256": "0" * 64}, {"marker": Path("in.done")}]
)
async def test_a_plan_expects_what_an_import_expects(changes):
    plan = PlanSettings(run_dir=Path("run"), **changes)
    with pytest.raises((UnreadableInputError, MissingInputError)):
        await run_plan("in.csv", plan, environment=IN_PLACE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "row"),
    [
        (SHORT, None),
        (SHORT.rstrip(), 3),
        (SHORT.replace(b"\n", b"\r"), None),
        (SHORT + b" ", 3),  # a blank last line is no row
        (gzip.compress(SHORT.rstrip()), 3),
        (SHORT.decode().encode("utf-16"), None),
        (SHORT.decode().rstrip().encode("utf-16"), 3),
        (("\ufeff" + SHORT.decode().rstrip() + "\u0a0a").encode("utf-16-be"), 3),  # ends in 0x0A
        (HEADER.rstrip().encode(), None),
    ],
)
async def test_a_last_row_without_a_line_end_is_mentioned(content, row):
    write("in.csv", content)
    with structlog.testing.capture_logs() as logged:
        await import_(InMemoryTenant())
    mentioned = [line["row"] for line in logged if line["event"] == "no_final_line_end"]
    assert mentioned == ([] if row is None else [row])
